// The calls that read, write and test the IAM policy of each type of resource, made by Google's own clients. How the types
// differ is here and nowhere else: the path, the verb, where the wanted version is written, and whether a mask is taken. A
// client is loaded when its type is first met, because a process that grants on projects alone needs none of the others.
import { cloudresourcemanager_v3 } from 'googleapis/build/src/apis/cloudresourcemanager/v3.js'
import type { OAuth2Client } from 'google-auth-library'
import type { Policy } from '../domain/granting/policy.ts'
import type { Resource } from '../domain/mapping/resources.ts'

/** How a call is made: with whose token, and the options of the client. */
export type How = { auth: OAuth2Client; options: object }
type Answer = Promise<{ data: unknown }>

/** The calls of one type of resource. */
export type PolicyCalls = {
  /** At version 3. */
  read(resource: Resource, how: How): Answer
  /** The whole policy, with its etag. */
  write(resource: Resource, policy: Policy, how: How): Answer
  test(resource: Resource, permissions: string[], how: How): Answer
  /** What the resource says of its own settings, where they decide whether its policy takes conditions. */
  settings?(resource: Resource, how: How): Answer
}

type Root = { rootUrl?: string }

// The part that most of Google's generated clients have in common.
type Methods = {
  getIamPolicy(params: object, options: object): Answer
  setIamPolicy(params: object, options: object): Answer
  testIamPermissions(params: object, options: object): Answer
}
type Form = { version: 'in the body' | 'in the query'; takesMask?: boolean }

const version = 3

function usual(methods: (resource: Resource) => Methods, { version: place, takesMask = true }: Form): PolicyCalls {
  const asked =
    place === 'in the body'
      ? { requestBody: { options: { requestedPolicyVersion: version } } }
      : { 'options.requestedPolicyVersion': version }
  return {
    read: async (resource, { auth, options }) =>
      methods(resource).getIamPolicy({ resource: resource.relative, ...asked, auth }, options),
    write: async (resource, policy, { auth, options }) => {
      // The mask excludes audit configs. Where an API takes no mask, the policy is sent with all fields that it was read with.
      const requestBody = { policy, ...(takesMask && { updateMask: 'bindings,etag' }) }
      return methods(resource).setIamPolicy({ resource: resource.relative, requestBody, auth }, options)
    },
    test: async (resource, permissions, { auth, options }) =>
      methods(resource).testIamPermissions(
        { resource: resource.relative, requestBody: { permissions }, auth },
        options,
      ),
  }
}

const manager = (root: Root): PolicyCalls => {
  const api = new cloudresourcemanager_v3.Cloudresourcemanager(root)
  return usual(({ parts: [[kind] = ['']] }) => api[kind as 'projects' | 'folders' | 'organizations'], {
    version: 'in the body',
  })
}

/** The calls by the host of the API. */
const byService: Record<string, (root: Root) => Promise<PolicyCalls>> = {
  'cloudresourcemanager.googleapis.com': async root => manager(root),
  'storage.googleapis.com': async root => {
    const { storage_v1: v1 } = await import('googleapis/build/src/apis/storage/v1.js')
    const { buckets } = new v1.Storage(root)
    return {
      read: async ({ id }, { auth, options }) =>
        buckets.getIamPolicy({ bucket: id('buckets'), optionsRequestedPolicyVersion: version, auth }, options),
      write: async ({ id }, policy, { auth, options }) =>
        buckets.setIamPolicy({ bucket: id('buckets'), requestBody: policy, auth }, options),
      test: async ({ id }, permissions, { auth, options }) =>
        buckets.testIamPermissions({ bucket: id('buckets'), permissions, auth }, options),
      settings: async ({ id }, { auth, options }) =>
        buckets.get({ bucket: id('buckets'), fields: 'iamConfiguration', auth }, options),
    }
  },
  'secretmanager.googleapis.com': async root => {
    const { secretmanager_v1: v1 } = await import('googleapis/build/src/apis/secretmanager/v1.js')
    const api = new v1.Secretmanager(root)
    return usual(() => api.projects.secrets, { version: 'in the query' })
  },
  'cloudkms.googleapis.com': async root => {
    const { cloudkms_v1: v1 } = await import('googleapis/build/src/apis/cloudkms/v1.js')
    const api = new v1.Cloudkms(root)
    return usual(() => api.projects.locations.keyRings.cryptoKeys, { version: 'in the query' })
  },
  'run.googleapis.com': async root => {
    const { run_v2: v2 } = await import('googleapis/build/src/apis/run/v2.js')
    const api = new v2.Run(root)
    return usual(() => api.projects.locations.services, { version: 'in the query' })
  },
  'bigquery.googleapis.com': async root => {
    const { bigquery_v2: v2 } = await import('googleapis/build/src/apis/bigquery/v2.js')
    const api = new v2.Bigquery(root)
    return usual(() => api.tables, { version: 'in the body' })
  },
  'compute.googleapis.com': async root => {
    const { compute_v1: v1 } = await import('googleapis/build/src/apis/compute/v1.js')
    const { instances } = new v1.Compute(root)
    const named = ({ id }: Resource): { project: string; zone: string; resource: string } => ({
      project: id('projects'),
      zone: id('zones'),
      resource: id('instances'),
    })
    return {
      read: async (resource, { auth, options }) =>
        instances.getIamPolicy({ ...named(resource), optionsRequestedPolicyVersion: version, auth }, options),
      write: async (resource, policy, { auth, options }) =>
        instances.setIamPolicy({ ...named(resource), requestBody: { policy }, auth }, options),
      test: async (resource, permissions, { auth, options }) =>
        instances.testIamPermissions({ ...named(resource), requestBody: { permissions }, auth }, options),
    }
  },
  'spanner.googleapis.com': async root => {
    const { spanner_v1: v1 } = await import('googleapis/build/src/apis/spanner/v1.js')
    const api = new v1.Spanner(root)
    return usual(() => api.projects.instances.databases, { version: 'in the body', takesMask: false })
  },
  'iam.googleapis.com': async root => {
    const { iam_v1: v1 } = await import('googleapis/build/src/apis/iam/v1.js')
    const api = new v1.Iam(root)
    return usual(() => api.projects.serviceAccounts, { version: 'in the query' })
  },
}

/** Finds the calls of a resource's type. Each client is loaded once. */
export function createPolicyCalls(root: Root): (resource: Resource) => Promise<PolicyCalls> {
  const loaded = new Map<string, Promise<PolicyCalls>>()
  return async ({ service }) => {
    const load = byService[service]
    if (!load) throw new Error(`No client for ${service}.`)
    const known = loaded.get(service) ?? load(root)
    loaded.set(service, known)
    return known
  }
}
