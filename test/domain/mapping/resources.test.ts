// The names of resources: which are granted on, and which are refused with what the author should write.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import { toCommands } from '../../../src/domain/granting/gcloud.ts'
import { approverRights } from '../../../src/domain/approval/approver-rights.ts'
import { faultOfAttributes, faultOfResource, fromAuditLog, resourceOf } from '../../../src/domain/mapping/resources.ts'
import { resourceTypes } from '../../../src/domain/mapping/resource-types.ts'
import { samples } from '../../builders/resources.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('names of resources')

table<{ name: string; fault: RegExp | undefined }>(
  test,
  {
    'a project by its number': { name: 'projects/123456789012', fault: undefined },
    'a project with a domain': { name: 'projects/example.com:prod-eu', fault: undefined },
    'a service account whose project has a domain': {
      name: '//iam.googleapis.com/projects/example.com:prod-eu/serviceAccounts/a@prod-eu.example.com.iam.gserviceaccount.com',
      fault: undefined,
    },
    'a service account of Google, whose address names no project': {
      name: '//iam.googleapis.com/projects/prod-eu/serviceAccounts/123-compute@developer.gserviceaccount.com',
      fault: undefined,
    },
    'a service account of another project than it says': {
      name: '//iam.googleapis.com/projects/prod-eu/serviceAccounts/a@prod-us.iam.gserviceaccount.com',
      fault: /^ResourceOfAnotherProject: .*"prod-eu".*"prod-us": name the project that the account belongs to\.$/,
    },
    'a bucket under a project': {
      name: '//storage.googleapis.com/projects/prod-eu/buckets/archive',
      fault: /^ResourceNotSupported: .*: name \/\/storage\.googleapis\.com\/projects\/_\/buckets\/BUCKET\.$/,
    },
    'a service that is unknown': {
      name: '//redis.googleapis.com/projects/prod-eu/instances/i',
      fault: /^ResourceNotSupported: .*name projects\/ID, folders\/NUMBER, .* or \/\/iam/,
    },
    'a topic': {
      name: '//pubsub.googleapis.com/projects/prod-eu/topics/t',
      fault: /^ResourceWithoutConditions: .*Pub\/Sub take no conditions.*: grant the role on the project/,
    },
    'a repository': {
      name: '//artifactregistry.googleapis.com/projects/prod-eu/locations/eu/repositories/r',
      fault: /^ResourceWithoutConditions: .*Artifact Registry/,
    },
    'an instance of Cloud SQL': {
      name: '//sqladmin.googleapis.com/projects/prod-eu/instances/i',
      fault: /^ResourceWithoutConditions: .*under the condition resource\.name == 'projects\/ID\/instances\/INSTANCE'/,
    },
    'a cluster of GKE': {
      name: '//container.googleapis.com/projects/prod-eu/locations/l/clusters/c',
      fault: /^ResourceWithoutConditions: .*GKE.*under the condition/,
    },
    'letters that only look like others': {
      name: '//storage.googleapis.com/projects/_/buckets/аudit',
      fault: /^ResourceNotSupported/,
    },
    'a line break at the end': { name: 'projects/prod-eu\n', fault: /^ResourceNotSupported/ },
  },
  ({ name, fault }) => {
    const found = faultOfResource(name)
    const said = found && `${found.reason}: ${found.message}`
    if (fault) assert.match(said ?? 'no fault', fault)
    else assert.is(said, undefined)
  },
)

table<{ condition: string; on: keyof typeof samples; isFault: boolean }>(
  test,
  {
    'the name of a Cloud Run service': {
      condition: "resource.name == 'a/b'",
      on: 'Cloud Run service',
      isFault: true,
    },
    'the type of a service account': { condition: "resource.type == 'a/b'", on: 'service account', isFault: true },
    'the name of a bucket': { condition: "resource.name == 'a/b'", on: 'bucket', isFault: false },
    'a tag of a Cloud Run service': {
      condition: "resource.matchTag('1/env', 'prod')",
      on: 'Cloud Run service',
      isFault: false,
    },
    'a text with these words': {
      condition: "resource.matchTag('1/env', 'resource.name')",
      on: 'Cloud Run service',
      isFault: false,
    },
  },
  ({ condition, on, isFault }) => assert.is(faultOfAttributes(condition, samples[on].name) !== undefined, isFault),
)

test('an audit log of each type gives the name that mappings write', () => {
  for (const { name } of Object.values(samples)) {
    const { service = '', relative = '' } = resourceOf(name) ?? {}
    assert.is(fromAuditLog(service, relative), name)
    assert.is(fromAuditLog(service, name), name)
  }
})

table<{ on: keyof typeof samples; command: string; parent: string; permissions: string }>(
  test,
  {
    'a secret': {
      on: 'secret',
      command: 'gcloud secrets add-iam-policy-binding payout-key --project=prod-eu --member=',
      parent: '--project=prod-eu',
      permissions: '--permissions=secretmanager.secrets.getIamPolicy,secretmanager.secrets.setIamPolicy ',
    },
    'a key': {
      on: 'key',
      command:
        'gcloud kms keys add-iam-policy-binding rows --keyring=ledger --location=europe-west1 --project=prod-eu --member=',
      parent: '--project=prod-eu',
      permissions: 'cloudkms.cryptoKeys.setIamPolicy ',
    },
    'a bucket, whose project is not in its name': {
      on: 'bucket',
      command: 'gcloud storage buckets add-iam-policy-binding gs://audit-prod-archive --member=',
      parent: '--organization=1',
      permissions: '--permissions=storage.buckets.get,storage.buckets.getIamPolicy,storage.buckets.setIamPolicy ',
    },
    'an instance': {
      on: 'instance',
      command:
        'gcloud compute instances add-iam-policy-binding web-1 --zone=europe-west1-b --project=prod-eu --member=',
      parent: '--project=prod-eu',
      permissions: 'compute.instances.getIamPolicy',
    },
  },
  ({ on, command, parent, permissions }) => {
    const { name: resource, role } = samples[on]
    const rights = approverRights(
      [mapping({ spec: { grants: [{ resource, role }] } })],
      on === 'bucket' ? '1' : undefined,
    )
    if ('reason' in rights) throw new Error(rights.message)
    const text = toCommands(rights, ['group:owners@example.com'])
    for (const part of [command, parent, permissions, 'does not document']) assert.ok(text.includes(part), text)
  },
)

test('the role for a bucket needs the number of the organisation', () => {
  const { name: resource, role } = samples.bucket
  const rights = approverRights([mapping({ spec: { grants: [{ resource, role }] } })])
  assert.ok('reason' in rights && rights.reason === 'OrganizationMissing' && rights.message.includes(resource))
})

test('auth and controller may reach the host of every type', async () => {
  type Hosts = { metadata: { name: string }; spec: { egress: { matches: { name?: string }[] }[] } }
  const text = await readFile(join(import.meta.dirname, '../../../deploy/egress/hosts.yaml'), 'utf8')
  const policies = parseAllDocuments(text).map(document => document.toJS() as Hosts)
  for (const process of ['auth', 'controller']) {
    const { spec } = policies.find(({ metadata }) => metadata.name === `hallpass-${process}-hosts`) ?? {}
    const hosts = spec?.egress.flatMap(({ matches }) => matches.map(({ name }) => name)) ?? []
    for (const { service } of resourceTypes) assert.ok(hosts.includes(service), `${process}: ${service}`)
  }
})

test.run()
