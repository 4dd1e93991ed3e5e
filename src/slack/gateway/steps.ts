// The steps that commands, clicks and forms share: who acts, what is offered, forms that open, and what is said of a failure.
import { refuseOutsider } from '../../domain/belonging.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import { whomToTell } from '../../domain/refusals.ts'
import type { Requester } from '../../domain/asking.ts'
import { type Acting, asRequester, no } from './acting.ts'
import {
  type Answer,
  alreadyAsked,
  asked,
  failed,
  formNotOpened,
  notDone,
  notKnown,
  notStored,
  nothingToAsk,
  refused,
  slackSilent,
} from './answers.ts'
import type { Ask } from './ask.ts'
import type { Dependencies } from './dependencies.ts'
import { flooded } from './flooded.ts'
import { askForm, type AskDraft } from './forms.ts'
import { type Offer, offers, permitted } from './offers.ts'
import type { Flood } from './pace.ts'
import type { Actor, FormOrigin } from './payload.ts'

/** Who acts. Throws Refused with a sentence for the person, also when Slack does not say. */
export async function identify(actor: Actor, deps: Dependencies): Promise<Acting> {
  return orSilent(() => deps.whoActs(actor))
}

/** Who acts and belongs to the organisation: only such a person may ask. Throws Refused as `identify` does. */
export async function identifyAsker(actor: Actor, deps: Dependencies): Promise<Acting> {
  const person = await identify(actor, deps)
  const outside = refuseOutsider(person, deps.organisation, { now: deps.clock.now() })
  if (outside) throw no(outside)
  return person
}

/** The person with the user groups that these mappings name. Throws Refused as `identify` does. */
export async function requesterFor(person: Acting, of: readonly Offer[], deps: Dependencies): Promise<Requester> {
  return orSilent(() =>
    asRequester(
      person,
      of.map(({ mapping }) => mapping),
      deps.directory,
    ),
  )
}

/** What this person may ask for now. While Slack does not tell the groups, what needs none. */
export async function offeredTo(person: Acting, deps: Dependencies): Promise<Offer[]> {
  const all = offers(deps.mappings)
  const requester = await asRequester(
    person,
    all.map(({ mapping }) => mapping),
    deps.directory,
  ).catch(error => {
    if (!isPassing(error)) throw error
    deps.log.warn({ error: error.message }, 'user groups could not be read')
    return { ...person, userGroups: [] }
  })
  return permitted(all, requester)
}

/** Stores an ask and says what happened to it. Throws Refused when a rule refuses. */
export async function askFor(wanted: Ask, deps: Dependencies): Promise<Answer> {
  const result = await deps.ask(wanted)
  if (result === 'notStored') return notStored()
  if (result === 'notKnown') return notKnown()
  if ('flood' in result) return tooOften(result.flood, wanted, deps)
  return 'stored' in result ? asked(result.stored, wanted.mapping.channel) : alreadyAsked(result.already)
}

function tooOften(flood: Flood, { mapping }: Ask, { log, clock, onFlood }: Dependencies): Answer {
  log.warn({ limit: flood.reached.limit, mapping: mapping.name }, 'an ask was beyond a limit')
  onFlood(flood.reached.limit)
  return flooded(flood, mapping.name, clock.now())
}

/** Opens the form for asking; returns an answer only when it could not be opened. */
export async function openAskForm(
  opening: { person: Acting; triggerID: string; draft: AskDraft; origin: FormOrigin },
  deps: Dependencies,
): Promise<Answer | undefined> {
  const offered = await offeredTo(opening.person, deps)
  if (offered.length === 0) return nothingToAsk()
  const chosen = opening.draft.chosen ?? (offered.length === 1 ? offered[0] : undefined)
  return openForm(
    () => deps.forms.open(opening.triggerID, askForm(offered, { ...opening.draft, chosen }, opening.origin)),
    { deps, otherwise: formNotOpened(deps.command) },
  )
}

type Opening = { deps: Pick<Dependencies, 'log'>; otherwise: Answer }

/** Opens a form; returns `otherwise` only when that failed. Slack allows 3 s for it. */
export async function openForm(
  open: () => Promise<void>,
  { deps: { log }, otherwise }: Opening,
): Promise<Answer | undefined> {
  try {
    await open()
    return undefined
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'gateway: a form could not be opened; the person is told the other way')
    return otherwise
  }
}

/** What to say of a failure. Only refusals speak for themselves; what others must correct is logged for them. */
export function answerTo(error: unknown, { log }: Pick<Dependencies, 'log'>): Answer {
  if (error instanceof Refused) {
    const { reason, message } = error.refusal
    if (whomToTell(reason))
      log.warn({ reason, why: message }, 'gateway: a delivery from Slack was refused; the person is told why')
    return refused(error.refusal)
  }
  log.warn({ error: messageOf(error) }, 'gateway: a delivery from Slack could not be handled; the person is told so')
  return isPassing(error) ? notDone() : failed()
}

async function orSilent<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isPassing(error) ? no(slackSilent()) : error
  }
}

function isPassing(error: unknown): error is Broken | Waiting {
  return error instanceof Broken || error instanceof Waiting
}

// The outcomes of Hallpass contain no secrets. For any other error, such as a parse error that quotes its input, only
// the kind is logged.
function messageOf(error: unknown): string {
  if (error instanceof Refused || isPassing(error)) return error.message
  return error instanceof Error ? error.name : 'unknown'
}
