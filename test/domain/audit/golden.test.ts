// The entry of each event, as programs of others read it: an entry that changes shows in a file, and the published schema
// accepts all of them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import type { Evidence } from '../../../src/api/kinds.ts'
import { type AuditDetail, auditDetails } from '../../../src/domain/audit/audit-details.ts'
import { type AuditEvent, auditEvents, factsOfEvent } from '../../../src/domain/audit/audit-events.ts'
import { type AuditEntry, entryOf, withEvent } from '../../../src/domain/audit/audit.ts'
import { evidenceEntry } from '../../../src/domain/audit/evidence-entry.ts'
import { mappingEntry } from '../../../src/domain/audit/mapping-entry.ts'
import { eventSchema } from '../../../src/reference/event-schema.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite } from '../../suite.ts'

const test = suite('an entry of each event')
const golden = new URL('golden/', import.meta.url)
const installation = 'https://hallpass.example.com'
const at = new Date('2026-11-23T14:05:00Z')
const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

/** Compares with what was agreed; `UPDATE_GOLDEN=1` writes it again, to be read in the diff. */
function agrees(name: string, entry: AuditEntry): void {
  const file = new URL(`${name}.json`, golden)
  const text = `${JSON.stringify(entry, null, 2)}\n`
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(golden, { recursive: true })
    writeFileSync(file, text)
  }
  assert.ok(existsSync(file), `no golden file for ${name}; write it with UPDATE_GOLDEN=1`)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(text))
  assert.is(eventSchema.safeParse(entry.payload).error?.message, undefined)
}

/** What a fact looks like, where its form matters. */
const examples: Partial<Record<AuditDetail, string>> = {
  at: '2026-11-23T14:04:58Z',
  startsAt: '2026-11-23T14:05:00Z',
  expiresAt: '2026-11-23T14:35:00Z',
  endedAt: '2026-11-23T14:35:00Z',
  deniedBefore: '2026-11-23T10:00:00Z',
  reviewBy: '2026-11-24T14:35:00Z',
  approvedBy: 'mo@example.com',
  evidence: digest,
  spec: digest,
  rules: digest,
  approvalsBefore: digest,
  'grant.N': 'Written roles/cloudsql.client projects/prod-eu',
  count: '3',
}

function detailsOf(event: AuditEvent): Record<string, string> {
  return Object.fromEntries(
    auditEvents[event].details.map(name => [name.replace('.N', '.0'), examples[name] ?? `the ${name}`]),
  )
}

for (const event of Object.keys(auditEvents) as AuditEvent[])
  test(`the entry of ${event} is as agreed`, () => {
    const details = detailsOf(event)
    const before = withEvent({}, { event: 'Requested', at, message: 'before' })
    const { audit = [] } = withEvent(before, {
      event,
      at,
      actor: 'mo@example.com',
      message: `It is ${event}.`,
      details,
    })
    const [, record] = audit
    if (!record) throw new Error('no event')
    const entry = entryOf(request(mapping()), record, installation)
    agrees(event, entry)
    assert.is(entry.isLast, factsOfEvent(event)?.isLast ?? false)
    assert.ok(JSON.stringify(entry).length < 6_000, 'an entry is small')
  })

test('the entry of evidence is as agreed', () => {
  const evidence: Evidence = {
    hash: digest,
    salt: 's'.repeat(43),
    claims: { iss: 'i', aud: 'a', sub: 's', email: 'mo@example.com', iat: 1, exp: 2, nonce: 'n' },
    kept: true,
  }
  const kept = {
    id: 'approved-9f86d081884c',
    purpose: 'approve',
    at: '2026-11-23T14:05:00Z',
    evidence,
    narrowing: { duration: '10m', grants: [0] },
    comment: 'go ahead',
  } as const
  agrees(
    'Evidence',
    evidenceEntry(request(mapping()), {
      kept: { ...kept, narrowing: { duration: '10m', grants: [0] } },
      idToken: 'e30.e30.c2ln',
      at,
      installation,
    }),
  )
})

test('the entry about a mapping is as agreed', () => {
  const stored = mapping()
  const metadata = { ...stored.metadata, uid: '33333333-0000-4000-8000-000000000001', generation: 4 }
  agrees('MappingChanged', mappingEntry({ ...stored, metadata }, { at, installation }))
})

test('every fact that an event can carry has a meaning, and every meaning is used', () => {
  const carried = new Set(Object.values(auditEvents).flatMap(({ details }) => [...details]))
  assert.equal([...carried].toSorted(), Object.keys(auditDetails).toSorted())
})

test.run()
