// IAM policies of resources, read and written with a person's own token: implements the policy port. It keeps no token
// after a call, does not repeat calls, and never writes a policy that it did not read completely.
import { Broken, Refused } from '../domain/outcome.ts'
import type { Policy } from '../domain/granting/policy.ts'
import type { Clock, PolicyService } from '../domain/ports.ts'
import { knownResource } from '../domain/mapping/resources.ts'
import type { Secret } from '../domain/secret.ts'
import { at, type FailedAnswer, failedAnswer } from './answer.ts'
import { createPolicyCalls, type How } from './policy-calls.ts'
import { noUniformAccess, type PolicyCall, policyOutcome, type Whose } from './policy-outcome.ts'
import { callTimeoutMs, personClient, withoutSlash } from './transport.ts'

type PolicyServiceOptions = {
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
  /** Whose token calls, for the messages; a person's unless given. */
  whose?: Whose
}

/** The policy port over the APIs of all types of resources. */
export function createPolicyService({
  clock,
  rootUrl,
  timeoutMs = callTimeoutMs,
  whose = 'a person',
}: PolicyServiceOptions): PolicyService {
  const callsOf = createPolicyCalls(rootUrl ? { rootUrl: `${withoutSlash(rootUrl)}/` } : {})
  const outcome = (answer: FailedAnswer, call: Omit<PolicyCall, 'now' | 'whose'>): Error =>
    policyOutcome(answer, { ...call, whose, now: clock.now() })
  const howWith = (token: Secret, requestReason?: string): How => ({
    auth: personClient(token, timeoutMs),
    options: {
      retry: false,
      ...(requestReason && { headers: { 'X-Goog-Request-Reason': headerText(requestReason) } }),
    },
  })

  const read: PolicyService['read'] = async (resource, token) => {
    const place = knownResource(resource)
    const calls = await callsOf(place)
    const answer = await attempt(calls.read(place, howWith(token)))
    if ('failed' in answer) throw outcome(answer.failed, { verb: 'read', resource })
    return readPolicy(answer.data, resource)
  }
  return {
    read,
    write: async (resource, policy, token, requestReason) => {
      const place = knownResource(resource)
      requireWritable(policy, resource)
      const calls = await callsOf(place)
      const answer = await attempt(calls.write(place, policy, howWith(token, requestReason)))
      if (!('failed' in answer)) return writtenPolicy(answer.data, resource)
      const { failed } = answer
      if (isConflict(failed) && !(saysTooMuch(failed) && (await isUnchanged(read(resource, token), policy))))
        return 'conflict'
      throw outcome(failed, { verb: 'write', resource, policy })
    },
    mayWrite: async (resource, token) => {
      const place = knownResource(resource)
      const calls = await callsOf(place)
      const permissions = [place.permissions.get, place.permissions.set]
      const answer = await attempt(calls.test(place, permissions, howWith(token)))
      if ('failed' in answer) throw outcome(answer.failed, { verb: 'test', resource })
      const held = at(answer.data, 'permissions')
      const mayBoth = Array.isArray(held) && permissions.every(permission => held.includes(permission))
      if (mayBoth && calls.settings) requireUniform(await attempt(calls.settings(place, howWith(token))), resource)
      return mayBoth
    },
  }
}

// Who may not see the settings learns it at the write.
function requireUniform(answer: Attempted, resource: string): void {
  if ('failed' in answer) return
  const access = at(at(answer.data, 'iamConfiguration'), 'uniformBucketLevelAccess')
  if (access !== undefined && at(access, 'enabled') !== true) throw noUniformAccess(resource)
}

type Attempted = { data: unknown } | { failed: FailedAnswer }

// The error is read and dropped, because its configuration contains the token.
async function attempt(call: Promise<{ data: unknown }>): Promise<Attempted> {
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

/**
 * The older JSON APIs answer 412 to an etag of before, and also to a policy that breaks a rule, such as a condition on a
 * bucket without uniform access. Both have the same code, so the policy itself must show whether it has changed.
 */
function saysTooMuch({ status, rpc }: FailedAnswer): boolean {
  return status === 412 && rpc === 'FAILED_PRECONDITION'
}

async function isUnchanged(reading: Promise<Policy>, { etag }: Policy): Promise<boolean> {
  return reading.then(
    now => now.etag === etag,
    () => false,
  )
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
