// The periodic comparison: condition, status, Events and metrics follow what is in the policies; nothing repeats, nothing is
// repaired, and a reader in trouble leaves everything else alone.
import * as assert from 'uvu/assert'
import type { AccessRequest, RoleMapping } from '../../../src/api/kinds.ts'
import { createDriftCheck } from '../../../src/controller/drift/check.ts'
import { createTeller, forgetDrift } from '../../../src/controller/drift/tell.ts'
import type { Binding, Policy } from '../../../src/domain/granting/policy.ts'
import { Broken, Refused, Waiting } from '../../../src/domain/outcome.ts'
import { silentLog } from '../../../src/kube/environment.ts'
import { attack } from '../../attacks.ts'
import { client, eu, granted, now, policiesWith, uidOf } from '../../audit/drift/stage.ts'
import { each } from '../../builders/history.ts'
import { mapping } from '../../builders/mapping.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { MemoryMappings } from '../../fakes/mappings.ts'
import { suite } from '../../suite.ts'

const test = suite('the controller compares policies with the record')
const eve = 'user:eve@example.com'
const grants = [{ resource: eu, role: client }]

/** A controller that compares every hour. */
function setUp({
  requests = [granted(1)],
  stored = [mapping({ spec: { grants } })],
}: { requests?: AccessRequest[]; stored?: RoleMapping[] } = {}) {
  const clock = new ManualClock(now)
  const mappings = new MemoryMappings(stored.map(one => ({ ...one, status: {} })))
  const policies = policiesWith(requests)
  const seen = {
    events: [] as string[],
    writes: 0,
    conflicts: 0,
    leads: true,
    reads: [] as string[],
    gauges: new Map<string, number>(),
    outcomes: [] as string[],
    fault: undefined as Error | undefined,
    faultOfRecord: undefined as Error | undefined,
  }
  const telling = {
    clock,
    mappings,
    liveMappings: { read: async (ref: { namespace: string; name: string }) => mappings.get(ref) },
    mappingStatuses: {
      patchMappingStatus: async (of: RoleMapping, patch: object): Promise<RoleMapping | 'conflict'> => {
        if (seen.conflicts-- > 0) return 'conflict'
        seen.writes++
        const next = { ...of, status: { ...of.status, ...patch } }
        mappings.stored = mappings.stored.map(one => (one.metadata.uid === of.metadata.uid ? next : one))
        return next
      },
    },
    events: {
      record: ({ metadata }: Pick<RoleMapping, 'metadata'>, { type, message }: { type: string; message: string }) =>
        void seen.events.push(`${metadata.name} ${type}: ${message}`),
    },
    log: silentLog,
    mayAct: () => seen.leads,
  }
  const check = createDriftCheck({
    ...telling,
    alive: () => requests,
    requests: {
      all: () => {
        if (seen.faultOfRecord) throw seen.faultOfRecord
        return each(requests)
      },
    },
    namespaces: [],
    read: async (resource: string): Promise<Policy> => {
      seen.reads.push(resource)
      if (seen.fault) throw seen.fault
      return policies.get(resource) ?? { version: 3, etag: 'a', bindings: [] }
    },
    tell: createTeller(telling),
    everySeconds: 3600,
    random: () => 0.5,
    metrics: {
      count: (name: string, { outcome }: { outcome: string }) => void seen.outcomes.push(`${name} ${outcome}`),
      gauge: (name: string, value: number, labels: object) =>
        void seen.gauges.set(`${name} ${JSON.stringify(labels)}`, value),
    } as never,
  })
  const signal = new AbortController()
  return {
    clock,
    mappings,
    telling,
    seen,
    stop: signal,
    look: async () => check(signal.signal),
    edit: (change: (bindings: Binding[]) => Binding[]) => {
      const before = policies.get(eu) ?? {}
      policies.set(eu, { ...before, bindings: change(structuredClone(before.bindings ?? [])) })
    },
    condition: (n = 0) => mappings.stored[n]?.status?.conditions?.find(({ type }) => type === 'PolicyAsRecorded'),
    drift: (n = 0) => mappings.stored[n]?.status?.drift,
    count: (kind: string) => seen.gauges.get(`hallpass_drift_findings ${JSON.stringify({ kind })}`),
  }
}

