// What a policy or schedule is: its name, who is on call now, and when nobody will be.
import { daysAhead, nextGap } from '../domain/mapping/coverage.ts'
import { after } from '../domain/asking/duration.ts'
import { Refused } from '../domain/outcome.ts'
import type { Duty } from '../domain/ports.ts'
import { withAddresses } from './addresses.ts'
import { allEntries } from './all-entries.ts'
import { isUnknown, type Of, type Question } from './asking.ts'
import { type Entry, readName, type User } from './entries.ts'
import { includes, readSchedule, type Shift } from './schedules.ts'

type Asked = Question<Of & { level?: number }> & { now: Date }
type Window = { since: Date; until: Date }

/** The duty of a policy, from its level on, or of a schedule; undefined when PagerDuty does not know it. */
export async function dutyOf({ now, ...question }: Asked): Promise<Duty | undefined> {
  const window = { since: now, until: after(now, daysAhead * 86_400) }
  const { escalationPolicy, schedule = '', level = 1 } = question.of
  if (escalationPolicy !== undefined) return policyDuty({ ...question, of: { escalationPolicy, level } }, window)
  // Shifts are cut to the window, to whole seconds, so it begins with the second before now.
  const found = await readSchedule({ ...question, of: { schedule, since: after(now, -1), until: window.until } })
  if (!found) return undefined
  const onDuty = found.shifts.filter(shift => includes(shift, now))
  return {
    name: found.name ?? schedule,
    coverage: { now: await namesOf({ ...question, of: onDuty }), ...gapIn(found.shifts, window) },
  }
}

async function policyDuty(
  question: Question<{ escalationPolicy: string; level: number }>,
  window: Window,
): Promise<Duty | undefined> {
  const { escalationPolicy, level } = question.of
  const listed = await entriesIn(question, window)
  const entries = (listed ?? []).filter(entry => entry.policyID === escalationPolicy)
  const name = entries[0]?.policyName ?? (await policyName(question))
  if (name === undefined || !listed) return name === undefined ? undefined : { name }
  const turns = entries.filter(entry => (entry.level ?? 0) >= level)
  const onCall = turns.filter(turn => includes(turn, window.since))
  const first = Math.min(...onCall.map(turn => turn.level ?? 0))
  const now = await namesOf({ ...question, of: onCall.filter(turn => turn.level === first) })
  return { name, coverage: { now, ...gapIn(turns, window) } }
}

// Too many handovers are no fault of the mapping: then it is only not known when somebody is on call.
async function entriesIn(
  { of, ask, signal }: Question<{ escalationPolicy: string }>,
  window: Window,
): Promise<Entry[] | undefined> {
  try {
    return await allEntries({ of: { escalationPolicy: of.escalationPolicy, window }, ask, signal })
  } catch (error) {
    if (error instanceof Refused && error.refusal.reason === 'PagerDutyTooMany') return undefined
    throw error
  }
}

async function policyName({ of, ask, signal }: Question<{ escalationPolicy: string }>): Promise<string | undefined> {
  const path = `/escalation_policies/${encodeURIComponent(of.escalationPolicy)}`
  const data = await ask({ path, doing: 'read an escalation policy', signal, unless: isUnknown })
  return data === undefined ? undefined : (readName(data, 'escalation_policy') ?? of.escalationPolicy)
}

function gapIn(turns: readonly Pick<Shift, 'start' | 'end'>[], window: Window): Pick<Coverage, 'gap'> {
  const gap = nextGap(turns, window)
  return gap ? { gap } : {}
}
type Coverage = NonNullable<Duty['coverage']>

// A shift-based schedule names its people by id only.
async function namesOf({ of: people, ...question }: Question<readonly User[]>): Promise<string[]> {
  const known = people.filter(({ name }) => name !== undefined)
  const found = await withAddresses({ ...question, of: people.filter(({ name }) => name === undefined) })
  return [...new Set([...known, ...found].map(({ name, email, userID }) => name ?? email ?? userID))]
}
