// A settled request is deleted only when the log shows its whole history now. Whatever is missing, changed, refused or
// silent keeps it, says why, and is not asked about repeatedly.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { createConfirmation } from '../../../src/controller/ending/confirm.ts'
import { createSweeper } from '../../../src/controller/ending/sweep.ts'
import { type AuditEntry, entryOf, withEvent } from '../../../src/domain/audit/audit.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { noMetrics, silentLog } from '../../../src/kube/environment.ts'
import { attacks } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { MemoryAuditLog } from '../../fakes/audit-log.ts'
import { suite, table } from '../../suite.ts'
import { operator } from '../fakes.ts'

const test = suite('confirming before deleting')
const readAt = { auditLog: 'projects/hallpass-ops/logs/hallpass', place: 'projects/hallpass-ops' }

type House = {
  clock: ManualClock
  log: MemoryAuditLog
  settled: AccessRequest[]
  removed: string[]
  said: string[]
  kept: Record<string, number>
  sweep: () => Promise<void>
  /** What a new process would be. */
  restart: () => void
}

function house(settled: AccessRequest[], { clock = new ManualClock(), log = new MemoryAuditLog() } = {}): House {
  const [removed, said, kept]: [string[], string[], Record<string, number>] = [[], [], {}]
  const metrics = {
    ...noMetrics,
    gauge: (_name: string, value: number, labels?: Record<string, string>) =>
      void (kept[labels?.['why'] ?? ''] = value),
  }
  const common = { clock, log: silentLog, metrics }
  const start = (): House['sweep'] => {
    const events = { record: (_about: unknown, { message }: { message: string }) => void said.push(message) }
    const { sweepRequests } = createSweeper({
      ...common,
      alive: () => [],
      requests: { get: async () => undefined },
      sealedTokens: { list: async () => [], delete: async () => undefined },
      retention: {
        settledBefore: async function* () {
          yield* settled.filter(({ metadata }) => !removed.includes(metadata.uid))
        },
        remove: async ({ metadata }) => (removed.push(metadata.uid), 'removed'),
      },
      confirmation: createConfirmation({ ...common, readBack: log, readAt, events }),
      retainForSeconds: 90 * 86_400,
      mappings: { get: () => undefined },
      mayAct: () => true,
    })
    return async () => sweepRequests(new AbortController().signal)
  }
  let sweep = start()
  return { clock, log, settled, removed, said, kept, sweep: async () => sweep(), restart: () => (sweep = start()) }
}

/** A denied request with its three events, and their entries. */
function denied(n: number): { request: AccessRequest; entries: AuditEntry[] } {
  const base = request(mapping())
  const metadata = { ...base.metadata, uid: `22222222-0000-4000-8000-${String(n).padStart(12, '0')}` }
  const status = { ...base.status }
  for (const event of ['Requested', 'Routed', 'Denied'] as const)
    Object.assign(status, withEvent(status, { event, at: new Date('2026-11-23T14:02:00Z'), message: `${event}.` }))
  const { audit = [], ...settled } = status
  const made = { ...base, metadata, status: { ...settled, phase: 'Denied' as const, settled: true } }
  return { request: made, entries: audit.map(record => entryOf(made, record)) }
}

/** A house with so many denied requests, all in the log. */
async function of(count: number): Promise<House> {
  const all = Array.from({ length: count }, (_, n) => denied(n + 1))
  const log = new MemoryAuditLog()
  await log.write(all.flatMap(({ entries }) => entries))
  return house(
    all.map(each => each.request),
    { log },
  )
}

/** An approved request after its end, with its evidence in the log. */
async function evidenced(): Promise<House> {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve({ keeps: true })
  await op.look()
  op.clock.forward(4200)
  await op.look()
  await op.look()
  const request = await op.now()
  assert.is(request.status?.settled, true)
  return house([request], { clock: op.clock, log: op.auditLog })
}

const first = '22222222-0000-4000-8000-000000000001'
const drop = (log: MemoryAuditLog, which: (entry: AuditEntry) => boolean): void =>
  void log.arrived.splice(0, Infinity, ...log.arrived.filter(entry => !which(entry)))
