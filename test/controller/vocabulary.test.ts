// What the controller really writes: in every life of a request each entry has the published form, and carries no fact that
// the table of events does not name.
import * as assert from 'uvu/assert'
import { detailNamed } from '../../src/domain/audit/audit-details.ts'
import { type AuditEvent, auditEvents } from '../../src/domain/audit/audit-events.ts'
import { eventSchema } from '../../src/reference/event-schema.ts'
import { emergency } from '../builders/emergency.ts'
import { suite } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('the words of the audit log')

async function asked(spec: Parameters<typeof operator>[0] = {}, isEmergency = false): Promise<Operator> {
  const op = operator(spec)
  await op.ask({ isEmergency })
  await op.look()
  return op
}

/** Each life, played to its end. */
const lives: Record<string, () => Promise<Operator>> = {
  granted: async () => {
    const op = await asked()
    await op.approve({ keeps: true, comment: 'go', narrowing: { duration: '10m', grants: [0] } })
    await op.look()
    op.clock.forward(4200)
    await op.look()
    return op
  },
  'approved by two': async () => {
    const fallback = { emails: ['mo@example.com', 'ana@example.com'] }
    const op = await asked({ spec: { approval: { required: 2, window: '30m', escalateAfter: '10m', fallback } } })
    op.policies.seed('projects/prod-eu', ['ya29.ana'])
    await op.approve()
    await op.look()
    await op.approve({ email: 'ana@example.com', token: 'ya29.ana' })
    await op.look()
    return op
  },
  denied: async () => {
    const op = await asked()
    await op.decide('Denied', 'use the replica')
    await op.look()
    return op
  },
  withdrawn: async () => {
    const op = await asked()
    await op.decide('Withdrawn')
    await op.look()
    return op
  },
  'escalated and timed out': async () => {
    const op = await asked()
    for (let minute = 0; minute < 31; minute++) {
      op.clock.forward(60)
      await op.look()
    }
    return op
  },
  'ended early': async () => {
    const op = await asked()
    await op.approve()
    await op.look()
    await op.revoke({ uid: 'another' })
    await op.look()
    await op.revoke({ comment: 'done' })
    await op.look()
    return op
  },
  'an emergency that is reviewed': async () => {
    const op = await asked({ spec: { emergency: { ...emergency, reviewers: { emails: ['ana@example.com'] } } } }, true)
    await op.approve()
    await op.look()
    op.clock.forward(1800)
    await op.look()
    await op.review({ uid: 'another' })
    await op.look()
    await op.review()
    await op.look()
    return op
  },
  'evidence that is lost': async () => {
    const op = await asked()
    await op.approve({ keeps: 'lost' })
    await op.look()
    op.clock.forward(4200)
    await op.look()
    return op
  },
  'refused attempts': async () => {
    const op = await asked()
    const why = 'SelfApproval: You asked for this yourself.'
    const last = [{ at: '2026-11-23T14:03:00Z', who: 'dana@example.com', why }]
    op.cluster.forge(op.ref, { attempts: { count: 1, last } })
    await op.look()
    op.cluster.forge(op.ref, { attempts: { count: 4, last } })
    await op.look()
    assert.is(op.log().filter(event => event === 'AttemptRefused').length, 2)
    return op
  },
}

const seen = new Set<string>()
for (const [life, play] of Object.entries(lives))
  test(`${life}: each entry is of the published form, and says only what the table names`, async () => {
    const { auditLog } = await play()
    for (const { payload } of auditLog.entries()) {
      assert.is(eventSchema.safeParse(payload).error?.message, undefined, JSON.stringify(payload))
      const event = String(payload['event'])
      seen.add(event)
      if (!Object.hasOwn(auditEvents, event)) continue
      const { details } = auditEvents[event as AuditEvent]
      for (const key of Object.keys(payload['details'] as object))
        assert.ok((details as readonly string[]).includes(detailNamed(key)), `${event} carries ${key}`)
    }
  })

test('these lives meet most events', () => {
  for (const event of ['Requested', 'Approved', 'ApprovalCounted', 'Granted', 'Evidence', 'EvidenceLost', 'Escalated'])
    assert.ok(seen.has(event), event)
})

test.run()
