// What makes a mapping not Ready.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { lintMapping } from '../../../src/domain/mapping/linter.ts'
import type { Refusal } from '../../../src/domain/outcome.ts'
import { nights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the linter of mappings')
const grant = (role: string, condition?: string): RoleMapping['spec']['grants'][number] => ({
  resource: 'projects/prod-eu',
  role,
  ...(condition && { condition }),
})
const sound = "resource.type == 'compute.googleapis.com/Instance'"
/** With six logical operators. */
const six = Array.from({ length: 7 }, (_, n) => `resource.name.endsWith('/${n}')`).join(' || ')
const now = new Date('2026-11-23T14:00:00Z')
const lint = (of: RoleMapping, others: RoleMapping[], generic = '/access'): Refusal[] =>
  lintMapping(of, { others, generic, now })
const reasons = (spec: Partial<RoleMapping['spec']>): string[] => {
  const linted = mapping({ spec })
  return lint(linted, [linted]).map(({ reason }) => reason)
}

table<{ spec: Partial<RoleMapping['spec']>; reasons: string[] }>(
  test,
  {
    'a predefined role is fine': { spec: { grants: [grant('roles/cloudsql.client')] }, reasons: [] },
    'a custom role is fine': { spec: { grants: [grant('projects/prod-eu/roles/payoutReplay')] }, reasons: [] },
    'owner cannot end by itself': { spec: { grants: [grant('roles/owner')] }, reasons: ['RoleWithoutConditions'] },
    'not even when privileged roles are allowed': {
      spec: { grants: [grant('roles/editor')], allowPrivileged: true },
      reasons: ['RoleWithoutConditions'],
    },
    'a condition that is not CEL': {
      spec: { grants: [grant('roles/cloudsql.client', 'a) || (b')] },
      reasons: ['ConditionInvalid'],
    },
    'a condition that would never grant': {
      spec: { grants: [grant('roles/cloudsql.client', 'request.time < date("2026-02-30")')] },
      reasons: ['ConditionInvalid'],
    },
    'a sound condition': { spec: { grants: [grant('roles/cloudsql.client', sound)] }, reasons: [] },
    'one role twice on one resource': {
      spec: { grants: [grant('roles/cloudsql.client', sound), grant('roles/cloudsql.client', `!(${sound})`)] },
      reasons: ['GrantTwice'],
    },
    'hours are fine, also with a condition': {
      spec: { grants: [grant('roles/cloudsql.client', sound)], hours: nights },
      reasons: [],
    },
    'hours in a zone that does not exist': {
      spec: { hours: { ...nights, zone: 'Europe/Berln' } },
      reasons: ['HoursInvalid'],
    },
    'hours and a condition that never hold together': {
      spec: {
        grants: [grant('roles/cloudsql.client', 'request.time.getHours("Europe/Berlin") == 12')],
        hours: nights,
      },
      reasons: ['HoursInvalid'],
    },
    'hours and a condition with more operators than IAM takes': {
      spec: { grants: [grant('roles/cloudsql.client', six)], hours: nights },
      reasons: ['HoursInvalid'],
    },
    'a condition that is wrong by itself is told once': {
      spec: { grants: [grant('roles/cloudsql.client', 'request.time < date("2026-02-30")')], hours: nights },
      reasons: ['ConditionInvalid'],
    },
    'a condition whose time is over': {
      spec: { grants: [grant('roles/cloudsql.client', 'request.time < timestamp("2026-11-23T14:00:00Z")')] },
      reasons: ['ConditionInvalid'],
    },
    'a condition on names of another project': {
      spec: { grants: [grant('roles/cloudsql.client', "resource.name.startsWith('projects/prod-us/')")] },
      reasons: ['ConditionInvalid'],
    },
    'a custom role of another project': {
      spec: { grants: [grant('projects/prod-us/roles/replay')] },
      reasons: ['RoleOfAnotherResource'],
    },
    'a custom role of a project, on a folder': {
      spec: { grants: [{ resource: 'folders/1', role: 'projects/prod-us/roles/replay' }] },
      reasons: ['RoleOfAnotherResource'],
    },
    'a custom role of another organisation, on an organisation': {
      spec: { grants: [{ resource: 'organizations/1', role: 'organizations/2/roles/replay' }] },
      reasons: ['RoleOfAnotherResource'],
    },
    'a custom role of a project that is named by its number': {
      spec: { grants: [{ resource: 'projects/123456', role: 'projects/prod-us/roles/replay' }] },
      reasons: [],
    },
    'a custom role of the organisation, on what may be below it': {
      spec: {
        grants: ['projects/prod-eu', 'folders/1', 'organizations/2'].map(resource => ({
          resource,
          role: 'organizations/2/roles/replay',
        })),
      },
      reasons: [],
    },
    'one role on two resources': {
      spec: { grants: [grant('roles/x.y'), { resource: 'projects/prod-us', role: 'roles/x.y' }] },
      reasons: [],
    },
    'the command that reaches every mapping': { spec: { command: '/access' }, reasons: ['CommandReserved'] },
    'a pattern that compiles to too much': { spec: { reason: { pattern: 'a{1000}b' } }, reasons: ['PatternInvalid'] },
    'a pattern that could run without end': { spec: { reason: { pattern: '(a)\\1' } }, reasons: ['PatternInvalid'] },
    'a pattern too large to be held': {
      spec: { reason: { pattern: '((a{100}){100}){100}' } },
      reasons: ['PatternInvalid'],
    },
    'a pattern that is not one': { spec: { reason: { pattern: '[' } }, reasons: ['PatternInvalid'] },
  },
  fact => assert.equal(reasons(fact.spec), fact.reasons),
)

test('of two mappings with one command the older keeps it; of the same age, one of them', () => {
  const [a, b] = [mapping({ name: 'a', spec: { command: '/x' } }), mapping({ name: 'b', spec: { command: '/x' } })]
  const taken = (of: RoleMapping): boolean => lint(of, [a, b]).some(({ reason }) => reason === 'CommandTaken')
  assert.is([a, b].filter(taken).length, 1)
  b.metadata.creationTimestamp = '2026-10-01T00:00:00Z'
  assert.equal([taken(a), taken(b)], [true, false])
  a.metadata.creationTimestamp = '2026-09-01T00:00:00Z'
  assert.equal([taken(a), taken(b)], [false, true])
  assert.match(lint(b, [a, b])[0]?.message ?? '', /"\/x" already belongs to the mapping "hallpass\/a"/)
})

test('a mapping without a command takes nobody’s', () => {
  const [a, b] = [mapping({ name: 'a' }), mapping({ name: 'b' })]
  delete a.spec.command
  delete b.spec.command
  assert.equal(lint(a, [a, b]), [])
})

test('the command that reaches every mapping is the configured one', () => {
  const [access, prod] = ['/access', '/prod'].map(command => mapping({ spec: { command } }))
  if (!access || !prod) throw new Error('two mappings')
  assert.equal(lint(access, [], '/prod'), [])
  assert.match(lint(prod, [], '/prod')[0]?.message ?? '', /"\/prod" reaches every mapping/)
})

test.run()
