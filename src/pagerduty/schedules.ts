// Reads schedules of both kinds: PagerDuty's newer (v3, shift-based) schedules have their own paths and shapes.
import { type Call, isUnknown, isUnknownOrOfOtherKind, type Question } from './asking.ts'
import type { Query } from './client.ts'
import { readName, readUser, type User } from './entries.ts'
import { at, instantAt, listAt, textAt } from './json.ts'

/** A schedule, and who is on duty in it during the window that was asked for. */
export type Schedule = { name: string | undefined; shifts: Shift[] }
/** One person's duty. Without start or end it has no limit on that side. */
export type Shift = User & { start: Date | undefined; end: Date | undefined }
type Window = { since: Date; until: Date }

/** A schedule of either kind; undefined when PagerDuty knows none. */
export async function readSchedule(question: Question<{ schedule: string } & Window>): Promise<Schedule | undefined> {
  return (await readAs(classic, question)) ?? (await readShiftBased(question))
}

/** A shift-based schedule; undefined when PagerDuty knows none. Its people are named by id only. */
export async function readShiftBased(question: Question<{ schedule: string } & Window>): Promise<Schedule | undefined> {
  return readAs(shiftBased, question)
}

/** How PagerDuty shows one kind of schedules. */
type Kind = Pick<Call, 'doing' | 'unless'> & {
  path: string
  query?: Query
  /** The fields of the final schedule's shifts, and of a shift's times. */
  shifts: string
  start: string
  end: string
  /** Who is on duty in a shift; undefined for nobody. */
  who: (shift: unknown) => User | undefined
}

const classic: Kind = {
  path: '/schedules',
  doing: 'read a schedule',
  unless: isUnknownOrOfOtherKind,
  shifts: 'rendered_schedule_entries',
  start: 'start',
  end: 'end',
  who: entry => readUser(at(entry, 'user')),
}

const shiftBased: Kind = {
  path: '/v3/schedules',
  query: { 'include[]': ['final_schedule'] },
  doing: 'read a shift-based schedule',
  unless: isUnknown,
  shifts: 'computed_shift_assignments',
  start: 'start_time',
  end: 'end_time',
  who: shift => memberOf(at(shift, 'member')),
}

async function readAs(
  { path, query, shifts, start, end, who, ...call }: Kind,
  { of, ask, signal }: Question<{ schedule: string } & Window>,
): Promise<Schedule | undefined> {
  const data = await ask({
    ...call,
    path: `${path}/${encodeURIComponent(of.schedule)}`,
    query: { ...query, since: of.since.toISOString(), until: of.until.toISOString() },
    signal,
  })
  if (data === undefined) return undefined
  const final = at(at(data, 'schedule'), 'final_schedule')
  return {
    name: readName(data, 'schedule'),
    shifts: listAt(final, shifts).flatMap(shift => {
      const user = who(shift)
      return user ? { ...user, start: instantAt(shift, start), end: instantAt(shift, end) } : []
    }),
  }
}

// A shift without a person is an `empty_member`.
function memberOf(member: unknown): User | undefined {
  const userID = at(member, 'type') === 'user_member' ? textAt(member, 'user_id') : undefined
  return userID === undefined ? undefined : { userID }
}

/** Whether the shift includes the instant. */
export function includes({ start, end }: Pick<Shift, 'start' | 'end'>, now: Date): boolean {
  return (start === undefined || start <= now) && (end === undefined || end > now)
}
