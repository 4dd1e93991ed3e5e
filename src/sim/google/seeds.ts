// The initial state for a sandbox or a test: an organisation, its people, one production project and the operator's
// project.
import type { GoogleSeeds, Resource } from './types.ts'

const operatorProject = 'projects/hallpass-ops'
const keyRing = `${operatorProject}/locations/global/keyRings/hallpass/cryptoKeys`
const accountOf = (name: string): string => `hallpass-${name}@hallpass-ops.iam.gserviceaccount.com`

/** The operator's KMS keys: login tickets, and sealed tokens. */
export const defaultKeys = { ticket: `${keyRing}/ticket`, token: `${keyRing}/token` }

const auditLog = `${operatorProject}/logs/hallpass`
/** A view of the locked log bucket that shows Hallpass's log alone. */
export const defaultAuditView = `${operatorProject}/locations/global/buckets/hallpass/views/hallpass`

/** The operator's service identities: each process has its account and static token. */
export const defaultIdentities = {
  gateway: { email: accountOf('gateway'), token: 'sim-token-gateway' },
  auth: { email: accountOf('auth'), token: 'sim-token-auth' },
  controller: { email: accountOf('controller'), token: 'sim-token-controller' },
}

/** Somebody who may read every log and every policy, and change nothing. */
export const defaultAuditor = {
  email: 'auditor@hallpass-ops.iam.gserviceaccount.com',
  token: 'sim-token-auditor',
}

/** The account that reads groups. It has no static token: the processes make one. */
export const groupsReader = accountOf('groups')

/** The account that reads IAM policies, to compare them with the record. The controller makes its tokens. */
export const policyReader = accountOf('drift')

/** Dana, Mo, Ana and Otto of example.com, a private account that looks like Mo's, projects/prod-eu and the operator's keys. */
export function defaultGoogleSeeds(redirectUris: string[] = ['http://127.0.0.1:8080/oauth/callback']): GoogleSeeds {
  return {
    people: [
      workspace('dana', 'Dana Engineer', '1'),
      workspace('mo', 'Mo Manager', '2'),
      workspace('ana', 'Ana Director', '3'),
      workspace('otto', 'Otto Other', '4'),
      { email: 'mo@gmail.com', name: 'Mo Manager', sub: '100000000000000000005' },
    ],
    groups: {
      'sre@example.com': ['otto@example.com'],
      'cache-team@example.com': ['cache-oncall@example.com'],
      'cache-oncall@example.com': ['dana@example.com'],
      'prod-approvers@example.com': ['ana@example.com'],
      'incident-leads@example.com': ['ana@example.com', 'mo@example.com'],
    },
    directory: {
      groups: [
        { email: 'cache-team@example.com', name: 'groups/01cacheteam' },
        { email: 'cache-oncall@example.com', name: 'groups/02cacheoncall' },
        { email: 'prod-approvers@example.com', name: 'groups/03prodapprovers', labels: ['security'] },
        { email: 'incident-leads@example.com', name: 'groups/04incidentleads', labels: ['security'] },
      ],
      readers: [groupsReader],
      settingsReaders: [groupsReader],
      edition: 'premium',
    },
    serviceIdentities: [...Object.values(defaultIdentities), defaultAuditor],
    client: {
      id: 'hallpass-sim.apps.googleusercontent.com',
      secret: 'GOCSPX-sim-client-secret',
      redirectUris,
      appName: 'Hallpass',
    },
    resources: [
      {
        name: 'organizations/1',
        bindings: [
          { role: 'roles/browser', members: ['domain:example.com'] },
          // Reads custom roles, and changes nothing.
          { role: 'roles/iam.roleViewer', members: [`serviceAccount:${defaultIdentities.controller.email}`] },
          { role: 'roles/logging.privateLogViewer', members: [`serviceAccount:${defaultAuditor.email}`] },
          {
            role: 'roles/iam.securityReviewer',
            members: [`serviceAccount:${defaultAuditor.email}`, `serviceAccount:${policyReader}`],
          },
        ],
      },
      { name: 'folders/10', parent: 'organizations/1', bindings: [] },
      productionProject(),
      ...operatorResources(),
    ],
    keys: Object.values(defaultKeys),
    logViews: { [defaultAuditView]: auditLog },
    customRoles: [
      {
        name: approverRole,
        title: 'Hallpass approver on projects',
        stage: 'GA',
        includedPermissions: ['resourcemanager.projects.getIamPolicy', 'resourcemanager.projects.setIamPolicy'],
      },
    ],
    allowedMemberDomains: ['example.com'],
  }
}

