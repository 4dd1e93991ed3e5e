// Figures and how they are told: the statistics, a table for people, and one JSON object a line for programs.
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** One line of the result. `ratio` is Hallpass divided by the peer, `goal` the highest ratio that is good enough. */
export type Line = {
  bench: string
  measure: string
  /** Empty for what is counted. */
  unit: 'ms' | 's' | 'MiB' | 'KiB' | 'KB' | '1/s' | ''
  ours: number
  oursFrom: number
  oursTo: number
  /** What it is compared with; absent when there is nothing to compare with. */
  against?: string
  peer: number | null
  ratio: number | null
  ratioFrom: number | null
  ratioTo: number | null
  goal: number | null
  met: boolean | null
  rounds: number
}

/** What a measure is called, and how it is judged. */
type Named = Pick<Line, 'bench' | 'measure' | 'unit' | 'against'> & { goal?: number }

/** The middle value; of an even number of them, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

/** The smallest value that at least this part of all values does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
}

/**
 * A line from one figure a round. The ratio is the median of each round's own ratio, because the load of a shared machine
 * differs more between rounds than within one.
 */
export function lineOf({ goal, ...named }: Named, ours: readonly number[], peer?: readonly number[]): Line {
  const ratios = peer?.map((value, round) => (ours[round] ?? Number.NaN) / value)
  const ratio = ratios ? median(ratios) : null
  return {
    ...named,
    ours: round(median(ours)),
    oursFrom: round(Math.min(...ours)),
    oursTo: round(Math.max(...ours)),
    peer: peer ? round(median(peer)) : null,
    ratio: ratio === null ? null : round(ratio),
    ratioFrom: ratios ? round(Math.min(...ratios)) : null,
    ratioTo: ratios ? round(Math.max(...ratios)) : null,
    goal: goal ?? null,
    met: ratio === null || goal === undefined ? null : round(ratio) <= goal,
    rounds: ours.length,
  }
}

function round(value: number): number {
  return Number(value.toFixed(value < 10 ? 2 : 1))
}

/** The machine, in one line of JSON. */
export function machine(kubernetes: string): object {
  return {
    machine: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kubernetes,
    load: loadavg().map(one => Number(one.toFixed(2))),
  }
}

const heads = ['bench', 'measure', 'ours', '(of all rounds)', 'peer', 'ratio', '(of all rounds)', 'goal', 'against']

/** The lines as a Markdown table, which a terminal shows as well. */
export function table(lines: readonly Line[]): string {
  const rows = [heads, heads.map(() => '---'), ...lines.map(cells)]
  const widths = heads.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const filled = (cell: string, column: number): string =>
    cell === '---' ? '-'.repeat(widths[column] ?? 3) : cell.padEnd(widths[column] ?? 0)
  return rows.map(row => `| ${row.map(filled).join(' | ')} |`).join('\n')
}

function cells(line: Line): string[] {
  const {
    bench,
    measure,
    unit,
    ours,
    oursFrom,
    oursTo,
    peer,
    ratio,
    ratioFrom,
    ratioTo,
    goal,
    met,
    against = '',
  } = line
  const verdict = goal === null ? '' : `≤ ${goal} ${met ? 'met' : 'missed'}`
  return [
    bench,
    measure,
    `${ours} ${unit}`.trim(),
    `${oursFrom}–${oursTo}`,
    peer === null ? '' : `${peer} ${unit}`.trim(),
    ratio === null ? '' : ratio.toFixed(2),
    ratio === null ? '' : `${ratioFrom}–${ratioTo}`,
    verdict,
    against,
  ]
}
