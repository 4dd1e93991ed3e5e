// The APIs with IAM policies that are simulated, one row for each type of resource: how each is called, what its policies
// keep, and how it says no. From Google's discovery documents (of October and November 2026) and its list of resource types
// that accept conditions (https://cloud.google.com/iam/help/conditions/resource-policies).

/** Where a call to read says which version of the policy it wants. */
type VersionIn = 'body' | 'options.requestedPolicyVersion' | 'optionsRequestedPolicyVersion'

/** One type of resource. */
export type PolicyApi = {
  service: string
  /** As conditions see it; undefined when Google shows conditions nothing about it. */
  type?: string
  /** What conditions see as `resource.name`: the name, the name with the project's number, or none. */
  sees?: 'name' | 'numbered name'
  /** The beginning of its permissions. */
  collection: string
  /** The name without host, as the source of a pattern. */
  form: string
  /** The path of the calls: before the name, and between it and the verb. */
  path: { before: string; after: string }
  read: { http: 'GET' | 'POST'; version: VersionIn }
  /** The method as Cloud Audit Logs name it. */
  auditMethod: string
  /** Whether a call to write can name the fields to replace. */
  hasMask: boolean
  keepsAuditConfigs: boolean
  /** Whether conditions of rights see which roles a call to write changes. */
  hasLimit: boolean
  /** Whether the last binding can be removed. */
  mayBeEmpty: boolean
  /** The bodies of errors: google.rpc.Status, or those of Google's older JSON APIs; and the status for an etag of before. */
  errors: 'status' | 'json'
  /** A resource that is not there: denied like one without a right, or said to be missing. */
  missing: 'denied' | 'not found'
}

const google = { errors: 'status', missing: 'denied', mayBeEmpty: true, hasLimit: false } as const
const json = { errors: 'json', missing: 'not found', mayBeEmpty: true, hasLimit: false } as const
const inQuery = { http: 'GET', version: 'options.requestedPolicyVersion' } as const
const inBody = { http: 'POST', version: 'body' } as const
const whole = { hasMask: true, keepsAuditConfigs: true } as const

const manager = (kind: string, type: string): PolicyApi => ({
  ...google,
  ...whole,
  hasLimit: true,
  mayBeEmpty: false,
  service: 'cloudresourcemanager.googleapis.com',
  type: `cloudresourcemanager.googleapis.com/${type}`,
  collection: `resourcemanager.${kind}`,
  form: `${kind}/[^/]+`,
  path: { before: '/v3/', after: ':' },
  read: inBody,
  auditMethod: 'SetIamPolicy',
})

/** Every row. */
export const policyApis: readonly PolicyApi[] = [
  manager('projects', 'Project'),
  manager('folders', 'Folder'),
  manager('organizations', 'Organization'),
  {
    ...json,
    service: 'storage.googleapis.com',
    type: 'storage.googleapis.com/Bucket',
    sees: 'name',
    collection: 'storage.buckets',
    form: 'projects/_/buckets/[^/]+',
    path: { before: '/storage/v1/b/', after: '/iam' },
    read: { http: 'GET', version: 'optionsRequestedPolicyVersion' },
    auditMethod: 'storage.setIamPermissions',
    hasMask: false,
    keepsAuditConfigs: false,
  },
  {
    ...google,
    ...whole,
    service: 'secretmanager.googleapis.com',
    type: 'secretmanager.googleapis.com/Secret',
    sees: 'numbered name',
    collection: 'secretmanager.secrets',
    form: 'projects/[^/]+/secrets/[^/:]+',
    path: { before: '/v1/', after: ':' },
    read: inQuery,
    auditMethod: 'google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy',
  },
  {
    ...google,
    ...whole,
    service: 'cloudkms.googleapis.com',
    type: 'cloudkms.googleapis.com/CryptoKey',
    sees: 'name',
    collection: 'cloudkms.cryptoKeys',
    form: 'projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/:]+',
    path: { before: '/v1/', after: ':' },
    read: inQuery,
    auditMethod: 'SetIamPolicy',
  },
  {
    ...google,
    ...whole,
    service: 'run.googleapis.com',
    collection: 'run.services',
    form: 'projects/[^/]+/locations/[^/]+/services/[^/:]+',
    path: { before: '/v2/', after: ':' },
    read: inQuery,
    auditMethod: 'google.cloud.run.v2.Services.SetIamPolicy',
  },
  {
    ...json,
    ...whole,
    service: 'bigquery.googleapis.com',
    type: 'bigquery.googleapis.com/Table',
    sees: 'name',
    collection: 'bigquery.tables',
    form: 'projects/[^/]+/datasets/[^/]+/tables/[^/:]+',
    path: { before: '/bigquery/v2/', after: ':' },
    read: inBody,
    auditMethod: 'google.iam.v1.IAMPolicy.SetIamPolicy',
  },
  {
    ...json,
    service: 'compute.googleapis.com',
    type: 'compute.googleapis.com/Instance',
    sees: 'name',
    collection: 'compute.instances',
    form: 'projects/[^/]+/zones/[^/]+/instances/[^/]+',
    path: { before: '/compute/v1/', after: '/' },
    read: { http: 'GET', version: 'optionsRequestedPolicyVersion' },
    auditMethod: 'v1.compute.instances.setIamPolicy',
    // The whole policy is replaced, audit configs too.
    hasMask: false,
    keepsAuditConfigs: true,
  },
  {
    ...google,
    service: 'spanner.googleapis.com',
    type: 'spanner.googleapis.com/Database',
    sees: 'name',
    collection: 'spanner.databases',
    form: 'projects/[^/]+/instances/[^/]+/databases/[^/:]+',
    path: { before: '/v1/', after: ':' },
    read: inBody,
    auditMethod: 'google.spanner.admin.database.v1.DatabaseAdmin.SetIamPolicy',
    hasMask: false,
    keepsAuditConfigs: false,
  },
  {
    ...google,
    hasMask: true,
    keepsAuditConfigs: true,
    service: 'iam.googleapis.com',
    collection: 'iam.serviceAccounts',
    form: 'projects/[^/]+/serviceAccounts/[^/:]+',
    path: { before: '/v1/', after: ':' },
    // The body is empty; the version is nevertheless in the query.
    read: { http: 'POST', version: 'options.requestedPolicyVersion' },
    auditMethod: 'google.iam.admin.v1.SetIAMPolicy',
  },
]

const forms = policyApis.map(row => ({ row, form: new RegExp(`^${row.form}$`) }))

/** The row of a resource by its name, without host. */
export function policyApiOf(name: string): PolicyApi | undefined {
  return forms.find(({ form }) => form.test(name))?.row
}

/** The full resource name. */
export function fullName({ service }: PolicyApi, name: string): string {
  return `//${service}/${name}`
}
