// What setIamPolicy refuses in a policy, and what it lets through, in Google's words.
import * as assert from 'uvu/assert'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { suite, table } from '../../suite.ts'
import { as, refusalOf, StillClock, withAdmins, type IamBinding } from './clients.ts'

const test = suite('simulated policy rules')
const resource = 'projects/prod-eu'
const clock = new StillClock()
const seeds = withAdmins()
let google: GoogleSim
test.before(async () => {
  const outsiders = { 'sre@partner.com': ['mo@gmail.com'] }
  const aliases: Record<string, string[]> = {
    'dana@example.com': ['dana@alias.example'],
    'mo@gmail.com': ['mo.manager@example.com'],
  }
  const people = seeds.people.map(person => ({ ...person, aliases: aliases[person.email] ?? [] }))
  google = await startGoogle({ clock, seeds: { ...seeds, people, groups: { ...seeds.groups, ...outsiders } } })
})
test.after(async () => google.close())
test.before.each(() => {
  for (const seeded of seeds.resources) google.policies.define(seeded)
})

const dana = 'user:dana@example.com'
const until = (minute: number): string =>
  `request.time < timestamp("2026-11-24T12:${String(minute).padStart(2, '0')}:00Z")`
const binding = (fact: Partial<IamBinding> & { expression?: string; title?: string }): IamBinding => {
  const { expression, title = 'a title', ...rest } = fact
  const condition = expression === undefined ? {} : { condition: { title, expression } }
  return { role: 'roles/cloudsql.client', members: [dana], ...condition, ...rest }
}

// Adds bindings as Mo, with everything else right.
async function add(...bindings: IamBinding[]): Promise<void> {
  const mo = as(google, 'mo@example.com')
  const { data } = await mo.projects.getIamPolicy({ resource, requestBody: { options: { requestedPolicyVersion: 3 } } })
  const policy = { ...data, version: 3, bindings: [...(data.bindings ?? []), ...bindings] }
  await mo.projects.setIamPolicy({ resource, requestBody: { policy } })
}

test('an account is kept once, under its primary address, whichever of its addresses is written', async () => {
  const [alias, members] = ['user:Dana@Alias.Example', [dana]]
  await add(binding({ members: [alias, dana], expression: until(30) }))
  const { bindings = [] } = google.policies.read(resource) ?? {}
  assert.equal(
    bindings.filter(({ role }) => role === 'roles/cloudsql.client').map(one => one.members),
    [members],
  )
})

test('the primary address is what an organisation policy judges', async () => {
  const refusal = await refusalOf(add(binding({ members: ['user:mo.manager@example.com'], expression: until(30) })))
  assert.is(refusal.message, outside)
})

const operators = (count: number): string => Array.from({ length: count + 1 }, () => until(30)).join(' && ')
const hasOnly = (count: number): string =>
  `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${Array.from({ length: count }, (_, n) => `'roles/${n}'`).join()}])`
const primitive =
  "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles."
const outside =
  'One or more users named in the policy do not belong to a permitted customer, perhaps due to an organization policy.'

