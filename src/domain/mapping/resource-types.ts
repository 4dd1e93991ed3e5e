// The types of resources on which access can be granted: those whose own IAM policy takes conditions, so that access ends
// by itself (https://cloud.google.com/iam/help/conditions/resource-policies). One table; what else the product knows of a
// type is read here. How its API is called is in google/policy-calls.ts.

/** A type of resource. A mapping names a resource by `prefix` and the values of `parts`, each after its word. */
export type ResourceType = {
  /** As Google's lists name the type, and as conditions see it in `resource.type`. */
  type: string
  /** For sentences. */
  noun: string
  /** The host of its API. */
  service: string
  /** A name as a mapping writes it. */
  example: string
  /** The collections of its name and the form of the identifier in each, in order. */
  parts: readonly (readonly [collection: string, form: string])[]
  /** The permissions to read and to write its policy. */
  permissions: { get: string; set: string }
  /** Predefined roles that change its policy without a limit, when they are in this policy without a condition. */
  owners: readonly string[]
  /** The identifier of the custom role for approvers. */
  roleID: string
  /** A further permission that approvers should have, for an early refusal. */
  also?: string
  /**
   * Whether Google documents that `modifiedGrantsByRole` limits who may change its policy
   * (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
   */
  isLimitDocumented: boolean
  /**
   * What conditions see of it (https://cloud.google.com/iam/docs/conditions-resource-attributes): its name with the project's
   * identifier, its name with the project's number, or nothing. Conditions on the time hold everywhere.
   */
  conditionsSee: 'name' | 'numbered name' | 'no name' | 'nothing'
  /**
   * The words of gcloud, and how it takes the identifiers, by collection. `none`: gcloud has no command for these policies,
   * and the names begin after this path in the API.
   */
  gcloud: { words: string; arguments: (id: (collection: string) => string) => string[] } | { none: string }
}

const projectID = '(?:[a-z0-9][a-z0-9.-]{0,30}[a-z0-9]:)?[a-z][a-z0-9-]{4,28}[a-z0-9]'
const number = '[0-9]{1,20}'
const project = ['projects', `${projectID}|${number}`] as const
const place = '[a-z][a-z0-9-]{1,40}'

const inProject =
  (own: string, ...flags: (readonly [flag: string, collection: string])[]) =>
  (id: (collection: string) => string): string[] => [
    id(own),
    ...[...flags, ['project', 'projects'] as const].map(([flag, collection]) => `--${flag}=${id(collection)}`),
  ]

const underManager = { service: 'cloudresourcemanager.googleapis.com', isLimitDocumented: true } as const

