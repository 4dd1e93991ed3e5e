// Google's refusals because of settings, each with the people who can change it. They do not depend on the rights of
// the person who asked (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto).
import { type Refusal, refusal } from '../domain/outcome.ts'
import type { Reason } from '../domain/refusals.ts'
import type { FailedAnswer } from './answer.ts'

/** The call: the API, the project that is charged and counted for it, and the resource. */
export type Called = { service: string; project: string; what: string }

type Words = (called: Called, answer: FailedAnswer) => [reason: Reason, message: string]

/** The reason of a VPC Service Controls perimeter, which its older answers name only as a violated precondition. */
const perimeter = 'SECURITY_POLICY_VIOLATED'
const platform = 'The platform team must'
/** The beginning of a sentence about a setting that only they can change. */
export const administrators = 'An administrator of the Google Cloud organisation must'

const apiDisabled: Words = ({ service, project }, { metadata }) => [
  'ApiDisabled',
  `The API "${metadata['service'] ?? service}" is off in ${project}. ${platform} enable it there.`,
]
const projectSuspended: Words = ({ project }) => [
  'ProjectSuspended',
  `Google has suspended ${project}. ${platform} ask Google's support.`,
]
const projectInvalid: Words = ({ project }) => [
  'ProjectInvalid',
  `Google does not accept ${project}: it is unknown, or about to be deleted. ${platform} check it.`,
]
const orgRestricted: Words = ({ what }) => [
  'OrganisationRestricted',
  `The restriction of Google Cloud to certain organisations, set by a proxy that Hallpass goes through, does not admit ${what}. The administrators of that proxy must permit it.`,
]
const locationDenied: Words = ({ what }) => [
  'LocationDenied',
  `The organisation's policy on locations forbids access to ${what}. ${administrators} permit it.`,
]
const tlsDenied: Words = ({ what }) => [
  'TlsDenied',
  `An organisation policy forbids the kind of TLS connection with which Hallpass asks for ${what}. ${administrators} permit it.`,
]

const byReason: Record<string, Words> = {
  SERVICE_DISABLED: apiDisabled,
  SERVICE_NOT_VISIBLE: apiDisabled,
  BILLING_DISABLED: ({ project }) => [
    'BillingDisabled',
    `Billing is off for ${project}. ${platform} link it to a billing account.`,
  ],
  CONSUMER_SUSPENDED: projectSuspended,
  GCP_SUSPENDED: projectSuspended,
  CONSUMER_INVALID: projectInvalid,
  RESOURCE_PROJECT_INVALID: projectInvalid,
  USER_PROJECT_DENIED: ({ project }) => [
    'ProjectDenied',
    `The call may not be counted on ${project}. ${platform} grant roles/serviceusage.serviceUsageConsumer there.`,
  ],
  ORG_RESTRICTION_VIOLATION: orgRestricted,
  ORG_RESTRICTION_HEADER_INVALID: orgRestricted,
  LOCATION_POLICY_VIOLATED: locationDenied,
  LOCATION_ORG_POLICY_VIOLATED: locationDenied,
  TLS_ORG_POLICY_VIOLATED: tlsDenied,
  TLS_CIPHER_RESTRICTION_VIOLATED: tlsDenied,
  USER_BLOCKED_BY_ADMIN: () => [
    'AppBlocked',
    'The administrators of Google Workspace block Hallpass for this account. They must trust its OAuth client under "API controls".',
  ],
  [perimeter]: ({ what }, answer) => [
    'PerimeterDenied',
    `A VPC Service Controls perimeter forbids access to ${what}. ${administrators} permit it${perimeterID(answer)}.`,
  ],
  RESOURCE_USAGE_RESTRICTION_VIOLATED: ({ service, what }, { metadata }) => [
    'ServiceRestricted',
    `An organisation policy forbids the use of "${metadata['service'] ?? service}" on ${what}. ${administrators} permit it.`,
  ],
}

/**
 * The message for a refusal because of settings; undefined when it is about the person who asked, or about the call.
 */
export function setupFault(answer: FailedAnswer, called: Called): Refusal | undefined {
  const reason = answer.reason ?? (perimeterViolation(answer) && perimeter)
  const words = reason !== undefined && Object.hasOwn(byReason, reason) ? byReason[reason] : undefined
  return words && refusal(...words(called, answer))
}

function perimeterViolation({ violations }: FailedAnswer): string | undefined {
  return violations.find(({ type }) => type === 'VPC_SERVICE_CONTROLS')?.description
}

/** The id by which an administrator finds the denial in the audit log. */
function perimeterID(answer: FailedAnswer): string {
  const inSentence = /vpcServiceControlsUniqueIdentifier: *([\w-]{1,100})/.exec(answer.sentence ?? '')?.[1]
  const id = answer.metadata['uid'] ?? perimeterViolation(answer) ?? inSentence
  return id ? ` (Google's id of this refusal is ${id.slice(0, 100)})` : ''
}
