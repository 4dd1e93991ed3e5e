// Roles: their permissions, and where they can be granted. Only the permissions that simulated calls check are listed.
import { policyApis } from './policy-apis.ts'
import type { CustomRole } from './types.ts'

const kinds = ['projects', 'folders', 'organizations'] as const
type Kind = (typeof kinds)[number]

const iam = (kind: Kind, ...verbs: ('get' | 'set')[]): string[] =>
  verbs.map(verb => `resourcemanager.${kind}.${verb}IamPolicy`)
const iamEverywhere = kinds.flatMap(kind => iam(kind, 'get', 'set'))
const iamOf = (collection: string): string[] => ['get', 'set'].map(verb => `${collection}.${verb}IamPolicy`)
const iamOfResources = policyApis.flatMap(({ collection }) => iamOf(collection))
const encrypt = 'cloudkms.cryptoKeyVersions.useToEncrypt'
const decrypt = 'cloudkms.cryptoKeyVersions.useToDecrypt'

const permissionsOf: Record<string, string[]> = {
  // An owner may also use every key (https://cloud.google.com/kms/docs/separation-of-duties).
  'roles/owner': [
    ...iam('projects', 'get', 'set'),
    'resourcemanager.projects.get',
    'logging.logEntries.create',
    encrypt,
    decrypt,
  ],
  'roles/editor': [...iam('projects', 'get'), 'resourcemanager.projects.get', 'logging.logEntries.create'],
  'roles/viewer': [...iam('projects', 'get'), 'resourcemanager.projects.get'],
  'roles/browser': [...iam('projects', 'get'), 'resourcemanager.projects.get'],
  'roles/resourcemanager.projectIamAdmin': [...iam('projects', 'get', 'set'), 'resourcemanager.projects.get'],
  'roles/resourcemanager.folderAdmin': [...iam('projects', 'get', 'set'), ...iam('folders', 'get', 'set')],
  'roles/resourcemanager.folderIamAdmin': iam('folders', 'get', 'set'),
  'roles/resourcemanager.organizationAdmin': iamEverywhere,
  'roles/iam.securityAdmin': [...iamEverywhere, ...iamOfResources],
  'roles/iam.securityReviewer': [...iamEverywhere, ...iamOfResources, 'iam.roles.get'].filter(
    may => !may.includes('.set'),
  ),
  'roles/iam.roleViewer': ['iam.roles.get'],
  'roles/privilegedaccessmanager.serviceAgent': iamEverywhere,
  'roles/cloudkms.cryptoKeyEncrypter': [encrypt],
  'roles/cloudkms.cryptoKeyDecrypter': [decrypt],
  'roles/cloudkms.cryptoKeyEncrypterDecrypter': [encrypt, decrypt],
  'roles/logging.logWriter': ['logging.logEntries.create'],
  'roles/logging.viewAccessor': ['logging.views.access'],
  'roles/logging.viewer': ['logging.logEntries.list'],
  'roles/logging.privateLogViewer': ['logging.logEntries.list', 'logging.privateLogEntries.list'],
  'roles/logging.admin': [
    'logging.logEntries.create',
    'logging.logEntries.list',
    'logging.privateLogEntries.list',
    'logging.logs.delete',
  ],
  'roles/cloudsql.client': ['cloudsql.instances.connect', 'cloudsql.instances.get'],
  'roles/secretmanager.secretAccessor': ['secretmanager.versions.access'],
  'roles/storage.objectViewer': ['storage.objects.get', 'storage.objects.list'],
  'roles/storage.admin': [...iamOf('storage.buckets'), 'storage.buckets.get', 'storage.objects.get'],
  'roles/storage.legacyBucketOwner': [...iamOf('storage.buckets'), 'storage.buckets.get', 'storage.objects.list'],
  'roles/secretmanager.admin': [...iamOf('secretmanager.secrets'), 'secretmanager.versions.access'],
  'roles/cloudkms.admin': iamOf('cloudkms.cryptoKeys'),
  'roles/run.admin': [...iamOf('run.services'), 'run.routes.invoke'],
  'roles/run.invoker': ['run.routes.invoke'],
  'roles/bigquery.dataOwner': [...iamOf('bigquery.tables'), 'bigquery.tables.getData'],
  'roles/compute.admin': iamOf('compute.instances'),
  'roles/compute.osLogin': ['compute.instances.osLogin'],
  'roles/spanner.databaseAdmin': iamOf('spanner.databases'),
  'roles/spanner.databaseReader': ['spanner.databases.select'],
  'roles/iam.serviceAccountAdmin': iamOf('iam.serviceAccounts'),
  'roles/iam.serviceAccountUser': ['iam.serviceAccounts.actAs'],
  'roles/iam.serviceAccountTokenCreator': ['iam.serviceAccounts.getAccessToken'],
  'roles/container.developer': ['container.pods.exec', 'container.pods.get'],
  'roles/compute.instanceAdmin.v1': ['compute.instances.reset', 'compute.instances.setMetadata'],
  'roles/bigquery.dataViewer': ['bigquery.tables.getData'],
}

