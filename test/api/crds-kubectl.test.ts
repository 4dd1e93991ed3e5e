// What a person sees of both kinds through kubectl: names, columns, explanations; and what watches can select.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { at, validMapping, validSpec } from './crd-cases.ts'

const test = suite('both kinds in kubectl', { timeoutMs: 60_000 })
const path = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/accessrequests'
let cluster: Cluster
let granted: AccessRequest

test.before(async () => {
  cluster = await startCluster()
  await cluster.createNamespace('hallpass')
  granted = await create('prod-db-abcdefghijkl', {})
  for (const phase of ['Pending', 'Approved', 'Provisioned'])
    granted = await patch(granted, {
      phase,
      ...(phase === 'Provisioned' && {
        approvedBy: 'mo@example.com',
        decidedBy: 'mo@example.com',
        expiresAt: '2099-11-24T22:00:00Z',
        grantSummary: {
          resources: 'projects/prod-eu',
          roles: 'roles/cloudsql.client',
          hours: 'every day 22:00 to 02:00 the next day (Europe/Berlin)',
        },
      }),
    })
  await patch(await create('prod-db-settled', { requester: { email: 'otto@example.com' } }), {
    phase: 'Withdrawn',
    settled: true,
  })
  const body = {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: { name: 'prod-db' },
    spec: validMapping,
  }
  const mapping = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/rolemappings'
  await cluster.transport.request({ method: 'POST', path: mapping, body })
  const ready = { type: 'Ready', status: 'False', reason: 'NoSuchSchedule', message: 'PagerDuty has no such policy.' }
  await mergeStatus(`${mapping}/prod-db`, {
    problem: ready.message,
    duration: { min: '1m', default: '1h', max: '4h' },
    approversSummary: 'on call for Platform managers',
    conditions: [{ ...ready, lastTransitionTime: at }],
  })
  const sound = { ...body, metadata: { name: 'prod-gke' }, spec: { ...validMapping, command: '/prod-gke' } }
  await cluster.transport.request({ method: 'POST', path: mapping, body: sound })
  await mergeStatus(`${mapping}/prod-gke`, {
    duration: { min: '1m', default: '30m', max: '1h30m' },
    approversSummary: 'Platform on call, or the fallback',
    onCall: { now: 'Mo Manager' },
    conditions: [{ ...ready, status: 'True', reason: 'Checked', message: 'It is fine.', lastTransitionTime: at }],
  })
  const young = { ...body, metadata: { name: 'young' }, spec: { ...validMapping, command: '/young' } }
  await cluster.transport.request({ method: 'POST', path: mapping, body: young })
})
test.after(() => cluster.stop())

function create(name: string, spec: object): Promise<AccessRequest> {
  const body = {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: { name },
    spec: { ...validSpec, ...spec },
  }
  return cluster.transport.request<AccessRequest>({ method: 'POST', path, body })
}

function mergeStatus<T>(of: string, status: object): Promise<T> {
  return cluster.transport.request<T>({
    method: 'PATCH',
    path: `${of}/status`,
    contentType: 'application/merge-patch+json',
    body: { status },
  })
}

const patch = ({ metadata }: AccessRequest, status: object): Promise<AccessRequest> =>
  mergeStatus<AccessRequest>(`${path}/${metadata.name}`, status)

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await cluster.kubectl(...args, '--namespace=hallpass')
  assert.is(code, 0, stderr)
  return stdout
}

/** A table as kubectl prints it, with every age as 0s. */
async function printed(...args: string[]): Promise<string[]> {
  const lines = (await kubectl('get', ...args)).trimEnd().split('\n')
  return lines.map(line => line.replace(/(?<= )\d{1,2}s ?(?= |$)/, '0s ').trimEnd())
}

const requests = [
  'NAME                   PHASE         REQUESTER          MAPPING   DECIDED BY       BEGINS                 EXPIRES                AGE',
  'prod-db-abcdefghijkl   Provisioned   dana@example.com   prod-db   mo@example.com                          2099-11-24T22:00:00Z   0s',
  'prod-db-scheduled                    dana@example.com   prod-db                    2099-11-24T21:00:00Z                          0s',
  'prod-db-settled        Withdrawn     otto@example.com   prod-db                                                                  0s',
]
const inFull = [
  'RESOURCE           ROLE                    HOURS                                                   REASON                             FOLLOWS   REVIEWED',
  'projects/prod-eu   roles/cloudsql.client   every day 22:00 to 02:00 the next day (Europe/Berlin)   INC-1 the orders table is locked',
  '                                                                                                   INC-1 the orders table is locked',
  '                                                                                                   INC-1 the orders table is locked',
]
test('one screen shows who has what, who approved it, from when until when', async () => {
  await create('prod-db-scheduled', { notBefore: '2099-11-24T21:00:00Z' })
  assert.equal(await printed('accessrequests'), requests)
  assert.equal(
    await printed('areq', '-o', 'wide'),
    requests.map((line, i) => `${line.padEnd(135)}${inFull[i] ?? ''}`),
  )
  await kubectl('delete', 'areq', 'prod-db-scheduled')
})

