// Slash commands: from a delivery to the answer that its acknowledgement carries.
import { refuseUnready } from '../../domain/asking/asking.ts'
import { type Acting, no } from './acting.ts'
import { type Begin, beginOf, notBeforeOf } from '../../domain/asking/start.ts'
import { secondsOfWindow, windowOf } from '../../domain/asking/window.ts'
import type { Hours } from '../../domain/hours/span.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import type { Ask } from '../../store/asking.ts'
import type { Wish } from '../../domain/asking/typed-wish.ts'
import {
  ambiguous,
  type Answer,
  badStart,
  badWindow,
  unclearEmergency,
  unclearTime,
  unknownMapping,
} from './answers.ts'
import type { Dependencies } from './dependencies.ts'
import { askFor, identify, identifyAsker, offeredTo, openAskForm, requesterFor } from './steps.ts'
import { mayMeanEmergency, type Meaning, readMeaning } from './grammar.ts'
import { meantOf, namedBy, near, type Offer, offers, permitted } from '../../domain/mapping/offers.ts'
import { help } from './help.ts'
import { ownRequests } from './own-requests.ts'
import type { Command } from './payload.ts'

/** The answer to a command; undefined when a form was opened. Throws Refused. */
export async function answerCommand(command: Command, deps: Dependencies): Promise<Answer | undefined> {
  const meaning = readMeaning(command.command, command.text, deps.command)
  // People who no longer belong to the organisation may still see their own requests.
  const identified = meaning.means === 'mine' ? identify : identifyAsker
  const person = await identified(command.actor, deps)
  switch (meaning.means) {
    case 'help':
      return help(
        (await offeredTo(person, deps)).map(({ mapping }) => mapping),
        deps.command,
        deps.clock.now(),
      )
    case 'mine':
      return ownRequests(person, deps)
    case 'unclear':
      throw no(unclearTime(meaning.unclear))
    case 'form':
      return openFor(command, meaning, { person, deps })
    case 'ask':
      return askAs(command, meaning, { person, deps })
  }
}

type By = { person: Acting; deps: Dependencies }

async function openFor(
  command: Command,
  { mapping, isEmergency }: Meaning & { means: 'form' },
  { person, deps }: By,
): Promise<Answer | undefined> {
  const chosen = mapping === undefined ? undefined : await find(mapping, { person, deps })
  if (chosen && !('uid' in chosen)) return chosen
  const unready = chosen && refuseUnready(chosen.mapping)
  if (unready) throw no(unready)
  return openAskForm(
    {
      person,
      triggerID: command.triggerID,
      draft: { chosen, ...(isEmergency && { isEmergency }) },
      origin: { channelID: command.channelID, responseUrl: command.responseUrl },
    },
    deps,
  )
}

async function askAs(
  command: Command,
  { mapping, asked, isEmergency }: Meaning & { means: 'ask' },
  { person, deps }: By,
): Promise<Answer> {
  const found = await find(mapping, { person, deps })
  if (!('uid' in found)) return found
  if (found.mapping.emergency && !isEmergency && mayMeanEmergency(asked)) throw no(unclearEmergency())
  const begin = beginOfWish(asked, { zone: person.zone, hours: found.mapping.hours }, deps)
  return askFor(
    {
      mapping: found.mapping,
      requester: await requesterFor(person, [found], deps),
      ...lengthOf(asked, found.mapping, { person, deps }),
      ...(asked.isAtEnd && { isAtEnd: true }),
      reason: asked.reason,
      ...(isEmergency && { isEmergency }),
      ...(begin && { begin, ...notBeforeOf(begin) }),
      slack: {
        teamID: command.actor.teamID,
        channelID: command.channelID ?? found.mapping.channel,
        trigger: command.triggerID,
      },
    },
    deps,
  )
}

function lengthOf(
  { seconds, window: typed }: Wish,
  { defaultSeconds, hours }: Mapping,
  { person: { zone }, deps }: By,
): Pick<Ask, 'seconds' | 'isDefault' | 'window'> {
  if (!typed) return { seconds: seconds ?? defaultSeconds, isDefault: seconds === undefined }
  const window = windowOf(typed, { now: deps.clock.now(), zone, hours })
  if ('fault' in window) throw no(badWindow(window.fault))
  return { seconds: secondsOfWindow(window), isDefault: false, window }
}

type Where = { zone: string | undefined; hours: Hours | undefined }

function beginOfWish({ start }: Wish, where: Where, { clock }: Dependencies): Begin | undefined {
  if (!start) return undefined
  const begin = beginOf(start, { now: clock.now(), ...where })
  if ('fault' in begin) throw no(badStart(begin.fault))
  return begin
}

/**
 * The intended mapping, or the answer when there is no or more than one match. A mapping that this person may not ask
 * for does not match, so that nobody can find out by guessing which mappings exist, even while Slack does not return
 * their groups.
 */
async function find(typed: string, { person, deps }: By): Promise<Offer | Answer> {
  const all = offers(deps.mappings)
  const named = namedBy(typed, all)
  const meant = meantOf(named, await requesterFor(person, named, deps))
  const [found, ...others] = meant
  if (!found) {
    const own = permitted(all, await requesterFor(person, all, deps, true))
    return unknownMapping(typed, near(typed, own), deps.command)
  }
  if (others.length === 0) return found
  return ambiguous(
    found.mapping.name,
    meant.map(({ mapping }) => mapping.namespace),
  )
}
