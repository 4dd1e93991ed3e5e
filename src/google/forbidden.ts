// Answers 403 that are no missing permission, each with the one who can change it, and answers that are not Google's
// (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto).
import { type Refusal, refusal } from '../domain/outcome.ts'
import type { Reason } from '../domain/refusals.ts'

/** What was called: the API, whose project pays for it and is counted, and what it was to act on. */
export type Called = { service: string; project: string; what: string }

type Words = (called: Called, metadata: Record<string, string>) => [reason: Reason, message: string]

const platform = 'The platform team must'
const administrators = 'An administrator of the Google Cloud organisation must'

const apiDisabled: Words = ({ service, project }, metadata) => [
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
  LOCATION_POLICY_VIOLATED: ({ what }) => [
    'LocationDenied',
    `The organisation's policy on locations forbids access to ${what}. ${administrators} permit it.`,
  ],
  USER_BLOCKED_BY_ADMIN: () => [
    'AppBlocked',
    'The administrators of Google Workspace block Hallpass for this account. They must trust its OAuth client under "API controls".',
  ],
  SECURITY_POLICY_VIOLATED: ({ what }, metadata) => [
    'PerimeterDenied',
    `A VPC Service Controls perimeter forbids access to ${what}. ${administrators} permit it${metadata['uid'] ? ` (Google's id of this refusal is ${metadata['uid'].slice(0, 100)})` : ''}.`,
  ],
  RESOURCE_USAGE_RESTRICTION_VIOLATED: ({ service, what }, metadata) => [
    'ServiceRestricted',
    `An organisation policy forbids the use of "${metadata['service'] ?? service}" on ${what}. ${administrators} permit it.`,
  ],
}

/** What a 403 says that is no missing permission; undefined when it is one. */
export function otherThanRights(
  reason: string | undefined,
  metadata: Record<string, string>,
  called: Called,
): Refusal | undefined {
  const words = reason !== undefined && Object.hasOwn(byReason, reason) ? byReason[reason] : undefined
  return words && refusal(...words(called, metadata))
}

/** The beginning of a sentence about an answer that did not come from Google. */
export function notGoogles(status: number): string {
  return `Something between Hallpass and Google, such as a proxy, answered ${status}`
}
