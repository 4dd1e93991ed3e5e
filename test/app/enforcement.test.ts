// When a process believes that admission holds it, by a clock that moves when told.
import * as assert from 'uvu/assert'
import { createEnforcement, type Enforcement } from '../../src/app/enforcement.ts'
import type { Log } from '../../src/kube/environment.ts'
import type { Found } from '../../src/store/enforcement.ts'
import { attack } from '../attacks.ts'
import { ManualTimers } from '../kube/manual-timers.ts'
import { suite, table } from '../suite.ts'

const test = suite('whether admission holds the process')

type Fixture = {
  enforcement: Enforcement
  errors: string[]
  warnings: string[]
  gauges: number[]
  looks: () => number
  after(ms: number): Promise<void>
  /** Lets time pass until it has looked so often. */
  look(times: number): Promise<void>
}

/** An enforcement whose only policy is found like this, look by look; the last is found ever after. */
async function running(...found: Found[]): Promise<Fixture & { stop: AbortController }> {
  const timers = new ManualTimers()
  const stop = new AbortController()
  const errors: string[] = []
  const warnings: string[] = []
  const gauges: number[] = []
  let looks = 0
  const find = async (): Promise<Found> => found[Math.min(looks++, found.length - 1)] ?? 'untried'
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message, facts) => warnings.push(`${message}: ${String(facts?.['why'])}`),
    error: (message, facts) => errors.push(`${message}: ${String(facts?.['why'])}`),
  }
  const metrics = {
    count: () => undefined,
    observe: () => undefined,
    gauge: (_: string, value: number) => void gauges.push(value),
  }
  const probes = [{ policy: 'a-policy', find }]
  const enforcement = createEnforcement({ process: 'gateway', probes, timers, log, metrics })
  void enforcement.run(stop.signal)
  await settle()
  const after = (ms: number): Promise<void> => timers.advance(ms)
  const look = async (times: number): Promise<void> => {
    while (looks < times) await after(100)
  }
  return { enforcement, errors, warnings, gauges, looks: () => looks, after, look, stop }
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const facts: Record<string, { found: Found[]; says?: RegExp; gauges?: number[] }> = {
  'an enforced policy is ready': { found: ['enforced'], gauges: [1] },
  'a policy that lets the write pass is not': {
    found: ['open'],
    says: /"a-policy" is not enforced.*Apply deploy/,
    gauges: [0],
  },
  'no answer proves nothing': {
    found: [{ unknown: 'it is silent' }],
    says: /not known.*"a-policy".*it is silent/,
    gauges: [],
  },
  'with nothing to try it on there is nothing to be held back from': { found: ['untried'], gauges: [] },
  'a policy that is enforced a little later is waited for': { found: ['open', 'enforced'], gauges: [0, 1] },
  'an answer that tells nothing does not undo an earlier result': {
    found: ['enforced', { unknown: 'it is silent' }],
    gauges: [1],
  },
  'and it does not undo an open policy': {
    found: ['open', { unknown: 'it is silent' }],
    says: /is not enforced/,
    gauges: [0, 0],
  },
  'a policy that is removed later makes it not ready again': {
    found: ['enforced', 'open'],
    says: /is not enforced/,
    gauges: [1, 0],
  },
  'and once it is applied again, ready': { found: ['enforced', 'open', 'enforced'], gauges: [1, 0, 1] },
}
table(test, facts, async ({ found, says, gauges }) => {
  const fixture = await running(...found)
  await fixture.look(found.length)
  const why = fixture.enforcement.notReady()
  if (says) assert.match(why ?? 'ready', says)
  else assert.is(why, undefined)
  assert.equal(fixture.gauges.slice(0, gauges?.length), gauges)
  fixture.stop.abort()
})

test('before the first answer it is not ready', () => {
  const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const metrics = { count: () => undefined, observe: () => undefined, gauge: () => undefined }
  const probes = [{ policy: 'a-policy', find: () => new Promise<Found>(() => undefined) }]
  const enforcement = createEnforcement({ process: 'auth', probes, timers: new ManualTimers(), log, metrics })
  assert.match(enforcement.notReady() ?? '', /has not been checked yet.*"a-policy"/)
})

test('what is open is looked at within a second, what is proved within a minute and a half', async () => {
  const open = await running('open')
  await open.after(1_000)
  assert.ok(open.looks() >= 3, String(open.looks()))
  await open.after(60_000)
  assert.ok(open.looks() <= 40, 'and then every few seconds')
  const proved = await running('enforced')
  await proved.after(29_000)
  assert.is(proved.looks(), 1)
  // Each pause is a half to one and a half of a minute.
  await proved.after(61_000)
  assert.ok(proved.looks() >= 2 && proved.looks() <= 4, String(proved.looks()))
  for (const { stop } of [open, proved]) stop.abort()
})

test('the same reason is logged once, with the remedy', async () => {
  const fixture = await running('open')
  await fixture.look(6)
  assert.is(fixture.errors.length, 1)
  assert.match(
    fixture.errors[0] ?? '',
    /enforcement: an admission policy is not proved; this process is not ready: .*Apply deploy\/base\/policies/,
  )
  fixture.stop.abort()
})

attack(test, 'a webhook refuses before our policy, for a policy to be removed unseen … said once', async () => {
  const blocked: Found = { unknown: 'the policy "another" refused the attempt first' }
  const fixture = await running('enforced', blocked, blocked, blocked)
  await fixture.look(4)
  assert.is(fixture.enforcement.notReady(), undefined, 'the earlier result stays')
  assert.match(fixture.warnings[0] ?? '', /could not be checked again.*"another" refused the attempt first/)
  fixture.stop.abort()
  return fixture.warnings.length === 1 ? 'said once' : `said ${fixture.warnings.length} times`
})

test('the waiting caller continues when the policies are proved, or when the process stops', async () => {
  const fixture = await running('open', 'enforced')
  let isProved = false
  void fixture.enforcement.proved().then(() => (isProved = true))
  await settle()
  assert.not.ok(isProved)
  await fixture.after(1_000)
  assert.ok(isProved)
  const stopped = await running('open')
  stopped.stop.abort()
  await stopped.enforcement.proved()
})

test.run()
