// Reads schedules of both kinds: PagerDuty's newer (v3, shift-based) schedules have their own paths and shapes.
import { isUnknown, isUnknownOrOfOtherKind, type Question } from './asking.ts'
import { readName, readUser, type User } from './entries.ts'
import { at, instantAt, listAt, textAt } from './json.ts'

/** A schedule, and who is on duty in it during the window that was asked for. */
export type Schedule = { name: string | undefined; shifts: Shift[] }
/** One person's duty. Without start or end it has no limit on that side. */
export type Shift = User & { start: Date | undefined; end: Date | undefined }
type Window = { since: Date; until: Date }

/** A schedule of either kind; undefined when PagerDuty knows none. */
export async function readSchedule(question: Question<{ schedule: string } & Window>): Promise<Schedule | undefined> {
  return (await readClassic(question)) ?? (await readShiftBased(question))
}

async function readClassic({
  of,
  ask,
  signal,
}: Question<{ schedule: string } & Window>): Promise<Schedule | undefined> {
  const { schedule, since, until } = of
  const data = await ask({
    path: `/schedules/${encodeURIComponent(schedule)}`,
    query: { since: since.toISOString(), until: until.toISOString() },
    doing: 'read a schedule',
    signal,
    unless: isUnknownOrOfOtherKind,
  })
  if (data === undefined) return undefined
  const final = at(at(data, 'schedule'), 'final_schedule')
  const shifts = listAt(final, 'rendered_schedule_entries').flatMap(entry => {
    const user = readUser(at(entry, 'user'))
    return user ? { ...user, start: instantAt(entry, 'start'), end: instantAt(entry, 'end') } : []
  })
  return { name: readName(data, 'schedule'), shifts }
}

/** A shift-based schedule; undefined when PagerDuty knows none. Its people are named by id only. */
export async function readShiftBased({
  of,
  ask,
  signal,
}: Question<{ schedule: string } & Window>): Promise<Schedule | undefined> {
  const { schedule, since, until } = of
  const data = await ask({
    path: `/v3/schedules/${encodeURIComponent(schedule)}`,
    query: { 'include[]': ['final_schedule'], since: since.toISOString(), until: until.toISOString() },
    doing: 'read a shift-based schedule',
    signal,
    unless: isUnknown,
  })
  if (data === undefined) return undefined
  const final = at(at(data, 'schedule'), 'final_schedule')
  const shifts = listAt(final, 'computed_shift_assignments').flatMap(shift => {
    const userID = memberOf(at(shift, 'member'))
    return userID === undefined
      ? []
      : { userID, start: instantAt(shift, 'start_time'), end: instantAt(shift, 'end_time') }
  })
  return { name: readName(data, 'schedule'), shifts }
}

// A shift without a person is an `empty_member`.
function memberOf(member: unknown): string | undefined {
  return at(member, 'type') === 'user_member' ? textAt(member, 'user_id') : undefined
}

/** Whether the shift includes the instant. */
export function includes({ start, end }: Pick<Shift, 'start' | 'end'>, now: Date): boolean {
  return (start === undefined || start <= now) && (end === undefined || end > now)
}
