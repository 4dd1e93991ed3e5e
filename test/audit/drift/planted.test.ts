// Every kind of lie in a policy, planted one by one, is found and named; an honest world has none.
import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { allDriftKinds, type DriftKind } from '../../../src/audit/drift/finding.ts'
import { after, instant } from '../../../src/domain/asking/duration.ts'
import type { Binding } from '../../../src/domain/granting/policy.ts'
import { noon } from '../../builders/history.ts'
import { mapping } from '../../builders/mapping.ts'
import { attack } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { client, eu, found, granted, mappings, now, say, uidOf } from './stage.ts'

const test = suite('drift, planted')
const dana = granted(1)
const other = uidOf(77)
const expired = granted(
  1,
  {},
  {
    startsAt: instant(after(noon, -3600)),
    expiresAt: instant(after(noon, -1800)),
    phase: 'Expired',
    endedAt: instant(after(noon, -1800)),
  },
)
const until = (at: Date): string => `request.time < timestamp("${instant(at)}")`

/** A binding that is not of Hallpass. */
const bound = (members: string[], expression: string, role = client): Binding => ({
  role,
  members,
  condition: { title: 'temporary', expression },
})
const titled = (before: Binding[]): Binding => {
  const one = before.find(({ condition }) => condition?.title?.startsWith('hallpass '))
  if (!one?.condition) throw new Error('no entry of Hallpass')
  return one
}
/** The entry of Hallpass, changed. */
const changed =
  (change: (one: Binding) => Partial<Binding>) =>
  (before: Binding[]): Binding[] =>
    before.map(one => (one === titled(before) ? { ...one, ...change(one) } : one))
const conditioned = (change: object) =>
  changed(({ condition }) => ({ condition: { expression: '', ...condition, ...change } }))
const added =
  (...more: Binding[]) =>
  (before: Binding[]): Binding[] => [...before, ...more]
const copyOf =
  (change: (one: Binding) => Partial<Binding>) =>
  (before: Binding[]): Binding[] => [...before, { ...titled(before), ...change(titled(before)) }]

