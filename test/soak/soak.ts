// Many requests through their whole life, at speed, and what the controller holds before and after: its memory and handles
// must follow the requests that are alive, never the history. `npm run soak [-- COUNT]`.
import { type ChildProcess, fork } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { newRequest, requestName, triggerDigest } from '../../src/domain/asking.ts'
import { instant } from '../../src/domain/duration.ts'
import { readMapping } from '../../src/domain/mapping.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { cast, until } from '../../src/sandbox/plays.ts'
import { namespace, startWorld, type World } from '../../src/sandbox/world.ts'
import { createRequests } from '../../src/store/requests.ts'

/** What a process holds. */
export type Held = { heapMB: number; descriptors: number; timers: number; sockets: number }
type Soaked = { requests: number; seconds: number; before: Held; after: Held }

/** Requests under way at the same time. */
const atOnce = 16

/** Takes `count` requests through asking, denial, telling, logging and settling, after a warm-up of a tenth. */
export async function soak(count: number, say: (line: string) => void): Promise<Soaked> {
  const world = await startWorld({ say })
  world.slack.quota.isOn = false
  world.pagerduty.quota.isOn = false
  // The processes take their folder with them.
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-soak-'))
  await cp(join(world.processes.folder, 'controller'), folder, { recursive: true })
  await world.processes.stop()
  const child = startController(environmentOf(folder))
  const gateway = await asGateway(world)
  try {
    await untilReady(world)
    const mapping = await world.mappings.get({ namespace, name: 'prod-db' })
    await live(Math.ceil(count / 10), { world, gateway, mapping, say: () => undefined })
    const before = await held(child)
    const began = Date.now()
    await live(count, { world, gateway, mapping, say })
    const seconds = (Date.now() - began) / 1000
    return { requests: count, seconds, before, after: await held(child) }
  } finally {
    await end(child)
    await gateway.close()
    await world.stop()
    await rm(folder, { recursive: true, force: true })
  }
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

async function asGateway({ cluster }: World): Promise<Transport> {
  const token = await cluster.serviceAccountToken('hallpass-system', 'hallpass-gateway', 24 * 3600)
  return createTransport({ server: cluster.server, ca: cluster.ca, token: async () => token })
}

async function untilReady({ healthUrls }: World): Promise<void> {
  await until('the controller is ready', async () => {
    const answer = await fetch(`${healthUrls.controller}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    )
    return answer?.ok || undefined
  })
}

type Living = { world: World; gateway: Transport; mapping: RoleMapping; say: (line: string) => void }

async function live(count: number, { world, gateway, mapping, say }: Living): Promise<void> {
  const clock = { now: () => new Date() }
  const requests = createRequests({ transport: gateway, clock })
  let left = count
  const one = async (): Promise<void> => {
    const digest = triggerDigest('T0HALLPASS', `${process.pid}-${Math.random()}`)
    const wanted = newRequest(readMapping(mapping), {
      name: requestName('prod-db', digest),
      seconds: 600,
      reason: 'INC-1 soaking',
      origin: 'slack',
      requester: { email: cast.dana.email, slackUserID: cast.dana.id, name: cast.dana.name },
      slack: { teamID: 'T0HALLPASS', channelID: 'C0PRODACCESS', triggerDigest: digest },
    })
    const stored = await requests.create(wanted)
    if (!('created' in stored)) throw new Error('A name came twice.')
    await denyWhenAsked(stored.created)
  }
  const denyWhenAsked = async ({ metadata }: AccessRequest): Promise<void> => {
    for (let isDenied = false; !isDenied; await pause(20)) {
      const seen = await requests.get(metadata)
      if (!seen?.status?.approvers?.length) continue
      const who = { email: cast.mo.email, slackUserID: cast.mo.id }
      const decision = { id: 'denied-soak', verdict: 'Denied' as const, who, at: instant(clock.now()) }
      isDenied = (await requests.patchStatus(seen, { decisions: [decision] })) !== 'conflict'
    }
  }
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      await one()
      if (left > 0 && left % 1000 === 0) say(`${count - left} of ${count}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await until(
    'all are settled',
    async () => {
      const page = await world.requests.list({ namespace, fieldSelector: 'status.settled!=true', limit: 1 })
      return page.items.length === 0 ? true : undefined
    },
    120,
  )
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

/** What grew beyond what it may: a tenth of the heap, some handles for connections that come and go. */
export function grownIn(before: Held, after: Held): string[] {
  const may: Held = {
    heapMB: before.heapMB * 1.1,
    descriptors: before.descriptors + 10,
    timers: before.timers + 10,
    sockets: before.sockets + 10,
  }
  return (Object.keys(may) as (keyof Held)[]).filter(name => after[name] > may[name])
}
