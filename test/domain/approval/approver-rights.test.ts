// The least right of an approver, as it follows from the mappings.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { approverRights } from '../../../src/domain/approval/approver-rights.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('rights of approvers')
type Grants = Record<string, string[]>

/** A mapping with these roles, by resource. */
function listing(name: string, grants: Grants): RoleMapping {
  const listed = Object.entries(grants).flatMap(([resource, roles]) =>
    roles.map(role => ({ resource, role: role.includes('/') ? role : `roles/${role}` })),
  )
  return mapping({ name, spec: { grants: listed } })
}

/** The roles that are bound together, by resource. */
function partsOf(mappings: RoleMapping[]): Record<string, string[][]> {
  const rights = approverRights(mappings)
  if ('reason' in rights) throw new Error(rights.message)
  return Object.fromEntries(
    rights.map(({ resource, bindings }) => [
      resource,
      bindings.map(({ roles }) => roles.map(role => role.replace(/^roles\//, ''))),
    ]),
  )
}

const many = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}.r${String(n).padStart(2, '0')}`)

table<{ mappings: Record<string, Grants>; parts: Record<string, string[][]> }>(
  test,
  {
    'the roles of one mapping': {
      mappings: { db: { 'projects/prod-eu': ['b.x', 'a.y'] } },
      parts: { 'projects/prod-eu': [['a.y', 'b.x']] },
    },
    'mappings share a binding while it has room, and a role is named once': {
      mappings: { db: { 'projects/prod-eu': ['a.x', 'b.x'] }, gke: { 'projects/prod-eu': ['b.x', 'c.x'] } },
      parts: { 'projects/prod-eu': [['a.x', 'b.x', 'c.x']] },
    },
    'each resource has its own right': {
      mappings: { db: { 'projects/prod-eu': ['a.x'], 'organizations/1': ['b.x'] } },
      parts: { 'organizations/1': [['b.x']], 'projects/prod-eu': [['a.x']] },
    },
    'custom roles are named as they are': {
      mappings: { db: { 'projects/prod-eu': ['projects/prod-eu/roles/mine'] } },
      parts: { 'projects/prod-eu': [['projects/prod-eu/roles/mine']] },
    },
    'ten roles fit, an eleventh begins another part': {
      mappings: { a: { 'projects/prod-eu': many('a', 10) }, b: { 'projects/prod-eu': ['b.x'] } },
      parts: { 'projects/prod-eu': [many('a', 10), ['b.x']] },
    },
    'the roles of one mapping are never parted, and gaps are filled': {
      mappings: {
        a: { 'projects/prod-eu': many('a', 6) },
        b: { 'projects/prod-eu': many('b', 6) },
        c: { 'projects/prod-eu': many('c', 4) },
      },
      parts: { 'projects/prod-eu': [[...many('a', 6), ...many('c', 4)], many('b', 6)] },
    },
    'no mapping needs no right': { mappings: {}, parts: {} },
  },
  ({ mappings, parts }) =>
    assert.equal(partsOf(Object.entries(mappings).map(([name, grants]) => listing(name, grants))), parts),
)

test('the order of the mappings changes nothing', () => {
  const mappings = ['c', 'a', 'b'].map(name => listing(name, { 'projects/prod-eu': many(name, 4) }))
  assert.equal(approverRights(mappings), approverRights(mappings.toReversed()))
})

test('a binding says which roles of which mappings it is for', () => {
  const rights = approverRights([listing('db', { 'projects/prod-eu': ['a.x', 'b.y'] })])
  assert.equal(rights, [
    {
      resource: 'projects/prod-eu',
      role: {
        parent: 'projects/prod-eu',
        id: 'hallpassApprover',
        title: 'Hallpass approver on projects',
        permissions: ['resourcemanager.projects.getIamPolicy', 'resourcemanager.projects.setIamPolicy'],
      },
      bindings: [
        {
          title: 'Approver of grants by Hallpass, part 1',
          description: 'The roles of hallpass/db',
          expression:
            'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["roles/a.x", "roles/b.y"])',
          roles: ['roles/a.x', 'roles/b.y'],
          mappings: ['hallpass/db'],
        },
      ],
      isLimitDocumented: true,
    },
  ])
})

const everywhere = [listing('all', { 'projects/prod-eu': ['a.x'], 'folders/10': ['a.x'], 'organizations/1': ['a.x'] })]

test('a folder’s role needs an organisation to be defined in', () => {
  const rights = approverRights(everywhere)
  assert.ok('reason' in rights)
  assert.match(
    'reason' in rights ? rights.message : '',
    /"folders\/10" must be defined in its organisation.*--organization NUMBER/,
  )
})

test('with an organisation all roles are defined there, each with the permissions of one kind of resource', () => {
  const rights = approverRights(everywhere, '1')
  assert.ok(!('reason' in rights))
  assert.equal(
    ('reason' in rights ? [] : rights).map(({ resource, role }) => [
      resource,
      `${role.parent}/${role.id}`,
      ...role.permissions,
    ]),
    [
      [
        'folders/10',
        'organizations/1/hallpassFolderApprover',
        'resourcemanager.folders.getIamPolicy',
        'resourcemanager.folders.setIamPolicy',
      ],
      [
        'organizations/1',
        'organizations/1/hallpassOrganizationApprover',
        'resourcemanager.organizations.getIamPolicy',
        'resourcemanager.organizations.setIamPolicy',
      ],
      [
        'projects/prod-eu',
        'organizations/1/hallpassApprover',
        'resourcemanager.projects.getIamPolicy',
        'resourcemanager.projects.setIamPolicy',
      ],
    ],
  )
})

test.run()
