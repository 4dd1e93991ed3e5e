// Maps the answers to calls about IAM policies to the three outcomes, by status and reason codes. The messages are for the approver
// and the requester.
import { Broken, Refused, type Waiting } from '../domain/outcome.ts'
import type { Policy } from '../domain/granting/policy.ts'
import { exceededLimit } from '../domain/granting/policy-limits.ts'
import { resourceOf } from '../domain/mapping/resources.ts'
import { shortLine } from '../domain/text.ts'
import type { FailedAnswer } from './answer.ts'
import { callerFault, ownIdentityFault } from './caller.ts'
import { administrators, type Called, setupFault } from './forbidden.ts'
import { passingOutcome } from './passing.ts'

/**
 * Whose token calls: that of a person who approves or ends, the janitor's own, that of the person at the terminal, or that of
 * the reader of policies.
 */
export type Whose = 'a person' | 'the janitor' | 'you' | 'the reader'

/** How a message names the one who called, and what that one is given the missing right with. */
const callers: Record<Whose, { who: string; project: string; option?: string }> = {
  'a person': { who: 'the approver', project: "the project of Hallpass's OAuth client", option: '' },
  'the janitor': { who: 'the janitor', project: "the project of the janitor's identity", option: ' --janitor ACCOUNT' },
  you: { who: 'you', project: 'the project that your credentials are counted on' },
  'the reader': { who: 'the account of google.policyReader', project: "the reader's project" },
}

/** `policy` is the one that was written. */
export type PolicyCall = {
  verb: 'read' | 'write' | 'test'
  resource: string
  now: Date
  whose: Whose
  policy?: Policy | undefined
}

/** The outcome to throw for a failed call. A conflict is not a failure and is handled before. */
export function policyOutcome(answer: FailedAnswer, call: PolicyCall): Refused | Waiting | Broken {
  const doing = `${call.verb} the IAM policy of "${call.resource}"`
  // A write that ends in a server error, or in an answer of a proxy, may have taken effect anyway.
  const isWrite = call.verb === 'write'
  const passing = passingOutcome(answer, { whom: 'Google', doing, now: call.now, isWrite })
  if (passing) return passing
  const fault = setupFault(answer, calledFor(call))
  if (fault) return new Refused(fault.reason, fault.message)
  const { status } = answer
  const about = callerFault(answer)
  if (about) return call.whose === 'a person' ? notAuthenticated(about, doing) : ownFault(answer, call, doing)
  if (answer.reason === 'CUSTOM_ORG_POLICY_VIOLATION') return notAccepted(answer, call)
  if (status === 403) return forbidden(answer, call)
  if (status === 404) return new Refused('ResourceUnknown', `Google does not know the resource "${call.resource}".`)
  if (status === 400 || status === 412) return notAccepted(answer, call)
  return new Broken(`Google answered ${status} when asked to ${doing}.`, { answered: !isWrite })
}

function calledFor({ resource, whose }: PolicyCall): Called {
  return {
    service: resourceOf(resource)?.service ?? 'cloudresourcemanager.googleapis.com',
    project: callers[whose].project,
    what: `the IAM policy of "${resource}"`,
  }
}

function notAuthenticated(about: NonNullable<ReturnType<typeof callerFault>>, doing: string): Refused {
  if (about === 'account')
    return new Refused(
      'AccountSuspended',
      `The approver's Google account is suspended or deleted, so Hallpass cannot ${doing}. An administrator of Google Workspace can say more; somebody else must approve.`,
    )
  if (about === 'scope')
    return new Refused(
      'ScopeNotGranted',
      "The sign-in did not include access to Google Cloud. Please sign in again and leave that box ticked on Google's page.",
    )
  return new Refused(
    'TokenNotAccepted',
    `Google no longer accepts the approver's sign-in, so Hallpass cannot ${doing}. Please sign in again.`,
  )
}

// A token that Google no longer accepts is renewed at its end.
function ownFault(answer: FailedAnswer, { whose }: PolicyCall, doing: string): Refused | Broken {
  if (whose === 'you')
    return new Broken(
      `Google does not accept your credentials to ${doing}. Sign in again, with the scope "cloud-platform".`,
    )
  const fault = ownIdentityFault(answer, 'Google')
  return fault
    ? new Refused(fault.reason, fault.message)
    : new Broken(`Google does not accept ${whose}'s token to ${doing}.`)
}