const addEve = (bindings: Binding[]): Binding[] =>
  bindings.map(one => ({ ...one, members: [...(one.members ?? []), eve] }))

test('the first look is some time after the beginning, and then once an hour, more or less', async () => {
  const { look, seen, clock } = setUp()
  assert.equal(await look(), new Date(clock.now().getTime() + 180_000))
  assert.equal(seen.reads, [])
  assert.equal(await look(), new Date(clock.now().getTime() + 3_600_000))
  assert.equal(seen.reads, [eu])
})

test('honest policies: True, no finding and no Event', async () => {
  const { look, condition, seen, count, drift } = setUp()
  await look()
  await look()
  assert.equal([condition()?.status, condition()?.reason], ['True', 'AsRecorded'])
  assert.equal([drift() ?? null, seen.events], [null, []])
  assert.equal([count('altered'), seen.outcomes], [0, ['hallpass_drift_checks_total complete']])
  assert.is(seen.gauges.get('hallpass_drift_checked_timestamp {}'), now.getTime() / 1000)
})

test('a stranger adds a member: False, one Event, and both go away when it is put right', async () => {
  const { look, condition, seen, count, drift, edit } = setUp()
  await look()
  edit(addEve)
  await look()
  assert.equal([condition()?.status, condition()?.reason], ['False', 'DriftFound'])
  assert.match(
    condition()?.message ?? '',
    `altered: ${client} on ${eu} for ${eve}: its request is of dana@example.com.`,
  )
  assert.equal(
    drift()?.map(({ kind, member }) => [kind, member]),
    [['altered', eve]],
  )
  assert.is(count('altered'), 1)
  assert.is(seen.events.length, 1)
  assert.match(seen.events[0] ?? '', /^prod-db Warning: altered: .* Find out who changed it/)
  const writes = seen.writes
  await look()
  await look()
  assert.equal([seen.events.length, seen.writes], [1, writes], 'nothing is repeated')
  edit(bindings => bindings.map(one => ({ ...one, members: (one.members ?? []).filter(other => other !== eve) })))
  await look()
  assert.equal([condition()?.status, drift(), count('altered')], ['True', null, 0])
  assert.equal(seen.events.slice(1), ['prod-db Normal: The IAM policies are as recorded.'])
})

test('what was told before a restart is not told again', async () => {
  const first = setUp()
  first.edit(addEve)
  await first.look()
  await first.look()
  const next = setUp({ stored: first.mappings.stored })
  next.mappings.stored = first.mappings.stored
  next.edit(addEve)
  await next.look()
  await next.look()
  assert.equal([first.seen.events.length, next.seen.events], [1, []])
})

test('expired entries are counted, and are no reason for a condition or an Event', async () => {
  const at = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString().replace('.000', '')
  const old = granted(1, {}, { startsAt: at(-7200), expiresAt: at(-3600), phase: 'Expired', endedAt: at(-3600) })
  const { look, condition, seen, count } = setUp({ requests: [old] })
  await look()
  await look()
  assert.equal([count('leftover'), condition()?.status, seen.events], [1, 'True', []])
})

const away: Record<string, { fault: Error }> = {
  'no right': { fault: new Refused('AccessDenied', 'Google does not let the account of google.policyReader read it.') },
  'a quota': { fault: new Waiting(new Date(now.getTime() + 60_000), 'Google asks to wait.') },
  'no answer': { fault: new Broken('Google did not answer.', { answered: false }) },
  'no token': { fault: new Broken('Google gave no token for the account of google.policyReader.') },
}
for (const [sentence, { fault }] of Object.entries(away))
  test(`a reader with ${sentence}: Unknown, what was known stays, and no Event`, async () => {
    const { look, condition, seen, drift, edit } = setUp()
    await look()
    seen.fault = fault
    await look()
    assert.equal([condition()?.status, condition()?.reason], ['Unknown', 'PolicyUnread'])
    seen.fault = undefined
    edit(addEve)
    await look()
    assert.equal([condition()?.status, seen.events.length], ['False', 1])
    seen.fault = fault
    await look()
    assert.equal([condition()?.status, drift()?.length], ['False', 1], 'it is not known to be right')
    seen.fault = undefined
    await look()
    assert.equal([condition()?.status, seen.events.length], ['False', 1])
    assert.equal(seen.outcomes.filter(outcome => outcome.endsWith('incomplete')).length, 2)
  })

