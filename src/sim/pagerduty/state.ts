// The state of a simulated PagerDuty account, and who is on call in it. It does not use HTTP.
import type { Clock } from '../clock.ts'

/** A person of the account. `isBare`: lists show only a reference, without the address, whatever they include. */
export type PagerDutyUser = { id: string; name: string; email: string; role?: string; isBare?: boolean }

/**
 * A shift of a user (by id). A missing start or end means that it has no limit on that side. In a v3 schedule a shift may
 * be nobody's.
 */
export type Shift = { user: string | null; start?: Date; end?: Date }

/** A schedule. `isV3` marks the newer kind, which only the v3 paths return. */
export type Schedule = { id: string; name: string; shifts: Shift[]; isV3?: boolean }

/** Whom one escalation level notifies. */
type Target = { user: string } | { schedule: string }

/** A policy: level n is the n-th entry of `levels`. `services` (ids) page by it. */
export type EscalationPolicy = { id: string; name: string; levels: Target[][]; services?: string[] }

/** One computed entry: a user, for a policy and level, by a schedule or by themselves. */
export type OnCallEntry = {
  policy: EscalationPolicy
  level: number
  user: PagerDutyUser
  schedule?: Schedule
  start?: Date
  end?: Date
}

export type Seeds = { users: PagerDutyUser[]; schedules: Schedule[]; policies: EscalationPolicy[] }

/** Who is put on call, and where. People by id or e-mail. */
export type Duty = { escalationPolicy?: string; level?: number; schedule?: string; users: string[] }

/** The account in memory. Its maps may be changed by tests while it runs. */
export class Account {
  readonly clock: Clock
  readonly users = new Map<string, PagerDutyUser>()
  readonly schedules = new Map<string, Schedule>()
  readonly policies = new Map<string, EscalationPolicy>()

  constructor(clock: Clock, { users, schedules, policies }: Seeds) {
    this.clock = clock
    for (const user of users) this.users.set(user.id, { ...user })
    for (const schedule of schedules) this.schedules.set(schedule.id, structuredClone(schedule))
    for (const policy of policies) this.policies.set(policy.id, structuredClone(policy))
  }

  /** Every entry that overlaps the window, by policy and level. A schedule on no policy has none, as in the service. */
  entries(since: Date, until: Date): OnCallEntry[] {
    return [...this.policies.values()].flatMap(policy =>
      policy.levels.flatMap((targets, index) =>
        targets.flatMap(target => this.#entriesOf(target, { policy, level: index + 1 }, { since, until })),
      ),
    )
  }

  /** The users whose shifts in a schedule overlap the window, each once. */
  usersOf(schedule: Schedule, since: Date, until: Date): PagerDutyUser[] {
    const ids = new Set(this.shiftsOf(schedule, since, until).map(({ user }) => user))
    return [...ids].flatMap(id => this.users.get(id ?? '') ?? [])
  }

  /** The shifts of a schedule that overlap the window, cut to it, oldest first. */
  shiftsOf(schedule: Schedule, since: Date, until: Date): Required<Shift>[] {
    return schedule.shifts
      .filter(shift => overlaps(shift, { since, until }))
      .map(({ user, start, end }) => ({
        user,
        start: start && start > since ? start : since,
        end: end && end < until ? end : until,
      }))
      .sort((one, other) => one.start.getTime() - other.start.getTime())
  }

  /** Puts people on call without an end and replaces those who were: at a level of a policy, or in a schedule. */
  setOnCall({ escalationPolicy, level = 1, schedule, users }: Duty): void {
    const ids = users.map(user => this.#idOf(user))
    if (escalationPolicy !== undefined) {
      const policy = this.policies.get(escalationPolicy)
      if (!policy) throw new Error(`There is no escalation policy "${escalationPolicy}".`)
      while (policy.levels.length < level) policy.levels.push([])
      policy.levels[level - 1] = ids.map(user => ({ user }))
      return
    }
    const rota = this.schedules.get(schedule ?? '')
    if (!rota) throw new Error(`There is no schedule "${schedule ?? ''}".`)
    rota.shifts = ids.map(user => ({ user }))
  }

  #entriesOf(
    target: Target,
    where: Pick<OnCallEntry, 'policy' | 'level'>,
    window: { since: Date; until: Date },
  ): OnCallEntry[] {
    if ('user' in target) {
      const user = this.users.get(target.user)
      return user ? [{ ...where, user }] : []
    }
    const schedule = this.schedules.get(target.schedule)
    return (schedule?.shifts ?? []).flatMap(shift => {
      const user = this.users.get(shift.user ?? '')
      if (!schedule || !user || !overlaps(shift, window)) return []
      return [
        { ...where, user, schedule, ...(shift.start && { start: shift.start }), ...(shift.end && { end: shift.end }) },
      ]
    })
  }

  #idOf(idOrEmail: string): string {
    const user = this.users.get(idOrEmail) ?? [...this.users.values()].find(({ email }) => email === idOrEmail)
    if (!user) throw new Error(`There is no user "${idOrEmail}".`)
    return user.id
  }
}

// A window of no length is an instant; a shift's end is no longer part of it.
function overlaps({ start, end }: Shift, { since, until }: { since: Date; until: Date }): boolean {
  const begins = !start || start < until || start.getTime() === since.getTime()
  return begins && (!end || end > since)
}
