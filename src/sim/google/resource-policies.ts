// The IAM policies of all types of resources: reading, writing and testing permissions, with the rules and error bodies of
// the real APIs. One implementation over the table of policy-apis.ts.
import express, { type Express, type Request, type Response } from 'express'
import { auditEntryOf } from './audit-entries.ts'
import { type Api, type Incoming, type Method, parseBody, send } from './api.ts'
import { conflict, denied, GoogleFailure, invalid, JsonFailure, preconditionFailed } from './failure.ts'
import type { LogBuckets } from './log-buckets.ts'
import { canonicalBindings, masked as maskedPolicy, modifiedRoles, type Policies } from './policies.ts'
import { fullName, type PolicyApi, policyApis } from './policy-apis.ts'
import * as bodies from './policy-bodies.ts'
import { type Directory, requireAcceptable, underPrimary } from './policy-rules.ts'
import type { Quota } from './quota.ts'
import type { Rights } from './rights.ts'
import type { Roles } from './roles.ts'
import { cloudPlatform } from './tokens.ts'
import type { Policy } from './types.ts'

export type PolicyDependencies = {
  policies: Policies
  rights: Rights
  roles: Roles
  directory: Directory
  /** Where Cloud Audit Logs are written to. */
  logs: LogBuckets
  /** Of Resource Manager alone. */
  quota: Quota
}
type Query = Record<string, unknown>
type Work = (incoming: Incoming, query: Query) => object

const readScopes = [cloudPlatform, 'https://www.googleapis.com/auth/cloud-platform.read-only']
const versions = [0, 1, 3]
const maxTestedPermissions = 100
const bucketPath = /^\/storage\/v1\/b\/([^/]+)$/

/** Serves the calls of every row, and what a bucket says of its access. */
export function serveResourcePolicies(app: Express, api: Api, deps: PolicyDependencies): void {
  for (const row of policyApis) {
    const on = (http: 'get' | 'post' | 'put', verb: string, method: Method & { work: Work; takes: string[] }): void => {
      const handle = (req: Request, res: Response): void => {
        const [name = ''] = Object.values(req.params as unknown as Record<string, string>)
        const resource = isBucket(row) ? `projects/_/buckets/${name}` : name
        const process: Method['process'] = incoming =>
          inForm(row, () => {
            if (isManager(row)) deps.quota.take(verb === 'setIamPolicy' ? 'write' : 'read', incoming.at)
            return method.work(incoming, queryOf(req, method.takes))
          })
        send(res, api.answer({ ...method, process }, deps.policies.nameOf(resource) ?? resource, req))
      }
      app[http](pathOf(row, verb), express.text({ type: () => true, limit: '16mb' }), handle)
    }
    const { http, version } = row.read
    const asked = version === 'body' ? [] : [version]
    const get: Work = (incoming, query) => read(incoming, query, row, deps)
    on(http === 'GET' ? 'get' : 'post', 'getIamPolicy', { ...methodOf(row, 'GetIamPolicy', get), takes: asked })
    const set: Work = incoming => write(incoming, row, deps)
    on(isBucket(row) ? 'put' : 'post', 'setIamPolicy', { ...methodOf(row, 'SetIamPolicy', set), takes: [] })
    const test: Work = (incoming, query) => testPermissions(incoming, query, row, deps)
    const tested = { ...methodOf(row, 'TestIamPermissions', test), takes: isBucket(row) ? ['permissions'] : [] }
    on(isBucket(row) ? 'get' : 'post', 'testIamPermissions', tested)
    if (isBucket(row)) serveBucket(app, api, row, deps)
  }
}

function isManager({ service }: PolicyApi): boolean {
  return service === 'cloudresourcemanager.googleapis.com'
}

function isBucket({ collection }: PolicyApi): boolean {
  return collection === 'storage.buckets'
}

function pathOf(row: PolicyApi, verb: string): RegExp {
  const { before, after } = row.path
  if (!isBucket(row)) return new RegExp(`^${before}(${row.form})${after}${verb}$`)
  return new RegExp(`^${before}([^/]+)${after}${verb === 'testIamPermissions' ? '/testPermissions' : ''}$`)
}