type Fact = { add: IamBinding; refused?: string | RegExp; rpc?: string }
table<Fact>(
  test,
  {
    'no condition on the owner': { add: binding({ role: 'roles/owner', expression: until(30) }), refused: primitive },
    'no condition on the editor': { add: binding({ role: 'roles/editor', expression: until(30) }), refused: primitive },
    'no condition on the viewer': { add: binding({ role: 'roles/viewer', expression: until(30) }), refused: primitive },
    'the viewer without a condition is fine': { add: binding({ role: 'roles/viewer' }) },
    'the new basic role takes a condition': { add: binding({ role: 'roles/reader', expression: until(30) }) },
    'a condition needs a title': {
      add: binding({ title: '', expression: until(30) }),
      refused: 'Condition title must be specified.',
    },
    'a condition needs an expression': { add: binding({ expression: '' }), refused: /expression/ },
    'an expression that is no CEL': {
      add: binding({ expression: 'request.time <' }),
      refused: /^LintValidationUnits\/ConditionCompileCheck Error: /,
    },
    'an expression that is no truth value': {
      add: binding({ expression: 'resource.name' }),
      refused: /^LintValidationUnits\/ConditionCompileCheck Error: .*bool/,
    },
    'an attribute that IAM does not have': {
      add: binding({ expression: 'request.user == "x"' }),
      refused: /^LintValidationUnits\/ConditionCompileCheck Error: /,
    },
    'a comparison of a time with a text': {
      add: binding({ expression: 'request.time < "2026-11-24T12:30:00Z"' }),
      refused: /^LintValidationUnits\/ConditionCompileCheck Error: /,
    },
    'twelve logical operators': { add: binding({ expression: operators(12) }) },
    'thirteen logical operators': {
      add: binding({ expression: operators(13) }),
      refused:
        'LintValidationUnits/ConditionComplexityCheck Error: Expression has 13 logical operators; the limit is 12.',
    },
    'operators inside a text are not counted': {
      add: binding({ expression: `resource.name != "${'&&'.repeat(20)}"` }),
    },
    'the private account from outside the organisation': {
      add: binding({ members: ['user:mo@gmail.com'] }),
      refused: outside,
      rpc: 'FAILED_PRECONDITION',
    },
    'a group from outside': {
      add: binding({ members: ['group:sre@partner.com'] }),
      refused: outside,
      rpc: 'FAILED_PRECONDITION',
    },
    'a domain from outside': {
      add: binding({ members: ['domain:gmail.com'] }),
      refused: outside,
      rpc: 'FAILED_PRECONDITION',
    },
    'an existing group': { add: binding({ members: ['group:sre@example.com'] }) },
    'a person who does not exist': {
      add: binding({ members: ['user:Nobody@example.com'] }),
      refused: 'User nobody@example.com does not exist.',
    },
    'a group that does not exist': {
      add: binding({ members: ['group:none@example.com'] }),
      refused: 'Group none@example.com does not exist.',
    },
    'a group named as a property of every object': {
      add: binding({ members: ['group:constructor'] }),
      refused: 'Group constructor does not exist.',
    },
    'a service account that does not exist': {
      add: binding({ members: ['serviceAccount:x@y.iam.gserviceaccount.com'] }),
      refused: 'Service account x@y.iam.gserviceaccount.com does not exist.',
    },
    'a deleted member cannot be added': {
      add: binding({ members: ['deleted:user:old@example.com?uid=1'] }),
      refused: /^Invalid member/,
    },
    'a member without a kind': { add: binding({ members: ['dana@example.com'] }), refused: /^Invalid member/ },
    'everybody is refused on a project': { add: binding({ members: ['allUsers'] }), refused: /allUsers/ },
    'every account is refused on a project': {
      add: binding({ members: ['allAuthenticatedUsers'] }),
      refused: /allAuth/,
    },
    'a role that does not exist': {
      add: binding({ role: 'roles/cloudsql.klient' }),
      refused: 'Role roles/cloudsql.klient is not supported for this resource.',
    },
    'a role of organizations on a project': {
      add: binding({ role: 'roles/resourcemanager.organizationAdmin' }),
      refused: 'Role roles/resourcemanager.organizationAdmin is not supported for this resource.',
    },
  },
  async ({ add: added, refused, rpc = 'INVALID_ARGUMENT' }) => {
    const before = google.policies.read(resource)
    if (refused === undefined) return add(added)
    const refusal = await refusalOf(add(added))
    assert.equal([refusal.status, refusal.rpc], [400, rpc])
    if (typeof refused === 'string') assert.is(refusal.message, refused)
    else assert.match(refusal.message, refused)
    assert.equal(google.policies.read(resource), before)
  },
)

test('twenty conditions per role and person, and expired ones count until they are removed', async () => {
  const many = (count: number): IamBinding[] =>
    Array.from({ length: count }, (_, n) => binding({ expression: until(n) }))
  await add(...many(20))
  clock.forward(3600)
  assert.is((await refusalOf(add(binding({ expression: until(40) })))).status, 400)
  await add(binding({ members: ['user:otto@example.com'], expression: until(40) }))
  await add(binding({ role: 'roles/cloudsql.viewer', expression: until(40) }))
})

test('1,500 principals per policy, counted once for each binding and audit exemption', async () => {
  const { bindings = [], auditConfigs } = google.policies.read(resource) ?? {}
  const stand = bindings.flatMap(({ members }) => members).length + 1
  const filler = (count: number): string[] => Array.from({ length: count }, (_, n) => `user:m${n}@example.com`)
  const full = { role: 'roles/browser', members: filler(1500 - stand - 1) }
  google.policies.define({ name: resource, bindings: [...bindings, full], ...(auditConfigs && { auditConfigs }) })
  await add(binding({}))
  const refusal = await refusalOf(add(binding({ role: 'roles/cloudsql.viewer' })))
  assert.match(refusal.message, /\(1,501\) is larger than the maximum allowed size 1,500\./)
})

test('250 groups and domains per policy', async () => {
  const bindings = google.policies.read(resource)?.bindings ?? []
  const groups = (count: number): string[] => Array.from({ length: count }, (_, n) => `group:g${n}@example.com`)
  google.policies.define({ name: resource, bindings: [...bindings, { role: 'roles/browser', members: groups(248) }] })
  await add(binding({}))
  google.policies.define({ name: resource, bindings: [...bindings, { role: 'roles/browser', members: groups(249) }] })
  assert.match((await refusalOf(add(binding({})))).message, /groups and domains/)
})

