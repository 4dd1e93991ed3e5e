// From Resource Manager's answers to the three outcomes, by status and reason codes. The sentences are for the approver and
// for whoever asked.
import { Broken, Refused, type Waiting } from '../domain/outcome.ts'
import type { FailedAnswer } from './answer.ts'
import { type Called, setupFault } from './forbidden.ts'
import { passingOutcome } from './passing.ts'

export type PolicyCall = { verb: 'read' | 'write' | 'test'; resource: string; now: Date }

/** The outcome of a call that failed, to be thrown. A conflict is no failure and is handled before. */
export function policyOutcome(answer: FailedAnswer, call: PolicyCall): Refused | Waiting | Broken {
  const doing = `${call.verb} the IAM policy of "${call.resource}"`
  // A write that ends in a server error, or in an answer of something in between, may have taken effect all the same.
  const isWrite = call.verb === 'write'
  const passing = passingOutcome(answer, { whom: 'Google', doing, now: call.now, isWrite })
  if (passing) return passing
  const fault = setupFault(answer, calledFor(call))
  if (fault) return new Refused(fault.reason, fault.message)
  const { status } = answer
  if (status === 401) return unauthenticated(answer, doing)
  if (status === 403) return forbidden(answer, call)
  if (status === 404) return new Refused('ResourceUnknown', `Google knows no resource "${call.resource}".`)
  if (status === 400) return notAccepted(answer, call)
  return new Broken(`Google answered ${status} when asked to ${doing}.`, { answered: !isWrite })
}

function calledFor({ resource }: PolicyCall): Called {
  return {
    service: 'cloudresourcemanager.googleapis.com',
    project: "the project of Hallpass's OAuth client",
    what: `the IAM policy of "${resource}"`,
  }
}

function unauthenticated({ reason }: FailedAnswer, doing: string): Refused {
  if (reason === 'ACCOUNT_STATE_INVALID')
    return new Refused(
      'AccountSuspended',
      `The approver's Google account is suspended or deleted, so Hallpass cannot ${doing}. An administrator of Google Workspace can say more; somebody else must approve.`,
    )
  return new Refused(
    'TokenNotAccepted',
    `Google no longer accepts the approver's sign-in, so Hallpass cannot ${doing}. Please approve again.`,
  )
}

function forbidden({ reason, metadata }: FailedAnswer, { verb, resource }: PolicyCall): Refused {
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')
    return new Refused(
      'ScopeNotGranted',
      "The sign-in did not include access to Google Cloud. Please approve again and leave that box ticked on Google's page.",
    )
  return new Refused(
    'AccessDenied',
    `Google does not let the approver ${verb} the IAM policy of "${resource}", or it does not exist. It takes "${permissionOf(metadata, { verb, resource })}" for the mapped roles. The platform team gives it with: hallpass approver-rights --resource ${resource}`,
  )
}

function notAccepted({ status, rpc, sentence }: FailedAnswer, { verb, resource }: PolicyCall): Refused {
  if (rpc === 'FAILED_PRECONDITION')
    return new Refused(
      'OrganisationPolicy',
      `An organisation policy forbids this change of the IAM policy of "${resource}": most often, the requester's domain is not among those allowed there.`,
    )
  const words = sentence ? `: ${sentence}` : ` (${rpc ?? status}).`
  return new Refused(
    verb === 'write' ? 'PolicyNotAccepted' : 'ResourceNotAccepted',
    `Google did not accept the call to ${verb} the IAM policy of "${resource}"${words}`,
  )
}

function permissionOf(
  metadata: Record<string, string>,
  { verb, resource }: Pick<PolicyCall, 'verb' | 'resource'>,
): string {
  return (
    metadata['permission'] ?? `resourcemanager.${resource.split('/')[0]}.${verb === 'write' ? 'set' : 'get'}IamPolicy`
  )
}