type Lie = { plant: (before: Binding[]) => Binding[]; record?: AccessRequest[]; says: string[] }
const lies: Record<string, Lie> = {
  'a member is added to an entry': {
    plant: changed(() => ({ members: ['user:dana@example.com', 'user:eve@example.com'] })),
    says: [`altered ${eu} ${client} user:eve@example.com: its request is of dana@example.com`],
  },
  'the member is another one': {
    plant: changed(() => ({ members: ['user:eve@example.com'] })),
    says: [
      `altered ${eu} ${client} user:eve@example.com: its request is of dana@example.com`,
      `missing ${eu} ${client} user:dana@example.com: by the record the access is in force until 2026-11-23T12:30:00Z`,
    ],
  },
  'the role is another one': {
    plant: changed(() => ({ role: 'roles/owner' })),
    says: [
      `altered ${eu} roles/owner user:dana@example.com: its request is for other roles or resources`,
      `missing ${eu} ${client} user:dana@example.com: by the record the access is in force until 2026-11-23T12:30:00Z`,
    ],
  },
  'a second entry with the same title has a role that the approver left out': {
    record: [
      granted(
        1,
        { grants: [client, 'roles/logging.viewer'].map(role => ({ resource: eu, role })) },
        {
          grants: [{ resource: eu, role: client, state: 'Written' }],
          decisions: [
            {
              id: 'a',
              verdict: 'Approved',
              at: instant(noon),
              who: { email: 'mo@example.com' },
              narrowing: { grants: [0] },
            },
          ],
        },
      ),
    ],
    plant: copyOf(() => ({ role: 'roles/logging.viewer' })),
    says: [`altered ${eu} roles/logging.viewer user:dana@example.com: the approver left this role out`],
  },
  'the end is later': {
    plant: conditioned({
      expression:
        'request.time >= timestamp("2026-11-23T12:00:00Z") && request.time < timestamp("2027-11-23T12:30:00Z")',
    }),
    says: [
      `altered ${eu} ${client} user:dana@example.com: it is from 2026-11-23T12:00:00Z to 2027-11-23T12:30:00Z, and on record from 2026-11-23T12:00:00Z to 2026-11-23T12:30:00Z`,
    ],
  },
  'the condition is another one': {
    plant: conditioned({ expression: 'true' }),
    says: [`altered ${eu} ${client} user:dana@example.com: its condition is not the one on record`],
  },
  'the description names another approver': {
    plant: conditioned({ description: 'hallpass/prod-db-1, asked by dana@example.com, approved by ceo@example.com' }),
    says: [`altered ${eu} ${client} user:dana@example.com: its description is not the one on record`],
  },
  'an entry is back although the record says that it was taken out': {
    record: [
      granted(
        1,
        {},
        {
          phase: 'Revoked',
          endedAt: instant(after(noon, 300)),
          grants: [{ resource: eu, role: client, state: 'Removed' }],
        },
      ),
    ],
    plant: before => before,
    says: [`altered ${eu} ${client} user:dana@example.com: by the record it was taken out`],
  },
  'an entry is there although the record says that Google refused it': {
    record: [granted(1, {}, { grants: [{ resource: eu, role: client, state: 'Refused' }] })],
    plant: before => before,
    says: [`altered ${eu} ${client} user:dana@example.com: by the record it was never written`],
  },
  'a title without a request': {
    plant: copyOf(one => ({ condition: { expression: '', ...one.condition, title: `hallpass ${other}` } })),
    says: [`unbacked ${eu} ${client} user:dana@example.com: no request on record has this title`],
  },
  'the title of a request that was denied': {
    record: [dana, granted(2, {}, { phase: 'Denied', startsAt: undefined, expiresAt: undefined, grants: undefined })],
    plant: copyOf(one => ({ condition: { expression: '', ...one.condition, title: `hallpass ${uidOf(2)}` } })),
    says: [`unbacked ${eu} ${client} user:dana@example.com: its request was never approved`],
  },
  'a request in force without its entry': {
    plant: () => [],
    says: [
      `missing ${eu} ${client} user:dana@example.com: by the record the access is in force until 2026-11-23T12:30:00Z`,
    ],
  },
  'an expired entry': {
    record: [expired],
    plant: before => before,
    says: [`leftover ${eu} ${client} user:dana@example.com: it ended at 2026-11-23T11:30:00Z`],
  },
  'an expired entry of a request that had another role': {
    record: [expired],
    plant: changed(() => ({ role: 'roles/owner' })),
    says: [
      `altered ${eu} roles/owner user:dana@example.com: it ended at 2026-11-23T11:30:00Z and gives nothing, and its request had something else written`,
    ],
  },
  'somebody whom no mapping lets ask': {
    plant: added(bound(['user:eve@partner.example'], until(after(now, 600)))),
    says: [
      `wider ${eu} ${client} user:eve@partner.example: mapping "prod-db" does not let user:eve@partner.example ask`,
    ],
  },
  'a service account, a group and everybody': {
    plant: added(
      bound(['serviceAccount:x@p.iam.gserviceaccount.com', 'group:g@example.com', 'allUsers'], until(after(now, 600))),
    ),
    says: ['allUsers', 'group:g@example.com', 'serviceAccount:x@p.iam.gserviceaccount.com'].map(
      member => `wider ${eu} ${client} ${member}: mapping "prod-db" does not let ${member} ask`,
    ),
  },
  'longer than any mapping allows': {
    plant: added(bound(['user:otto@example.com'], until(after(now, 4 * 3600 + 1)))),
    says: [`wider ${eu} ${client} user:otto@example.com: it lasts longer than the 4h of mapping "prod-db"`],
  },
  'no end at all': {
    plant: added(bound(['user:otto@example.com'], 'resource.type == "sqladmin.googleapis.com/Instance"')),
    says: [`wider ${eu} ${client} user:otto@example.com: it has no end`],
  },
  'an end that a second way around the condition avoids': {
    plant: added(bound(['user:otto@example.com'], `${until(after(now, 60))} || resource.service == "x"`)),
    says: [`wider ${eu} ${client} user:otto@example.com: it has no end`],
  },
  'a condition that nobody can read': {
    plant: added(bound(['user:otto@example.com'], '((((')),
    says: [`wider ${eu} ${client} user:otto@example.com: it has no end`],
  },
  'a title that only begins like that of Hallpass': {
    plant: added({
      role: client,
      members: ['user:otto@example.com'],
      condition: { title: `hallpass ${uidOf(1)} `, expression: 'true' },
    }),
    says: [`wider ${eu} ${client} user:otto@example.com: it has no end`],
  },
}
for (const [sentence, { plant, record = [dana], says }] of Object.entries(lies))
  test(`${sentence} is found and named`, () => {
    const report = found(record, { bindings: plant })
    assert.equal(report.findings.map(say), says)
    assert.equal(report.unread, [])
    for (const one of report.findings) assert.match(one.next, /^[A-Z].*[.]$|hallpass history\.$/)
  })

