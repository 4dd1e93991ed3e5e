// Predefined roles that can hand out further access. Known by name: what is in a custom role is not seen, nor is what
// Google adds to a role later.

/**
 * They carry a `setIamPolicy` of their service, so that whoever holds them can let others in, for longer than a grant lasts
 * (https://cloud.google.com/iam/docs/roles-permissions lists the permissions of every role, service by service).
 */
const setIamPolicies = [
  'accesscontextmanager.policyAdmin',
  'artifactregistry.admin',
  'bigquery.admin',
  'bigquery.connectionAdmin',
  'bigquery.dataOwner',
  'bigtable.admin',
  'billing.admin',
  'cloudbuild.connectionAdmin',
  'clouddeploy.admin',
  'cloudfunctions.admin',
  'cloudkms.admin',
  'cloudtasks.admin',
  'cloudtasks.queueAdmin',
  'compute.admin',
  'compute.instanceAdmin',
  'compute.instanceAdmin.v1',
  'compute.storageAdmin',
  'compute.xpnAdmin',
  'datacatalog.admin',
  'dataplex.admin',
  'dataproc.admin',
  'eventarc.admin',
  'gkehub.admin',
  'healthcare.datasetAdmin',
  'iap.admin',
  'notebooks.admin',
  'privateca.admin',
  'pubsub.admin',
  'run.admin',
  'secretmanager.admin',
  'servicedirectory.admin',
  'servicemanagement.admin',
  'source.admin',
  'spanner.admin',
  'spanner.backupAdmin',
  'spanner.databaseAdmin',
  'storage.admin',
  'storage.folderAdmin',
  'storage.legacyBucketOwner',
  'storage.legacyObjectOwner',
  'storage.objectAdmin',
  'workstations.admin',
]

/**
 * What they start runs as a service account that its holder need not be permitted to use: builds
 * (https://cloud.google.com/build/docs/cloud-build-service-account), deployments
 * (https://cloud.google.com/deployment-manager/docs/access-control), jobs on a cluster
 * (https://cloud.google.com/dataproc/docs/concepts/configuring-clusters/service-accounts), workflows in an environment
 * (https://cloud.google.com/composer/docs/composer-3/access-control). An admin of Kubernetes clusters hands out roles
 * within them (https://cloud.google.com/kubernetes-engine/docs/how-to/role-based-access-control).
 */
const actAsOthers = [
  'cloudbuild.builds.editor',
  'composer.admin',
  'composer.environmentAndStorageObjectAdmin',
  'container.admin',
  'dataproc.editor',
  'deploymentmanager.editor',
]

/** The newer basic roles, and who sets what others may be granted. */
const others = ['admin', 'writer', 'reader', 'orgpolicy.policyAdmin', 'privilegedaccessmanager.admin']

/** Roles of IAM itself and of what lies above resources, unless they only look or delete. */
const ofAccessItself = /^(iam|resourcemanager)\.(?!.*(Viewer|Reviewer|Deleter)$)/
/** Meant for Google's own accounts alone (https://cloud.google.com/iam/docs/service-agents). */
const ofServiceAgents = /[sS]erviceAgent$/

const listed = new Set([...setIamPolicies, ...actAsOthers, ...others])

/** Whether a predefined role (`roles/…`) can hand out further access, or change who may. Of a custom role it is not known. */
export function isPrivileged(role: string): boolean {
  if (!role.startsWith('roles/')) return false
  const name = role.slice('roles/'.length)
  return listed.has(name) || ofAccessItself.test(name) || ofServiceAgents.test(name)
}
