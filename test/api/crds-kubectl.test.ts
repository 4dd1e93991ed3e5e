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
        grantSummary: { resources: 'projects/prod-eu', roles: 'roles/cloudsql.client' },
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
    approversSummary: 'on call for Platform managers',
    conditions: [{ ...ready, lastTransitionTime: at }],
  })
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

test('one screen shows who has what, who approved it, until when', async () => {
  const [head = '', ...rows] = (await kubectl('get', 'accessrequests')).trimEnd().split('\n')
  assert.equal(head.split(/\s{2,}/), [
    'NAME',
    'PHASE',
    'REQUESTER',
    'MAPPING',
    'DECIDED BY',
    'BEGINS',
    'EXPIRES',
    'AGE',
  ])
  const row = rows.find(line => line.includes('Provisioned')) ?? ''
  assert.match(
    row,
    /^prod-db-abcdefghijkl +Provisioned +dana@example\.com +prod-db +mo@example\.com +2099-11-24T22:00:00Z /,
  )
  for (const line of [head, ...rows]) assert.ok(line.length <= 120, `${line.length} columns: ${line}`)
})

test('wide adds resource, role and reason', async () => {
  const wide = await kubectl('get', 'areq', '-o', 'wide')
  assert.match(wide, /AGE +RESOURCE +ROLE +REASON/)
  assert.match(wide, /projects\/prod-eu +roles\/cloudsql\.client +INC-1 the orders table is locked/)
})

test('scheduled access says when it begins', async () => {
  await create('prod-db-scheduled', { notBefore: '2099-11-24T21:00:00Z' })
  const table = await kubectl('get', 'areq', 'prod-db-scheduled')
  assert.match(table, /^NAME +PHASE +REQUESTER +MAPPING +DECIDED BY +BEGINS +EXPIRES +AGE\n/)
  assert.match(table, / 2099-11-24T21:00:00Z /)
  await kubectl('delete', 'areq', 'prod-db-scheduled')
})

test('a mapping shows its command, whether it is ready, and the problem when wide', async () => {
  const table = await kubectl('get', 'rmap')
  assert.match(table, /^NAME +COMMAND +READY +DEFAULT +MAX +APPROVERS +AGE\n/)
  assert.match(table, /prod-db +\/prod-db +False +60m +4h +on call for Platform managers/)
  for (const line of table.split('\n')) assert.ok(line.length <= 120, `${line.length} columns: ${line}`)
  assert.match(await kubectl('get', 'rmap', '-o', 'wide'), /PROBLEM\n.*PagerDuty has no such policy\./)
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
