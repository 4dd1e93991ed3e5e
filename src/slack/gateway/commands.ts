// Slash commands: from a delivery to the answer that its acknowledgement carries.
import { mayAsk, refuseAsk } from '../../domain/asking.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import { type Acting, no } from './acting.ts'
import { ambiguous, type Answer, badDuration, help, mine, notRead, unknownMapping } from './answers.ts'
import { askFor, type Desk, identify, offeredTo, openAskForm, requesterFor } from './desk.ts'
import { type Meaning, readMeaning } from './grammar.ts'
import { meantBy, near, type Offer, offers } from './offers.ts'
import type { Command } from './payload.ts'

/** The answer to a command; undefined when a form says it all. Throws Refused. */
export async function answerCommand(command: Command, desk: Desk): Promise<Answer | undefined> {
  const meaning = readMeaning(command.command, command.text, desk.command)
  const person = await identify(command.actor, desk)
  switch (meaning.means) {
    case 'help':
      return help(
        (await offeredTo(person, desk)).map(({ mapping }) => mapping),
        desk.command,
      )
    case 'mine':
      return ownRequests(person, desk)
    case 'badDuration':
      throw no(badDuration(meaning.typed))
    case 'form':
      return openFor(command, meaning, { person, desk })
    case 'ask':
      return askAs(command, meaning, { person, desk })
  }
}

type By = { person: Acting; desk: Desk }

async function openFor(
  command: Command,
  { mapping }: Meaning & { means: 'form' },
  { person, desk }: By,
): Promise<Answer | undefined> {
  const chosen = mapping === undefined ? undefined : await find(mapping, { person, desk })
  if (chosen && !('uid' in chosen)) return chosen
  if (chosen) await refuseForm(chosen, { person, desk })
  return openAskForm(
    {
      person,
      triggerID: command.triggerID,
      draft: { chosen },
      origin: { channelID: command.channelID, responseUrl: command.responseUrl },
    },
    desk,
  )
}

// Roles and hints are shown only to those who may ask.
async function refuseForm(chosen: Offer, { person, desk }: By): Promise<void> {
  const { mapping } = chosen
  const requester = await requesterFor(person, [chosen], desk)
  const refused = refuseAsk({ mapping, requester, seconds: mapping.defaultSeconds, reason: '' })
  if (refused && ['NotReady', 'NotARequester'].includes(refused.reason)) throw no(refused)
}

async function askAs(
  command: Command,
  { mapping, asked }: Meaning & { means: 'ask' },
  { person, desk }: By,
): Promise<Answer> {
  const found = await find(mapping, { person, desk })
  if (!('uid' in found)) return found
  return askFor(
    {
      mapping: found.mapping,
      requester: await requesterFor(person, [found], desk),
      seconds: asked.seconds ?? found.mapping.defaultSeconds,
      reason: asked.reason,
      slack: {
        teamID: command.actor.teamID,
        channelID: command.channelID ?? found.mapping.channel,
        trigger: command.triggerID,
      },
    },
    desk,
  )
}

/** The one mapping that was meant, or what to say when there is none or more than one. */
async function find(typed: string, { person, desk }: By): Promise<Offer | Answer> {
  const [found, ...others] = meantBy(typed, offers(desk.mappings))
  if (!found) return unknownMapping(typed, near(typed, await offeredTo(person, desk)), desk.command)
  if (others.length === 0) return found
  const requester = await requesterFor(person, [found, ...others], desk)
  const [one, ...more] = [found, ...others].filter(({ mapping }) => mayAsk(mapping, requester))
  if (one && more.length === 0) return one
  return ambiguous(
    found.mapping.name,
    [found, ...others].map(({ mapping }) => mapping.namespace),
  )
}

async function ownRequests({ email }: Acting, { mappings, requests, log }: Desk): Promise<Answer> {
  const namespaces = [...new Set(mappings.list().map(({ metadata }) => metadata.namespace))].sort()
  try {
    const alive = await Promise.all(namespaces.map(namespace => requests.ofRequester(namespace, email)))
    const open = ['Pending', 'Approved', 'Provisioned']
    return mine(alive.flat().filter(({ status }) => open.includes(status?.phase ?? 'Pending')))
  } catch (error) {
    if (!(error instanceof Broken || error instanceof Waiting)) throw error
    log.warn({ error: error.message }, 'requests could not be read')
    return notRead()
  }
}
