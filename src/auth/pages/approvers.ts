// Who approved or decided, in words: each by address and name.
import { html } from 'htm/preact'
import type { ComponentChildren } from 'preact'
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import { person, time } from './words.ts'

/** Name and address of the person of a decision, as far as known. */
export function named(request: AccessRequest, decision: Decision | undefined): { name?: string; email?: string } {
  const who = decision?.who
  const known = request.status?.approvers?.find(
    ({ email, slackUserID }) => email === who?.email || (slackUserID !== undefined && slackUserID === who?.slackUserID),
  )
  return {
    ...(known?.name && { name: known.name }),
    ...((who?.email ?? known?.email) && { email: who?.email ?? known?.email ?? '' }),
  }
}

/** Everybody who approved. */
export function namesOf(request: AccessRequest): ComponentChildren {
  return approvalsOf(request).map((one, i) => html`${i > 0 ? ', ' : ''}${person(named(request, one))}`)
}

/** Each approver, with the time. */
export function approversOf({ request, now }: { request: AccessRequest; now: Date }): ComponentChildren {
  return approvalsOf(request).map(
    (approval, i) => html`${i > 0 ? ', ' : ''}${person(named(request, approval))} at ${time(approval.at, now)}`,
  )
}
