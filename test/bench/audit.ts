// What an auditor waits for: `who --at` and `verify` over one exported log, compared with the least that reading such a file
// takes, and with jq. Each in its own process, by turns.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { type AuditLogFile, writeAuditLog } from './audit-log.ts'
import { type Line, lineOf } from './report.ts'

/** How much is measured. A million events are about a gigabyte. */
export type AuditScale = { events: number; rounds: number }
export const fullAudit: AuditScale = { events: 1_000_000, rounds: 3 }
export const smokeAudit: AuditScale = { events: 500, rounds: 1 }

const program = join(import.meta.dirname, '../../bin/hallpass.js')
const parser = join(import.meta.dirname, 'parse-lines.ts')
const peak = join(import.meta.dirname, 'peak.ts')
/** So many events a second, and so much memory, are good enough. */
const goals = { eventsPerSecond: 60_000, peakMiB: 150 }

/** Measures on a log that is generated for it and deleted afterwards. */
export async function audit({ events, rounds }: AuditScale, say: (line: string) => void): Promise<Line[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-bench-audit-'))
  try {
    say(`audit: writing a log of ${events.toLocaleString('en-US')} events`)
    const log = await writeAuditLog(folder, events)
    say(`audit: it has ${log.signatures.toLocaleString('en-US')} signatures`)
    const sides = await sidesOf(log, say)
    const runs = new Map<string, Run[]>(Object.keys(sides).map(name => [name, []]))
    for (let round = 0; round < rounds; round++)
      for (const [name, command] of Object.entries(sides)) runs.get(name)?.push(await run(command))
    return linesOf(log, runs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Command = [program: string, ...words: string[]]
type Run = { seconds: number; peakMiB: number }

async function sidesOf(
  { file, keys, middle }: AuditLogFile,
  say: (line: string) => void,
): Promise<Record<string, Command>> {
  const node: Command = [process.execPath, '--import', peak]
  const filter = 'select(.jsonPayload.requester == "ida@example.com")'
  return {
    who: [...node, program, 'who', '--at', middle.toISOString(), '--source', file],
    verify: [...node, program, 'verify', file, '--keys', keys, '--client', 'hallpass-client'],
    wc: ['wc', '-l', file],
    parse: [...node, parser, file],
    ...((await hasJq(say)) && { jq: ['jq', '-c', filter, file] as Command }),
  }
}

async function hasJq(say: (line: string) => void): Promise<boolean> {
  try {
    await promisify(execFile)('jq', ['--version'])
    return true
  } catch {
    say('Not compared with jq: it is not installed (apt-get install jq).')
    return false
  }
}

/** Runs to the end. The peak is what the process itself says, where it is one of Node.js. */
async function run([file, ...words]: Command): Promise<Run> {
  const began = performance.now()
  const child = spawn(file, words, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
  let complaint = ''
  let peakKiB = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-2000)))
  ;(child.stdio[3] as Readable).on('data', (chunk: Buffer) => (peakKiB += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${file} ${words.join(' ')} ended with ${code}. It printed:\n${complaint}`)
  return { seconds: (performance.now() - began) / 1000, peakMiB: Number(peakKiB) / 1024 }
}

function linesOf({ events }: AuditLogFile, runs: ReadonlyMap<string, readonly Run[]>): Line[] {
  const secondsOf = (name: string): number[] => (runs.get(name) ?? []).map(({ seconds }) => seconds)
  const peaksOf = (name: string): number[] => (runs.get(name) ?? []).map(({ peakMiB }) => peakMiB)
  const each = (value: number): number[] => secondsOf('who').map(() => value)
  const [who, verify, jq, wc] = [secondsOf('who'), secondsOf('verify'), secondsOf('jq'), secondsOf('wc')]
  const least = secondsOf('parse').map((seconds, round) => seconds + (wc[round] ?? 0))
  const count = events.toLocaleString('en-US')
  const line = (measure: string, unit: 's' | 'MiB') => ({
    bench: 'audit',
    measure: `${measure}, ${count} events`,
    unit,
  })
  const jqLine = lineOf({ ...line('who --at', 's'), against: 'jq, one field compared', goal: 0.4 }, who, jq)
  return [
    lineOf({ ...line('who --at', 's'), against: 'wc -l, and JSON.parse of each line', goal: 1.5 }, who, least),
    ...(jq.length > 0 ? [jqLine] : []),
    lineOf(
      { ...line('verify', 's'), against: '60,000 events a second', goal: 1 },
      verify,
      each(events / goals.eventsPerSecond),
    ),
    ...(['who', 'verify'] as const).map(name =>
      lineOf(
        { ...line(`${name}: peak memory`, 'MiB'), against: 'the goal', goal: 1 },
        peaksOf(name),
        each(goals.peakMiB),
      ),
    ),
    lineOf({ ...line('peak memory of JSON.parse of each line', 'MiB') }, peaksOf('parse')),
  ]
}
