// The result for the roles of a mapping: faults that make it not Ready, and remarks on what its holders can do.
import * as assert from 'uvu/assert'
import { type CustomRole, judgeRoles } from '../../../src/domain/mapping/granted-roles.ts'
import { rolesAsOf } from '../../../src/domain/mapping/predefined-roles.gen.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the roles of a mapping')
const mine = 'projects/prod-eu/roles/payoutReplay'
const permitting = (...includedPermissions: string[]): CustomRole => ({ name: mine, stage: 'GA', includedPermissions })

type Fact = {
  roles: string[]
  allowPrivileged?: boolean
  custom?: CustomRole
  reasons?: string[]
  says?: RegExp
  remarks?: string[]
}
table<Fact>(
  test,
  {
    'a predefined role without power': { roles: ['roles/cloudsql.client'] },
    'a basic role is the linter’s matter': { roles: ['roles/owner'] },
    'a role that sets policies of something': {
      roles: ['roles/pubsub.admin'],
      reasons: ['PrivilegedRole'],
      says: /^"roles\/pubsub\.admin" on "projects\/prod-eu" sets IAM policies of Pub\/Sub schemas, snapshots, subscriptions and 1 more, so its holder can give further access\. Choose a narrower role, or set allowPrivileged: true\.$/,
    },
    'roles that act or build as others': {
      roles: ['roles/iam.serviceAccountUser', 'roles/run.sourceDeveloper'],
      reasons: ['PrivilegedRole', 'PrivilegedRole'],
      says: /acts as service accounts.*builds or deploys under another identity/s,
    },
    'a privileged role that is allowed is named': {
      roles: ['roles/iam.securityAdmin'],
      allowPrivileged: true,
      remarks: [
        '"roles/iam.securityAdmin" sets IAM policies of Access Context Manager policies, agentidentity auth providers, Vertex AI endpoints and 305 more.',
      ],
    },
    'the newer basic roles': { roles: ['roles/writer'], reasons: ['PrivilegedRole'], says: /reaches every service/ },
    'Google’s own service agents': {
      roles: ['roles/agentgateway.serviceAgent'],
      reasons: ['PrivilegedRole'],
      says: /is meant for Google's own service accounts/,
    },
    'a slip of the pen': {
      roles: ['roles/cloudsql.klient'],
      reasons: ['UnknownRole'],
      says: /is not among Google's predefined roles of \d{4}-\d\d-\d\d.* Did you mean "roles\/cloudsql\.client"\? If the role is newer, set allowPrivileged: true\.$/,
    },
    'a role that only begins like another': { roles: ['roles/storage.admin.x'], reasons: ['UnknownRole'] },
    'a role that is like no other': {
      roles: ['roles/payoutReplayOfLastNight'],
      reasons: ['UnknownRole'],
      says: /^((?!Did you mean).)*$/,
    },
    'an unknown role that is allowed': {
      roles: ['roles/cloudsql.klient'],
      allowPrivileged: true,
      remarks: [`"roles/cloudsql.klient" is not among the predefined roles of ${rolesAsOf}.`],
    },
    'a deprecated role is said to be one': {
      roles: ['roles/apigee.apiReader'],
      remarks: ['"roles/apigee.apiReader" is deprecated, and Google may remove it.'],
    },
    'a role in alpha is said to be one, once for all resources': {
      roles: ['roles/agentcommunicationadmin.viewer', 'roles/agentcommunicationadmin.viewer'],
      remarks: ['"roles/agentcommunicationadmin.viewer" is in alpha, and may change or be removed without notice.'],
    },
    'a custom role that nobody read is said to be unseen': {
      roles: [mine],
      remarks: [`What the custom role "${mine}" permits was not checked.`],
    },
    'a custom role without power': { roles: [mine], custom: permitting('cloudsql.instances.connect') },
    'a custom role that permits nothing': { roles: [mine], custom: { name: mine, stage: 'GA' } },
    'a custom role of an unshown stage is usable': { roles: [mine], custom: { name: mine } },
    'a custom role that makes tokens': {
      roles: [mine],
      custom: permitting('iam.serviceAccounts.getAccessToken'),
      reasons: ['PrivilegedRole'],
      says: /payoutReplay" on "projects\/prod-eu" makes tokens of service accounts/,
    },
    'a custom role with power that is allowed': {
      roles: [mine],
      allowPrivileged: true,
      custom: permitting('pubsub.topics.setIamPolicy'),
      remarks: [`"${mine}" sets IAM policies of Pub/Sub topics.`],
    },
    'a custom role that does not exist': { roles: [mine], custom: 'absent', reasons: ['RoleDeleted'] },
    'a deleted custom role, even when privileged roles are allowed': {
      roles: [mine],
      allowPrivileged: true,
      custom: { name: mine, stage: 'GA', deleted: true },
      reasons: ['RoleDeleted'],
      says: /has been deleted/,
    },
    'a disabled custom role, even when privileged roles are allowed': {
      roles: [mine],
      allowPrivileged: true,
      custom: { name: mine, stage: 'DISABLED', includedPermissions: ['a.b.get'] },
      reasons: ['RoleDisabled'],
      says: /is disabled and gives no permission/,
    },
  },
  ({ roles, allowPrivileged, custom, reasons = [], says, remarks = [] }) => {
    const grants = roles.map(role => ({ resource: 'projects/prod-eu', role }))
    const found = new Map(custom ? [[mine, custom]] : [])
    const judged = judgeRoles({ grants, ...(allowPrivileged && { allowPrivileged }) }, found)
    assert.equal(
      judged.faults.map(({ reason }) => reason),
      reasons,
    )
    if (says) assert.match(judged.faults.map(({ message }) => message).join('\n'), says)
    assert.equal(judged.remarks, remarks)
  },
)

test.run()