// Stored sentences have 300 characters, so a long name comes once, in the command. The name of a folder or bucket does not
// say which project or organisation can define a role for it.
function forbidden({ metadata }: FailedAnswer, { verb, resource, whose }: PolicyCall): Refused {
  const takes = `It takes "${permissionOf(metadata, { verb, resource })}"`
  const { who, option } = callers[whose]
  if (option === undefined)
    return new Refused(
      'AccessDenied',
      `Google does not let ${who} ${verb} the IAM policy of "${resource}", or it does not exist. ${takes}.`,
    )
  const command = `hallpass approver-rights${option} --resource ${resource}`
  const isHomeless = resourceOf(resource)?.project === undefined && !resource.startsWith('organizations/')
  return new Refused(
    'AccessDenied',
    resource.startsWith('//')
      ? `Google does not let ${who} ${verb} this IAM policy, or it does not exist. ${takes}. The platform team runs: ${command}${isHomeless ? ' --organization NUMBER' : ''}`
      : `Google does not let ${who} ${verb} the IAM policy of "${resource}", or it does not exist. ${takes} for the mapped roles. The platform team gives it with: ${command}${isHomeless ? ' --organization NUMBER' : ''}`,
  )
}

function notAccepted(answer: FailedAnswer, { verb, resource, policy }: PolicyCall): Refused {
  const { status, rpc, sentence } = answer
  const constraint = constraintIn(answer)
  if (!constraint && /uniform bucket-level access/i.test(sentence ?? '')) return noUniformAccess(resource)
  if (rpc === 'FAILED_PRECONDITION' || constraint)
    return new Refused('OrganisationPolicy', sayPrecondition(answer, resource, constraint))
  const gone = accountGone(sentence)
  if (verb === 'write' && gone)
    return new Refused(
      'AccountGone',
      `Google does not know the account "${gone}": it was deleted, or has never been there. The IAM policy of "${resource}" is unchanged.`,
    )
  const limit = policy && exceededLimit(policy)
  if (limit)
    return new Refused(
      'PolicyFull',
      `The IAM policy of "${resource}" is full: ${limit}. The platform team must remove entries that nobody needs any more.`,
    )
  const words = sentence ? `: ${sentence}` : ` (${rpc ?? status}).`
  return new Refused(
    verb === 'write' ? 'PolicyNotAccepted' : 'ResourceNotAccepted',
    `Google did not accept the call to ${verb} the IAM policy of "${resource}"${words}`,
  )
}

/** Why a bucket's policy takes no conditions. Google has one code for all that a bucket does not accept. */
export function noUniformAccess(resource: string): Refused {
  return new Refused(
    'BucketWithoutUniformAccess',
    `"${resource}" does not have uniform access, so its IAM policy takes no conditions, and access could not end by itself. The platform team must turn on uniform bucket-level access there.`,
  )
}

// The stored sentence has 300 characters for the name of the resource, of the constraint, and for Google's own message.
function sayPrecondition(answer: FailedAnswer, resource: string, constraint: string | undefined): string {
  const [violation] = answer.violations
  const words = shortLine(violation?.description || answer.sentence || 'it gave no reason', 120).replace(/\.$/, '')
  return constraint
    ? `The organisation policy "${constraint}" forbids this change of the IAM policy of "${resource}": ${words}. ${administrators} permit it.`
    : `Google refuses this change of the IAM policy of "${resource}": ${words}. Most often an organisation policy forbids it.`
}

/**
 * The name of the constraint that an organisation policy sets: in the violated precondition, or for custom constraints in the
 * metadata. Some services name it only in their message, whose other words are ignored.
 */
function constraintIn({ violations, metadata, sentence = '' }: FailedAnswer): string | undefined {
  const texts = [...violations.map(({ type }) => type), metadata['customConstraints'] ?? '', sentence]
  return texts.map(text => /\b(?:constraints|customConstraints)\/[A-Za-z0-9_.]{1,100}/.exec(text)?.[0]).find(Boolean)
}

/**
 * The account in "User dana@example.com does not exist." No code says so: INVALID_ARGUMENT is the answer to every
 * policy that Google does not accept. So Google's message decides only the wording here: both cases are refused.
 */
function accountGone(sentence: string | undefined): string | undefined {
  return /^(?:User|Account) ([^\s"]{1,128}) does not exist\b/.exec(sentence ?? '')?.[1]
}

function permissionOf(
  metadata: Record<string, string>,
  { verb, resource }: Pick<PolicyCall, 'verb' | 'resource'>,
): string {
  return metadata['permission'] ?? resourceOf(resource)?.permissions[verb === 'write' ? 'set' : 'get'] ?? 'setIamPolicy'
}
