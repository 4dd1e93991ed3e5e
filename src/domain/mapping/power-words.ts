// Powers in words, for the messages of a mapping: how a holder of the role can give further access.
import type { Power } from './powers.ts'

const words: Record<Power, string> = {
  accessItself: 'administers IAM or the resource hierarchy',
  actAs: 'acts as service accounts',
  basic: 'is a basic role, which reaches every service',
  builds: 'builds or deploys under another identity',
  denyOrBoundary: 'changes deny policies or access boundaries',
  hierarchy: 'changes the resource hierarchy or its tags',
  identityPools: 'changes pools of external identities',
  keys: 'makes keys of service accounts',
  kubernetesRbac: 'gives roles inside Kubernetes clusters',
  orgPolicy: 'sets organisation policies',
  pam: 'changes entitlements of Privileged Access Manager',
  roles: 'changes custom roles',
  runsAsOthers: 'runs jobs under another identity',
  serviceAgent: "is meant for Google's own service accounts",
  tokens: 'makes tokens of service accounts',
}

/** Services whose name differs from their id. */
const services: Record<string, string> = {
  accesscontextmanager: 'Access Context Manager',
  aiplatform: 'Vertex AI',
  artifactregistry: 'Artifact Registry',
  bigquery: 'BigQuery',
  bigtable: 'Bigtable',
  billing: 'Cloud Billing',
  binaryauthorization: 'Binary Authorization',
  cloudbuild: 'Cloud Build',
  clouddeploy: 'Cloud Deploy',
  cloudfunctions: 'Cloud Functions',
  cloudkms: 'Cloud KMS',
  cloudtasks: 'Cloud Tasks',
  compute: 'Compute Engine',
  container: 'GKE',
  datacatalog: 'Data Catalog',
  dataform: 'Dataform',
  dataplex: 'Dataplex',
  dataproc: 'Dataproc',
  eventarc: 'Eventarc',
  gkehub: 'GKE fleet',
  // The names of its resources are clear without the service: "service accounts", "projects".
  iam: '',
  'iam.googleapis.com/': '',
  iap: 'Identity-Aware Proxy',
  logging: 'Cloud Logging',
  pubsub: 'Pub/Sub',
  resourcemanager: '',
  run: 'Cloud Run',
  secretmanager: 'Secret Manager',
  servicemanagement: 'Service Management',
  spanner: 'Spanner',
  storage: 'Cloud Storage',
}

/** What a role with these powers does, such as "sets IAM policies of Pub/Sub topics and acts as service accounts". */
export function sayPowers(powers: readonly Power[]): string {
  return listed(powers.map(power => sayPower(power)))
}

function sayPower(power: Power): string {
  const kinds = /^setIamPolicy\((.*)\)$/.exec(power)?.[1]?.split(',')
  return kinds ? `sets IAM policies of ${sayKinds(kinds)}` : (words[power] ?? power)
}

// The service is named once for all its kinds: "Pub/Sub schemas, snapshots and topics".
function sayKinds(kinds: readonly string[]): string {
  let before: string | undefined
  const said = kinds.map(kind => {
    if (kind.startsWith('+')) return `${kind.slice(1)} more`
    const { service, resource } = partsOf(kind)
    const isNew = service !== before
    before = service
    return isNew && service ? `${service} ${resource}` : resource
  })
  return listed(said)
}

function partsOf(kind: string): { service: string; resource: string } {
  const [, id = '', name = ''] = /^(iam\.googleapis\.com\/|[^.]+\.)(.+)$/.exec(kind) ?? [kind, '', kind]
  const service = id.replace(/\.$/, '')
  return {
    service: services[service] ?? service,
    resource: name.replace(/(?<=[a-z])[A-Z]/g, big => ` ${big}`).toLowerCase(),
  }
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