test('a record that cannot be read changes nothing, is counted, and is read again soon', async () => {
  const { look, condition, seen, clock } = setUp()
  await look()
  await look()
  const [writes, standing] = [seen.writes, condition()]
  seen.faultOfRecord = new Broken('The API server did not answer.')
  assert.equal(await look(), new Date(clock.now().getTime() + 300_000))
  assert.equal(
    [seen.writes, condition(), seen.outcomes.at(-1)],
    [writes, standing, 'hallpass_drift_checks_total failed'],
  )
})

test('when its time is over, no more policies are read', async () => {
  const { look, seen, stop, condition } = setUp()
  await look()
  stop.abort()
  await look()
  assert.equal([seen.reads, condition()?.status], [[], 'Unknown'])
})

test('no more than 500 policies are read in one check, and the others are not called right', async () => {
  const all = Array.from({ length: 520 }, (_, n) => ({
    resource: `projects/prod-${String(n).padStart(3, '0')}`,
    role: client,
  }))
  const stored = [
    mapping({ spec: { grants: all.slice(0, 10) } }),
    mapping({ name: 'last', spec: { grants: all.slice(10) } }),
  ]
  const { look, seen, condition } = setUp({ requests: [], stored })
  await look()
  await look()
  assert.equal([seen.reads.length, condition(0)?.status, condition(1)?.status], [500, 'True', 'Unknown'])
})

test('who no longer leads writes nothing, and a conflict is tried again', async () => {
  const { look, seen, condition } = setUp()
  await look()
  seen.leads = false
  await look()
  assert.equal([seen.writes, condition()], [0, undefined])
  seen.leads = true
  seen.conflicts = 2
  await look()
  assert.is(condition()?.status, 'True')
})

test('without a reader, what earlier comparisons told is removed, and nothing else', async () => {
  const { look, edit, telling, mappings, condition, seen } = setUp()
  edit(addEve)
  await look()
  await look()
  const ready = {
    type: 'Ready',
    status: 'True' as const,
    reason: 'Checked',
    message: 'x',
    lastTransitionTime: '2026-11-01T00:00:00Z',
  }
  mappings.stored = mappings.stored.map(one => ({
    ...one,
    status: { ...one.status, conditions: [ready, ...(one.status?.conditions ?? [])] },
  }))
  await forgetDrift(telling)
  assert.equal([condition(), mappings.stored[0]?.status?.drift], [undefined, null])
  assert.equal(mappings.stored[0]?.status?.conditions, [ready])
  const { writes } = seen
  await forgetDrift(telling)
  assert.is(seen.writes, writes)
})

attack(test, 'a mapping is named like the beginning of the one of the request … only the other is told', async () => {
  const stored = [mapping({ name: 'prod', spec: { grants } }), mapping({ spec: { grants } })]
  const { look, edit, condition, seen } = setUp({ stored })
  edit(addEve)
  await look()
  await look()
  assert.equal([condition(0)?.status, condition(1)?.status], ['True', 'False'])
  return seen.events.every(event => event.startsWith('prod-db ')) ? 'only the other is told' : 'both'
})

attack(test, 'a stranger writes marks of a terminal and 60 entries … 10 stored in one line each', async () => {
  const evil = '\u001b[2J\u202e\n'
  const many = Array.from({ length: 60 }, (_, n) => ({
    role: client,
    members: [`user:p${n}${evil}${'x'.repeat(400)}@example.com`],
    condition: { title: `hallpass ${uidOf(n + 100)}`, expression: 'true' },
  }))
  const { look, edit, drift, seen, condition } = setUp()
  edit(bindings => [...bindings, ...many])
  await look()
  await look()
  const stored = drift() ?? []
  for (const text of [...stored.map(({ member }) => member), condition()?.message ?? ''])
    assert.not.match(text, /[\p{Cc}\u202e]/u)
  for (const { member, role, why } of stored) assert.ok(member.length <= 200 && role.length <= 200 && why.length <= 200)
  assert.match(condition()?.message ?? '', 'And 59 more in status.drift.')
  await look()
  assert.is(seen.events.length, 10)
  return `${stored.length} stored in one line each`
})

test.run()
