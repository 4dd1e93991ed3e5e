// The phases on the way to each phase.
import type { Phase } from '../../src/api/kinds.ts'

/** The phases through which the controller brings a request to each phase. `New`: the controller has not read it yet. */
export const roads: Readonly<Record<Phase | 'New', readonly Phase[]>> = {
  New: [],
  Pending: ['Pending'],
  Approved: ['Pending', 'Approved'],
  Provisioned: ['Pending', 'Approved', 'Provisioned'],
  Expired: ['Pending', 'Approved', 'Provisioned', 'Expired'],
  Revoked: ['Pending', 'Approved', 'Provisioned', 'Revoked'],
  Denied: ['Pending', 'Denied'],
  TimedOut: ['Pending', 'TimedOut'],
  Withdrawn: ['Withdrawn'],
  Failed: ['Failed'],
}