test('an honest world of 200 requests gives nothing', () => {
  const all = Array.from({ length: 200 }, (_, n) =>
    granted(n, {
      requester: { email: `person-${n % 40}@example.com` },
      ...(n % 3 === 0 && {
        grants: [client, 'roles/logging.viewer'].map(role => ({ resource: `projects/prod-p${n % 7}`, role })),
      }),
      ...(n % 5 === 0 && { hours: { zone: 'Europe/Berlin', spans: [{ from: '13:05', to: '13:20' }] } }),
      ...(n % 11 === 0 && {
        grants: [{ resource: eu, role: client, condition: 'resource.name == "projects/prod-eu/x"' }],
      }),
    }),
  )
  const report = found(all)
  assert.equal([report.findings, report.standing, report.unread], [[], [], []])
  assert.is(report.requests, 200)
  assert.ok(report.policies > 5)
})

const within: Record<string, Binding> = {
  'as long as a mapping allows, for somebody whom it lets ask': bound(
    ['user:otto@example.com'],
    until(after(now, 3600)),
  ),
  'a role of no mapping': bound(['user:eve@partner.example'], 'true', 'roles/browser'),
  'one that has ended': bound(['user:eve@partner.example'], until(after(now, -1))),
  'an account of our own request that was deleted since': bound([], 'true'),
}
for (const [sentence, binding] of Object.entries(within))
  test(`${sentence} is no finding`, () => assert.equal(found([dana], { bindings: added(binding) }).findings, []))

test('the entry of a deleted account is still that of its request', () => {
  const bindings = changed(() => ({ members: ['deleted:user:dana@example.com?uid=123456'] }))
  assert.equal(found([dana], { bindings }).findings, [])
})

test('what is being written, in doubt, or not begun yet accuses nobody', () => {
  for (const state of ['Writing', 'Unknown'])
    for (const bindings of [(before: Binding[]) => before, () => []]) {
      const report = found([granted(1, {}, { grants: [{ resource: eu, role: client, state }] })], { bindings })
      assert.equal(report.findings, [])
    }
})

test('the mapping’s own condition must be in an entry of others', () => {
  const own = 'resource.name == "projects/prod-eu/x"'
  const narrowed = [mapping({ spec: { grants: [{ resource: eu, role: client, condition: own }] } })]
  const time = 'request.time >= timestamp("2026-11-23T12:00:00Z") && request.time < timestamp("2026-11-23T12:30:00Z")'
  const says = (expression: string): string[] =>
    found([], { mappings: narrowed, bindings: added(bound(['user:otto@example.com'], expression)) }).findings.map(say)
  assert.equal(says(`(${own}) && ${time}`), [])
  assert.equal(says(time), [
    `wider ${eu} ${client} user:otto@example.com: it is without the condition of mapping "prod-db"`,
  ])
})

test('who can be let in by a group only is not called another, and the answer says so', () => {
  const grouped = [mapping({ spec: { requesters: { googleGroups: ['sre@example.com'] } } })]
  const bindings = added(bound(['user:otto@example.com', 'group:sre@example.com'], until(after(now, 60))))
  const report = found([], { mappings: grouped, bindings })
  assert.equal(report.findings, [])
  assert.match(report.notes.join(' '), 'Who belongs to a group is not known here')
})