// Roles that can be granted and whose permissions no simulated call checks.
const others = `
  admin writer reader cloudsql.admin cloudsql.editor cloudsql.instanceUser cloudsql.viewer compute.admin
  compute.osAdminLogin compute.osLogin compute.viewer compute.networkAdmin container.admin container.clusterViewer
  container.viewer run.admin run.developer run.invoker storage.admin storage.objectAdmin storage.objectCreator
  storage.objectUser spanner.databaseUser bigquery.admin bigquery.dataEditor bigquery.jobUser bigquery.user
  spanner.databaseReader pubsub.admin pubsub.editor pubsub.publisher pubsub.subscriber pubsub.viewer redis.viewer
  secretmanager.admin secretmanager.viewer secretmanager.secretVersionManager monitoring.viewer monitoring.editor
  monitoring.admin iam.serviceAccountTokenCreator iam.serviceAccountUser iam.serviceAccountAdmin
  iap.tunnelResourceAccessor dns.admin datastore.user cloudkms.admin cloudkms.viewer artifactregistry.reader
  artifactregistry.writer errorreporting.user
`
  .trim()
  .split(/\s+/)
  .map(name => `roles/${name}`)

const onlyOn: Record<string, readonly Kind[]> = {
  'roles/resourcemanager.organizationAdmin': ['organizations'],
  'roles/resourcemanager.folderAdmin': ['folders', 'organizations'],
  'roles/resourcemanager.folderIamAdmin': ['folders', 'organizations'],
}

/** The legacy basic roles, on which Google accepts no condition. */
export const primitiveRoles: readonly string[] = ['roles/owner', 'roles/editor', 'roles/viewer']

/** What every role may do: the predefined ones, the given ones, and the current custom roles. */
export class Roles {
  readonly #permissions: Map<string, string[]>
  readonly #custom: readonly CustomRole[]
  constructor(further: Record<string, string[]> = {}, custom: readonly CustomRole[] = []) {
    const plain = others.map((role): [string, string[]] => [role, []])
    this.#permissions = new Map([...plain, ...Object.entries(permissionsOf), ...Object.entries(further)])
    this.#custom = custom
  }

  permissions(role: string): readonly string[] {
    return this.#permissions.get(role) ?? this.#customRole(role)?.includedPermissions ?? []
  }

  /**
   * Whether the role exists and can be granted on this resource. A project's custom role can be granted only in that
   * project, which is in the resource's ancestry.
   */
  isSupported(role: string, resource: string, ancestry: readonly string[] = [resource]): boolean {
    const kind = resource.split('/')[0]
    if (this.#customRole(role))
      return role.startsWith('organizations/') || ancestry.some(place => role.startsWith(`${place}/roles/`))
    return this.#permissions.has(role) && (onlyOn[role]?.some(where => where === kind) ?? true)
  }

  #customRole(name: string): CustomRole | undefined {
    return this.#custom.find(role => role.name === name && !role.deleted && role.stage !== 'DISABLED')
  }
}
