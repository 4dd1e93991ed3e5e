// The table of Google's predefined roles: what it was made from, what it knows, and what names alone tell.
import * as assert from 'uvu/assert'
import { sayPowers } from '../../../src/domain/mapping/power-words.ts'
import { roleTable, rolesAsOf } from '../../../src/domain/mapping/predefined-roles.gen.ts'
import { nearestRole, predefinedRole } from '../../../src/domain/mapping/predefined-roles.ts'
import { findRole, renderRoles, renderRows, rolesIn, type TableRole } from '../../../src/domain/mapping/role-table.ts'
import { suite, table } from '../../suite.ts'

const test = suite('predefined roles')

const fixture = [
  { name: 'roles/pubsub.admin', stage: 'GA', includedPermissions: ['pubsub.topics.setIamPolicy', 'pubsub.topics.get'] },
  { name: 'roles/pubsub.viewer', stage: 'GA', includedPermissions: ['pubsub.topics.get'] },
  { name: 'roles/browser', stage: 'GA', includedPermissions: ['resourcemanager.projects.get'] },
  {
    name: 'roles/compute.instanceAdmin.v1',
    stage: 'BETA',
    includedPermissions: ['iam.serviceAccounts.actAs', 'a.b.setIamPolicy'],
  },
  // IAM leaves out the stage ALPHA, and an empty list of permissions.
  { name: 'roles/visionai.packagedAppViewer' },
  { name: 'roles/old.user', stage: 'DEPRECATED', includedPermissions: ['old.things.get'] },
  { name: 'roles/older.user', stage: 'DISABLED', includedPermissions: [] },
  { name: 'roles/gone.admin', stage: 'GA', deleted: true, includedPermissions: ['gone.things.get'] },
  { name: 'projects/p/roles/mine', stage: 'GA', includedPermissions: ['iam.serviceAccounts.actAs'] },
]

test('the generator makes a line for each service and a word for each role', () => {
  assert.is(
    renderRoles(fixture),
    `- browser
compute instanceAdmin.v1:b=setIamPolicy(a.b);actAs
old user:d
older user:x
pubsub admin=setIamPolicy(pubsub.topics) viewer
visionai packagedAppViewer:a
`,
  )
})

test('what the generator writes is what is found', () => {
  const made = renderRoles(fixture)
  const found: Record<string, TableRole | undefined> = {
    'roles/browser': { stage: 'GA', powers: [] },
    'roles/compute.instanceAdmin.v1': { stage: 'BETA', powers: ['setIamPolicy(a.b)', 'actAs'] },
    'roles/visionai.packagedAppViewer': { stage: 'ALPHA', powers: [] },
    'roles/older.user': { stage: 'DISABLED', powers: [] },
    'roles/gone.admin': undefined,
    'roles/mine': undefined,
    'roles/pubsub': undefined,
    'roles/pubsub.': undefined,
    'roles/pubsub.view': undefined,
    'roles/sub.viewer': undefined,
    'roles/pubsub.admin=setIamPolicy(pubsub.topics)': undefined,
    'roles/-.browser': undefined,
    'roles/old.user:d': undefined,
    'roles/old user:d\npubsub viewer': undefined,
    'roles/': undefined,
    '': undefined,
  }
  for (const [role, what] of Object.entries(found)) assert.equal(findRole(made, role), what, role)
  assert.is(rolesIn(made).length, 7)
})

test('the table in use is as the generator writes it', () => {
  const rows = rolesIn(roleTable).map(name => {
    const found = findRole(roleTable, name)
    if (!found) throw new Error(`${name} is in the table and is not found`)
    return { name, ...found }
  })
  assert.is(renderRows(rows), roleTable)
  assert.is(new Set(rows.map(({ name }) => name)).size, rows.length)
  assert.match(rolesAsOf, /^\d{4}-\d\d-\d\d$/)
})

test('the table knows Google’s roles, and several hundred with a power', () => {
  const rows = rolesIn(roleTable).map(name => findRole(roleTable, name))
  assert.ok(rows.length >= 2400, `${rows.length} roles`)
  const powerful = rows.filter(row => (row?.powers.length ?? 0) > 0).length
  assert.ok(powerful >= 320 && powerful < 600, `${powerful} with a power`)
  for (const stage of ['GA', 'BETA', 'ALPHA', 'DEPRECATED'])
    assert.ok(
      rows.some(row => row?.stage === stage),
      stage,
    )
})

