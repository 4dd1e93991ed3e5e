// What people see of a page, while somebody is asked to decide. Pure.
import type { RequestStatus } from '../../api/kinds.ts'
import { entryOf, isReason } from '../refusals.ts'

/** A page that PagerDuty has taken, or the sentence why it has not. */
export type PageView = { raisedAt: string; route: string } | { why: string }

/** The page in a view. While PagerDuty has not answered there is nothing to show yet. */
export function pageViewOf({ phase, page }: RequestStatus): { page?: PageView } {
  if (phase !== 'Pending' || !page) return {}
  const { route, intentAt, sent, refused } = page
  if (sent) return { page: { raisedAt: intentAt, route } }
  return isReason(refused) ? { page: { why: entryOf(refused).meaning } } : {}
}
