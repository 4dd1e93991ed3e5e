// The phases of a request: what each means, who acts next, and where it can go. The CRD holds the same table of moves, and
// test/api compares the two.
import type { Phase } from './kinds.ts'

type PhaseFacts = {
  /** What is true of a request in this phase. */
  meaning: string
  /** Who has to do what. */
  next: string
  /** The phases that can follow. A phase without any is an end. */
  leadsTo: readonly Phase[]
}

/** Every phase, in the order of a request's life. `kubectl get accessrequests` prints it; docs/reference/phases.md explains it. */
export const phases: Readonly<Record<Phase, PhaseFacts>> = {
  Pending: {
    meaning: 'The request is stored and waits for a decision. Nothing is granted.',
    next: 'The people in `status.approvers` approve or deny it before the window of its mapping ends.',
    leadsTo: ['Approved', 'Denied', 'TimedOut', 'Withdrawn', 'Failed'],
  },
  Approved: {
    meaning: 'The controller has proved the approval, and is writing the IAM bindings as the approver.',
    next: 'Nobody, unless the condition `Provisioned` is `Unknown`: it names what must be fixed within the hour.',
    leadsTo: ['Provisioned', 'Revoked', 'Withdrawn', 'Failed'],
  },
  Provisioned: {
    meaning: 'The requester has access until `status.expiresAt`. With `Complete=False` they may have only part of it.',
    next: 'Nobody. IAM ends the access by itself, even if Hallpass is not running.',
    leadsTo: ['Expired', 'Revoked', 'Failed'],
  },
  Expired: {
    meaning: 'The access has ended at its time.',
    next: 'Nobody. A requester who needs more time asks again.',
    leadsTo: [],
  },
  Denied: {
    meaning: 'Somebody who may decide has denied the request. Nothing was granted.',
    next: 'The requester reads the comment, and asks again if it is still needed.',
    leadsTo: [],
  },
  TimedOut: {
    meaning: 'Nobody decided within the window. Nothing was granted.',
    next: 'The requester asks again. If nobody could be asked, the platform team fixes the on-call or the fallback.',
    leadsTo: [],
  },
  Withdrawn: {
    meaning: 'The requester has withdrawn the request, or it was deleted before anything was granted.',
    next: 'Nobody.',
    leadsTo: [],
  },
  Revoked: {
    meaning: 'A person with the right to change the policy has ended the access before its time.',
    next: 'Nobody.',
    leadsTo: [],
  },
  Failed: {
    meaning: 'The approval did not hold or Google refused it, and no part of it is in force.',
    next: 'The reason of the condition that is `False` says who must act: see [reasons](reasons.md).',
    leadsTo: [],
  },
}

const names = Object.keys(phases) as Phase[]

/** Final phases: they never change again. */
export const endedPhases: readonly Phase[] = names.filter(name => phases[name].leadsTo.length === 0)
