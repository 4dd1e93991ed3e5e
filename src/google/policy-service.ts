// IAM policies of projects, folders and organizations, read and written with a person's own token: implements the policy
// port. It keeps no token after a call, does not repeat calls, and never writes a policy that it did not read
// completely.
import { cloudresourcemanager_v3 } from 'googleapis/build/src/apis/cloudresourcemanager/v3.js'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Policy } from '../domain/policy.ts'
import type { Clock, PolicyService } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { at, type FailedAnswer, failedAnswer } from './answer.ts'
import { type PolicyCall, policyOutcome } from './policy-outcome.ts'
import { callTimeoutMs, personClient, withoutSlash } from './transport.ts'

type PolicyServiceOptions = {
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
}

type Methods = cloudresourcemanager_v3.Cloudresourcemanager['projects' | 'folders' | 'organizations']
type Call = { resource: string; token: Secret; requestReason?: string }

const resourceForm = /^(projects|folders|organizations)\/[a-z0-9][a-z0-9.:-]{0,62}$/

/** The policy port over Resource Manager v3. */
export function createPolicyService({
  clock,
  rootUrl,
  timeoutMs = callTimeoutMs,
}: PolicyServiceOptions): PolicyService {
  const api = new cloudresourcemanager_v3.Cloudresourcemanager(rootUrl ? { rootUrl: `${withoutSlash(rootUrl)}/` } : {})
  const outcome = (answer: FailedAnswer, call: Omit<PolicyCall, 'now'>): Error =>
    policyOutcome(answer, { ...call, now: clock.now() })
  const optionsOf = ({ token, requestReason }: Call): { auth: ReturnType<typeof personClient>; options: object } => ({
    auth: personClient(token, timeoutMs),
    options: {
      retry: false,
      ...(requestReason && { headers: { 'X-Goog-Request-Reason': headerText(requestReason) } }),
    },
  })

  return {
    read: async (resource, token) => {
      const methods = methodsOf(api, resource)
      const { auth, options } = optionsOf({ resource, token })
      const requestBody = { options: { requestedPolicyVersion: 3 } }
      const answer = await attempt(methods.getIamPolicy({ resource, requestBody, auth }, options))
      if ('failed' in answer) throw outcome(answer.failed, { verb: 'read', resource })
      return readPolicy(answer.data, resource)
    },
    write: async (resource, policy, token, requestReason) => {
      const methods = methodsOf(api, resource)
      requireWritable(policy, resource)
      const { auth, options } = optionsOf({ resource, token, requestReason })
      // The mask excludes audit configs; the domain's policy is Google's, with all fields that it had.
      const requestBody = { policy: policy as cloudresourcemanager_v3.Schema$Policy, updateMask: 'bindings,etag' }
      const answer = await attempt(methods.setIamPolicy({ resource, requestBody, auth }, options))
      if (!('failed' in answer)) return writtenPolicy(answer.data, resource)
      if (isConflict(answer.failed)) return 'conflict'
      throw outcome(answer.failed, { verb: 'write', resource, policy })
    },
    mayWrite: async (resource, token) => {
      const methods = methodsOf(api, resource)
      const kind = resource.split('/')[0]
      const permissions = ['getIamPolicy', 'setIamPolicy'].map(verb => `resourcemanager.${kind}.${verb}`)
      const { auth, options } = optionsOf({ resource, token })
      const answer = await attempt(
        methods.testIamPermissions({ resource, requestBody: { permissions }, auth }, options),
      )
      if ('failed' in answer) throw outcome(answer.failed, { verb: 'test', resource })
      const held = at(answer.data, 'permissions')
      return Array.isArray(held) && permissions.every(permission => held.includes(permission))
    },
  }
}

function methodsOf(api: cloudresourcemanager_v3.Cloudresourcemanager, resource: string): Methods {
  const kind = resourceForm.exec(resource)?.[1]
  if (kind === 'projects' || kind === 'folders' || kind === 'organizations') return api[kind]
  throw new Refused(
    'ResourceNotSupported',
    `"${resource}" is not a resource that Hallpass can grant on: name projects/ID, folders/NUMBER or organizations/NUMBER.`,
  )
}

// The error is read and dropped, because its configuration contains the token.
async function attempt(call: Promise<{ data: unknown }>): Promise<{ data: unknown } | { failed: FailedAnswer }> {
  try {
    return { data: (await call).data }
  } catch (error) {
    return { failed: failedAnswer(error) }
  }
}

// Resource Manager answers 409, other APIs with IAM policies 412; both mean that the etag is no longer current.
function isConflict({ status }: FailedAnswer): boolean {
  return status === 409 || status === 412
}

function readPolicy(data: unknown, resource: string): Policy {
  if (!isPolicy(data)) throw new Broken(`Google's answer holds no IAM policy of "${resource}".`)
  return data
}

function writtenPolicy(data: unknown, resource: string): Policy {
  if (!isPolicy(data))
    throw new Broken(`Google's answer does not show that "${resource}" was written.`, { answered: false })
  return data
}

function isPolicy(data: unknown): data is Policy {
  const [etag, bindings] = [at(data, 'etag'), at(data, 'bindings')]
  return typeof etag === 'string' && (bindings === undefined || (Array.isArray(bindings) && bindings.every(isBinding)))
}

function isBinding(binding: unknown): boolean {
  const members = at(binding, 'members')
  return typeof at(binding, 'role') === 'string' && (members === undefined || Array.isArray(members))
}

/**
 * Google accepts a write without etag (a blind overwrite) and roles with their conditions masked (which corrupts them).
 * Hallpass never sends either (https://cloud.google.com/iam/docs/troubleshooting-withcond).
 */
function requireWritable({ etag, version, bindings = [] }: Policy, resource: string): void {
  if (!etag)
    throw new Refused(
      'PolicyWithoutEtag',
      `The IAM policy of "${resource}" has no etag; writing it could overwrite another change.`,
    )
  const masked = bindings.find(({ role }) => /_withcond_[0-9a-f]+$/.test(role))
  if (version !== 3 || masked)
    throw new Refused(
      'PolicyNotWhole',
      `The IAM policy of "${resource}" was not read with its conditions; writing it would lose them.`,
    )
}

function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 256)
}
