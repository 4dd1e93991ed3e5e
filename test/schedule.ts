// In which order test files run, and how many at the same time: those that mostly wait run next to others. What a file costs
// is in a table, because a machine that runs it for the first time cannot know it.

/** What a file costs, measured alone on two cores. */
export type Cost = {
  /** From its start to its end. */
  seconds: number
  /** The cores that it keeps busy, on average; its programs included. */
  load: number
}

/** A file that is not in the table: short, and busy all the time. */
const usualCost: Cost = { seconds: 2, load: 1 }
/** A file that takes longer than this belongs in the table. */
const longSeconds = 15
/** A file whose seconds in the table are wrong by more than this factor is told. */
const tolerance = 3

export type Costs = Readonly<Record<string, Cost>>

const costIn = (costs: Costs, file: string): Cost => costs[file] ?? usualCost

/** Longest first, so that the last one to end is a short one. */
export function inOrder(files: readonly string[], costs: Costs): string[] {
  const seconds = (file: string): number => costIn(costs, file).seconds
  return files.toSorted((a, b) => seconds(b) - seconds(a) || a.localeCompare(b))
}

/** Where in `waiting` the next file is that these cores can still take; undefined when it must wait for another to end. */
export function nextOf(
  waiting: readonly string[],
  running: readonly string[],
  { costs, cores }: { costs: Costs; cores: number },
): number | undefined {
  const free = running.reduce((left, file) => left - costIn(costs, file).load, cores)
  const at = waiting.findIndex(file => running.length === 0 || costIn(costs, file).load <= free + rounding)
  return at < 0 ? undefined : at
}

const rounding = 1e-9

/** Why the table must be changed, a sentence; undefined when it need not. */
export function staleness(file: string, seconds: number, costs: Costs): string | undefined {
  const told = costs[file]
  if (!told) return seconds > longSeconds ? `${file} took ${seconds.toFixed(0)} s and has no row` : undefined
  const factor = Math.max(seconds / told.seconds, told.seconds / seconds)
  return factor > tolerance ? `${file} took ${seconds.toFixed(0)} s, and its row says ${told.seconds} s` : undefined
}
