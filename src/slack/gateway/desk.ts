// What every flow of the gateway works with, and the steps that commands, clicks and forms share.
import { type Organisation, refuseOutsider } from '../../domain/belonging.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import { whomToTell } from '../../domain/refusals.ts'
import type { People } from '../../domain/identity.ts'
import type { Requester } from '../../domain/asking.ts'
import type { Clock, Directory, Mappings, Requests } from '../../domain/ports.ts'
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
import type { Ask, Asking } from './ask.ts'
import { flooded } from './flooded.ts'
import { askForm, type AskDraft } from './forms.ts'
import { type Offer, offers, permitted } from './offers.ts'
import type { Flood } from './pace.ts'
import type { Actor, FormOrigin } from './payload.ts'
import type { Forms, Respond } from './responder.ts'

/** Where the gateway says what it could not do. Never given a body, an address or a token. */
export type Log = { warn(facts: object, message: string): void }

export type Desk = {
  clock: Clock
  requests: Pick<Requests, 'get' | 'patchStatus' | 'ofRequester'>
  mappings: Mappings
  directory: Directory
  people: People
  organisation: Organisation
  forms: Forms
  respond: Respond
  /** The command that reaches every mapping. */
  command: string
  whoActs: (actor: Actor) => Promise<Acting>
  ask: Asking
  /** Counts asks that were beyond a limit. */
  onFlood: (limit: string) => void
  log: Log
}

/** Who acts. Throws Refused with a sentence for the person, also when Slack does not say. */
export async function identify(actor: Actor, desk: Desk): Promise<Acting> {
  return orSilent(() => desk.whoActs(actor))
}

/** Who acts and belongs to the organisation, which whoever asks must. Throws Refused as `identify` does. */
export async function identifyAsker(actor: Actor, desk: Desk): Promise<Acting> {
  const person = await identify(actor, desk)
  const outside = refuseOutsider(person, desk.organisation, { now: desk.clock.now() })
  if (outside) throw no(outside)
  return person
}

/** The person with the user groups that these mappings name. Throws Refused as `identify` does. */
export async function requesterFor(person: Acting, of: readonly Offer[], desk: Desk): Promise<Requester> {
  return orSilent(() =>
    asRequester(
      person,
      of.map(({ mapping }) => mapping),
      desk.directory,
    ),
  )
}

/** What this person may ask for now. While Slack does not tell the groups, what needs none. */
export async function offeredTo(person: Acting, desk: Desk): Promise<Offer[]> {
  const all = offers(desk.mappings)
  const requester = await asRequester(
    person,
    all.map(({ mapping }) => mapping),
    desk.directory,
  ).catch(error => {
    if (!isPassing(error)) throw error
    desk.log.warn({ error: error.message }, 'user groups could not be read')
    return { ...person, userGroups: [] }
  })
  return permitted(all, requester)
}

/** Stores an ask and says what became of it. Throws Refused when a rule refuses. */
export async function askFor(wanted: Ask, desk: Desk): Promise<Answer> {
  const result = await desk.ask(wanted)
  if (result === 'notStored') return notStored()
  if (result === 'notKnown') return notKnown()
  if ('flood' in result) return tooOften(result.flood, wanted, desk)
  return 'stored' in result ? asked(result.stored, wanted.mapping.channel) : alreadyAsked(result.already)
}

function tooOften(flood: Flood, { mapping }: Ask, { log, clock, onFlood }: Desk): Answer {
  log.warn({ limit: flood.reached.limit, mapping: mapping.name }, 'an ask was beyond a limit')
  onFlood(flood.reached.limit)
  return flooded(flood, mapping.name, clock.now())
}

/** Opens the form that asks; an answer only when it could not be opened. */
export async function openAskForm(
  opening: { person: Acting; triggerID: string; draft: AskDraft; origin: FormOrigin },
  desk: Desk,
): Promise<Answer | undefined> {
  const offered = await offeredTo(opening.person, desk)
  if (offered.length === 0) return nothingToAsk()
  const chosen = opening.draft.chosen ?? (offered.length === 1 ? offered[0] : undefined)
  return openForm(
    () => desk.forms.open(opening.triggerID, askForm(offered, { ...opening.draft, chosen }, opening.origin)),
    { desk, otherwise: formNotOpened(desk.command) },
  )
}

type Opening = { desk: Pick<Desk, 'log'>; otherwise: Answer }

/** Opens a form; gives `otherwise` only when that failed: Slack gives 3 s for it. */
export async function openForm(
  open: () => Promise<void>,
  { desk: { log }, otherwise }: Opening,
): Promise<Answer | undefined> {
  try {
    await open()
    return undefined
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'a form could not be opened')
    return otherwise
  }
}

/** What to say of a failure. Only refusals speak for themselves; what others must correct is logged for them. */
export function answerTo(error: unknown, { log }: Pick<Desk, 'log'>): Answer {
  if (error instanceof Refused) {
    const { reason, message } = error.refusal
    if (whomToTell(reason)) log.warn({ reason, why: message }, 'a delivery from Slack was refused')
    return refused(error.refusal)
  }
  log.warn({ error: messageOf(error) }, 'a delivery from Slack could not be handled')
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

// Our own outcomes hold no secrets; of anything else, such as a parse error that quotes its input, only the kind is told.
function messageOf(error: unknown): string {
  if (error instanceof Refused || isPassing(error)) return error.message
  return error instanceof Error ? error.name : 'unknown'
}
