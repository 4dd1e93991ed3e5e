// The approvals of a request: which decisions count, which of them decides, and what all approvers agree on. Pure.
import type { AccessRequest, Decision, Narrowing, RequestSpec } from '../../api/kinds.ts'
import { sha256 } from './digest.ts'
import { parseDuration } from '../asking/duration.ts'
import { canonicalJson } from '../json.ts'

/** A request as far as its decisions go. */
export type Decided = {
  spec: { approval: Pick<RequestSpec['approval'], 'required'> }
  status?: Pick<NonNullable<AccessRequest['status']>, 'decisions'>
}

/** The approvals so far, in order: those before any other verdict, and no more than are needed. */
export function approvalsOf({ spec, status }: Decided): Decision[] {
  const { decisions = [] } = status ?? {}
  const other = decisions.findIndex(({ verdict }) => verdict !== 'Approved')
  const approvals = other === -1 ? decisions : decisions.slice(0, other)
  return approvals.slice(0, spec.approval.required)
}

/** The decision that counts: the last approval that is needed, or the first denial or withdrawal before it. */
export function standingDecision(request: Decided): Decision | undefined {
  const approvals = approvalsOf(request)
  const { required } = request.spec.approval
  return approvals.length >= required ? approvals[required - 1] : request.status?.decisions?.[approvals.length]
}

/** The approvals that a decision of this request comes after. */
export function approvalsBefore({ status }: Decided, { id }: Pick<Decision, 'id'>): Decision[] {
  const { decisions = [] } = status ?? {}
  return decisions.slice(
    0,
    Math.max(
      0,
      decisions.findIndex(decision => decision.id === id),
    ),
  )
}

/** Whether more than one person must approve. */
export function needsSeveral({ spec }: Decided): boolean {
  return spec.approval.required > 1
}

/**
 * SHA-256 (hex) of the approvals before a sign-in, with everything that is stored of them. The nonce contains it, so that
 * none of them can be changed, removed, moved or added later.
 */
export function approvalsDigest(before: readonly Decision[]): string {
  return sha256(canonicalJson({ version: 'hallpass/approvals/v1', approvals: before }))
}

/** What the approvals so far leave of the request. */
export function approvedNarrowing(request: Decided & Pick<AccessRequest, 'spec'>): Narrowing | undefined {
  return met(
    request.spec,
    approvalsOf(request).map(({ narrowing }) => narrowing),
  )
}

/** What every one of these narrowings leaves. Its `grants` may be empty: then they have nothing in common. */
export function met(spec: Pick<RequestSpec, 'grants'>, all: readonly (Narrowing | undefined)[]): Narrowing | undefined {
  const given = all.filter(narrowing => narrowing !== undefined)
  if (given.length < 2) return given[0]
  const lists = given.flatMap(({ grants }) => (grants ? [grants] : []))
  const grants = spec.grants.map((_, i) => i).filter(i => lists.every(list => list.includes(i)))
  const [duration] = given
    .flatMap(narrowing => narrowing.duration ?? [])
    .toSorted((a, b) => (parseDuration(a) ?? Infinity) - (parseDuration(b) ?? Infinity))
  return { ...(duration !== undefined && { duration }), ...(lists.length > 0 && { grants }) }
}

/** Everybody who approved, in order, as `status.approvedBy` names them. */
export function sayApprovedBy(approvals: readonly Pick<Decision, 'who'>[]): string {
  return approvals.map(({ who }) => who.email ?? '').join(', ')
}

/** The one of `status.approvedBy` with whose token the grants are written: the last. */
export function writerIn(approvedBy: string): string {
  return approvedBy.split(', ').at(-1) ?? approvedBy
}

/** `1 of 2`. */
export function sayProgress(request: Decided): string {
  return `${approvalsOf(request).length} of ${request.spec.approval.required}`
}
