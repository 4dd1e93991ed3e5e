// Whether somebody is on call all the time: finds the next gap between people's turns.

/** A time during which somebody is on call. Without start or end it has no limit on that side. */
export type Turn = { start: Date | undefined; end: Date | undefined }
/** A time without anybody. Without `from` it has begun already; without `until` its end is not known. */
export type Gap = { from?: Date; until?: Date }

/** How far ahead gaps are looked for. */
export const daysAhead = 14
/** Shorter than this is not a gap, because PagerDuty writes whole seconds. */
const shortestGapMs = 60_000

/** The first gap between `since` and `until`; undefined when somebody is on call all the time. */
export function nextGap(turns: readonly Turn[], { since, until }: { since: Date; until: Date }): Gap | undefined {
  const spans = turns
    .map(({ start, end }) => ({ start: start?.getTime() ?? -Infinity, end: end?.getTime() ?? Infinity }))
    .sort((one, other) => one.start - other.start)
  let covered = since.getTime()
  for (const { start, end } of spans) {
    if (start - covered >= shortestGapMs) return gap(covered, since, start < until.getTime() ? start : undefined)
    covered = Math.max(covered, end)
  }
  return until.getTime() - covered >= shortestGapMs ? gap(covered, since) : undefined
}

function gap(from: number, since: Date, until?: number): Gap {
  return {
    ...(from > since.getTime() && { from: new Date(from) }),
    ...(until !== undefined && { until: new Date(until) }),
  }
}
