// The simulated REST API: on-calls, users, policies and schedules, read-only.
import type { Express, NextFunction, Request, Response } from 'express'
import {
  forbidden,
  invalidField,
  invalidInput,
  notFound,
  PagerDutyFailure,
  paymentRequired,
  rateLimited,
  unauthorized,
} from './failure.ts'
import {
  fullPolicy,
  fullSchedule,
  fullScheduleV3,
  fullUser,
  listedUser,
  onCall,
  policyReference,
  scheduleReference,
  userReference,
} from './objects.ts'
import { finalWindowOf, includeOf, listOf, paged, pageOf, shiftWindowOf, windowOf } from './query.ts'
import type { Quota } from './quota.ts'
import type { Account, EscalationPolicy, OnCallEntry, Schedule } from './state.ts'

/**
 * What a key may do: read, or nothing; `unpaid` when the account's plan lacks what is asked for; or whose key it is, with
 * that person's rights.
 */
export type Keys = Map<string, 'read' | 'nothing' | 'unpaid' | { user: string }>

type RoutesOptions = { account: Account; keys: Keys; quota: Quota }
type Json = Record<string, unknown>

/** Adds the API's routes. Every call needs a known key and the versioned Accept header. */
export function addRoutes(app: Express, { account, keys, quota }: RoutesOptions): void {
  const get = (path: string, answer: (query: URLSearchParams, id: string) => Json): void =>
    void app.get(path, (req, res) => {
      const id = req.params['id']
      res.json(answer(new URL(req.url, 'http://localhost').searchParams, typeof id === 'string' ? id : ''))
    })
  app.use((req, res, next) => {
    admit(req, res, { keys, quota })
    next()
  })
  get('/oncalls', query => onCalls(account, query))
  get('/users', query => users(account, query))
  app.get('/users/me', (req, res) => {
    const right = keys.get(keyOf(req) ?? '')
    // Only a person's key has an owner.
    if (typeof right !== 'object') throw invalidInput('A user token is needed')
    res.json({ user: fullUser(found(account.users.get(right.user))) })
  })
  get('/users/:id', (_query, id) => ({ user: fullUser(found(account.users.get(id))) }))
  get('/escalation_policies/:id', (_query, id) => ({
    escalation_policy: inFull(account, found(account.policies.get(id))),
  }))
  get('/schedules/:id', (query, id) => ({ schedule: shown(account, classic(account.schedules.get(id)), query) }))
  get('/v3/schedules/:id', (query, id) => ({ schedule: shownV3(account, newer(account.schedules.get(id)), query) }))
  get('/schedules/:id/users', (query, id) => {
    const { since, until } = windowOf(query, account.clock.now())
    return { users: account.usersOf(classic(account.schedules.get(id)), since, until).map(listedUser) }
  })
  app.use(() => {
    throw notFound()
  })
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    const failure = error instanceof PagerDutyFailure ? error : new PagerDutyFailure(500, 2000, 'Internal Server Error')
    res.status(failure.status).json(failure.body)
  })
}

function admit(req: Request, res: Response, { keys, quota }: Omit<RoutesOptions, 'account'>): void {
  const key = keyOf(req)
  const right = key === undefined ? undefined : keys.get(key)
  if (key === undefined || right === undefined) throw unauthorized()
  const { isOver, remaining, resetSeconds } = quota.take(key)
  res.set({
    'ratelimit-limit': String(quota.limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
  })
  if (isOver) throw rateLimited()
  if (right === 'nothing') throw forbidden()
  if (right === 'unpaid') throw paymentRequired()
  if (req.get('accept') !== 'application/vnd.pagerduty+json;version=2')
    throw new PagerDutyFailure(406, 2001, 'Not Acceptable', ['Accept must name version 2'])
}

function keyOf(req: Request): string | undefined {
  return /^(?:Token token=|Bearer )([\x21-\x7e]+)$/.exec(req.get('authorization') ?? '')?.[1]
}

function onCalls(account: Account, query: URLSearchParams): Json {
  const page = pageOf(query)
  const include = includeOf(query, ['escalation_policies', 'users', 'schedules'])
  const { since, until } = windowOf(query, account.clock.now())
  const passes = filterOf(query)
  const entries = account.entries(since, until).filter(passes)
  const kept = query.get('earliest') === 'true' ? earliestOf(entries) : entries
  return paged(
    'oncalls',
    kept.map(entry => onCall(entry, include, policy => inFull(account, policy))),
    page,
  )
}

// A parameter without its brackets is unknown and does not filter, as in the service.
function filterOf(query: URLSearchParams): (entry: OnCallEntry) => boolean {
  const [policies, schedules, people] = ['escalation_policy_ids', 'schedule_ids', 'user_ids'].map(name =>
    listOf(query, name),
  )
  const names = (wanted: string[] | undefined, id: string): boolean => !wanted?.length || wanted.includes(id)
  return ({ policy, schedule, user }) =>
    names(policies, policy.id) && names(schedules, schedule?.id ?? 'null') && names(people, user.id)
}

function earliestOf(entries: OnCallEntry[]): OnCallEntry[] {
  const first = new Map<string, OnCallEntry>()
  for (const entry of entries) {
    const key = `${entry.policy.id} ${entry.level} ${entry.user.id}`
    const known = first.get(key)
    if (!known || (entry.start?.getTime() ?? 0) < (known.start?.getTime() ?? 0)) first.set(key, entry)
  }
  return [...first.values()]
}

function users(account: Account, query: URLSearchParams): Json {
  const text = query.get('query')?.toLowerCase() ?? ''
  const matching = [...account.users.values()].filter(({ name, email }) =>
    `${name} ${email}`.toLowerCase().includes(text),
  )
  return paged('users', matching.map(listedUser), pageOf(query))
}

function inFull(account: Account, policy: EscalationPolicy): Json {
  return fullPolicy(policy, id => {
    const [user, schedule] = [account.users.get(id), account.schedules.get(id)]
    return user ? userReference(user) : schedule ? scheduleReference(schedule) : { id }
  })
}

function shown(account: Account, schedule: Schedule, query: URLSearchParams): Json {
  const now = account.clock.now()
  const policies = [...account.policies.values()].filter(({ levels }) =>
    levels.flat().some(target => 'schedule' in target && target.schedule === schedule.id),
  )
  const shown = fullSchedule(
    schedule,
    account.usersOf(schedule, now, now),
    shifts(account, schedule, shiftWindowOf(query)),
  )
  return { ...shown, escalation_policies: policies.map(policyReference) }
}

function shownV3(account: Account, schedule: Schedule, query: URLSearchParams): Json {
  return fullScheduleV3(schedule, shifts(account, schedule, finalWindowOf(query)))
}

function shifts(
  account: Account,
  schedule: Schedule,
  window: { since: Date; until: Date } | undefined,
): Parameters<typeof fullScheduleV3>[1] {
  if (!window) return undefined
  const userOf = (id: string): Json => userReference(found(account.users.get(id)))
  return { ...window, shifts: account.shiftsOf(schedule, window.since, window.until), userOf }
}

function classic(schedule: Schedule | undefined): Schedule {
  const known = found(schedule)
  if (known.isV3) throw invalidInput('This schedule is a v3 schedule')
  return known
}

function newer(schedule: Schedule | undefined): Schedule {
  const known = found(schedule)
  if (!known.isV3) throw invalidField('schedule', 'is not a v3 schedule')
  return known
}

function found<T>(object: T | undefined): T {
  if (object === undefined) throw notFound()
  return object
}