function methodOf(row: PolicyApi, name: string, work: Work): Method & { work: Work } {
  const scopes = name === 'SetIamPolicy' ? {} : { scopes: readScopes }
  const process: Method['process'] = () => ({})
  return { name, service: row.service, method: `${row.collection}.${name}`, work, process, ...scopes }
}

function queryOf(req: Request, takes: readonly string[]): Query {
  const [stranger] = Object.keys(req.query).filter(name => ![...takes, 'alt', 'prettyPrint', 'fields'].includes(name))
  if (stranger !== undefined)
    throw invalid(`Invalid JSON payload received. Unknown name "${stranger}": Cannot bind query parameter.`)
  return req.query
}

/** Runs the call; an older API says no in its own form. */
function inForm({ errors }: PolicyApi, call: () => object): object {
  try {
    return call()
  } catch (error) {
    throw errors === 'json' && error instanceof GoogleFailure ? new JsonFailure(error) : error
  }
}

function read(
  { caller, resource, body, at }: Incoming,
  query: Query,
  row: PolicyApi,
  deps: PolicyDependencies,
): object {
  const inBody = parseBody(row.read.version === 'body' ? bodies.readBody : bodies.noBody, body) as {
    options?: { requestedPolicyVersion?: number }
  }
  const version =
    row.read.version === 'body'
      ? (inBody.options?.requestedPolicyVersion ?? 0)
      : Number(query[row.read.version] ?? (isBucket(row) ? 1 : 0))
  requireVersion(version)
  const permission = `${row.collection}.getIamPolicy`
  const policy = deps.policies.read(resource)
  if (!policy) throw missing(row, permission, resource)
  if (!deps.rights.may(caller.email, permission, resource, { at })) throw deniedHere(row, permission, resource)
  return shown(row, resource, version === 3 ? policy : maskedPolicy(policy))
}

function shown(row: PolicyApi, resource: string, policy: Policy): object {
  return isBucket(row) ? { kind: 'storage#policy', resourceId: resource, ...policy } : policy
}

function write(incoming: Incoming, row: PolicyApi, deps: PolicyDependencies): object {
  const { caller, resource, body, at } = incoming
  const { policy, updateMask } = writtenIn(row, body)
  const before = deps.policies.read(resource)
  const permission = `${row.collection}.setIamPolicy`
  if (!before) throw missing(row, permission, resource)
  const bindings = policy.bindings.map(one => underPrimary(bodies.plain(one), deps.directory))
  const after = merge(before, { ...policy, bindings }, fieldsOf(updateMask, row))
  const ancestry = deps.policies.ancestry(resource)
  const touched = row.hasLimit ? modifiedRoles(before.bindings, after.bindings) : []
  if (!deps.rights.may(caller.email, permission, resource, { at, modifiedRoles: touched })) {
    deps.logs.audited.push(auditEntryOf(incoming, { ...row, ancestry }))
    throw deniedHere(row, permission, resource)
  }
  requireWritable(before, policy, after)
  if (!deps.policies.isUniform(resource) && after.bindings.some(one => one.condition))
    throw preconditionFailed(
      'To set IAM Conditions on this bucket, please enable uniform bucket-level access. Learn more at https://cloud.google.com/storage/docs/uniform-bucket-level-access.',
    )
  requireAcceptable({ resource, before, after, ancestry, mayBeEmpty: row.mayBeEmpty }, deps.roles, deps.directory)
  const stored = deps.policies.replace(resource, after)
  deps.logs.audited.push(auditEntryOf(incoming, { ...row, ancestry }, { before, after: stored }))
  return shown(row, resource, stored)
}

function writtenIn(row: PolicyApi, body: unknown): { policy: bodies.Proposed; updateMask?: string | undefined } {
  if (isBucket(row)) return { policy: parseBody(bodies.bare, body) }
  if (row.hasMask) return parseBody(bodies.masked, body)
  return parseBody(row.keepsAuditConfigs ? bodies.unmasked : bodies.unaudited, body)
}

