// Names of the kinds and of their parts, taken from the generated shapes. It contains no logic.
import type { AccessRequest } from './access-request.gen.ts'
import type { RoleMapping } from './role-mapping.gen.ts'

export type { AccessRequest, RoleMapping }

/** API group and version of both kinds. */
export const group = 'hallpass.dev'
export const version = 'v1alpha1'
export const apiVersion = `${group}/${version}` as const

/** Keeps a deleted request until its access has ended and all remaining work for it is done. */
export const accountFinalizer = 'hallpass.dev/account'

/** Type of a Secret that holds an approver's sealed token and evidence. */
export const sealedTokenType = 'hallpass.dev/sealed-token'

/** Type of a Secret that keeps the evidence of a sign-in until it is published in the audit log. */
export const evidenceType = 'hallpass.dev/evidence'

export type RequestSpec = AccessRequest['spec']
export type RequestStatus = NonNullable<AccessRequest['status']>
export type Phase = NonNullable<RequestStatus['phase']>
export type ApprovalRules = RequestSpec['approval']
export type GrantSpec = RequestSpec['grants'][number]
export type GrantRecord = NonNullable<RequestStatus['grants']>[number]
export type Approver = NonNullable<RequestStatus['approvers']>[number]
export type Decision = NonNullable<RequestStatus['decisions']>[number]
export type Ending = NonNullable<RequestStatus['endings']>[number]
export type Evidence = NonNullable<Decision['evidence']>
export type EvidenceClaims = Evidence['claims']
export type Narrowing = NonNullable<Decision['narrowing']>
export type AuditRecord = NonNullable<RequestStatus['audit']>[number]
export type MappingStatus = NonNullable<RoleMapping['status']>

/** What an AccessRequest looks like before the API server has named and stored it. */
export type NewAccessRequest = Pick<AccessRequest, 'apiVersion' | 'kind' | 'spec'> & {
  metadata: { name: string; namespace: string; finalizers: string[] }
}
