// Values that a condition can meet where it is used: times that are still to come, and names in the project that it is
// on.
import type { Limits } from './constants.ts'
import { unlikeAny, type Value } from './term.ts'

/** The largest offset from UTC: somewhere the year may still be the last one. */
const furthestMs = 14 * 3_600_000

/** Times from this instant on. */
export function from(now: Date): Limits {
  const instant = BigInt(now.getTime()) * 1_000_000n
  const year = BigInt(new Date(now.getTime() - furthestMs).getUTCFullYear())
  const since = (least: bigint, values: readonly Value[]): Value[] => [
    least,
    ...values.filter(value => typeof value === 'bigint' && value > least),
  ]
  return (subject, values) => {
    if (subject === 'request.time') return since(instant, values)
    return subject.startsWith('request.time.getFullYear(') ? since(year, values) : values
  }
}

/**
 * Names of resources in this project, given by its id. Other names stay possible: those of buckets (`projects/_/…`),
 * those with the project's number, and those that are not in a project.
 */
export function within(project: string): Limits {
  return (subject, values) =>
    subject === 'resource.name' ? [unlikeAny, ...values.filter(value => mayBeIn(project, String(value)))] : values
}

function mayBeIn(project: string, name: string): boolean {
  const [, id = '', next = ''] = /^projects\/([a-z][a-z0-9.:-]*)([^])?/.exec(name) ?? []
  if (id === '') return true
  return next === unlikeAny ? project.startsWith(id) : id === project
}
