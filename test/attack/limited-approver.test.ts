// An approver who holds the shipped right and nothing else, alone with Google's APIs: what can be granted around Hallpass
// with it, and what cannot.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { toCommands } from '../../src/domain/granting/gcloud.ts'
import { type ApproverRight, approverRights } from '../../src/domain/approval/approver-rights.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds, limitTo } from '../../src/sim/google/seeds.ts'
import type { Policy } from '../../src/sim/google/types.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { as, type IamPolicy, type ResourceManager, StillClock } from '../sim/google/clients.ts'
import { suite } from '../suite.ts'

const test = suite('attacks: a limited approver')
const project = 'projects/prod-eu'
const [dana, mo] = ['user:dana@example.com', 'user:mo@example.com']
const deploy = join(import.meta.dirname, '../../deploy')
const samples = ['prod-db', 'prod-gke', 'prod-nights', 'audit-bucket', 'prod-schema'].map(
  name => parse(readFileSync(join(deploy, `samples/${name}.yaml`), 'utf8')) as RoleMapping,
)
const clock = new StillClock()
let google: GoogleSim

function shipped(): ApproverRight[] {
  const rights = approverRights(samples)
  if ('reason' in rights) throw new Error(rights.message)
  return rights
}

/** The roles that the samples list on the project. */
const mapped = shipped()
  .find(({ resource }) => resource === project)
  ?.bindings.flatMap(({ roles }) => roles)

// The right that is shipped for the samples, put in place of the seeds' own.
test.before.each(async () => {
  const seeds = defaultGoogleSeeds()
  google = await startGoogle({ clock, seeds })
  const right = shipped().find(({ resource }) => resource === project)
  if (!right || !google.seeds.customRoles) throw new Error('the samples grant something on the project')
  const { parent, id, title, permissions } = right.role
  const role = `${parent}/roles/${id}`
  google.seeds.customRoles = Object.assign(google.seeds.customRoles, [
    { name: role, title, stage: 'GA', includedPermissions: permissions },
  ])
  const { bindings = [], auditConfigs } = google.policies.read(project) ?? {}
  const given = right.bindings.map(({ title, description, expression }) => ({
    role,
    members: [mo],
    condition: { title, description, expression },
  }))
  const others = bindings.filter(binding => binding.role !== role)
  google.policies.define({
    name: project,
    number: '123456789012',
    parent: 'folders/10',
    bindings: [...others, ...given],
    ...(auditConfigs && { auditConfigs }),
  })
})
test.after.each(async () => google.close())

type Change = (policy: Policy) => Policy

/** Mo changes the policy; gives the HTTP status of Google's answer. */
async function changed(by: Change, resource = project): Promise<number> {
  const kind = resource.split('/')[0] as 'projects' | 'folders' | 'organizations'
  const methods: Pick<ResourceManager['projects'], 'setIamPolicy'> = as(google, 'mo@example.com')[kind]
  const before = google.policies.read(resource)
  const requestBody = { policy: by({ ...before, version: 3 } as Policy) as IamPolicy }
  try {
    return (await methods.setIamPolicy({ resource, requestBody }, {})).status
  } catch (error) {
    return (error as { status: number }).status
  }
}

const adding =
  (role: string, member: string, expression?: string): Change =>
  policy => ({
    ...policy,
    bindings: [
      ...policy.bindings,
      { role, members: [member], ...(expression !== undefined && { condition: { title: 'mine', expression } }) },
    ],
  })
const without =
  (role: string): Change =>
  policy => ({ ...policy, bindings: policy.bindings.filter(binding => binding.role !== role) })
const approver = `${project}/roles/hallpassApprover`

