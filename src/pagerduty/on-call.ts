// Finds who is on call in PagerDuty now: implements the on-call port. It only reads. Calls run one after the other and
// answers are remembered for 30 s. An answer that it does not understand names nobody.
import { after } from '../domain/asking/duration.ts'
import type { Clock, OnCall, OnCallPerson } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { withAddresses } from './addresses.ts'
import { allEntries } from './all-entries.ts'
import { createAsk, idOf, isUnknownOrOfOtherKind, type Of, type Question } from './asking.ts'
import { createGet } from './client.ts'
import { dutyOf } from './duty.ts'
import { eachOnce, readUsers, type User } from './entries.ts'
import { createQuestionQueue } from './question-queue.ts'
import { includes, readShiftBased } from './schedules.ts'
import { servicesOf } from './services.ts'

type OnCallOptions = {
  token: Secret
  clock: Clock
  /** Of PagerDuty's US or EU service, or a simulator's. It was checked with the configuration. */
  rootUrl: string
  /** The longest time for one question, including the wait for its turn. */
  timeoutMs?: number
}

const rememberedSeconds = 30

/** The on-call port over PagerDuty's REST API. */
export function createOnCall({ token, clock, rootUrl, timeoutMs = 8000 }: OnCallOptions): OnCall {
  const ask = createAsk({ get: createGet({ token, rootUrl }), clock })
  const questions = createQuestionQueue({ clock, timeoutMs, rememberedSeconds })

  return {
    onCall: async of =>
      questions(`on call ${idOf(of)} ${of.level}`, signal => onCallNow({ of, ask, signal, now: clock.now() })),
    describe: async of =>
      questions(`duty ${idOf(of)} ${of.level}`, signal => dutyOf({ of, ask, signal, now: clock.now() })),
    services: async of => questions(`services ${idOf(of)}`, signal => servicesOf({ of, ask, signal })),
  }
}

type Sourced = User & { source: string }

async function onCallNow(question: Question<Of & { level: number }> & { now: Date }): Promise<OnCallPerson[]> {
  const { ask, signal } = question
  return eachOnce(await withAddresses<Sourced>({ of: await named(question), ask, signal }))
}

async function named(question: Question<Of & { level: number }> & { now: Date }): Promise<Sourced[]> {
  const { escalationPolicy, level } = question.of
  const entries = await allEntries(question)
  if (escalationPolicy !== undefined)
    return (
      entries
        // The query already asks by id; the answer is checked again, and an entry of another policy or level is
        // ignored.
        .filter(entry => entry.policyID === escalationPolicy && entry.level === level)
        .map(entry => ({ ...entry, source: sourceOf(entry.policyName ?? escalationPolicy, level) }))
    )
  const schedule = question.of.schedule ?? ''
  const here = entries.filter(entry => entry.scheduleID === schedule)
  if (here.length > 0) return here.map(entry => ({ ...entry, source: sourceOf(entry.scheduleName ?? schedule) }))
  return usersNow({ ...question, of: { schedule } })
}

// A schedule that serves no escalation policy has no on-call entries, but it has users on duty.
async function usersNow({ now, ...question }: Question<{ schedule: string }> & { now: Date }): Promise<Sourced[]> {
  const { ask, signal } = question
  const { schedule } = question.of
  const data = await ask({
    path: `/schedules/${encodeURIComponent(schedule)}/users`,
    query: { since: now.toISOString(), until: after(now, 1).toISOString() },
    doing: 'list who is on duty in a schedule',
    signal,
    unless: isUnknownOrOfOtherKind,
  })
  if (data !== undefined) return readUsers(data).map(user => ({ ...user, source: sourceOf(schedule) }))
  // Shifts are cut to the window, to whole seconds, so it begins with the second before now.
  const found = await readShiftBased({ ...question, of: { schedule, since: after(now, -1), until: after(now, 60) } })
  const source = sourceOf(found?.name ?? schedule)
  return (found?.shifts ?? []).filter(shift => includes(shift, now)).map(({ userID }) => ({ userID, source }))
}

function sourceOf(name: string, level?: number): string {
  return `${name}${level === undefined ? '' : `, level ${level}`}`
}
