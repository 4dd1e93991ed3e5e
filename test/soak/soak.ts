// Many requests through their whole life, at speed, and what the controller holds before and after: its memory and handles
// must follow the requests that are alive, never the history. `npm run soak [-- COUNT]`.
import { type ChildProcess, fork } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../src/sandbox/plays.ts'
import { namespace, startWorld, type World } from '../../src/sandbox/world.ts'
import { grantSeconds, type Lives, startLives } from './lives.ts'

/** What a process holds. */
export type Held = { heapMB: number; descriptors: number; timers: number; sockets: number }
type Soaked = { requests: number; seconds: number; before: Held; after: Held }

/** Requests under way at the same time; those that are granted take some seconds to end. */
const atOnce = 96

/**
 * Takes `count` requests through their lives, after a warm-up of a tenth, but of at most a thousand: caches fill, code is
 * compiled and connections open with the first of them, and never again. Of no fewer than are under way at once, because
 * that many have to be for all connections to open.
 */
export async function soak(count: number, say: (line: string) => void): Promise<Soaked> {
  const world = await startWorld({
    say,
    mapping: ({ spec, ...sample }) => ({
      ...sample,
      spec: { ...spec, reason: { required: true }, duration: { ...spec.duration, min: `${grantSeconds}s` } },
    }),
  })
  world.slack.quota.isOn = false
  world.pagerduty.quota.isOn = false
  // The processes take their folder with them.
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-soak-'))
  await cp(join(world.processes.folder, 'controller'), folder, { recursive: true })
  await world.processes.stop()
  const child = startController(environmentOf(folder))
  const lives = await startLives(world, await world.mappings.get({ namespace, name: 'prod-db' }))
  try {
    await untilReady(world)
    const warmUp = Math.min(1000, Math.max(atOnce, Math.ceil(count / 10)))
    await all(warmUp, lives, async () => undefined)
    const before = await held(child)
    say(`${warmUp} to warm up: heap ${before.heapMB.toFixed(1)} MB, ${before.descriptors} descriptors`)
    const began = Date.now()
    await all(count, lives, async ended => {
      const { heapMB, descriptors } = await held(child)
      say(`${ended} of ${count}: heap ${heapMB.toFixed(1)} MB, ${descriptors} descriptors`)
    })
    const seconds = (Date.now() - began) / 1000
    return { requests: count, seconds, before, after: await held(child) }
  } finally {
    await end(child)
    await lives.close()
    await world.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Lives so many, and tells of every thousand. */
async function all(count: number, lives: Lives, tell: (ended: number) => Promise<void>): Promise<void> {
  let begun = 0
  let ended = 0
  const worker = async (): Promise<void> => {
    while (begun < count) {
      await lives.live(begun++)
      if (++ended % 1000 === 0) await tell(ended)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function environmentOf(folder: string): Record<string, string> {
  return {
    HALLPASS_CONFIG: join(folder, 'config.yaml'),
    HALLPASS_SECRETS: join(folder, 'secrets'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    POD_NAME: 'hallpass-controller-soak',
  }
}

function startController(env: Record<string, string>): ChildProcess {
  return fork(join(import.meta.dirname, 'child.ts'), {
    env: { ...process.env, ...env },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function untilReady({ healthUrls }: World): Promise<void> {
  await until('the controller is ready', async () => {
    const answer = await fetch(`${healthUrls.controller}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    )
    return answer?.ok || undefined
  })
}

function held(child: ChildProcess): Promise<Held> {
  return new Promise(resolve => {
    child.once('message', message => resolve(message as Held))
    child.send('measure')
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([ended, pause(10_000)])
  if (child.exitCode === null) child.kill('SIGKILL')
}

/**
 * What grew beyond what it may: a tenth of the heap, some handles, and 30 descriptors, because pools keep idle connections
 * for a while (seen: 15 more after 60 requests, of which none was in use). A leak of one for each request is beyond that in
 * the shortest soak.
 */
export function grownIn(before: Held, after: Held): string[] {
  const may: Held = {
    heapMB: before.heapMB * 1.1,
    descriptors: before.descriptors + 30,
    timers: before.timers + 10,
    sockets: before.sockets + 10,
  }
  return (Object.keys(may) as (keyof Held)[]).filter(name => after[name] > may[name])
}
