// Finds the people to ask: the on-call, the next level if nobody answers, the fallback when PagerDuty names nobody or
// does not answer. People who were asked are never removed.
import type { AccessRequest, Approver } from '../../api/kinds.ts'
import { isUnposted } from '../../domain/calling/calls.ts'
import type { NewCondition } from '../../domain/conditions.ts'
import { instant } from '../../domain/asking/duration.ts'
import { sayApprovers } from '../../domain/approval/eligibility.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import {
  maxLevel,
  type Newcomers,
  newcomers,
  nextLevel,
  sayAsked,
  sayAsking,
  sayLeftOut,
  sayTooFew,
  silenceEnds,
} from '../../domain/calling/routing.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { fallbackOf, onCallAt } from './candidates.ts'
import type { Dependencies } from '../dependencies.ts'
import { type RequestWithMapping, withIntent, writeChange } from '../granting/intent.ts'
import { type Change, conditionsWith, transition, withPatch, type Written } from '../granting/write.ts'

/** After this many empty levels in a row the policy counts as ended. */
const emptyLevels = 3

/** The result of a search for approvers. `asked` may be empty when everybody at that level has already been asked. */
type SearchResult = (Newcomers & { level: number }) | { silent: true } | { nobody: string }

/**
 * Searches for approvers and stores the people to ask, the progress of the search, and the intent to post the message.
 */
export async function route(deps: Dependencies, facts: RequestWithMapping): Promise<Written> {
  const { request } = facts
  return writeChange(deps, request, withIntent(deps, facts, await routing(deps, request)))
}

/** Searches for approvers. Returns the fields to store about the people and the search; writes nothing. */
export async function routing(deps: Dependencies, request: AccessRequest): Promise<Change> {
  return sayingTooFew(deps, request, await searching(deps, request))
}

// A request that too few people can approve goes on: somebody may come on call.
function sayingTooFew(deps: Dependencies, request: AccessRequest, { patch, happened }: Change): Change {
  const after = withPatch(request, patch)
  const tooFew = sayTooFew(request.spec, after.status ?? {}, deps.people)
  const routed = after.status?.conditions?.find(({ type }) => type === 'Routed')
  const isSaid = routed?.reason === 'TooFewToAsk'
  const isTold = isSaid === (tooFew !== undefined)
  if (!routed || routed.status === 'False' || isTold || isUnposted(after.status ?? {})) return { patch, happened }
  const { status, message } = routed
  const all = after.status?.approvers ?? []
  const asking = after.status?.message?.ts ? sayAsked(sayAsking(all), all) : sayAsking(all)
  const condition: NewCondition = tooFew
    ? { type: 'Routed', status, reason: 'TooFewToAsk', message: `${message} ${tooFew}` }
    : { type: 'Routed', status, reason: 'OnCall', message: asking }
  return { patch: { ...patch, conditions: conditionsWith(deps, after, condition) }, happened }
}

async function searching(deps: Dependencies, request: AccessRequest): Promise<Change> {
  const answer = await askPagerDuty(deps, request, nextLevel(request.spec, request.status ?? {}))
  if ('asked' in answer)
    return ask(deps, request, { ...answer, reason: isEscalation(request) ? 'Escalated' : 'OnCall' })
  const silentSince =
    'silent' in answer ? (request.status?.routing?.silentSince ?? instant(deps.clock.now())) : undefined
  if (silentSince && deps.clock.now() < silenceEnds(silentSince)) return keepAsking(deps, request, silentSince)
  return askFallback(deps, request, {
    why: 'nobody' in answer ? answer.nobody : 'PagerDuty does not answer',
    ...(silentSince && { silentSince }),
  })
}

function isEscalation({ status }: AccessRequest): boolean {
  return (status?.approvers?.length ?? 0) > 0 && (status?.routing?.level ?? 0) > 0
}

async function askPagerDuty(deps: Dependencies, request: AccessRequest, from: number): Promise<SearchResult> {
  if (from === 0) return { nobody: '' }
  try {
    return await searchLevels(deps, request, from)
  } catch (error) {
    if (error instanceof Refused) return { nobody: withoutStop(error.refusal.message) }
    if (error instanceof PagerDutySilent) return { silent: true }
    throw error
  }
}

/** Marks that PagerDuty did not answer, unlike Slack, which is asked in the same step. */
class PagerDutySilent extends Error {}

async function searchLevels(deps: Dependencies, request: AccessRequest, from: number): Promise<SearchResult> {
  const isLeveled = request.spec.approval.onCall?.escalationPolicy !== undefined
  const standing = request.status?.approvers ?? []
  const onCall: Dependencies['onCall'] = { onCall: of => deps.onCall.onCall(of).catch(asSilence) }
  for (let level = from, empty = 0; level <= maxLevel && empty < emptyLevels; level++) {
    const answer = await onCallAt({ ...deps, onCall }, request, level)
    const { isEmpty, approvers } = answer
    const found = newcomers(standing, answer)
    if (found.asked.length > 0 || (approvers.length > 0 && !isEscalation(request))) return { ...found, level }
    if (!isLeveled) break
    empty = isEmpty ? empty + 1 : 0
  }
  return { nobody: 'PagerDuty names nobody else who may decide' }
}

function asSilence(error: unknown): never {
  throw error instanceof Broken || error instanceof Waiting ? new PagerDutySilent('PagerDuty does not answer') : error
}

type WhyAsked = 'OnCall' | 'Escalated' | 'FallbackAsked' | 'Asked'
type Asking = Newcomers & { level: number | null; reason: WhyAsked; note?: string; silentSince?: string }

