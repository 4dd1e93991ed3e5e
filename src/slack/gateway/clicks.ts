// Clicks on buttons and choices in forms. Slack expects an empty acknowledgement immediately; the answer follows later.
import { isSamePerson } from '../../domain/people/identity.ts'
import { Refused } from '../../domain/outcome.ts'
import { type Acting, no } from './acting.ts'
import { type Answer, denyFormNotOpened, doneWith, formNotOpened, gone, withdrawn } from './answers.ts'
import { decide, judge } from '../../store/deciding.ts'
import { storeDone } from '../../store/done.ts'
import type { Dependencies } from './dependencies.ts'
import { answerTo, identify, identifyAsker, offeredTo, openAskForm, openForm } from './steps.ts'
import { askForm, denyForm, emergencyTick, fieldsByName, openingOf, resultForm } from './forms.ts'
import { look } from './look.ts'
import { continuedBy } from '../../domain/asking/more-time.ts'
import { shownStart } from './more-time.ts'
import { above, ownRequests } from './own-requests.ts'
import { namedBy } from '../../domain/mapping/offers.ts'
import { type Click, readFields, readOrigin, readTarget } from './payload.ts'

/** Carries out a click and answers the person. */
export async function handleClick(click: Click, deps: Dependencies): Promise<void> {
  const handler = handlers[click.actionID.split(':')[0] ?? '']
  if (!handler) return
  const answer = await handler(click, deps).catch((error: unknown) => answerTo(error, deps))
  if (answer) await reply(click, answer, deps)
}

/** `replaces`: the answer takes the place of the message with the button, because the button means nothing any more. */
type Replacing = Answer & { replaces?: boolean }
type Handler = (click: Click, deps: Dependencies) => Promise<Replacing | undefined>

// A link button has already opened its page.
const handlers: Record<string, Handler> = {
  approve: look,
  deny: openDenyForm,
  withdraw,
  done,
  'ask-again': askAgain,
  mapping: chooseMapping,
}

async function openDenyForm(click: Click, deps: Dependencies): Promise<Answer | undefined> {
  const target = targetOf(click)
  const person = await identify(click.actor, deps)
  const request = await judge({ verdict: 'Denied', target, person }, deps)
  return openForm(() => deps.forms.open(click.triggerID, denyForm(request, target)), {
    deps,
    otherwise: denyFormNotOpened(),
  })
}

async function withdraw(click: Click, deps: Dependencies): Promise<Replacing> {
  const person = await identify(click.actor, deps)
  const said = await withdrawAs(person, click, deps)
  const isInList = click.actionID !== 'withdraw'
  const shown = isInList ? above(said, await ownRequests(person, deps, readTarget(click.value)?.uid)) : said
  return { ...shown, replaces: true }
}

// In the channel the answer is for the holder alone: the message with the button stays for the others.
async function done(click: Click, deps: Dependencies): Promise<Replacing> {
  const person = await identify(click.actor, deps)
  const said = doneWith(await storeDone(targetOf(click), person, deps), deps.hasJanitor)
  if (click.actionID === 'done') return said
  return { ...above(said, await ownRequests(person, deps)), replaces: true }
}

// A refusal means that there is nothing to withdraw any more. After a failure the person needs the button again.
async function withdrawAs(person: Acting, click: Click, deps: Dependencies): Promise<Answer> {
  try {
    return withdrawn(await decide({ verdict: 'Withdrawn', target: targetOf(click), person, action: 'withdraw' }, deps))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return answerTo(error, deps)
  }
}

// Anyone may press it: the form offers the mappings that this person may ask for. Only the requester sees their earlier
// reason in it, and continues the access that they have.
async function askAgain(click: Click, deps: Dependencies): Promise<Answer | undefined> {
  const { namespace, name, uid } = targetOf(click)
  const person = await identifyAsker(click.actor, deps)
  const request = await deps.requests.get({ namespace, name })
  if (!request || request.metadata.uid !== uid) throw no(gone())
  const { roleMapping, requester, duration, reason, emergency } = request.spec
  const isOwn = isSamePerson(requester, person, deps.people)
  const [chosen] = namedBy(`${namespace}/${roleMapping}`, await offeredTo(person, deps))
  const continued = continuedBy(request, person, { people: deps.people, now: deps.clock.now() })
  return openAskForm(
    {
      person,
      triggerID: click.triggerID,
      draft: {
        chosen,
        duration,
        ...(isOwn && { reason, ...(emergency && { isEmergency: true }) }),
        start: continued && shownStart(continued),
      },
      origin: {
        channelID: click.channelID,
        responseUrl: click.responseUrl,
        ...(continued && { follows: { namespace, name, uid } }),
      },
    },
    deps,
  )
}

async function chooseMapping({ actor, view, value }: Click, deps: Dependencies): Promise<undefined> {
  if (!view) return
  const person = await identifyAsker(actor, deps)
  const offered = await offeredTo(person, deps)
  const chosen = offered.find(({ uid }) => uid === value)
  const { reason, emergency } = fieldsByName(readFields(view.state))
  const isEmergency = emergency?.value === emergencyTick
  const opens = openingOf(chosen, deps.clock.now())
  const draft = { chosen, opens, ...(reason?.value && { reason: reason.value }), ...(isEmergency && { isEmergency }) }
  const form = askForm(offered, draft, readOrigin(view.metadata))
  await openForm(() => deps.forms.update(view.id, form, view.hash), { deps, otherwise: formNotOpened(deps.command) })
}

function targetOf({ value }: Click): NonNullable<ReturnType<typeof readTarget>> {
  const target = readTarget(value)
  if (!target) throw no(gone())
  return target
}

async function reply(
  click: Click,
  { replaces = false, ...answer }: Replacing,
  { respond, forms, log }: Dependencies,
): Promise<void> {
  try {
    if (click.responseUrl) await respond(click.responseUrl, answer, { replace: replaces })
    else if (click.view) await forms.update(click.view.id, resultForm(answer, 'Hallpass'))
  } catch {
    log.warn({ action: click.actionID }, 'gateway: an answer could not be sent in Slack; the action itself was done')
  }
}