const change = (log: MemoryAuditLog, n: number, payload: object): void => {
  const entry = log.arrived[n]
  if (entry) Object.assign(entry.payload, payload)
}
const changeEvidence = (log: MemoryAuditLog, payload: object): void =>
  change(
    log,
    log.arrived.findIndex(entry => entry.payload['event'] === 'Evidence'),
    payload,
  )

table<{ open: () => Promise<House>; before?: (house: House) => unknown; removed: number }>(
  test,
  {
    'a request whose events are all there goes': { open: () => of(1), removed: 1 },
    'a request with evidence goes': { open: evidenced, removed: 1 },
    'a request whose entries came twice goes': {
      open: () => of(1),
      before: ({ log }) => log.write([...log.arrived]),
      removed: 1,
    },
    'a request without its first event stays': {
      open: () => of(1),
      before: ({ log }) => log.arrived.splice(0, 1),
      removed: 0,
    },
    'a request without one in the middle stays': {
      open: () => of(1),
      before: ({ log }) => log.arrived.splice(1, 1),
      removed: 0,
    },
    'a request without its last event stays': {
      open: () => of(1),
      before: ({ log }) => log.arrived.splice(2, 1),
      removed: 0,
    },
    'a request without its evidence stays': {
      open: evidenced,
      before: ({ log }) => drop(log, ({ payload }) => payload['event'] === 'Evidence'),
      removed: 0,
    },
    'a request that remembers no event stays, because nothing can be compared': {
      open: () => of(1),
      before: ({ settled: [one] }) => Object.assign(one?.status ?? {}, { auditSeq: undefined, auditHead: undefined }),
      removed: 0,
    },
    'of two, the one that is not there stays': {
      open: () => of(2),
      before: ({ log }) => drop(log, ({ uid }) => uid === first),
      removed: 1,
    },
    'a log that its bucket no longer keeps leaves all of them': {
      open: () => of(3),
      before: ({ log }) => log.arrived.splice(0),
      removed: 0,
    },
  },
  async ({ open, before, removed }) => {
    const home = await open()
    await before?.(home)
    await home.sweep()
    assert.is(home.removed.length, removed)
    assert.equal(home.kept, { unreadable: 0, absent: home.settled.length - removed })
    assert.is(home.said.length, home.kept['absent'] === 0 ? 0 : 1)
  },
)

attacks<{ open?: () => Promise<House>; before: (house: House) => unknown }>(
  test,
  {
    'the deleted last event is replaced by a forged one with its number … kept': {
      before: ({ log }) => change(log, 2, { event: 'Withdrawn' }),
    },
    'an early event is changed, and its own hash with it … kept': {
      before: ({ log }) => change(log, 0, { message: 'Nothing.', hash: 'f'.repeat(64) }),
    },
    'the events of a deleted history are those of another request … kept': {
      before: ({ log }) => {
        const other = denied(2).entries.map(entry => ({ ...entry, uid: first }))
        log.arrived.splice(0, Infinity, ...other)
      },
    },
    'evidence is replaced by another token … kept': {
      open: evidenced,
      before: ({ log }) => changeEvidence(log, { idToken: 'e30.e30.e30' }),
    },
    'evidence is replaced by the same token with another salt … kept': {
      open: evidenced,
      before: ({ log }) => changeEvidence(log, { salt: 'x'.repeat(22) }),
    },
    'evidence is replaced by the same token for other roles … kept': {
      open: evidenced,
      before: ({ log }) => changeEvidence(log, { spec: '{}' }),
    },
    'evidence is replaced by the same token of another person … kept': {
      open: evidenced,
      before: ({ log }) => changeEvidence(log, { actor: 'eve@example.com' }),
    },
    'a deleted event comes back with its hash and another requester … kept': {
      before: ({ log }) => change(log, 1, { requester: 'eve@example.com' }),
    },
    'a deleted event comes back with its hash and other roles … kept': {
      before: ({ log }) => change(log, 2, { grants: [] }),
    },
    'a deleted event comes back with its hash and other approvers … kept': {
      before: ({ log }) => change(log, 0, { approval: { window: '30m' } }),
    },
    'a deleted event comes back with its hash and another reason … kept': {
      before: ({ log }) => change(log, 0, { reason: 'Nothing.' }),
    },
    'a deleted event comes back with its hash as an emergency … kept': {
      before: ({ log }) => change(log, 0, { emergency: true }),
    },
    'a deleted event comes back with its hash under another name … kept': {
      before: ({ log }) => change(log, 0, { request: { namespace: 'hallpass', name: 'other', uid: first } }),
    },
    'a changed event comes after the true one … removed': {
      before: ({ log }) => {
        const [entry] = log.arrived
        if (entry)
          log.arrived.push({ ...entry, insertId: 'x', payload: { ...entry.payload, requester: 'eve@example.com' } })
      },
    },
    'somebody who may write logs adds events with the same numbers … removed': {
      before: ({ log }) =>
        log.write(
          log.arrived.map(entry => ({ ...entry, at: new Date(0), payload: { ...entry.payload, message: 'x' } })),
        ),
    },
    'somebody floods the log with entries of one request … kept': {
      before: ({ log }) => {
        const [entry] = log.arrived
        for (let n = 0; entry && n < 200; n++) log.arrived.unshift({ ...entry, at: new Date(n), payload: {} })
      },
    },
    'entries that are no objects at all are written for it … removed': {
      before: ({ log }) => log.write([{ ...denied(1).entries[0], insertId: 'x', payload: null } as never]),
    },
  },
  async ({ open = () => of(1), before }) => {
    const home = await open()
    await before(home)
    await home.sweep()
    return home.removed.length === 1 ? 'removed' : 'kept'
  },
)

