// Notifications and log entries: in how few writes it is recorded, and that no service waits for another.
import * as assert from 'uvu/assert'
import { recordDeliveries } from '../../../src/controller/telling/deliver.ts'
import type { Dependencies } from '../../../src/controller/dependencies.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import type { StatusPatch } from '../../../src/domain/ports.ts'
import { suite } from '../../suite.ts'
import { operator } from '../fakes.ts'

const test = suite('deliveries')

/** An operator whose process counts its calls by name. */
function counting() {
  const op = operator()
  const calls: string[] = []
  const process = op.start((call, moment) => void (moment === 'before' && calls.push(call)))
  const look = async () => {
    calls.length = 0
    return process.reconcile(op.ref)
  }
  const count = (name: string): number => calls.filter(call => call === name).length
  return { op, look, count, calls }
}

test('who is asked is stored with the request’s first phase, and where the message is with what left the outbox', async () => {
  const { op, look, count } = counting()
  await op.ask()
  await look()
  const { phase, approvers, message, audit } = (await op.now()).status ?? {}
  assert.is(phase, 'Pending')
  assert.equal([approvers?.length, typeof message?.ts, audit], [1, 'string', []])
  assert.is(count('requests.patchStatus'), 2)
  assert.is(count('chat.find'), 0, 'a message that nobody can have posted is not looked for')
})

test('a slow PagerDuty is asked once, and the request is Pending meanwhile', async () => {
  const { op, look, count } = counting()
  await op.ask()
  const answer = Promise.withResolvers<void>()
  const ask = op.onCall.onCall.bind(op.onCall)
  op.onCall.onCall = async of => answer.promise.then(() => ask(of))
  const looked = look()
  while ((await op.phase()) === undefined) await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal([(await op.condition('Routed'))?.reason, count('onCall.onCall')], ['LookingUp', 1])
  answer.resolve()
  await looked
  assert.equal([(await op.condition('Routed'))?.reason, count('onCall.onCall')], ['OnCall', 1])
  assert.equal([op.chat.posted.length, count('chat.find'), count('requests.patchStatus')], [1, 0, 3])
})

test('a PagerDuty that fails keeps no request from being Pending', async () => {
  const { op, look } = counting()
  await op.ask()
  op.onCall.isSilent = true
  await look()
  assert.equal([await op.phase(), (await op.condition('Routed'))?.reason], ['Pending', 'PagerDutySilent'])
  assert.equal(op.log(), ['Requested'])
})

test('a granted request is shown, told and accounted for in one write, and at its end once more', async () => {
  const { op, look, count, calls } = counting()
  await op.ask({ seconds: 60 })
  await look()
  await op.approve()
  await look()
  const granted = calls.indexOf('chat.update')
  assert.is(calls.slice(granted).filter(call => call === 'requests.patchStatus').length, 1, calls.join(' '))
  op.clock.forward(60)
  await look()
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted', 'ended'],
  )
  assert.is((await op.now()).status?.settled, true)
  assert.is(count('requests.patchStatus'), 3, 'expired; shown, told and accounted for; settled')
})

test('a silent Slack keeps nothing from the log, and a silent log nothing from Slack', async () => {
  const { op, look, count } = counting()
  await op.ask()
  op.chat.isSilent = true
  await look()
  assert.equal(op.log(), ['Requested', 'Routed'])
  assert.equal((await op.now()).status?.audit, [])
  op.chat.isSilent = false
  await look()
  op.auditLog.failsBefore = 1
  await op.decide('Denied')
  assert.instance(await look().catch((error: unknown) => error), Broken)
  const { message, told, audit, phase } = (await op.now()).status ?? {}
  assert.equal([phase, told?.map(({ what }) => what)], ['Denied', ['asked 1', 'denied']])
  assert.type(message?.ts, 'string')
  assert.equal(
    audit?.map(({ event }) => event),
    ['Denied'],
  )
  assert.is((await op.condition('Accounted'))?.reason, 'LogUnavailable')
  assert.ok(count('requests.patchStatus') <= 3)
})

/** Dependencies that record patches, each of which `answer` may refuse. */
function recording(answer: (nth: number) => void = () => undefined) {
  const patches: StatusPatch[] = []
  let nth = 0
  const requests = {
    patchStatus: async (seen: object, patch: StatusPatch) => {
      answer(++nth)
      patches.push(patch)
      return { ...seen, status: patch }
    },
  }
  const deps = { requests, clock: { now: () => new Date(0) } } as unknown as Dependencies
  return { deps, patches }
}

const metadata = { uid: 'u', namespace: 'n', name: 'r', generation: 1 }
const request = { metadata, spec: { approval: { required: 1 } }, status: {} } as never
const [told, accounted] = [{ told: [] }, { audit: [] }]

test('what has ended is recorded after a second, without what takes longer', async () => {
  const { deps, patches } = recording()
  const slow = Promise.withResolvers<object>()
  const recorded = recordDeliveries(deps, request, [
    { step: { do: 'account' }, result: Promise.resolve({ record: () => accounted }) },
    { step: { do: 'tell', news: 'ended' }, result: slow.promise },
  ])
  const began = performance.now()
  while (patches.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
  assert.ok(performance.now() - began >= 900)
  assert.equal(patches, [accounted])
  slow.resolve({ record: () => told })
  assert.equal((await recorded).failures, [])
  assert.equal(patches, [accounted, told])
})

test('a record builds on the records made with it', async () => {
  const { deps, patches } = recording()
  await recordDeliveries(deps, request, [
    { step: { do: 'account' }, result: Promise.resolve({ record: () => ({ conditions: [] }) }) },
    {
      step: { do: 'post' },
      result: Promise.resolve({ record: ({ status }) => ({ settled: status?.conditions !== undefined }) }),
    },
  ])
  assert.equal(patches, [{ conditions: [], settled: true }])
})

test('what could not be recorded is recorded with the next, and failed only if it never was', async () => {
  const breaking = (until: number) => (nth: number) => {
    if (nth <= until) throw new Broken('The API server does not answer.')
  }
  const deliver = async (until: number) => {
    const { deps, patches } = recording(breaking(until))
    const late = Promise.withResolvers<object>()
    setTimeout(() => late.resolve({ record: () => told }), 1_200)
    const { failures } = await recordDeliveries(deps, request, [
      { step: { do: 'account' }, result: Promise.resolve({ record: () => accounted }) },
      { step: { do: 'tell', news: 'ended' }, result: late.promise },
    ])
    return { patches, failed: failures.map(({ step }) => step.do) }
  }
  assert.equal(await deliver(1), { patches: [{ ...accounted, ...told }], failed: [] })
  assert.equal(await deliver(9), { patches: [], failed: ['account', 'tell'] })
})

test('a delivery that fails is not recorded, and its error is given', async () => {
  const { deps, patches } = recording()
  const error = new Broken('Slack does not answer.')
  const { failures } = await recordDeliveries(deps, request, [
    { step: { do: 'show' }, result: Promise.reject(error) },
    { step: { do: 'account' }, result: Promise.resolve({ record: () => accounted }) },
  ])
  assert.equal(failures, [{ step: { do: 'show' }, error }])
  assert.equal(patches, [accounted])
})

test.run()
