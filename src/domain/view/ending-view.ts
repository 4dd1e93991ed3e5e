// What people see about an early end: who wants it, who did it, and why it was refused.
import type { AccessRequest } from '../../api/kinds.ts'
import { openRevocation, wasAskedToEnd } from '../ending/endings.ts'
import { isByJanitor } from '../ending/removal.ts'

type Named = { email: string; name?: string; slackUserID?: string }

/** Absent parts did not happen. */
export type EndingView = {
  /** Who ended the access before its time, and their comment. */
  endedBy?: (Named & { comment?: string }) | undefined
  /** For whom the janitor ended it; `isSeen` when it only saw that it was gone. Nobody else is named then. */
  removedFor?: Named & { isSeen?: true }
  /** When the holder said that they are done. */
  doneAt?: string
  /** Whether a janitor is asked to remove it, took so long that somebody else was asked too, or could not remove it. */
  janitor?: 'asked' | 'late' | 'refused'
  /** Whether somebody has just signed in to end the access. It is not proved yet who. */
  isEnding?: true
  /** The last early end that was refused. `who` only when it is proved who had signed in. */
  notEnded?: { at: string; why: string; who?: Named }
}

/** The view of a request's early end. */
export function endingViewOf(request: AccessRequest): EndingView {
  const { phase, removal } = request.status ?? {}
  if (phase === 'Revoked' && removal && isByJanitor(request.status ?? {}))
    return { removedFor: { ...holderOf(request), ...(!removal.states.includes('Removed') && { isSeen: true }) } }
  return { endedBy: phase === 'Revoked' ? endedBy(request) : undefined, ...endingOf(request) }
}

/** A person with the name and the Slack account under which they were asked. */
export function personOf({ status = {} }: AccessRequest, email: string | undefined): Named {
  const known = status.approvers?.find(approver => approver.email === email)
  return {
    email: email ?? '',
    ...(known?.name && { name: known.name }),
    ...(known?.slackUserID && { slackUserID: known.slackUserID }),
  }
}

function endedBy(request: AccessRequest): EndingView['endedBy'] {
  const { who, comment } = openRevocation(request.status ?? {}) ?? {}
  return who?.email ? { ...enderOf(request, who.email), ...(comment && { comment }) } : undefined
}

/** A person who ends access: the holder, somebody who was asked, or somebody whom only Google knows. */
function enderOf(request: AccessRequest, email: string): Named {
  return email === request.spec.requester.email ? holderOf(request) : personOf(request, email)
}

function holderOf({ spec: { requester } }: AccessRequest): Named {
  const { email, name, slackUserID } = requester
  return { email, ...(name && { name }), ...(slackUserID && { slackUserID }) }
}

/** What people want of access that is in force. Without a wish nothing is added, so that views stay as they were. */
function endingOf(request: AccessRequest): EndingView {
  const { phase, endings = [], endingsRefused = [], removalAsked, removal, told } = request.status ?? {}
  if (phase !== 'Approved' && phase !== 'Provisioned') return {}
  const done = endings.find(({ verdict }) => verdict === 'Done')
  const open = openRevocation({ endings, endingsRefused })
  const refused = endingsRefused.at(-1)
  const by = refused?.reason === 'NotRemoved' && endings.find(({ id }) => id === refused.id)?.who.email
  return {
    ...(done && { doneAt: done.at }),
    ...(done && removalAsked && { janitor: removal ? 'refused' : wasAskedToEnd(told) ? 'late' : 'asked' }),
    ...(open && { isEnding: true }),
    ...(refused && { notEnded: { at: refused.at, why: refused.message, ...(by && { who: enderOf(request, by) }) } }),
  }
}
