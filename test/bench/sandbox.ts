// What the whole sandbox takes of a laptop's memory: the page with the simulators, the API server, its store and the three
// processes. When nothing happens, and at most while many requests live their whole lives.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { type Line, lineOf } from './report.ts'
import { memoryUnder, type Together } from './together.ts'

/** How much is measured. `idleMs`: how long it is left alone before. */
export type SandboxScale = { lives: number; idleMs: number }
export const fullSandbox: SandboxScale = { lives: 1000, idleMs: 20_000 }
export const smokeSandbox: SandboxScale = { lives: 2, idleMs: 100 }

/** What a small laptop can spare, in MiB (900 MB and 1.2 GB). */
const goals = { idle: 858, most: 1144 }
const betweenLooksMs = 500
const doneWithinMs = 1_800_000

/** Measures the memory of one sandbox. */
export async function sandbox({ lives, idleMs }: SandboxScale, say: (line: string) => void): Promise<Line[]> {
  const program = join(import.meta.dirname, 'sandbox-child.ts')
  const child = spawn(process.execPath, [...(await startOptions()), program, String(lives)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  try {
    await said(lines)
    await pause(idleMs)
    const idle = await memoryUnder(child.pid ?? 0)
    say(`sandbox: taking ${lives} requests through their lives`)
    const most = await highest(child.pid ?? 0, said(lines))
    return linesOf(idle, most, lives)
  } finally {
    child.stdin.end()
    await ended
  }
}

/** The options with which npm start runs Node.js. */
async function startOptions(): Promise<string[]> {
  const file = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')
  const { start } = (JSON.parse(file) as { scripts: { start: string } }).scripts
  return start.split(' ').filter(word => word.startsWith('--'))
}

async function said(lines: AsyncIterator<string>): Promise<void> {
  const { done } = await lines.next()
  if (done) throw new Error('The sandbox ended by itself.')
}

/** The look with the highest sum, until the work is done. */
async function highest(pid: number, work: Promise<void>): Promise<Together> {
  let isDone = false
  const done = work.finally(() => (isDone = true))
  let most = await memoryUnder(pid)
  for (
    const end = Date.now() + doneWithinMs;
    !isDone && Date.now() < end;
    await Promise.race([done, pause(betweenLooksMs)])
  ) {
    const now = await memoryUnder(pid)
    if (now.totalMiB > most.totalMiB) most = now
  }
  await done
  return most
}

function linesOf(idle: Together, most: Together, lives: number): Line[] {
  const judged = (measure: string, ours: number, goal: number): Line =>
    lineOf({ bench: 'sandbox', measure, unit: 'MiB', goal: 1, against: 'the goal' }, [ours], [goal])
  const told = (measure: string, ours: number): Line => lineOf({ bench: 'sandbox', measure, unit: 'MiB' }, [ours])
  const parts = Object.entries(idle.ownMiB).filter(([program]) => program in most.ownMiB)
  return [
    judged('the whole sandbox, idle', idle.totalMiB, goals.idle),
    judged(`the whole sandbox, most in ${lives} lives`, most.totalMiB, goals.most),
    ...parts.flatMap(([program, mib]) => [
      told(`of it ${program}, idle`, mib),
      told(`of it ${program}, at the most`, most.ownMiB[program] ?? Number.NaN),
    ]),
    told('of it files of programs and the store, idle', idle.filesMiB),
    told('of it files of programs and the store, at the most', most.filesMiB),
  ]
}
