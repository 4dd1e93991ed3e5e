// Finds who is on call in PagerDuty now: implements the on-call port. It only reads. Calls run one after the other and
// answers are remembered for 30 s. An answer that it does not understand names nobody.
import { after } from '../domain/duration.ts'
import { Refused } from '../domain/outcome.ts'
import type { Clock, OnCall, OnCallPerson } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { createGet, type PagerDutyResponse, type Query } from './client.ts'
import { eachOnce, type Entry, hasMore, readEntries, readName, readUsers } from './entries.ts'
import { isPagerDutys, outcomeOf } from './outcome.ts'
import { createQuestionQueue } from './question-queue.ts'

type OnCallOptions = {
  token: Secret
  clock: Clock
  /** Of PagerDuty's US or EU service, or a simulator's. It was checked with the configuration. */
  rootUrl: string
  /** The longest time for one question, including the wait for its turn. */
  timeoutMs?: number
}
type Of = { escalationPolicy?: string; schedule?: string }

const rememberedSeconds = 30
const pageSize = 100
/** A thousand entries for one policy or schedule is a mistake; PagerDuty itself ends at ten thousand. */
const maxPages = 10

/** The on-call port over PagerDuty's REST API. */
export function createOnCall({ token, clock, rootUrl, timeoutMs = 8000 }: OnCallOptions): OnCall {
  const get = createGet({ token, rootUrl })
  const questions = createQuestionQueue({ clock, timeoutMs, rememberedSeconds })

  const ask = async (call: Call): Promise<unknown> => {
    const answer = await get(call.path, call.query ?? {}, call.signal)
    if (answer.status === 200 && answer.data !== undefined) return answer.data
    if (call.unless?.(answer)) return undefined
    throw outcomeOf(answer, { doing: call.doing, now: clock.now() })
  }
  return {
    onCall: async of =>
      questions(`on call ${idOf(of)} ${of.level}`, signal => onCallNow({ of, ask, signal, now: clock.now() })),
    describe: async of => questions(`name ${idOf(of)}`, signal => nameOf({ of, ask, signal })),
  }
}

type Call = {
  path: string
  query?: Query
  doing: string
  signal: AbortSignal
  /** Failures that mean "it does not exist". */
  unless?: (answer: PagerDutyResponse) => boolean
}
type Ask = (call: Call) => Promise<unknown>
type Question<T> = { of: T; ask: Ask; signal: AbortSignal }

async function onCallNow(question: Question<Of & { level: number }> & { now: Date }): Promise<OnCallPerson[]> {
  const { escalationPolicy, level } = question.of
  const entries = await allEntries(question)
  if (escalationPolicy !== undefined)
    return eachOnce(
      entries
        // The query already asks by id; the answer is checked again, and an entry of another policy or level is
        // ignored.
        .filter(entry => entry.policyID === escalationPolicy && entry.level === level)
        .map(entry => ({ ...entry, source: sourceOf(entry.policyName ?? escalationPolicy, level) })),
    )
  const schedule = question.of.schedule ?? ''
  const named = entries.filter(entry => entry.scheduleID === schedule)
  if (named.length > 0)
    return eachOnce(named.map(entry => ({ ...entry, source: sourceOf(entry.scheduleName ?? schedule) })))
  return usersNow(question)
}

async function allEntries({ of, ask, signal }: Question<Of>): Promise<Entry[]> {
  const filter = of.escalationPolicy
    ? { 'escalation_policy_ids[]': [of.escalationPolicy] }
    : { 'schedule_ids[]': [of.schedule ?? ''] }
  const entries: Entry[] = []
  for (let page = 0; page < maxPages; page += 1) {
    const query = { ...filter, 'include[]': ['users'], limit: String(pageSize), offset: String(page * pageSize) }
    const data = await ask({ path: '/oncalls', query, doing: 'list who is on call', signal })
    entries.push(...readEntries(data))
    if (!hasMore(data)) return entries
  }
  throw new Refused(
    'PagerDutyTooMany',
    `PagerDuty lists more than ${maxPages * pageSize} on-call entries for "${idOf(of)}".`,
  )
}

// A schedule that serves no escalation policy has no on-call entries, but it has users on duty.
async function usersNow({ of, ask, signal, now }: Question<Of> & { now: Date }): Promise<OnCallPerson[]> {
  const data = await ask({
    path: `/schedules/${encodeURIComponent(of.schedule ?? '')}/users`,
    query: { since: now.toISOString(), until: after(now, 1).toISOString() },
    doing: 'list who is on duty in a schedule',
    signal,
    unless: isUnknownOrOfOtherKind,
  })
  if (data === undefined) return []
  return eachOnce(readUsers(data).map(user => ({ ...user, source: sourceOf(of.schedule ?? '') })))
}

async function nameOf({ of, ask, signal }: Question<Of>): Promise<string | undefined> {
  if (of.escalationPolicy !== undefined) {
    const path = `/escalation_policies/${encodeURIComponent(of.escalationPolicy)}`
    const data = await ask({ path, doing: 'read an escalation policy', signal, unless: isUnknown })
    return readName(data, 'escalation_policy')
  }
  const path = `/schedules/${encodeURIComponent(of.schedule ?? '')}`
  const call = { doing: 'read a schedule', signal, unless: isUnknownOrOfOtherKind }
  const data = (await ask({ ...call, path })) ?? (await ask({ ...call, path: `/v3${path}` }))
  return readName(data, 'schedule')
}

// PagerDuty's newer schedules have separate paths, and each path answers 400 for the other kind.
function isUnknownOrOfOtherKind(answer: PagerDutyResponse): boolean {
  return isUnknown(answer) || (answer.status === 400 && isPagerDutys(answer))
}

function isUnknown(answer: PagerDutyResponse): boolean {
  return answer.status === 404 && isPagerDutys(answer)
}

function sourceOf(name: string, level?: number): string {
  return `${name}${level === undefined ? '' : `, level ${level}`}`
}

function idOf({ escalationPolicy, schedule }: Of): string {
  if (escalationPolicy !== undefined) return escalationPolicy
  if (schedule !== undefined) return schedule
  throw new Refused('OnCallUnnamed', 'The mapping names neither an escalation policy nor a schedule of PagerDuty.')
}
