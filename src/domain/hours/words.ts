// Hours in words.
import { sayWall } from './local-time.ts'
import { type Period, periodsIn } from './opening.ts'
import { type Day, type Hours, minutesOf, type Span } from './span.ts'

const names: Record<Day, string> = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
}
/** The order in which people name them. */
const week = Object.keys(names) as Day[]

/** "Monday to Friday 22:00 to 06:00 the next day, and Saturday and Sunday all day (Europe/Berlin)". */
export function sayHours({ zone, spans }: Hours): string {
  return `${spans.map(saySpan).join(', and ')} (${zone})`
}

function saySpan(span: Span): string {
  const { from, to } = minutesOf(span)
  const times = `${span.from} to ${span.to}${from < to ? '' : ' the next day'}`
  const isWhole = span.from === '00:00' && (span.to === '24:00' || span.to === '00:00')
  return `${sayDays(span.days ?? week)} ${isWhole ? 'all day' : times}`
}

function sayDays(named: readonly Day[]): string {
  if (named.length === week.length) return 'every day'
  const runs = runsOf(week.filter(day => named.includes(day))).flatMap(run =>
    run.length > 2 ? [`${names[run[0] as Day]} to ${names[run.at(-1) as Day]}`] : run.map(day => names[day]),
  )
  const last = runs.at(-1) ?? ''
  return runs.length > 1 ? `${runs.slice(0, -1).join(', ')} and ${last}` : last
}

function runsOf(sorted: readonly Day[]): Day[][] {
  const runs: Day[][] = []
  for (const day of sorted) {
    const open = runs.at(-1)
    if (open && week.indexOf(day) === week.indexOf(open.at(-1) as Day) + 1) open.push(day)
    else runs.push([day])
  }
  return runs
}

/** Several hours, all of which must be open: each after the ones that it narrows. Empty without any. */
export function sayAllHours(all: readonly Hours[]): string {
  return all.map(sayHours).join(', and within these ')
}

/**
 * A sentence about access with hours, in these times. If the hours are open for a part of the times only, it names the
 * first one in which it works.
 */
export function sayWorking(hours: Hours, times: readonly Period[] = []): string {
  const works = `It works only ${sayHours(hours)}`
  const [first, ...more] = times.flatMap(time => periodsIn([hours], time))
  if (!first || isAll([first, ...more], times)) return `${works}.`
  const others = more.length === 0 ? '' : more.length === 1 ? ', and once more' : `, and ${more.length} more times`
  const [from, until] = [first.from, first.until].map(at => sayWall(at, hours.zone))
  return `${works}: in ${times.length === 1 ? 'this time' : 'these times'} from ${from} until ${until}${others}.`
}

function isAll(open: readonly Period[], times: readonly Period[]): boolean {
  const ends = (periods: readonly Period[]): string => String(periods.map(({ from, until }) => [+from, +until]))
  return ends(open) === ends(times)
}