const refused: Record<string, Change> = {
  'another role': adding('roles/cloudsql.admin', dana),
  'another role that ends soon': adding(
    'roles/cloudsql.admin',
    dana,
    'request.time < timestamp("2026-11-24T12:30:00Z")',
  ),
  'a basic role': adding('roles/owner', dana),
  'the right itself, for somebody else': adding(approver, dana),
  'the right itself, without its limit': adding(approver, mo),
  'the right with a wider limit': adding(approver, mo, limitTo(['roles/owner'])),
  'an admin role for oneself': adding('roles/resourcemanager.projectIamAdmin', mo),
  'a mapped role and another in one write': policy =>
    adding('roles/cloudsql.admin', dana)(adding('roles/cloudsql.client', dana)(policy)),
  'another role taken from others': without('roles/monitoring.viewer'),
  'the temporary access of another system removed': without('roles/storage.objectViewer'),
  'the condition taken off another role': policy => ({
    ...policy,
    bindings: policy.bindings.map(({ condition, ...rest }) =>
      condition?.title?.startsWith('Created by: PAM') || !condition ? rest : { ...rest, condition },
    ),
  }),
  'the limit changed in place': policy => ({
    ...policy,
    bindings: policy.bindings.map(binding =>
      binding.role === approver && binding.condition
        ? { ...binding, condition: { ...binding.condition, expression: 'true' } }
        : binding,
    ),
  }),
  'everything replaced by one mapped role': policy => ({
    ...policy,
    bindings: [{ role: 'roles/cloudsql.client', members: [dana] }],
  }),
}
attacks(test, ending('403, the policy as it was', refused, 'a limited approver writes '), async by => {
  const before = google.policies.read(project)
  const status = await changed(by)
  assert.equal(google.policies.read(project), before)
  return `${status}, the policy as it was`
})

attacks<string>(
  test,
  {
    'a limited approver grants a mapped role on the folder above … 403': 'folders/10',
    'a limited approver grants a mapped role on the organisation … 403': 'organizations/1',
  },
  async resource => String(await changed(adding('roles/cloudsql.client', dana), resource)),
)

attack(test, 'a limited approver uses the right for anything but policies … not permitted', () => {
  const others = ['iam.roles.get', 'cloudsql.instances.connect', 'logging.logEntries.list', 'storage.objects.get']
  const held = others.filter(permission => google.holds('mo@example.com', permission, project))
  return held.join() || 'not permitted'
})

test('a mapped role is granted, with an end and without: that is what the right is for', async () => {
  assert.is(mapped?.length, 4)
  for (const role of mapped ?? []) {
    assert.is(await changed(adding(role, dana, 'request.time < timestamp("2026-11-24T12:30:00Z")')), 200, role)
    assert.is(await changed(without(role)), 200, role)
  }
  // Said in docs/approvers.md: roles are limited, people and conditions are not, so this must be seen in the audit log.
  assert.is(await changed(adding('roles/cloudsql.client', dana)), 200)
  const call = google.calls.findLast(({ method }) => method === 'SetIamPolicy')
  assert.equal([call?.principal, call?.reasonHeader], ['mo@example.com', undefined])
})

test('nothing that people read at work tells them to take an admin role', async () => {
  const root = join(import.meta.dirname, '../..')
  const files = await Array.fromAsync(
    glob(['src/{app,auth,cli,controller,google,slack,store}/**/*.ts', 'deploy/**/*.{yaml,md,sh}'], { cwd: root }),
  )
  assert.ok(files.length > 100, `${files.length} files`)
  const admin = /roles\/(owner|editor|iam\.securityAdmin|resourcemanager\.\w+Admin)\b/
  assert.equal(
    // The generator of the table of roles knows one of them by name.
    files.filter(file => !file.endsWith('renew-roles.ts') && admin.test(readFileSync(join(root, file), 'utf8'))),
    [],
  )
})

test('what is shipped in deploy/approvers is what the command prints for the samples', () => {
  const file = readFileSync(join(deploy, 'approvers/samples.sh'), 'utf8')
  const [head = '', ...rest] = file.split('\n\n')
  assert.match(head, /^# .*\n# .*\n#   hallpass approver-rights --member group:/)
  assert.is(rest.join('\n\n'), toCommands(shipped(), ['group:approvers@example.com']))
})

test.run()
