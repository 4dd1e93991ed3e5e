// What is done when the people who were asked are silent: they are reminded, and a page is raised. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Mapping } from '../mapping/mapping.ts'
import type { PageAction } from './page-event.ts'
import { pageActionDue, pageAt, unpagedAt } from './paging.ts'
import { remindAt } from './reminding.ts'

/** A notification about silence. */
export type AgainStep = { do: 'callAgain' } | { do: 'page'; action: PageAction }

/** The notifications about silence that are due now. */
export function againSteps(request: AccessRequest, mapping: Mapping | undefined, now: Date): AgainStep[] {
  const action = pageActionDue(request, now)
  return [
    ...(isPast(remindAt(request, mapping), now) ? [{ do: 'callAgain' } as const] : []),
    ...(action ? [{ do: 'page', action } as const] : []),
  ]
}

/** Whether it must now be decided and stored that a page is raised. */
export function isPageDue(request: AccessRequest, mapping: Mapping | undefined, now: Date): boolean {
  return isPast(pageAt(request, mapping), now)
}

/** When something about silence is due, although nothing changes. */
export function againInstants(request: AccessRequest, mapping: Mapping | undefined): (Date | undefined)[] {
  return [remindAt(request, mapping), pageAt(request, mapping), unpagedAt(request.status ?? {})]
}

function isPast(at: Date | undefined, now: Date): boolean {
  return at !== undefined && now >= at
}
