// `node test/bench/patterns.ts`: what the slowest patterns that a mapping may have cost for the longest reason, in milliseconds of
// one thread, and how the cost grows with the compiled size. Ends with 1 when one of them takes longer than is allowed.
import { RE2JS } from 're2js'
import { faultOfPattern, mostInstructions } from '../../src/domain/mapping/pattern.ts'
import { largest, nastyPatterns, nastyReasons } from '../domain/nasty-patterns.ts'

const allowedMs = 20
const sizes = [250, 500, mostInstructions, 2 * mostInstructions, 4 * mostInstructions]

/** Processor time, so that what else the machine does is not counted. The best of three: the first warms up. */
function costOf(pattern: string): number {
  const compiled = RE2JS.compile(pattern)
  const once = (reason: string): number => {
    const before = process.cpuUsage()
    compiled.matcher(reason).find()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  return Math.max(...nastyReasons.map(reason => Math.min(once(reason), once(reason), once(reason))))
}

/** Endless for what RE2 itself refuses. */
function sizeOf(pattern: string): number {
  try {
    return RE2JS.compile(pattern).programSize()
  } catch {
    return Infinity
  }
}

const cell = (text: string): string => text.padStart(7)
let slowest = 0
console.log(`| ${'pattern, at so many instructions'.padEnd(32)} |${sizes.map(size => cell(String(size))).join(' |')} |`)
console.log(`| ${'-'.repeat(32)} |${sizes.map(() => `${'-'.repeat(6)}:`).join(' |')} |`)
for (const [kind, of] of Object.entries(nastyPatterns)) {
  const costs = sizes.map(size => {
    const pattern = largest(of, candidate => sizeOf(candidate) <= size)
    const ms = sizeOf(pattern) > size * 0.9 ? costOf(pattern) : undefined
    if (ms !== undefined && faultOfPattern(pattern) === undefined) slowest = Math.max(slowest, ms)
    return cell(ms === undefined ? '–' : ms.toFixed(1))
  })
  console.log(`| ${kind.padEnd(32)} |${costs.join(' |')} |`)
}
console.log(`\nThe slowest that is accepted takes ${slowest.toFixed(1)} ms; ${allowedMs} ms are allowed.`)
process.exitCode = slowest <= allowedMs ? 0 : 1
