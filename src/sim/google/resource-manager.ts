// Resource Manager v3: IAM policies of projects, folders and organizations, with the rules and error bodies of the real one
// (google/iam/v1/iam_policy.proto, google/iam/v1/policy.proto).
import type { Express } from 'express'
import { z } from 'zod'
import { auditEntryOf } from './audit-entries.ts'
import { parseBody, serveMethods, type Api, type Incoming, type Method } from './api.ts'
import { conflict, denied, invalid } from './failure.ts'
import type { LogBuckets } from './logging.ts'
import { canonicalBindings, masked, modifiedRoles, type Policies } from './policies.ts'
import { requireAcceptable, underPrimary, type Directory } from './policy-rules.ts'
import type { Quota } from './quota.ts'
import type { Rights } from './rights.ts'
import type { Roles } from './roles.ts'
import { cloudPlatform } from './tokens.ts'
import type { AuditConfig, Binding, Policy } from './types.ts'

const condition = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  expression: z.string().optional(),
  location: z.string().optional(),
})
const binding = z.strictObject({
  role: z.string(),
  members: z.array(z.string()).default([]),
  condition: condition.nullish(),
})
const auditConfig = z.strictObject({
  service: z.string().optional(),
  auditLogConfigs: z
    .array(z.strictObject({ logType: z.string().optional(), exemptedMembers: z.array(z.string()).optional() }))
    .optional(),
})
const policyShape = z.strictObject({
  version: z.number().int().default(0),
  etag: z.string().optional(),
  bindings: z.array(binding).default([]),
  auditConfigs: z.array(auditConfig).optional(),
})
const setBody = z.strictObject({ policy: policyShape, updateMask: z.string().optional() })
const getBody = z.strictObject({
  options: z.strictObject({ requestedPolicyVersion: z.number().int().optional() }).optional(),
})
const testBody = z.strictObject({ permissions: z.array(z.string()).default([]) })

const versions = [0, 1, 3]
const maxTestedPermissions = 100

export type ResourceManagerDependencies = {
  policies: Policies
  rights: Rights
  roles: Roles
  directory: Directory
  /** Where Cloud Audit Logs are written to. */
  logs: LogBuckets
  quota: Quota
}

/** Serves getIamPolicy, setIamPolicy and testIamPermissions. */
export function serveResourceManager(app: Express, api: Api, deps: ResourceManagerDependencies): void {
  const path = /^\/v3\/((?:projects|folders|organizations)\/[^/]+):(\w+)$/
  const readScopes = [cloudPlatform, 'https://www.googleapis.com/auth/cloud-platform.read-only']
  serveMethods(
    app,
    path,
    {
      getIamPolicy: methodOf('GetIamPolicy', counted('read', getIamPolicy, deps), readScopes),
      setIamPolicy: methodOf('SetIamPolicy', counted('write', setIamPolicy, deps)),
      testIamPermissions: methodOf('TestIamPermissions', counted('read', testIamPermissions, deps), readScopes),
    },
    api,
  )
}

type Process = (incoming: Incoming, deps: ResourceManagerDependencies) => object

function counted(kind: 'read' | 'write', process: Process, deps: ResourceManagerDependencies): Method['process'] {
  return incoming => {
    deps.quota.take(kind, incoming.at)
    return process(incoming, deps)
  }
}

function methodOf(name: string, process: Method['process'], scopes?: readonly string[]): Method {
  const method = `google.cloud.resourcemanager.v3.Projects.${name}`
  return { name, service: 'cloudresourcemanager.googleapis.com', method, process, ...(scopes && { scopes }) }
}

function getIamPolicy(
  { caller, resource, body, at }: Incoming,
  { policies, rights }: ResourceManagerDependencies,
): object {
  const version = parseBody(getBody, body).options?.requestedPolicyVersion ?? 0
  requireVersion(version)
  const permission = permissionTo('get', resource)
  const policy = policies.read(resource)
  if (!policy || !rights.may(caller.email, permission, resource, { at })) throw deniedHere(permission, resource)
  return version === 3 ? policy : masked(policy)
}

