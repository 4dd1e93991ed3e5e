// One resource of each type, with the role of its owner, a role that can be granted there, and a permission that shows it.
import type { GoogleSim } from '../../src/sim/google/google.ts'

/** A resource as a mapping names it. */
export type Sample = { name: string; owner: string; role: string; gives: string }

const inProd = 'projects/prod-eu'

/** By the word for the type. */
export const samples = {
  project: {
    name: 'projects/audit-prod',
    owner: 'roles/resourcemanager.projectIamAdmin',
    role: 'roles/cloudsql.client',
    gives: 'cloudsql.instances.connect',
  },
  folder: {
    name: 'folders/11',
    owner: 'roles/resourcemanager.folderAdmin',
    role: 'roles/cloudsql.client',
    gives: 'cloudsql.instances.connect',
  },
  organisation: {
    name: 'organizations/2',
    owner: 'roles/resourcemanager.organizationAdmin',
    role: 'roles/cloudsql.client',
    gives: 'cloudsql.instances.connect',
  },
  bucket: {
    name: '//storage.googleapis.com/projects/_/buckets/audit-prod-archive',
    owner: 'roles/storage.legacyBucketOwner',
    role: 'roles/storage.objectViewer',
    gives: 'storage.objects.get',
  },
  secret: {
    name: `//secretmanager.googleapis.com/${inProd}/secrets/payout-key`,
    owner: 'roles/secretmanager.admin',
    role: 'roles/secretmanager.secretAccessor',
    gives: 'secretmanager.versions.access',
  },
  key: {
    name: `//cloudkms.googleapis.com/${inProd}/locations/europe-west1/keyRings/ledger/cryptoKeys/rows`,
    owner: 'roles/cloudkms.admin',
    role: 'roles/cloudkms.cryptoKeyDecrypter',
    gives: 'cloudkms.cryptoKeyVersions.useToDecrypt',
  },
  'Cloud Run service': {
    name: `//run.googleapis.com/${inProd}/locations/europe-west1/services/replay`,
    owner: 'roles/run.admin',
    role: 'roles/run.invoker',
    gives: 'run.routes.invoke',
  },
  table: {
    name: `//bigquery.googleapis.com/${inProd}/datasets/ledger/tables/rows_2026`,
    owner: 'roles/bigquery.dataOwner',
    role: 'roles/bigquery.dataViewer',
    gives: 'bigquery.tables.getData',
  },
  instance: {
    name: `//compute.googleapis.com/${inProd}/zones/europe-west1-b/instances/web-1`,
    owner: 'roles/compute.admin',
    role: 'roles/compute.osLogin',
    gives: 'compute.instances.osLogin',
  },
  database: {
    name: `//spanner.googleapis.com/${inProd}/instances/ledger/databases/rows`,
    owner: 'roles/spanner.databaseAdmin',
    role: 'roles/spanner.databaseReader',
    gives: 'spanner.databases.select',
  },
  'service account': {
    name: `//iam.googleapis.com/${inProd}/serviceAccounts/replay@prod-eu.iam.gserviceaccount.com`,
    owner: 'roles/iam.serviceAccountAdmin',
    role: 'roles/iam.serviceAccountUser',
    gives: 'iam.serviceAccounts.actAs',
  },
} as const satisfies Record<string, Sample>

/** The name without host, as the simulator keeps it. */
export function relativeOf({ name }: Sample): string {
  return name.replace(/^\/\/[^/]+\//, '')
}

/** Adds the resource to a simulated Google. Mo owns it, and has no right on anything above. */
export function addResource(google: GoogleSim, sample: Sample, more: { isUniform?: boolean } = {}): void {
  const name = relativeOf(sample)
  const parent = sample.name.startsWith('//') ? { parent: inProd } : {}
  const bindings = [{ role: sample.owner, members: ['user:mo@example.com'] }]
  google.policies.define({ name, ...parent, ...more, bindings })
}

/** Takes Mo's rights on the project and everything above, so that only those on the resource itself are left. */
export function onlyOwner(google: GoogleSim): void {
  const policy = google.policies.read(inProd)
  const bindings = (policy?.bindings ?? []).filter(({ members }) => !members.includes('user:mo@example.com'))
  google.policies.define({ name: inProd, number: '123456789012', parent: 'folders/10', bindings })
}