/** One role that everybody knows for each power. */
const known: Record<string, string> = {
  'roles/pubsub.admin': 'setIamPolicy(pubsub.schemas,pubsub.snapshots,pubsub.subscriptions,+1)',
  'roles/compute.networkAdmin':
    'setIamPolicy(compute.backendBuckets,compute.backendServices,compute.networkAttachments,+12)',
  'roles/iam.serviceAccountUser': 'actAs',
  'roles/iam.serviceAccountTokenCreator': 'tokens',
  'roles/iam.serviceAccountKeyAdmin': 'keys',
  'roles/cloudbuild.builds.builder': 'builds',
  'roles/run.sourceDeveloper': 'builds',
  'roles/config.editor': 'builds',
  'roles/container.admin': 'kubernetesRbac',
  'roles/orgpolicy.policyAdmin': 'orgPolicy',
  'roles/iam.roleAdmin': 'roles',
  'roles/iam.denyAdmin': 'denyOrBoundary',
  'roles/privilegedaccessmanager.admin': 'pam',
  'roles/admin': 'basic',
  'roles/dataproc.editor': 'runsAsOthers',
  'roles/resourcemanager.projectMover': 'accessItself',
  'roles/iam.workforcePoolEditor': 'accessItself',
  'roles/agentgateway.serviceAgent': 'serviceAgent',
}
for (const [role, power] of Object.entries(known))
  test(`${role} ${sayPowers([power])}`, () => assert.ok(predefinedRole(role)?.powers.includes(power)))

/** The list that was once kept by hand. */
const byHand = `
  accesscontextmanager.policyAdmin artifactregistry.admin bigquery.admin bigquery.connectionAdmin
  bigquery.dataOwner bigtable.admin billing.admin cloudbuild.connectionAdmin clouddeploy.admin
  cloudfunctions.admin cloudkms.admin cloudtasks.admin cloudtasks.queueAdmin compute.admin compute.instanceAdmin
  compute.instanceAdmin.v1 compute.storageAdmin compute.xpnAdmin datacatalog.admin dataplex.admin dataproc.admin
  eventarc.admin gkehub.admin healthcare.datasetAdmin iap.admin notebooks.admin privateca.admin pubsub.admin
  run.admin secretmanager.admin servicedirectory.admin servicemanagement.admin source.admin spanner.admin
  spanner.backupAdmin spanner.databaseAdmin storage.admin storage.folderAdmin storage.legacyBucketOwner
  storage.legacyObjectOwner storage.objectAdmin workstations.admin cloudbuild.builds.editor composer.admin
  composer.environmentAndStorageObjectAdmin container.admin dataproc.editor deploymentmanager.editor admin writer
  reader orgpolicy.policyAdmin privilegedaccessmanager.admin
`
  .trim()
  .split(/\s+/)

test('every role that was once listed by hand is still privileged', () => {
  assert.is(byHand.length, 53)
  for (const name of byHand) assert.ok((predefinedRole(`roles/${name}`)?.powers.length ?? 0) > 0, name)
})

test('roles that people need every day have no power', () => {
  const daily = `cloudsql.client logging.viewer logging.privateLogViewer container.viewer container.developer compute.viewer
    storage.objectViewer storage.objectUser secretmanager.secretAccessor run.developer run.invoker bigquery.dataViewer
    bigquery.jobUser spanner.databaseReader monitoring.viewer iam.securityReviewer iam.roleViewer iam.viewer
    resourcemanager.tagViewer dns.admin compute.osLogin iap.tunnelResourceAccessor browser`
  for (const name of daily.split(/\s+/)) assert.equal(predefinedRole(`roles/${name}`)?.powers, [], name)
})

table<{ written: string; nearest: string | undefined }>(
  test,
  {
    'a slip of one letter': { written: 'roles/cloudsql.klient', nearest: 'roles/cloudsql.client' },
    'a plural': { written: 'roles/cloudsql.clients', nearest: 'roles/cloudsql.client' },
    'another case': { written: 'roles/CloudSQL.Client', nearest: 'roles/cloudsql.client' },
    'a service without its dot': { written: 'roles/loggingviewer', nearest: 'roles/logging.viewer' },
    'nothing like it': { written: 'roles/payoutReplayOfLastNight', nearest: undefined },
  },
  ({ written, nearest }) => assert.is(nearestRole(written), nearest),
)

test.run()