function setIamPolicy(incoming: Incoming, deps: ResourceManagerDependencies): object {
  const { caller, resource, body, at } = incoming
  const { policy, updateMask } = parseBody(setBody, body)
  const before = deps.policies.read(resource)
  const permission = permissionTo('set', resource)
  if (!before) throw deniedHere(permission, resource)
  const bindings = policy.bindings.map(one => underPrimary(plain(one), deps.directory))
  const after = merge(before, { ...policy, bindings }, fieldsOf(updateMask))
  const touched = modifiedRoles(before.bindings, after.bindings)
  if (!deps.rights.may(caller.email, permission, resource, { at, modifiedRoles: touched }))
    throw deniedHere(permission, resource)
  requireWritable(before, policy, after.bindings)
  requireAcceptable({ resource, before, after }, deps.roles, deps.directory)
  deps.logs.audited.push(auditEntryOf(incoming))
  return deps.policies.replace(resource, after)
}

// "may fail open" and is no authorization check: conditions see an empty list of modified grants.
function testIamPermissions({ caller, resource, body, at }: Incoming, { rights }: ResourceManagerDependencies): object {
  const { permissions } = parseBody(testBody, body)
  if (permissions.length > maxTestedPermissions)
    throw invalid(`At most ${maxTestedPermissions} permissions can be tested.`)
  const wild = permissions.find(permission => permission.includes('*'))
  if (wild) throw invalid(`Wildcards are not allowed in permissions: ${wild}.`)
  const held = permissions.filter(permission => rights.may(caller.email, permission, resource, { at }))
  return held.length > 0 ? { permissions: held } : {}
}

/** The new policy: the fields of the mask are replaced, the others stay. */
function merge(
  before: Policy,
  { bindings, auditConfigs }: { bindings: Binding[]; auditConfigs?: AuditConfig[] | undefined },
  fields: readonly string[],
): Pick<Policy, 'bindings' | 'auditConfigs'> {
  const audit = fields.includes('auditConfigs') ? auditConfigs : before.auditConfigs
  return {
    bindings: fields.includes('bindings') ? canonicalBindings(bindings) : before.bindings,
    ...(audit && audit.length > 0 && { auditConfigs: audit }),
  }
}

function fieldsOf(updateMask = 'bindings,etag'): string[] {
  const fields = updateMask.split(',').map(field => field.trim().replace('audit_configs', 'auditConfigs'))
  const unknown = fields.find(field => !['bindings', 'etag', 'version', 'auditConfigs'].includes(field))
  if (unknown !== undefined) throw invalid(`Invalid field in update mask: "${unknown}".`)
  return fields
}

function requireWritable(
  before: Policy,
  { version, etag }: { version: number; etag?: string | undefined },
  after: Binding[],
): void {
  requireVersion(version)
  if (etag !== undefined && etag !== before.etag) throw conflict()
  if (version < 3 && after.some(one => one.condition))
    throw invalid('Conditional role bindings require policy version 3.')
  // Without an etag even this is accepted, and all conditions are lost.
  if (version < 3 && etag !== undefined && before.version === 3)
    throw invalid('A policy with conditional role bindings can only be changed with policy version 3.')
}

function requireVersion(version: number): void {
  if (!versions.includes(version)) throw invalid(`Invalid policy version: ${version}. Must be one of 0, 1, 3.`)
}

function plain({ role, members, condition: found }: z.infer<typeof binding>): Binding {
  if (!found) return { role, members }
  const given = Object.entries(found).filter(([, value]) => value !== undefined && value !== '')
  return { role, members, condition: Object.fromEntries(given) }
}

function permissionTo(verb: 'get' | 'set', resource: string): string {
  return `resourcemanager.${resource.split('/')[0]}.${verb}IamPolicy`
}

function deniedHere(permission: string, resource: string): Error {
  return denied(permission, `//cloudresourcemanager.googleapis.com/${resource}`, 'cloudresourcemanager')
}