test('hundreds cost one question for each fifty, and a sweep asks twenty at most', async () => {
  const home = await of(1200)
  await home.sweep()
  assert.equal([home.log.asked.length, home.removed.length], [20, 1000])
  assert.ok(home.log.asked.every(({ filter }) => filter.length < 20_000))
  await home.sweep()
  assert.equal([home.log.asked.length, home.removed.length], [24, 1200])
  await home.sweep()
  assert.is(home.log.asked.length, 24, 'nothing left to ask about')
})

test('while the right is missing, it is asked once an hour, and what to grant is said', async () => {
  const home = await of(120)
  const message = 'Grant the controller "logging.views.access".'
  home.log.refusal = new Refused('LogUnreadable', message)
  await home.sweep()
  assert.equal([home.log.asked.length, home.removed.length, home.said], [1, 0, [message]])
  assert.equal(home.kept, { unreadable: 120, absent: 0 })
  home.clock.forward(3599)
  await home.sweep()
  assert.is(home.log.asked.length, 1)
  home.log.refusal = undefined
  home.clock.forward(1)
  await home.sweep()
  assert.equal([home.removed.length, home.kept], [120, { unreadable: 0, absent: 0 }])
})

test('a request that was not there is asked about again after a day, or by the next process', async () => {
  const home = await of(2)
  const lost = home.log.arrived.splice(0, 3)
  await home.sweep()
  assert.equal([home.log.asked.length, home.removed.length], [1, 1])
  home.clock.forward(86_399)
  await home.sweep()
  assert.equal([home.log.asked.length, home.kept['absent']], [1, 1])
  home.restart()
  await home.sweep()
  assert.equal([home.log.asked.length, home.removed.length], [2, 1])
  await home.log.write(lost)
  home.clock.forward(86_400)
  await home.sweep()
  assert.equal([home.removed.length, home.kept], [2, { unreadable: 0, absent: 0 }])
})

test('many that are not there do not keep the others from going', async () => {
  const home = await of(1100)
  drop(home.log, ({ uid }) => uid < '22222222-0000-4000-8000-000000001001')
  await home.sweep()
  assert.is(home.removed.length, 0)
  await home.sweep()
  assert.is(home.removed.length, 100)
})

test('while Logging does not answer, nothing goes and the sweep is tried again', async () => {
  const home = await of(1)
  home.log.refusal = new Broken('Cloud Logging answered 503.')
  assert.instance(await home.sweep().catch((error: unknown) => error), Broken)
  home.log.refusal = undefined
  await home.sweep()
  assert.is(home.removed.length, 1)
})

test.run()