const mappings = [
  'NAME       COMMAND     READY   DEFAULT   MAX     APPROVERS                           AGE',
  'prod-db    /prod-db    False   1h        4h      on call for Platform managers       0s',
  'prod-gke   /prod-gke   True    30m       1h30m   Platform on call, or the fallback   0s',
  'young      /young                                                                    0s',
]
const problems = [
  'ON CALL      IN SEQUENCE   HOURS   ROOM   PROBLEM',
  '                                          PagerDuty has no such policy.',
  'Mo Manager',
  '',
]
test('mappings show their times in one form, and a problem only when there is one', async () => {
  assert.equal(await printed('rolemappings'), mappings)
  for (const line of mappings) assert.ok(line.length <= 120, `${line.length} columns: ${line}`)
  assert.equal(
    await printed('rmap', '-o', 'wide'),
    mappings.map((line, i) => `${line.padEnd(91)}${problems[i] ?? ''}`.trimEnd()),
  )
})

test('the category lists both kinds', async () => {
  const names = await kubectl('get', 'hallpass', '-o', 'name')
  assert.match(names, /accessrequest\.hallpass\.dev\/prod-db-abcdefghijkl/)
  assert.match(names, /rolemapping\.hallpass\.dev\/prod-db/)
})

/** Field selectors, and the names they find. */
const selectors: Record<string, string[]> = {
  'status.phase=Provisioned': ['prod-db-abcdefghijkl'],
  'status.phase!=Provisioned': ['prod-db-settled'],
  'status.settled=true': ['prod-db-settled'],
  'status.settled!=true': ['prod-db-abcdefghijkl'],
  'status.settled=false': ['prod-db-abcdefghijkl'],
  'spec.requester.email=dana@example.com': ['prod-db-abcdefghijkl'],
  'spec.requester.email=dana@example.com,status.settled!=true': ['prod-db-abcdefghijkl'],
  'spec.roleMapping=prod-db': ['prod-db-abcdefghijkl', 'prod-db-settled'],
  'spec.roleMapping=other': [],
}
table(
  (selector, check) => test(`lists can select ${selector}`, check),
  Object.fromEntries(Object.entries(selectors).map(([selector, names]) => [selector, { selector, names }])),
  async ({ selector, names }) => {
    const { items } = await cluster.transport.request<{ items: AccessRequest[] }>({
      method: 'GET',
      path,
      query: { fieldSelector: selector },
    })
    assert.equal(items.map(({ metadata }) => metadata.name).sort(), names)
  },
)

test('a request that nobody has looked at yet is selected as not settled', async () => {
  await create('prod-db-fresh', {})
  const names = await kubectl('get', 'areq', '--field-selector=status.settled=false', '-o', 'name')
  assert.match(names, /prod-db-fresh/)
  await kubectl('delete', 'areq', 'prod-db-fresh')
})

test('a watch of requests that are not settled gets DELETED when a request is settled', async () => {
  const request = await create('prod-db-watched', {})
  const stop = new AbortController()
  const query = {
    watch: true,
    fieldSelector: 'status.settled!=true,spec.roleMapping=prod-db',
    resourceVersion: request.metadata.resourceVersion,
  }
  const body = await cluster.transport.stream(path, query, stop.signal)
  await patch(request, { phase: 'Withdrawn' })
  await patch(request, { settled: true })
  const types: string[] = []
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: AccessRequest }
      if (object.metadata.name === request.metadata.name) types.push(type)
    }
    if (types.includes('DELETED')) break
  }
  stop.abort()
  assert.equal(types, ['MODIFIED', 'DELETED'])
})

/** Every field has a sentence, so that explain reads like documentation. */
const explained = ['accessrequest', 'accessrequest.spec', 'accessrequest.status', 'rolemapping.spec']
for (const what of [
  ...explained,
  'rolemapping.spec.approval',
  'accessrequest.status.decisions',
  'accessrequest.spec.grants',
])
  test(`explain ${what} has a description for each field`, async () => {
    const text = await kubectl('explain', what)
    const [, fields = ''] = text.split('FIELDS:\n')
    const entries = fields.split(/\n(?= {2}(?!enum:)\S)/).filter(entry => entry.trim() !== '')
    assert.ok(entries.length > 0, text)
    for (const entry of entries) {
      const [head = '', ...words] = entry.split('\n')
      if (/^\s*(apiVersion|kind|metadata)\b/.test(head)) continue
      assert.match(words.join(' '), /\w{3,}.*\./, `${what}: ${head.trim()} says nothing`)
      assert.not.match(entry, /<no description>/)
    }
    assert.match(text, /DESCRIPTION:\n\s+\w+/)
  })

test.run()
