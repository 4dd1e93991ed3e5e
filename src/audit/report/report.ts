// What happened in a span of time, counted by mapping, person and approver. Pure.
import type { Told } from './told.ts'

export type Counts = {
  asked: number
  /** Those that gave access, also those that run now. */
  granted: number
  denied: number
  timedOut: number
  withdrawn: number
  failed: number
  waiting: number
  emergencies: number
  /** How long access lasted, of all together. */
  heldSeconds: number
  /** Half of the decisions took less time; undefined without one. */
  medianDecisionSeconds?: number
  /** Nine of ten decisions took less time. */
  slowDecisionSeconds?: number
}
export type Row = Counts & { name: string }
export type Day = { day: string; granted: number; denied: number; other: number }
/** A binding of Hallpass that has expired and is still in a policy. */
export type Leftover = { resource: string; role: string; member: string; request: string; endedAt: Date }

export type Report = {
  from: Date
  to: Date
  source: string
  totals: Counts
  byMapping: Row[]
  byPerson: Row[]
  /** Of approvers: what they approved and denied. */
  byApprover: Row[]
  byDay: Day[]
  requests: Told[]
  unreviewed: Told[]
  inDoubt: Told[]
  /** Undefined when no policy writes were read. */
  leftovers?: Leftover[]
  notes: string[]
}

export type Reporting = { from: Date; to: Date; source: string; leftovers?: Leftover[]; notes?: readonly string[] }

/** The report about the requests that were made in the span; other requests are left out. */
export function reportOn(all: readonly Told[], { from, to, source, leftovers, notes = [] }: Reporting): Report {
  const requests = all
    .filter(({ askedAt }) => from <= askedAt && askedAt < to)
    .toSorted((a, b) => a.askedAt.getTime() - b.askedAt.getTime() || (a.uid < b.uid ? -1 : 1))
  const decided = requests.flatMap(told => told.deciders.map(name => ({ name, told })))
  return {
    from,
    to,
    source,
    totals: countsOf(requests),
    byMapping: rowsOf(requests.map(told => ({ name: told.mapping, told }))),
    byPerson: rowsOf(requests.map(told => ({ name: told.person, told }))),
    byApprover: rowsOf(decided),
    byDay: daysOf(requests, from, to),
    requests,
    unreviewed: requests.filter(({ review }) => review === 'awaited' || review === 'overdue'),
    inDoubt: requests.filter(({ isInDoubt }) => isInDoubt),
    ...(leftovers && { leftovers }),
    notes: [...notes],
  }
}

function countsOf(requests: readonly Told[]): Counts {
  const of = (...outcomes: Told['outcome'][]): number =>
    requests.filter(({ outcome }) => outcomes.includes(outcome)).length
  const times = requests
    .flatMap(({ askedAt, decidedAt }) => (decidedAt ? [(decidedAt.getTime() - askedAt.getTime()) / 1000] : []))
    .map(seconds => Math.max(0, seconds))
    .toSorted((a, b) => a - b)
  const [median, slow] = [times[Math.floor((times.length - 1) / 2)], times[Math.ceil(times.length * 0.9) - 1]]
  return {
    asked: requests.length,
    granted: of('granted', 'running'),
    denied: of('denied'),
    timedOut: of('timed out'),
    withdrawn: of('withdrawn'),
    failed: of('failed'),
    waiting: of('waiting'),
    emergencies: requests.filter(({ isEmergency }) => isEmergency).length,
    heldSeconds: requests.reduce((sum, { heldSeconds }) => sum + heldSeconds, 0),
    ...(median !== undefined && { medianDecisionSeconds: median }),
    ...(slow !== undefined && { slowDecisionSeconds: slow }),
  }
}

/** The rows with the most requests first. */
function rowsOf(named: readonly { name: string; told: Told }[]): Row[] {
  const groups = Map.groupBy(named, ({ name }) => name)
  return [...groups]
    .map(([name, group]) => ({ name, ...countsOf(group.map(({ told }) => told)) }))
    .toSorted((a, b) => b.asked - a.asked || (a.name < b.name ? -1 : 1))
}

const dayMs = 86_400_000

/** Every day of the span in UTC, also those without a request. */
function daysOf(requests: readonly Told[], from: Date, to: Date): Day[] {
  const dayOf = (at: Date): string => at.toISOString().slice(0, 10)
  const groups = Map.groupBy(requests, ({ askedAt }) => dayOf(askedAt))
  const first = Date.parse(dayOf(from))
  const days = Array.from({ length: Math.ceil((to.getTime() - first) / dayMs) }, (_, n) =>
    dayOf(new Date(first + n * dayMs)),
  )
  return days.map(day => {
    const { asked, granted, denied } = countsOf(groups.get(day) ?? [])
    return { day, granted, denied, other: asked - granted - denied }
  })
}