test('a policy without any binding is refused', async () => {
  const mo = as(google, 'mo@example.com')
  const requestBody = { policy: { bindings: [] } }
  assert.is((await refusalOf(mo.projects.setIamPolicy({ resource, requestBody }))).status, 400)
  assert.is(google.holds('mo@example.com', 'roles/resourcemanager.projectIamAdmin', resource), true)
})

test('without an organisation policy, outsiders are taken', async () => {
  const { allowedMemberDomains: _none, ...open } = seeds
  const other = await startGoogle({ clock, seeds: open })
  try {
    const requestBody = {
      policy: { version: 3, bindings: [binding({ members: ['user:mo@gmail.com'], expression: until(59) })] },
    }
    await as(other, 'mo@example.com').projects.setIamPolicy({ resource, requestBody })
    const at = new Date('2026-11-24T12:58:00Z')
    assert.is(other.holds('mo@gmail.com', 'cloudsql.instances.connect', resource, at), true)
  } finally {
    await other.close()
  }
})

const now = new Date('2026-11-24T12:00:00Z') // a Tuesday, 13:00 in Berlin
table<{ expression: string; holds: boolean }>(
  test,
  {
    'a window that is open': {
      expression: `request.time >= timestamp("2026-11-24T12:00:00Z") && ${until(1)}`,
      holds: true,
    },
    'a window that has not begun': { expression: 'request.time >= timestamp("2026-11-24T12:00:01Z")', holds: false },
    'a time that is no time never grants': { expression: 'request.time < timestamp("soon")', holds: false },
    'a date and a duration': {
      expression: 'request.time < date("2026-11-24") + duration("43201s")',
      holds: true,
    },
    'hours of a time zone': { expression: 'request.time.getHours("Europe/Berlin") == 13', holds: true },
    'days of the week begin on Sunday': { expression: 'request.time.getDayOfWeek() == 2', holds: true },
    'a date that does not exist': { expression: 'request.time < date("2027-02-29")', holds: false },
    'a zone by its initials': { expression: 'request.time.getHours("CET") >= 0', holds: true },
    'a zone that does not exist': { expression: 'request.time.getHours("CEST") >= 0', holds: false },
    'a project has no name for conditions': { expression: 'resource.name.startsWith("projects/")', holds: false },
    'nor for their opposite': { expression: '!resource.name.startsWith("folders/")', holds: false },
    'what is not shown does not matter where something else decides': {
      expression: 'resource.name.startsWith("projects/") || request.time.getHours() == 12',
      holds: true,
    },
    'access levels are shown to Identity-Aware Proxy only': {
      expression: '"accessPolicies/1/accessLevels/CorpNet" in request.auth.access_levels',
      holds: false,
    },
    'a host': { expression: 'request.host == "hr.example.com"', holds: false },
    'a port': { expression: 'destination.port != 22', holds: false },
    'no forwarding rule is created here': { expression: '!compute.isForwardingRuleCreationOperation()', holds: true },
    'lines and comments, which IAM takes': {
      expression: 'request.time.getHours() == 12 && // noon\n  request.time.getMinutes() == 0\n',
      holds: true,
    },
    'the resource’s type': {
      expression: 'resource.type == "cloudresourcemanager.googleapis.com/Project"',
      holds: true,
    },
    'a tag that nothing carries': { expression: 'resource.matchTag("1/env", "prod")', holds: false },
    'limits of ten roles': { expression: hasOnly(10), holds: true },
    'limits of eleven roles never grant': { expression: hasOnly(11), holds: false },
  },
  async ({ expression, holds }) => {
    await add(binding({ expression }))
    assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', resource, now), holds)
  },
)

const key = 'projects/hallpass-ops/locations/global/keyRings/hallpass/cryptoKeys/tickets'
table<{ expression: string; holds: boolean }>(
  test,
  {
    'a key shows its name': { expression: 'resource.name.startsWith("projects/hallpass-ops/")', holds: true },
    'a key is not another': { expression: 'resource.name.endsWith("/cryptoKeys/tokens")', holds: false },
    'a key shows part of its name': { expression: 'resource.name.extract("keyRings/{r}/") == "hallpass"', holds: true },
    'a part that is not there': { expression: 'resource.name.extract("folders/{f}/") == ""', holds: true },
    'a key shows its type': { expression: 'resource.type == "cloudkms.googleapis.com/CryptoKey"', holds: true },
  },
  ({ expression, holds }) => {
    const condition = { title: 'a title', expression }
    google.policies.define({ name: key, bindings: [{ role: 'roles/cloudsql.client', members: [dana], condition }] })
    assert.is(google.holds('dana@example.com', 'roles/cloudsql.client', key, now), holds)
  },
)

test.run()