/** A custom role that reads and writes the project's IAM policy, and nothing else. */
const approverRole = 'projects/prod-eu/roles/hallpassApprover'

/** The roles whose bindings Mo and Ana may change. */
const grantable = ['roles/cloudsql.client', 'roles/cloudsql.editor', 'roles/container.viewer', 'roles/logging.viewer']

/** The condition under which a right to set policies is limited to bindings of these roles. */
export function limitTo(roles: readonly string[]): string {
  return `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(${JSON.stringify(roles)})`
}

// All bindings here except Mo's and Ana's right belong to others and must survive every write by Hallpass.
function productionProject(): Resource {
  return {
    name: 'projects/prod-eu',
    number: '123456789012',
    parent: 'folders/10',
    bindings: [
      {
        role: approverRole,
        members: ['user:mo@example.com', 'user:ana@example.com'],
        condition: { title: 'Approver of grants by Hallpass, part 1', expression: limitTo(grantable) },
      },
      { role: 'roles/monitoring.viewer', members: ['group:sre@example.com', 'domain:example.com'] },
      { role: 'roles/container.developer', members: ['serviceAccount:deployer@prod-eu.iam.gserviceaccount.com'] },
      { role: 'roles/compute.viewer', members: ['deleted:user:gone@example.com?uid=123456789012345678901'] },
      {
        role: 'roles/privilegedaccessmanager.serviceAgent',
        members: ['serviceAccount:service-org-1@gcp-sa-pam.iam.gserviceaccount.com'],
      },
      {
        role: 'roles/storage.objectViewer',
        members: ['user:otto@example.com'],
        condition: {
          title: 'Created by: PAM',
          description: 'Temporary access by Privileged Access Manager. Do not edit.',
          expression: 'request.time < timestamp("2030-01-01T00:00:00Z")',
        },
      },
    ],
    auditConfigs: [
      {
        service: 'allServices',
        auditLogConfigs: [
          { logType: 'DATA_READ', exemptedMembers: ['user:otto@example.com'] },
          { logType: 'ADMIN_READ' },
        ],
      },
    ],
  }
}

// Least rights: nobody may set a policy, and only the controller opens sealed tokens and writes the log.
function operatorResources(): Resource[] {
  const member = (name: keyof typeof defaultIdentities): string[] => [`serviceAccount:${defaultIdentities[name].email}`]
  return [
    {
      name: operatorProject,
      bindings: [
        { role: 'roles/logging.logWriter', members: member('controller') },
        { role: 'roles/logging.viewer', members: [`serviceAccount:${defaultAuditor.email}`] },
      ],
    },
    {
      name: defaultAuditView,
      parent: operatorProject,
      bindings: [{ role: 'roles/logging.viewAccessor', members: member('controller') }],
    },
    {
      name: `${operatorProject}/serviceAccounts/${groupsReader}`,
      parent: operatorProject,
      bindings: [
        {
          role: 'roles/iam.serviceAccountTokenCreator',
          members: [...member('gateway'), ...member('auth'), ...member('controller')],
        },
      ],
    },
    {
      name: `${operatorProject}/serviceAccounts/${policyReader}`,
      parent: operatorProject,
      bindings: [{ role: 'roles/iam.serviceAccountTokenCreator', members: member('controller') }],
    },
    {
      name: defaultKeys.ticket,
      parent: operatorProject,
      bindings: [
        { role: 'roles/cloudkms.cryptoKeyEncrypter', members: member('controller') },
        { role: 'roles/cloudkms.cryptoKeyDecrypter', members: member('auth') },
      ],
    },
    {
      name: defaultKeys.token,
      parent: operatorProject,
      bindings: [
        { role: 'roles/cloudkms.cryptoKeyEncrypter', members: member('auth') },
        { role: 'roles/cloudkms.cryptoKeyDecrypter', members: member('controller') },
      ],
    },
  ]
}

function workspace(id: string, name: string, digit: string): GoogleSeeds['people'][number] {
  return { email: `${id}@example.com`, name, sub: `10000000000000000000${digit}`, hd: 'example.com' }
}
