// What the audit port promises, kept by the adapter over the simulated Logging and by the fake in memory.
import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../src/domain/audit/audit.ts'
import type { AuditLog } from '../../src/domain/ports.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { defaultIdentities } from '../../src/sim/google/seeds.ts'
import { MemoryAuditLog } from '../fakes/audit-log.ts'
import { start } from '../fakes/clock.ts'
import { identity, openGoogle } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('audit log contract')

/** The port, what a query then sees by insertId, and a way to lose the next answer after everything was stored. */
type Fixture = {
  port: AuditLog
  seen: () => { insertId: string; payload: unknown }[]
  loseAnswer: () => void
  close: () => Promise<void>
}

const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const port = new MemoryAuditLog()
    return {
      port,
      seen: () => port.entries().map(({ insertId, payload }) => ({ insertId, payload })),
      loseAnswer: () => (port.failsAfter = 1),
      close: async () => undefined,
    }
  },
  'over HTTP': async () => {
    const { google, clock } = await openGoogle()
    const authClient = identity(defaultIdentities.controller.token)
    return {
      port: createAuditLog({ project: 'hallpass-ops', authClient, clock, rootUrl: google.url }),
      seen: () => google.logs.entries().map(({ insertId, jsonPayload }) => ({ insertId, payload: jsonPayload })),
      loseAnswer: () => google.faults.add({ route: 'POST /v2/entries:write', reset: 'after' }),
      close: async () => google.close(),
    }
  },
}

function entry(seq: number): AuditEntry {
  const uid = '22222222-0000-4000-8000-000000000001'
  return {
    insertId: `${uid}-${String(seq).padStart(4, '0')}`,
    at: new Date(start.getTime() + seq * 1000),
    severity: 'NOTICE',
    uid,
    payload: { schema: 'hallpass/audit/v1', event: 'Approved', seq, grants: [{ role: 'roles/viewer' }], details: {} },
    isFirst: seq === 1,
    isLast: false,
  }
}

for (const [where, open] of Object.entries(fixtures)) {
  const fact = factsOf(test, where, open)

  fact('entries are kept whole and in order', async ({ port, seen }) => {
    const entries = [entry(1), entry(2)]
    await port.write(entries)
    assert.equal(
      seen(),
      entries.map(({ insertId, payload }) => ({ insertId, payload })),
    )
  })
  fact('a repeat is the same entry', async ({ port, seen }) => {
    await port.write([entry(1)])
    await port.write([entry(1), entry(2)])
    assert.is(seen().length, 2)
  })
  fact('when the answer is lost, sending again leaves each entry once', async ({ port, seen, loseAnswer }) => {
    loseAnswer()
    const lost = await port.write([entry(1), entry(2)]).then(
      () => false,
      () => true,
    )
    assert.ok(lost)
    await port.write([entry(1), entry(2)])
    assert.is(seen().length, 2)
  })
  fact('many at once are all kept', async ({ port, seen }) => {
    await port.write(Array.from({ length: 250 }, (_, i) => entry(i + 1)))
    assert.is(seen().length, 250)
  })
  fact('nothing to write is nothing written', async ({ port, seen }) => {
    await port.write([])
    assert.equal(seen(), [])
  })
}

test.run()
