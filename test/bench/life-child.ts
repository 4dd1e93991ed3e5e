// `node life-child.ts ROOT COUNT`: takes COUNT requests of the checkout at ROOT through a whole granted life, after some to
// warm up, and prints one line of JSON with what they cost the API server, its store and our processes.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { watchEvents } from '../../src/kube/watch.ts'
import { Visitor } from '../../src/sandbox/visitor.ts'
import type { Lived } from './life.ts'
import { programsUnder, type Used } from './measured.ts'
import { addPerson } from './people.ts'
import { namespace, type Side, startSide, untilJudged } from './side.ts'

/** How long the access lasts. It is taken off the time, because nothing happens in it. */
const seconds = 10
/** People who ask and managers who approve at the same time. */
const atOnce = 8
const channel = 'C0PRODACCESS'
const patienceMs = 20_000

const [root = '', count = '8'] = process.argv.slice(2)
const side = await startSide(root, 1)
let watch: Watch | undefined
try {
  await untilJudged(side)
  watch = await watchRequests(side)
  await liveAll(side, { from: 0, to: atOnce, watch })
  const before = await read(side)
  const began = performance.now()
  await liveAll(side, { from: atOnce, to: atOnce + Number(count), watch })
  const took = (performance.now() - began) / 1000 - seconds
  console.log(JSON.stringify(await livedOf(side, { before, took, lives: Number(count) })))
} finally {
  watch?.end()
  await side.stop()
}

/** Ends when every one of them is settled. */
async function liveAll(on: Side, { from, to, watch }: { from: number; to: number; watch: Watch }): Promise<void> {
  let next = from
  const names: string[] = []
  const work = async (): Promise<void> => {
    while (next < to) names.push(await grantOne(on, next++, watch))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  for (const name of names) await watch.until(name, ({ status }) => status?.settled === true)
}

async function grantOne({ slack, google }: Side, n: number, watch: Watch): Promise<string> {
  const { id: person } = addPerson({ slack, google }, n)
  const text = `${seconds}s INC-${1000 + n} replaying the failed payout batch`
  const { trouble } = await slack.desktop.slashCommand({ user: person, channel, command: '/prod-db', text })
  if (trouble) throw new Error(`Nothing was asked: ${trouble}`)
  const name = await watch.nameFor(person).catch((error: unknown) => {
    throw new Error(`They were told: ${slack.state.ephemerals(person).at(-1)?.text}`, { cause: error })
  })
  const link = await soon('the message with its link', () => linkFor({ slack }, name))
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(link), /approve/i)
  await browser.submit(chooser, 'mo@example.com')
  await watch.until(name, ({ status }) => status?.phase === 'Provisioned')
  return name
}

function linkFor({ slack }: Pick<Side, 'slack'>, name: string): string | undefined {
  const about = slack.state.messages(channel).findLast(({ blocks }) => JSON.stringify(blocks).includes(name))
  return about && /"url":"([^"]*\/approve[^"]*)"/.exec(JSON.stringify(about.blocks))?.[1]
}

async function soon<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(10)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error(`Not within ${patienceMs / 1000} s: ${what}.`)
}

type Watch = {
  until(name: string, is: (request: AccessRequest) => boolean): Promise<void>
  /** The name of the request that a person has made. */
  nameFor(slackUserID: string): Promise<string>
  end(): void
}

/** One watch for all of them: looking at each repeatedly would cost the API server more than the lives do. */
async function watchRequests({ cluster: { transport }, requests }: Side): Promise<Watch> {
  const seen = new Map<string, AccessRequest>()
  const ending = new AbortController()
  const { metadata } = await requests.list({ namespace })
  const path = requests.path(namespace)
  const query = { watch: true, resourceVersion: metadata.resourceVersion }
  const body = await transport.stream(path, query, ending.signal)
  const listen = async (): Promise<void> => {
    for await (const { object } of watchEvents<AccessRequest>(path, body)) seen.set(object.metadata.name, object)
  }
  void listen().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error
  })
  const last = (name: string): string => JSON.stringify(seen.get(name)?.status)
  return {
    until: async (name, is) => {
      const found = (): true | undefined => {
        const one = seen.get(name)
        return one && is(one) ? true : undefined
      }
      await soon(name, found).catch((error: unknown) => {
        throw new Error(`${String(error)} It is ${last(name)}`)
      })
    },
    nameFor: person =>
      soon(
        `the request of ${person}`,
        () => [...seen.values()].find(({ spec }) => spec.requester.slackUserID === person)?.metadata.name,
      ),
    end: () => ending.abort(),
  }
}

type Readings = { programs: Record<string, Used>; audited: number }

async function read({ cluster: { controlPlane }, watchdogPid }: Side): Promise<Readings> {
  const [served, own] = await Promise.all([programsUnder(controlPlane.watchdogPid), programsUnder(watchdogPid)])
  const { size } = await stat(join(controlPlane.folder, 'audit.log'))
  return { programs: { ...served, ...own }, audited: size }
}

type Told = { before: Readings; took: number; lives: number }

async function livedOf(on: Side, { before, took, lives }: Told): Promise<Lived> {
  const after = await read(on)
  const log = await readFile(join(on.cluster.controlPlane.folder, 'audit.log'))
  const calls = log
    .subarray(before.audited, after.audited)
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { verb: string })
  const reading = ['get', 'list', 'watch']
  const cpu = (name: string): number =>
    (((after.programs[name]?.cpuSeconds ?? 0) - (before.programs[name]?.cpuSeconds ?? 0)) * 1000) / lives
  const peak = (name: string): number => after.programs[name]?.peakMiB ?? 0
  return {
    secondsALife: took / lives,
    calls: calls.filter(({ verb }) => verb !== 'watch').length / lives,
    writes: calls.filter(({ verb }) => !reading.includes(verb)).length / lives,
    auditedKiB: (after.audited - before.audited) / lives / 1024,
    storedKB: (await storedBytes(on)) / 1000,
    cpu: {
      apiServer: cpu('kube-apiserver'),
      etcd: cpu('etcd'),
      gateway: cpu('gateway'),
      auth: cpu('auth'),
      controller: cpu('controller'),
    },
    peakMiB: { gateway: peak('gateway'), auth: peak('auth'), controller: peak('controller') },
  }
}

/** What the store keeps of a settled request, on average (etcd.io/docs/v3.6/dev-guide/api_grpc_gateway). */
async function storedBytes({ cluster: { controlPlane } }: Side): Promise<number> {
  const encoded = (text: string): string => Buffer.from(text).toString('base64')
  const prefix = `/registry/hallpass.dev/accessrequests/${namespace}/`
  const body = JSON.stringify({ key: encoded(prefix), range_end: encoded(`${prefix.slice(0, -1)}0`) })
  const answer = await request(`${controlPlane.etcdUrl}/v3/kv/range`, { method: 'POST', body })
  const { kvs = [] } = (await answer.body.json()) as { kvs?: { value: string }[] }
  const sizes = kvs.map(({ value }) => Buffer.from(value, 'base64').length)
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length
}
