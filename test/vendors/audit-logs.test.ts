// What is read from Cloud Logging, and what the simulated Google records of a policy write itself, fit what Google
// publishes: the discovery documents of Logging, of IAM (what a write changed) and of Service Control (audit entries).
import * as assert from 'uvu/assert'
import { policyWritesFilter } from '../../src/audit/log-filters.ts'
import { grantsInForceFromLogging } from '../../src/audit/remote.ts'
import type { LogEntry } from '../../src/sim/google/log-buckets.ts'
import { type Exchange, watchTraffic } from '../../src/sim/traffic.ts'
import { auditLog, offers, Past } from '../audit/past.ts'
import { as } from '../sim/google/clients.ts'
import { suite } from '../suite.ts'
import { type Discovery, discoveryDocuments, faultsOfCall } from './discovery.ts'
import { faultsOf, type Schema } from './schema.ts'

const test = suite('audit logs as Google publishes them', { timeoutMs: 240_000 })
const google = await discoveryDocuments(line => console.log(line))

type Seen = { calls: Exchange[]; audited: LogEntry[] }

/** A request that is granted and ended early, a write that is refused, and the questions about them. */
async function played(): Promise<Seen> {
  const calls: Exchange[] = []
  const stopWatching = watchTraffic(exchange => void calls.push(exchange))
  const past = await Past.open()
  try {
    const life = { person: 'dana@example.com', grants: offers, asked: 1, seconds: 600 }
    await past.happen([{ ...life, end: 'ended early', endedAfter: 60 }], () => undefined)
    const otto = as(past.google, 'otto@example.com').projects
    await otto.setIamPolicy({ resource: 'projects/prod-eu', requestBody: { policy: {} } }).catch(() => undefined)
    const at = new Date('2026-11-23T12:00:30Z')
    await grantsInForceFromLogging(past.reader, auditLog, { at })
    const places = ['projects/prod-eu', 'projects/prod-us']
    await Array.fromAsync(past.reader.entries({ in: places, filter: policyWritesFilter({ at }) }))
    await Array.fromAsync(past.reader.entries({ in: ['projects/of-others'], filter: '' })).catch(() => undefined)
    return { calls: calls.filter(({ port }) => port === past.google.port), audited: [...past.google.logs.audited] }
  } finally {
    stopWatching()
    await past.google.close()
  }
}

if ('because' in google) {
  console.log(`SKIPPED audit logs against their documents: ${google.because}`)
  test.skip('every read of the logs fits the discovery document')
} else {
  const { documents } = google
  const seen = played()
  test('every read of the logs, its answer and its refusal fit the discovery document', async () => {
    const reads = (await seen).calls.filter(({ url }) => url.includes('entries:list'))
    assert.ok(reads.length >= 5 && reads.some(({ status }) => status === 403), String(reads.length))
    assert.equal([...new Set(reads.flatMap(call => faultsOfCall(call, documents) ?? ['not described']))], [])
  })
  test('every entry that Google writes itself is an audit entry with the change as Google describes it', async () => {
    const { audited } = await seen
    assert.ok(audited.length >= 5, String(audited.length))
    const faults = audited.flatMap(({ protoPayload = {} }) => {
      const { '@type': type, serviceData, ...entry } = protoPayload
      assert.is(type, 'type.googleapis.com/google.cloud.audit.AuditLog')
      const { '@type': dataType, ...data } = (serviceData ?? {}) as Record<string, unknown>
      if (serviceData) assert.is(dataType, 'type.googleapis.com/google.iam.v1.logging.AuditData')
      return [...inSchema(entry, 'AuditLog', 'servicecontrol'), ...inSchema(data, 'AuditData', 'iam')]
    })
    assert.equal([...new Set(faults)], [])
    const words = JSON.stringify(audited)
    for (const part of ['"action":"ADD"', '"action":"REMOVE"', '"condition":{"title":"hallpass ', '"code":7'])
      assert.ok(words.includes(part), part)
  })

  const inSchema = (value: unknown, name: string, api: string): string[] => {
    const document = documents.find((one: Discovery & { name?: string }) => one.name === api)
    const schema = document?.schemas[name]
    if (!schema) return [`${api} has no schema ${name}`]
    const resolve = (ref: string): Schema => document.schemas[ref] ?? {}
    return faultsOf(value, schema, { resolve, isClosed: true }, name)
  }
}

test.run()