/** The fields to store about the people asked now. */
function ask(deps: Dependencies, request: AccessRequest, asking: Asking): Change {
  const { asked, leftOut, level, note, silentSince } = asking
  const { status = {} } = request
  const standing = status.approvers ?? []
  const isPosted = status.message?.ts !== undefined
  // An earlier level has not failed to answer while nobody could read the message.
  const reason = isPosted || asking.reason !== 'Escalated' ? asking.reason : 'OnCall'
  const said = isPosted ? sentence(request, reason, asked) : sayAsking([...standing, ...asked])
  const message = `${note ?? said}${sayLeftOut(leftOut)}`
  // Nobody has been asked before there is a message.
  const routed: NewCondition = { type: 'Routed', status: isPosted ? 'True' : 'Unknown', reason, message }
  const routing = { at: instant(deps.clock.now()), level, silentSince: silentSince ?? null }
  if (asked.length === 0) return unremarked({ routing })
  const conditions = isUnposted(status) ? {} : { conditions: conditionsWith(deps, request, routed) }
  return {
    patch: { routing, approvers: [...standing, ...asked], ...conditions },
    happened: [{ event: reason === 'Escalated' ? 'Escalated' : 'Routed', message, details: detailsOf(asked, reason) }],
  }
}

function sentence(request: AccessRequest, reason: string, found: readonly Approver[]): string {
  if (reason !== 'Escalated') return `Asked ${sayApprovers(found)}.`
  const approvals = approvalsOf(request)
  const silent = (request.status?.approvers ?? []).filter(
    ({ email }) => !approvals.some(({ who }) => who.email === email),
  )
  return silent.length > 0
    ? `No answer from ${sayApprovers(silent)}, so ${askedToo(found)}`
    : `More people must approve, so ${askedToo(found)}`
}

function askedToo(approvers: readonly Approver[]): string {
  return `${sayApprovers(approvers)} ${approvers.length === 1 ? 'is' : 'are'} asked too.`
}

function detailsOf(found: readonly Approver[], reason: string): Record<string, string> {
  return {
    reason,
    asked: found.map(({ email }) => email).join(' '),
    why: [...new Set(found.map(({ why }) => why))].join(', '),
  }
}

function keepAsking(deps: Dependencies, request: AccessRequest, silentSince: string): Change {
  const { routing, approvers } = request.status ?? {}
  return unremarked({
    routing: { ...routing, at: instant(deps.clock.now()), silentSince },
    ...(!approvers?.length && {
      conditions: conditionsWith(deps, request, {
        type: 'Routed',
        status: 'False',
        reason: 'PagerDutySilent',
        message: 'PagerDuty does not answer. It is asked again.',
      }),
    }),
  })
}

type Lacking = { why: string; silentSince?: string }

async function askFallback(deps: Dependencies, request: AccessRequest, { why, silentSince }: Lacking): Promise<Change> {
  const { approvers = [], routing } = request.status ?? {}
  const found = newcomers(approvers, await fallbackOf(deps, request))
  // While PagerDuty does not answer, its level stays, so that the search continues there; otherwise the search has
  // ended.
  const level = silentSince ? (routing?.level ?? null) : 0
  const next = { level, ...(silentSince && { silentSince }) }
  if (found.asked.length > 0)
    return ask(deps, request, {
      ...found,
      ...next,
      reason: why ? 'FallbackAsked' : 'Asked',
      ...(why && { note: `${why}, so the fallback is asked.` }),
    })
  if (approvers.length > 0) return ask(deps, request, { ...found, ...next, reason: 'Asked' })
  return sayNobody(deps, request, { why, ...(silentSince && { silentSince }) })
}

function sayNobody(deps: Dependencies, request: AccessRequest, { why, silentSince }: Lacking): Change {
  const name = request.spec.roleMapping
  const cause = why
    ? `${why}, and the fallback names nobody who may decide`
    : 'the fallback names nobody who may decide'
  const remedy = `Put somebody on call for mapping "${name}", or name a fallback in it. The search continues until the request times out.`
  return unremarked({
    routing: { at: instant(deps.clock.now()), level: null, silentSince: silentSince ?? null },
    conditions: conditionsWith(deps, request, {
      type: 'Routed',
      status: 'False',
      reason: 'NobodyToAsk',
      message: `Nobody could be asked: ${cause}. ${remedy}`,
    }),
  })
}

/** A change without an audit event. */
function unremarked(patch: StatusPatch): Change {
  return { patch, happened: [] }
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '')
}

/**
 * Asks people who are now on call at the levels already asked, and members of the fallback who could not be looked up
 * before. A failed look-up changes nothing.
 */
export async function refresh(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const { approvers = [] } = request.status ?? {}
  const levels = [...new Set(approvers.map(({ level }) => level))]
  const answers = await Promise.all(
    levels.map(level => (level > 0 ? onCallAt(deps, request, level) : fallbackOf(deps, request))),
  )
  const found = answers.flatMap(answer => answer.approvers)
  const { asked, leftOut } = newcomers(approvers, { approvers: found })
  if (asked.length === 0) return request
  const isOnCall = asked.some(({ level }) => level > 0)
  const cause = isOnCall ? 'The on-call has changed' : 'More people of the fallback are known now'
  const message = `${cause}, so ${askedToo(asked)}${sayLeftOut(leftOut)}`
  const details = detailsOf(asked, isOnCall ? 'OnCallChanged' : 'FallbackAsked')
  const change = {
    patch: { approvers: [...approvers, ...asked] },
    happened: [{ event: 'Routed' as const, message, details }],
  }
  const { patch, happened } = sayingTooFew(deps, request, change)
  return transition(deps, request, patch, ...happened)
}
