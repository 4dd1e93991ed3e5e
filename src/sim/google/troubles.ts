// Refusals by a setting of a project, an organisation or an account, which are no missing permission: the reasons of
// google/api/error_reason.proto, with the metadata that it documents for each.
import type { Bearer } from './tokens.ts'
import { errorInfo, GoogleFailure, type Target } from './failure.ts'

type Status = 'UNAUTHENTICATED' | 'PERMISSION_DENIED'
type Facts = { status?: Status; message: string; metadata?: (caller: Bearer) => Record<string, string> }

const consumer = 'projects/123'
const ofConsumer = (): Record<string, string> => ({ consumer })

const troubles = {
  SERVICE_DISABLED: {
    message: 'The API has not been used in project 123 before or it is disabled.',
    metadata: ofConsumer,
  },
  SERVICE_NOT_VISIBLE: { message: 'Not found or permission denied for service.', metadata: ofConsumer },
  BILLING_DISABLED: { message: 'This API method requires billing to be enabled.', metadata: ofConsumer },
  CONSUMER_SUSPENDED: { message: 'The consumer has been suspended.', metadata: ofConsumer },
  GCP_SUSPENDED: { message: 'The consumer has been suspended.', metadata: ofConsumer },
  CONSUMER_INVALID: { message: 'The consumer is invalid.', metadata: ofConsumer },
  RESOURCE_PROJECT_INVALID: { status: 'UNAUTHENTICATED', message: 'The resource project is invalid.' },
  USER_PROJECT_DENIED: {
    message: 'Caller does not have required permission to use project 123.',
    metadata: ofConsumer,
  },
  ORG_RESTRICTION_VIOLATION: { message: 'Access denied by organization restriction.', metadata: ofConsumer },
  ORG_RESTRICTION_HEADER_INVALID: { message: 'The org restriction header is invalid.', metadata: ofConsumer },
  LOCATION_POLICY_VIOLATED: { message: 'Location policy violated.', metadata: ofConsumer },
  LOCATION_ORG_POLICY_VIOLATED: { message: 'Location org policy violated.', metadata: ofConsumer },
  TLS_ORG_POLICY_VIOLATED: { message: 'TLS org policy violated.', metadata: ofConsumer },
  SECURITY_POLICY_VIOLATED: {
    message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: sim-1",
    metadata: () => ({ consumer, uid: 'sim-1' }),
  },
  RESOURCE_USAGE_RESTRICTION_VIOLATED: {
    message: 'Service usage restricted by an organization policy.',
    metadata: ofConsumer,
  },
  USER_BLOCKED_BY_ADMIN: { message: 'The user is blocked by the admin.', metadata: ({ email }) => ({ caller: email }) },
  ACCOUNT_STATE_INVALID: {
    status: 'UNAUTHENTICATED',
    message: 'The account is disabled or deleted.',
    metadata: ({ email }) => ({ email }),
  },
} as const satisfies Record<string, Facts>

/** A reason to refuse every call of an API. */
export type Trouble = keyof typeof troubles

/** Every reason. */
export const everyTrouble = Object.keys(troubles) as Trouble[]

/** Reasons by API host. Google documents a status for each; `status` is another one that it may also answer with. */
export type Troubles = Map<string, { reason: Trouble; status?: Status }>

/** Fails when the API has trouble. */
export function refuseInTrouble(all: Troubles, caller: Bearer, { service }: Target): void {
  const trouble = all.get(service)
  if (!trouble) return
  const { status = 'PERMISSION_DENIED', message, metadata = () => ({}) }: Facts = troubles[trouble.reason]
  const info = errorInfo(trouble.reason, 'googleapis.com', { service, ...metadata(caller) })
  throw new GoogleFailure(trouble.status ?? status, message, [info])
}