test('standing power is told as information and is no finding', () => {
  const plain = {
    role: client,
    members: ['user:otto@example.com', 'domain:example.com', 'user:eve@partner.example', 'allUsers'],
  }
  const report = found([dana], { bindings: added(plain) })
  assert.equal(report.findings, [])
  assert.equal(
    report.standing.map(({ member, mapping: name }) => `${member} ${name}`),
    ['user:otto@example.com prod-db', 'domain:example.com prod-db', 'allUsers prod-db'],
  )
})

test('an entry from outside of the record is named as not covered, and accuses nobody', () => {
  const coverage = { since: after(noon, 60) }
  const report = found([], { coverage, bindings: () => (found([dana]).policies ? added(...entriesOfDana())([]) : []) })
  assert.equal(report.findings, [])
  assert.match(
    report.unread[0]?.why ?? '',
    /begins at 2026-11-23 12:00:00, before the record, which begins at 2026-11-23 12:01:00/,
  )
})

function entriesOfDana(): Binding[] {
  const [seen]: Binding[][] = []
  let kept: Binding[] = seen ?? []
  found([dana], { bindings: before => (kept = before) })
  return kept
}

test('every finding with a command has one that a shell reads as it is meant', () => {
  const evil = `hallpass $(touch /tmp/x) '"\`\n END`
  const { findings } = found([dana], {
    bindings: added({ role: client, members: ["user:eve';rm@x"], condition: { title: evil, expression: 'true' } }),
  })
  const [one] = findings
  assert.ok(one?.command)
  const printed = execFileSync(
    'sh',
    ['-c', `gcloud() { for one in "$@"; do echo "[$one]"; done; cat; }\n${one.command}`],
    { encoding: 'utf8' },
  )
  assert.match(printed, "[--member=user:eve';rm@x]")
  assert.equal((JSON.parse(printed.slice(printed.indexOf('{'))) as { title: string }).title, evil)
})

test('every kind but one is planted here; headers are compared in claimed.test.ts', () => {
  const planted = new Set(Object.values(lies).flatMap(({ says }) => says.map(line => line.split(' ')[0])))
  const rest: DriftKind[] = allDriftKinds.filter(kind => !planted.has(kind))
  assert.equal(rest, ['claimed'])
})

attack(test, 'an entry has the title of somebody else’s request … altered', async () => {
  const otto = granted(2, { requester: { email: 'otto@example.com' } })
  const bindings = changed(({ condition }) => ({
    condition: { expression: '', ...condition, title: `hallpass ${uidOf(2)}` },
  }))
  const { findings } = found([dana, otto], { bindings })
  const own = findings.filter(({ title }) => title === `hallpass ${uidOf(2)}`)
  assert.is(own[0]?.request?.name, 'prod-db-2')
  return own[0]?.kind ?? 'nothing'
})

attack(test, 'a mapping is named like the beginning of another … told of the other', async () => {
  const short = mapping({ name: 'prod', spec: { grants: [{ resource: eu, role: client }] } })
  const { findings } = found([dana], {
    mappings: [short, ...mappings],
    bindings: changed(() => ({ members: ['user:eve@example.com'] })),
  })
  return findings.every(({ request }) => request?.mapping === 'prod-db') ? 'told of the other' : 'confused'
})

attack(test, 'a policy has 20,000 entries and conditions of 60 KB … answered in a minute', async () => {
  const many = Array.from({ length: 20_000 }, (_, n) => bound([`user:p${n}@example.com`], until(after(now, 60))))
  const long = Array.from({ length: 100 }, () => bound(['user:otto@example.com'], `${'a || '.repeat(12_000)}a`))
  const begun = performance.now()
  const { findings } = found([dana], { bindings: added(...many, ...long) })
  assert.is(findings.length, 1)
  return performance.now() - begun < 60_000 ? 'answered in a minute' : `${performance.now() - begun} ms`
})

test.run()
