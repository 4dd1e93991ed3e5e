// In which order test files run, and how many at the same time. Most files that start a cluster mainly wait, so more of
// them run than there are cores, as long as the cores are not busy.
import { availableParallelism, cpus, freemem } from 'node:os'

/**
 * About how many seconds the files take whose path begins so, on two cores; the longest beginning counts. `npm test` says
 * when a row is far from what it saw.
 */
export const usualSeconds: Readonly<Record<string, number>> = {
  'test/': 2,
  'test/api/crds-': 20,
  'test/api/tightened-': 30,
  'test/app/all': 30,
  'test/app/socket-mode': 30,
  'test/attack/': 15,
  'test/attack/approver': 35,
  'test/attack/cluster-admin': 35,
  'test/attack/identity': 70,
  'test/attack/network': 25,
  'test/attack/limited-approver': 5,
  'test/auth/accessibility': 20,
  'test/auth/browser': 20,
  'test/auth/firefox': 15,
  'test/bench/': 50,
  'test/bench/audit': 6,
  'test/bench/bench': 75,
  'test/bench/lives': 65,
  'test/cli/cluster': 20,
  'test/cli/doctor.': 17,
  'test/cli/doctor-services': 45,
  'test/controller/cluster': 20,
  'test/deploy/': 15,
  'test/contract/cel': 25,
  'test/deploy/versions-': 25,
  'test/fault/': 130,
  'test/fault/budget': 40,
  'test/fault/janitor': 15,
  'test/fault/outage-': 160,
  'test/fault/restarts': 45,
  'test/gitops/': 25,
  'test/gitops/prune': 40,
  'test/kube/kubectl': 20,
  'test/kube/outage': 20,
  'test/kube/real': 20,
  'test/kube/reflector': 20,
  'test/load/': 40,
  'test/sandbox/browser': 25,
  'test/sandbox/existing': 35,
  'test/sim/controlplane': 20,
  'test/sim/filled': 20,
  'test/soak/': 50,
  'test/store/cluster': 25,
  'test/store/enforcement': 20,
  'test/story/': 15,
  'test/story/drift': 65,
  'test/story/lost': 80,
  'test/story/refused': 55,
  'test/story/resources': 28,
  'test/vendors/published': 40,
}

/** What a file usually takes. */
export function secondsOf(file: string): number {
  const beginnings = Object.keys(usualSeconds).filter(beginning => file.startsWith(beginning))
  return usualSeconds[beginnings.sort((a, b) => b.length - a.length)[0] ?? 'test/'] ?? 0
}

/** Longest first, so that the last one to end is a short one. */
export function inOrder(files: readonly string[]): string[] {
  return files.toSorted((a, b) => secondsOf(b) - secondsOf(a) || a.localeCompare(b))
}

/** A busy machine takes twice as long; a short file is never far off. */
const [tolerance, toleratedSeconds] = [2.5, 30]

/** Why the table should change, a clause; undefined when it need not. */
export function staleness(file: string, seconds: number): string | undefined {
  const usual = secondsOf(file)
  const isFar = Math.abs(seconds - usual) > toleratedSeconds && Math.max(seconds / usual, usual / seconds) > tolerance
  return isFar ? `${file} took ${seconds.toFixed(0)} s, and its row says ${usual} s` : undefined
}

/** What decides whether one more file may start. */
export type Situation = {
  running: number
  cores: number
  /** The part of the cores' time in the last seconds in which they had nothing to do. */
  idle: number
  freeBytes: number
  /** Since the last file was started. */
  sinceMs: number
}

/** As many times more files than cores at most. */
const mostPerCore = 3
/** With less than this, the files that run need all of it. */
const idleEnough = 0.3
/** A cluster with our three processes takes half of it. */
const freeEnough = 2 ** 31
/** A cluster has started by then, and what it takes afterwards can be seen. */
const settledMs = 5_000

/** One file for each core always runs; more of them while the cores are idle. */
export function mayStart({ running, cores, idle, freeBytes, sinceMs }: Situation): boolean {
  if (running < cores) return true
  return running < cores * mostPerCore && idle >= idleEnough && freeBytes >= freeEnough && sinceMs >= settledMs
}

/** The cores that tests use. */
export const cores = Math.max(2, availableParallelism())

/** Reads how idle the cores were in the last seconds. */
export class Idleness {
  #samples = [sample()]

  /** To be called several times a second. */
  read(): Pick<Situation, 'idle' | 'freeBytes'> {
    const now = sample()
    this.#samples = [...this.#samples.filter(({ at }) => now.at - at <= settledMs), now]
    const [first = now] = this.#samples
    const total = now.total - first.total
    return { idle: total > 0 ? (now.idle - first.idle) / total : 0, freeBytes: freemem() }
  }
}

function sample(): { at: number; idle: number; total: number } {
  const times = cpus().map(cpu => cpu.times)
  const sum = (of: (one: (typeof times)[number]) => number): number => times.reduce((all, one) => all + of(one), 0)
  return {
    at: performance.now(),
    idle: sum(({ idle }) => idle),
    total: sum(({ idle, user, nice, sys, irq }) => idle + user + nice + sys + irq),
  }
}