// "may fail open" and is no authorization check: conditions see an empty list of modified grants.
function testPermissions(
  { caller, resource, body, at }: Incoming,
  query: Query,
  row: PolicyApi,
  { rights, policies }: PolicyDependencies,
): object {
  const listed = isBucket(row) ? [query['permissions'] ?? []].flat().map(String) : undefined
  const permissions = listed ?? parseBody(bodies.testBody, body).permissions
  if (permissions.length > maxTestedPermissions)
    throw invalid(`At most ${maxTestedPermissions} permissions can be tested.`)
  const wild = permissions.find(permission => permission.includes('*'))
  if (wild) throw invalid(`Wildcards are not allowed in permissions: ${wild}.`)
  if (row.missing === 'not found' && !policies.read(resource)) throw missing(row, '', resource)
  const held = permissions.filter(permission => rights.may(caller.email, permission, resource, { at }))
  const answer = held.length > 0 ? { permissions: held } : {}
  return isBucket(row) ? { kind: 'storage#testIamPermissionsResponse', ...answer } : answer
}

// What `buckets.get` shows with a mask of fields: only its access is simulated.
function serveBucket(app: Express, api: Api, row: PolicyApi, { policies, rights }: PolicyDependencies): void {
  app.get(bucketPath, (req, res) => {
    const resource = `projects/_/buckets/${(req.params as unknown as Record<string, string>)['0'] ?? ''}`
    const process: Method['process'] = ({ caller, at }) =>
      inForm(row, () => {
        if (queryOf(req, [])['fields'] !== 'iamConfiguration') throw invalid('Only iamConfiguration is simulated.')
        if (!policies.read(resource)) throw missing(row, 'storage.buckets.get', resource)
        if (!rights.may(caller.email, 'storage.buckets.get', resource, { at }))
          throw deniedHere(row, 'storage.buckets.get', resource)
        const enabled = policies.isUniform(resource)
        return { iamConfiguration: { uniformBucketLevelAccess: { enabled } } }
      })
    const method = { name: 'GetBucket', service: row.service, method: 'storage.buckets.get', scopes: readScopes }
    send(res, api.answer({ ...method, process }, resource, req))
  })
}

/** The new policy: the fields of the mask are replaced, the others stay. Without a mask everything is replaced. */
function merge(
  before: Policy,
  { bindings, auditConfigs }: Pick<Policy, 'bindings'> & { auditConfigs?: Policy['auditConfigs'] | undefined },
  fields: readonly string[],
): Pick<Policy, 'bindings' | 'auditConfigs'> {
  const audit = fields.includes('auditConfigs') ? auditConfigs : before.auditConfigs
  return {
    bindings: fields.includes('bindings') ? canonicalBindings(bindings) : before.bindings,
    ...(audit && audit.length > 0 && { auditConfigs: audit }),
  }
}

function fieldsOf(updateMask: string | undefined, { hasMask }: PolicyApi): string[] {
  if (!hasMask) return ['bindings', 'auditConfigs']
  const fields = (updateMask ?? 'bindings,etag').split(',').map(field => field.trim())
  const named = fields.map(field => field.replace('audit_configs', 'auditConfigs'))
  const unknown = named.find(field => !['bindings', 'etag', 'version', 'auditConfigs'].includes(field))
  if (unknown !== undefined) throw invalid(`Invalid field in update mask: "${unknown}".`)
  return named
}

function requireWritable(
  before: Policy,
  { version, etag }: { version: number; etag?: string | undefined },
  { bindings }: Pick<Policy, 'bindings'>,
): void {
  requireVersion(version)
  if (etag !== undefined && etag !== before.etag) throw conflict()
  if (version < 3 && bindings.some(one => one.condition))
    throw invalid('Conditional role bindings require policy version 3.')
  // Without an etag even this is accepted, and all conditions are lost.
  if (version < 3 && etag !== undefined && before.version === 3)
    throw invalid('A policy with conditional role bindings can only be changed with policy version 3.')
}

function requireVersion(version: number): void {
  if (!versions.includes(version)) throw invalid(`Invalid policy version: ${version}. Must be one of 0, 1, 3.`)
}

function missing(row: PolicyApi, permission: string, resource: string): Error {
  if (row.missing === 'denied') return deniedHere(row, permission, resource)
  return new GoogleFailure('NOT_FOUND', `The resource "${resource}" was not found.`)
}

function deniedHere(row: PolicyApi, permission: string, resource: string): Error {
  return denied(permission, fullName(row, resource), row.service.replace('.googleapis.com', ''))
}
