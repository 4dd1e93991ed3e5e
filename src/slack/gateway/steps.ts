// The steps that commands, clicks and forms share: who acts, what is offered, opening forms, and the answer to a
// failure.
import { refuseOutsider } from '../../domain/people/belonging.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import { whomToTell } from '../../domain/refusals.ts'
import type { Requester } from '../../domain/asking/asking.ts'
import { isUnknown, sayUnknown } from '../../domain/people/google-groups.ts'
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
import type { Ask } from '../../store/asking.ts'
import type { Dependencies } from './dependencies.ts'
import { flooded } from './flooded.ts'
import { askForm, type AskDraft, openingOf } from './forms.ts'
import { type Offer, offers, permitted } from '../../domain/mapping/offers.ts'
import type { Flood } from '../../store/pace.ts'
import type { Actor, FormOrigin } from './payload.ts'

/** The person who acts. Throws Refused with a sentence for them, also when Slack does not answer. */
export async function identify(actor: Actor, deps: Dependencies): Promise<Acting> {
  return orSilent(() => deps.whoActs(actor))
}

/** The person who acts, if they belong to the organisation, as every requester must. Throws Refused like `identify`. */
export async function identifyAsker(actor: Actor, deps: Dependencies): Promise<Acting> {
  const person = await identify(actor, deps)
  const outside = refuseOutsider(person, deps.organisation, { now: deps.clock.now() })
  if (outside) throw no(outside)
  return person
}

/**
 * The person with the groups among those of these mappings that let them in. Throws Refused like `identify`, also when
 * Google does not say whether a group does, unless `isLenient`.
 */
export async function requesterFor(
  person: Acting,
  of: readonly Offer[],
  deps: Dependencies,
  isLenient = false,
): Promise<Requester> {
  const onUnknown = (error: unknown): void => {
    sayGroups(error, deps)
    if (!isLenient) throw no(sayUnknown(error))
  }
  const { directory, googleGroups } = deps
  const mappings = of.map(({ mapping }) => mapping)
  return orSilent(() => asRequester(person, mappings, { directory, googleGroups, onUnknown }))
}

function sayGroups(error: unknown, { log }: Pick<Dependencies, 'log'>): void {
  if (!isUnknown(error)) throw error
  log.warn({ why: error.message }, 'gateway: a Google group could not be asked about; nobody is let in by it')
}

/**
 * The mappings that this person may ask for now. While Slack does not return the groups, only mappings without groups.
 */
export async function offeredTo(person: Acting, deps: Dependencies): Promise<Offer[]> {
  const all = offers(deps.mappings)
  const { directory, googleGroups } = deps
  const groups = { directory, googleGroups, onUnknown: (error: unknown) => sayGroups(error, deps) }
  const mappings = all.map(({ mapping }) => mapping)
  const requester = await asRequester(person, mappings, groups).catch(error => {
    if (!isPassing(error)) throw error
    deps.log.warn(
      { error: error.message },
      'gateway: user groups could not be read; only mappings without groups are offered',
    )
    return { ...person, userGroups: [] }
  })
  return permitted(all, requester)
}

/** Stores a request and returns the answer. Throws Refused when a rule refuses. */
export async function askFor(wanted: Ask, deps: Dependencies): Promise<Answer> {
  const result = await deps.ask(wanted)
  if (result === 'notStored') return notStored()
  if (result === 'notKnown') return notKnown()
  if ('flood' in result) return tooOften(result.flood, wanted, deps)
  return 'stored' in result ? asked(result.stored, wanted) : alreadyAsked(result.already)
}

function tooOften(flood: Flood, { mapping }: Ask, { log, clock, onFlood }: Dependencies): Answer {
  log.warn(
    { limit: flood.reached.limit, mapping: mapping.name },
    'gateway: a request was beyond a limit and was not stored',
  )
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
  const draft = { ...opening.draft, chosen, opens: openingOf(chosen, deps.clock.now()) }
  return openForm(() => deps.forms.open(opening.triggerID, askForm(offered, draft, opening.origin)), {
    deps,
    otherwise: formNotOpened(deps.command),
  })
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
    log.warn(
      { error: messageOf(error) },
      'gateway: a form could not be opened; the person is told how to do it without a form',
    )
    return otherwise
  }
}

/**
 * The answer for a failure. Only refusals show their sentence; problems that others must correct are also logged for
 * them.
 */
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
