// Which permissions make which power, and how powers are said.
import * as assert from 'uvu/assert'
import { sayPowers } from '../../../src/domain/mapping/power-words.ts'
import { powersOf } from '../../../src/domain/mapping/powers.ts'
import { suite, table } from '../../suite.ts'

const test = suite('powers')

table<{ permissions: string[]; powers: string[] }>(
  test,
  {
    'reading gives no power': {
      permissions: ['pubsub.topics.get', 'pubsub.topics.getIamPolicy', 'iam.roles.get', 'iam.serviceAccounts.list'],
      powers: [],
    },
    'setting policies names the kinds, sorted': {
      permissions: ['pubsub.topics.setIamPolicy', 'pubsub.schemas.setIamPolicy', 'pubsub.topics.publish'],
      powers: ['setIamPolicy(pubsub.schemas,pubsub.topics)'],
    },
    'more than three kinds are counted': {
      permissions: ['d', 'b', 'c', 'a', 'e'].map(kind => `x.${kind}.setIamPolicy`),
      powers: ['setIamPolicy(x.a,x.b,x.c,+2)'],
    },
    'pools of identities are set like others': {
      permissions: ['iam.googleapis.com/workforcePools.setIamPolicy'],
      powers: ['setIamPolicy(iam.googleapis.com/workforcePools)'],
    },
    'a permission that only contains the words does not count': {
      permissions: ['x.setIamPolicyDryRun', 'iam.serviceAccounts.actAsViewer', 'iam.serviceAccountKeys.createHint'],
      powers: [],
    },
  },
  ({ permissions, powers }) => assert.equal(powersOf(permissions), powers),
)

const single: Record<string, string[]> = {
  actAs: ['iam.serviceAccounts.actAs'],
  builds: ['cloudbuild.builds.create', 'config.deployments.update', 'deploymentmanager.deployments.create'],
  denyOrBoundary: [
    'iam.denypolicies.create',
    'iam.principalaccessboundarypolicies.bind',
    'resourcemanager.projects.createPolicyBinding',
  ],
  hierarchy: [
    'resourcemanager.projects.create',
    'resourcemanager.projects.move',
    'resourcemanager.hierarchyNodes.createTagBinding',
    'resourcemanager.tagValues.update',
  ],
  identityPools: [
    'iam.workloadIdentityPoolProviders.update',
    'iam.googleapis.com/workforcePools.create',
    'iam.workloadIdentityPools.create',
  ],
  keys: ['iam.serviceAccountKeys.create', 'iam.serviceAccountApiKeyBindings.create', 'storage.hmacKeys.create'],
  kubernetesRbac: ['container.clusterRoleBindings.create', 'container.roleBindings.update', 'container.roles.escalate'],
  orgPolicy: ['orgpolicy.policy.set', 'orgpolicy.policies.create', 'orgpolicy.customConstraints.update'],
  pam: ['privilegedaccessmanager.entitlements.create'],
  roles: ['iam.roles.create', 'iam.roles.update'],
  runsAsOthers: ['dataproc.jobs.create', 'composer.environments.executeAirflowCommand'],
  tokens: [
    'iam.serviceAccounts.getAccessToken',
    'iam.serviceAccounts.getOpenIdToken',
    'iam.serviceAccounts.signBlob',
    'iam.serviceAccounts.signJwt',
    'iam.serviceAccounts.implicitDelegation',
  ],
}
for (const [power, permissions] of Object.entries(single))
  test(`one permission is enough for "${power}"`, () => {
    for (const permission of permissions) assert.equal(powersOf([permission, 'x.y.get']), [power], permission)
  })

table<{ powers: string[]; says: string }>(
  test,
  {
    'one kind of a known service': {
      powers: ['setIamPolicy(pubsub.topics)'],
      says: 'sets IAM policies of Pub/Sub topics',
    },
    'several kinds of one service': {
      powers: ['setIamPolicy(pubsub.schemas,pubsub.snapshots,pubsub.subscriptions,+1)'],
      says: 'sets IAM policies of Pub/Sub schemas, snapshots, subscriptions and 1 more',
    },
    'kinds of several services, one of them by its id': {
      powers: ['setIamPolicy(apphub.applications,compute.backendBuckets)'],
      says: 'sets IAM policies of apphub applications and Compute Engine backend buckets',
    },
    'what belongs to IAM and Resource Manager speaks for itself': {
      powers: ['setIamPolicy(iam.googleapis.com/workforcePools,iam.serviceAccounts,resourcemanager.projects)'],
      says: 'sets IAM policies of workforce pools, service accounts and projects',
    },
    'several powers': {
      powers: ['setIamPolicy(cloudbuild.connections)', 'actAs', 'builds'],
      says: 'sets IAM policies of Cloud Build connections, acts as service accounts and builds or deploys under another identity',
    },
  },
  ({ powers, says }) => assert.is(sayPowers(powers), says),
)

test('every power that a permission can give has its words', () => {
  for (const power of Object.keys(single)) assert.match(sayPowers([power]), ' ')
})

test.run()
