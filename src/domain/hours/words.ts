// Hours and instants of a zone in words.
import { wallClock } from '../../cel/time.ts'
import { type Period, periodsIn } from './opening.ts'
import { type Day, days, type Hours, minutesOf, type Span } from './span.ts'

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

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** An instant by the clock of a zone: "Monday 30 November 2026, 22:00 (Europe/Berlin)". */
export function sayMoment(at: Date, zone: string): string {
  return `${sayClock(at, zone)} (${zone})`
}

function sayClock(at: Date, zone: string): string {
  const wall = wallClock(BigInt(at.getTime()) * 1_000_000n, zone)
  const day = names[days[wall.getUTCDay()] as Day]
  const date = `${wall.getUTCDate()} ${months[wall.getUTCMonth()]} ${wall.getUTCFullYear()}`
  return `${day} ${date}, ${wall.toISOString().slice(11, 16)}`
}

/**
 * A sentence about access with hours. If they are open for a part of its time only, it names the first time in which it
 * works.
 */
export function sayWorking(hours: Hours, span?: Period): string {
  const works = `It works only ${sayHours(hours)}`
  const [first, ...more] = span ? periodsIn(hours, span) : []
  if (!span || !first || (first.from <= span.from && first.until >= span.until)) return `${works}.`
  const others = more.length === 0 ? '' : more.length === 1 ? ', and once more' : `, and ${more.length} more times`
  const [from, until] = [first.from, first.until].map(at => sayClock(at, hours.zone))
  return `${works}: in this time from ${from} until ${until}${others}.`
}