/** Every type, the most usual first. */
export const resourceTypes: readonly ResourceType[] = [
  {
    ...underManager,
    type: 'cloudresourcemanager.googleapis.com/Project',
    noun: 'project',
    example: 'projects/ID',
    parts: [project],
    permissions: policyOf('resourcemanager.projects'),
    owners: ['roles/owner', 'roles/resourcemanager.projectIamAdmin', 'roles/iam.securityAdmin'],
    roleID: 'hallpassApprover',
    conditionsSee: 'no name',
    gcloud: { words: 'projects', arguments: id => [id('projects')] },
  },
  {
    ...underManager,
    type: 'cloudresourcemanager.googleapis.com/Folder',
    noun: 'folder',
    example: 'folders/NUMBER',
    parts: [['folders', number]],
    permissions: policyOf('resourcemanager.folders'),
    owners: ['roles/resourcemanager.folderAdmin', 'roles/resourcemanager.folderIamAdmin', 'roles/iam.securityAdmin'],
    roleID: 'hallpassFolderApprover',
    conditionsSee: 'no name',
    gcloud: { words: 'resource-manager folders', arguments: id => [id('folders')] },
  },
  {
    ...underManager,
    type: 'cloudresourcemanager.googleapis.com/Organization',
    noun: 'organisation',
    example: 'organizations/NUMBER',
    parts: [['organizations', number]],
    permissions: policyOf('resourcemanager.organizations'),
    owners: ['roles/resourcemanager.organizationAdmin', 'roles/iam.securityAdmin'],
    roleID: 'hallpassOrganizationApprover',
    conditionsSee: 'no name',
    gcloud: { words: 'organizations', arguments: id => [id('organizations')] },
  },
  {
    type: 'storage.googleapis.com/Bucket',
    noun: 'bucket',
    service: 'storage.googleapis.com',
    example: '//storage.googleapis.com/projects/_/buckets/BUCKET',
    // A bucket's name is unique in all of Google, and the project has no place in it.
    parts: [
      ['projects', '_'],
      ['buckets', '[a-z0-9][a-z0-9._-]{1,100}[a-z0-9]'],
    ],
    permissions: policyOf('storage.buckets'),
    also: 'storage.buckets.get',
    owners: ['roles/storage.admin', 'roles/storage.legacyBucketOwner'],
    roleID: 'hallpassBucketApprover',
    isLimitDocumented: false,
    conditionsSee: 'name',
    gcloud: { words: 'storage buckets', arguments: id => [`gs://${id('buckets')}`] },
  },
  {
    type: 'secretmanager.googleapis.com/Secret',
    noun: 'secret',
    service: 'secretmanager.googleapis.com',
    example: '//secretmanager.googleapis.com/projects/ID/secrets/SECRET',
    parts: [project, ['secrets', '[A-Za-z0-9_-]{1,100}']],
    permissions: policyOf('secretmanager.secrets'),
    owners: ['roles/secretmanager.admin'],
    roleID: 'hallpassSecretApprover',
    isLimitDocumented: false,
    conditionsSee: 'numbered name',
    gcloud: { words: 'secrets', arguments: inProject('secrets') },
  },
  {
    type: 'cloudkms.googleapis.com/CryptoKey',
    noun: 'key',
    service: 'cloudkms.googleapis.com',
    example: '//cloudkms.googleapis.com/projects/ID/locations/LOCATION/keyRings/RING/cryptoKeys/KEY',
    parts: [project, ['locations', place], ['keyRings', '[A-Za-z0-9_-]{1,63}'], ['cryptoKeys', '[A-Za-z0-9_-]{1,63}']],
    permissions: policyOf('cloudkms.cryptoKeys'),
    owners: ['roles/cloudkms.admin'],
    roleID: 'hallpassKeyApprover',
    isLimitDocumented: false,
    conditionsSee: 'name',
    gcloud: {
      words: 'kms keys',
      arguments: inProject('cryptoKeys', ['keyring', 'keyRings'], ['location', 'locations']),
    },
  },
  {
    type: 'run.googleapis.com/Service',
    noun: 'Cloud Run service',
    service: 'run.googleapis.com',
    example: '//run.googleapis.com/projects/ID/locations/REGION/services/SERVICE',
    parts: [project, ['locations', place], ['services', '[a-z][a-z0-9-]{0,62}']],
    permissions: policyOf('run.services'),
    owners: ['roles/run.admin'],
    roleID: 'hallpassRunApprover',
    isLimitDocumented: false,
    conditionsSee: 'nothing',
    gcloud: { words: 'run services', arguments: inProject('services', ['region', 'locations']) },
  },
  {
    type: 'bigquery.googleapis.com/Table',
    noun: 'table',
    service: 'bigquery.googleapis.com',
    example: '//bigquery.googleapis.com/projects/ID/datasets/DATASET/tables/TABLE',
    parts: [project, ['datasets', '[A-Za-z0-9_]{1,100}'], ['tables', '[A-Za-z0-9_-]{1,100}']],
    permissions: policyOf('bigquery.tables'),
    owners: ['roles/bigquery.admin', 'roles/bigquery.dataOwner'],
    roleID: 'hallpassTableApprover',
    isLimitDocumented: false,
    conditionsSee: 'name',
    gcloud: { none: 'bigquery/v2' },
  },
  {
    type: 'compute.googleapis.com/Instance',
    noun: 'instance',
    service: 'compute.googleapis.com',
    example: '//compute.googleapis.com/projects/ID/zones/ZONE/instances/INSTANCE',
    parts: [project, ['zones', place], ['instances', '[a-z][a-z0-9-]{0,61}[a-z0-9]']],
    permissions: policyOf('compute.instances'),
    owners: ['roles/compute.admin', 'roles/compute.instanceAdmin.v1'],
    roleID: 'hallpassInstanceApprover',
    isLimitDocumented: false,
    conditionsSee: 'name',
    gcloud: { words: 'compute instances', arguments: inProject('instances', ['zone', 'zones']) },
  },
  {
    type: 'spanner.googleapis.com/Database',
    noun: 'database',
    service: 'spanner.googleapis.com',
    example: '//spanner.googleapis.com/projects/ID/instances/INSTANCE/databases/DATABASE',
    parts: [project, ['instances', '[a-z][a-z0-9-]{0,62}[a-z0-9]'], ['databases', '[a-z][a-z0-9_-]{0,28}[a-z0-9]']],
    permissions: policyOf('spanner.databases'),
    owners: ['roles/spanner.admin', 'roles/spanner.databaseAdmin'],
    roleID: 'hallpassDatabaseApprover',
    isLimitDocumented: false,
    conditionsSee: 'name',
    gcloud: { words: 'spanner databases', arguments: inProject('databases', ['instance', 'instances']) },
  },
  {
    type: 'iam.googleapis.com/ServiceAccount',
    noun: 'service account',
    service: 'iam.googleapis.com',
    example: '//iam.googleapis.com/projects/ID/serviceAccounts/NAME@ID.iam.gserviceaccount.com',
    parts: [project, ['serviceAccounts', '[a-z0-9][a-z0-9-]{0,62}@[a-z0-9.-]{1,70}[.]gserviceaccount[.]com']],
    permissions: policyOf('iam.serviceAccounts'),
    owners: ['roles/iam.serviceAccountAdmin'],
    roleID: 'hallpassServiceAccountApprover',
    isLimitDocumented: false,
    conditionsSee: 'nothing',
    gcloud: { words: 'iam service-accounts', arguments: inProject('serviceAccounts') },
  },
]

function policyOf(collection: string): { get: string; set: string } {
  return { get: `${collection}.getIamPolicy`, set: `${collection}.setIamPolicy` }
}

/** A service whose own policies take no conditions, and what to do instead. */
export type Unconditional = { service: string; what: string; instead: string }

const plainly = 'grant the role on the project. It holds there for all of them, and ends in time'

/** Services that people ask for and that cannot be named, because access there would not end by itself. */
export const withoutConditions: readonly Unconditional[] = [
  { service: 'pubsub.googleapis.com', what: 'Pub/Sub', instead: plainly },
  { service: 'artifactregistry.googleapis.com', what: 'Artifact Registry', instead: plainly },
  {
    service: 'sqladmin.googleapis.com',
    what: 'Cloud SQL',
    instead:
      "grant the role on the project under the condition resource.name == 'projects/ID/instances/INSTANCE' && resource.type == 'sqladmin.googleapis.com/Instance'",
  },
  {
    service: 'container.googleapis.com',
    what: 'GKE',
    instead:
      "grant the role on the project under the condition resource.name == 'projects/ID/locations/LOCATION/clusters/CLUSTER'",
  },
]
