// The ends of a request: denied, withdrawn, timed out, failed, expired. Each is one write with its events.
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import { detailsOfGrant } from '../../domain/audit/audit.ts'
import { sayPerson } from '../../domain/people/display-name.ts'
import { instant } from '../../domain/asking/duration.ts'
import type { Refusal } from '../../domain/outcome.ts'
import { auditedAs } from '../../domain/refusals.ts'
import { wasAsked } from '../../domain/calling/calls.ts'
import type { Dependencies } from '../dependencies.ts'
import { dropTokens, unlessLater } from '../mapping/account.ts'
import { type Change, conditionsWith, transition, type Written } from '../granting/write.ts'

type Closing = { phase: 'Denied' | 'Withdrawn' | 'TimedOut'; decision?: Decision }

/** Closes a request that was not granted. */
export async function close(
  deps: Dependencies,
  request: AccessRequest,
  { phase, decision }: Closing,
): Promise<Written> {
  const message = sentence(request, { phase, ...(decision && { decision }) })
  const closed = await transition(
    deps,
    request,
    {
      phase,
      endedAt: instant(deps.clock.now()),
      ...(decision?.who.email && { decidedBy: decision.who.email }),
      conditions: conditionsWith(deps, request, { type: 'Approved', status: 'False', reason: phase, message }),
    },
    {
      event: phase,
      actor: decision?.who.email,
      message,
      details: {
        decision: decision?.id,
        slackUserID: decision?.who.slackUserID,
        googleSubject: decision?.who.googleSubject,
        comment: decision?.comment,
      },
    },
  )
  if (closed !== 'conflict') await unlessLater(deps, dropTokens(deps, closed))
  return closed
}

function sentence(request: AccessRequest, { phase, decision }: Closing): string {
  const { status, metadata } = request
  if (phase === 'TimedOut') return timedOut(request)
  if (phase === 'Withdrawn')
    return metadata.deletionTimestamp && !decision
      ? 'The request was deleted before it was granted, which withdraws it.'
      : 'The person who asked withdrew the request.'
  const { email, slackUserID } = decision?.who ?? {}
  const known = status?.approvers?.find(approver => approver.email === email)
  return `Denied by ${sayPerson({ name: known?.name, email, slackUserID })}.`
}

// The reader should know whether anybody could have decided.
function timedOut(request: AccessRequest): string {
  const { spec, status = {} } = request
  const { approval } = spec
  if (!status.approvers?.length) {
    const routed = status.conditions?.find(({ type }) => type === 'Routed')?.message
    // The sentences after the first say what is still tried.
    const [why] = routed?.split(/(?<=\.) /) ?? []
    return `Nobody could be asked within ${approval.window}${why ? `: ${why}` : '.'}`
  }
  const { approvalsCounted = 0 } = status
  if (approvalsCounted > 0)
    return `Only ${approvalsCounted} of ${approval.required} approved within ${approval.window}.`
  return wasAsked(status)
    ? `Nobody decided within ${approval.window}.`
    : `Nobody decided within ${approval.window}: the message that asks them could not be posted in Slack.`
}

/** Why nothing was granted for a request, and nothing will be. */
export type Failing = { refusal: Refusal }

/** Fails a request for which no access is in force. */
export async function fail(deps: Dependencies, request: AccessRequest, failing: Failing): Promise<Written> {
  const { patch, happened } = failure(deps, request, failing)
  return transition(deps, request, patch, ...happened)
}

/** The status of a failed request for which no access is in force. */
export function failure(deps: Dependencies, request: AccessRequest, { refusal: { reason, message } }: Failing): Change {
  const wasApproved = request.status?.phase !== 'Pending'
  const type = wasApproved ? 'Provisioned' : 'Approved'
  const endedAt = instant(deps.clock.now())
  const details = { reason, ...detailsOfGrant({ ...request.status, endedAt }) }
  const audit = auditedAs(reason)
  const isUndone = request.status?.grants?.some(({ state }) => state === 'Removed') ?? false
  return {
    patch: {
      phase: 'Failed',
      endedAt,
      conditions: conditionsWith(deps, request, { type, status: 'False', reason, message }),
    },
    happened: [
      ...(audit ? [{ event: audit, message, details: { reason } }] : []),
      ...(wasApproved || audit ? [] : [{ event: 'ApprovalRefused' as const, message, details: { reason } }]),
      ...(isUndone ? [{ event: 'GrantUndone' as const, message: 'The grants were removed again.', details }] : []),
      { event: 'Failed', message, details },
    ],
  }
}

/** Fails a request that somebody marked as granted by hand. Hallpass wrote no grant for it and will not. */
export async function failForged(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const message =
    'This request was marked as granted by hand: it does not come from an approval. Hallpass granted nothing for it. Please ask again, and tell the platform team.'
  return fail(deps, request, { refusal: { reason: 'GrantNotAuthentic', message } })
}

/** Ends a request at its expiry. IAM has already ended the access by itself. */
export async function expire(deps: Dependencies, request: AccessRequest): Promise<Written> {
  const { status = {} } = request
  const endedAt = status.expiresAt ?? instant(deps.clock.now())
  const message = 'Access has ended at its time.'
  return transition(
    deps,
    request,
    {
      phase: 'Expired',
      endedAt,
      conditions: conditionsWith(deps, request, { type: 'Provisioned', status: 'False', reason: 'Expired', message }),
    },
    { event: 'Expired', message, details: detailsOfGrant({ ...status, endedAt }) },
  )
}
