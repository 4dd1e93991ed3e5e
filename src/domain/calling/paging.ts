// When a page is raised, acknowledged and resolved, and who may use which route. The page tells people of a request; it
// decides nothing, and nothing waits for it. Pure.
import type { AccessRequest, RequestStatus, RoleMapping } from '../../api/kinds.ts'
import { after } from '../asking/duration.ts'
import { isSamePerson, type People } from '../people/identity.ts'
import { isOpen } from './looking.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'
import type { PageAction } from './page-event.ts'
import { isReason, type Reason } from '../refusals.ts'

/** A route of the settings: which namespaces may page through it, and the PagerDuty service that it pages, if given. */
export type PageRoute = { name: string; namespaces: readonly string[]; service?: string | undefined }

/** How many pages requests of one person, and requests for one mapping, may raise within an hour. */
export type PageLimits = { pagesPerPerson: number; pagesPerMapping: number }

/** For so long the end of a page is tried; then people must resolve it in PagerDuty. */
const resolveSeconds = 86_400
/** When PagerDuty has not taken a page after this time, people are told. */
const unpagedSeconds = 60
const hourSeconds = 3600
/** The longest window, as in the CRD: a page of the last hour belongs to a request that is not older than both together. */
const longestWindowSeconds = 86_400

/**
 * When a page is due: after this time without a sign of life. A press of Approve is one, and the first of several
 * approvals. Undefined when no page is due any more.
 */
export function pageAt(request: AccessRequest, mapping: Mapping | undefined): Date | undefined {
  const { metadata, status = {} } = request
  if (!mapping?.page || status.phase !== 'Pending' || status.page || !isOpen(request)) return undefined
  const { looking = [], decisions = [] } = status
  const signs = [metadata.creationTimestamp, ...[...looking, ...decisions].map(({ at }) => at)]
  return after(new Date(Math.max(...signs.map(at => Date.parse(at)))), mapping.page.afterSeconds)
}

/** The event about the page that PagerDuty needs next. */
export function pageActionDue(request: AccessRequest, now: Date): PageAction | undefined {
  const { page, looking = [], decisions = [], endedAt } = request.status ?? {}
  if (!page || page.refused || page.sent === 'resolve') return undefined
  // Also when no answer to the trigger was recorded: PagerDuty may have taken it.
  if (!isOpen(request)) return endedAt && now >= after(new Date(endedAt), resolveSeconds) ? undefined : 'resolve'
  if (!page.sent) return 'trigger'
  return page.sent === 'trigger' && [...looking, ...decisions].some(({ at }) => at >= page.intentAt)
    ? 'acknowledge'
    : undefined
}

/** When people are told that a page did not succeed, although it is still tried; undefined when it has. */
export function unpagedAt({ page }: RequestStatus): Date | undefined {
  return page && !page.sent && !page.refused ? after(new Date(page.intentAt), unpagedSeconds) : undefined
}

/** Why nobody could be paged: a reason, or that PagerDuty does not answer; undefined while that is not so. */
export function whyUnpaged(status: RequestStatus, now: Date): Reason | 'PagerDutySilent' | undefined {
  const { refused, sent } = status.page ?? {}
  if (refused) return !sent && isReason(refused) ? refused : undefined
  const at = unpagedAt(status)
  return at && now >= at ? 'PagerDutySilent' : undefined
}

/** Why a mapping may not page through its route; undefined when it may, or pages nobody. */
export function faultOfRoute(
  { metadata, spec }: Pick<RoleMapping, 'metadata' | 'spec'>,
  routes: readonly PageRoute[],
): Refusal | undefined {
  const { route: name } = spec.approval.page ?? {}
  if (name === undefined) return undefined
  const route = routes.find(each => each.name === name)
  if (!route)
    return refusal(
      'PageRouteUnknown',
      `The settings have no route "${name}" for pages. Correct approval.page.route, or ask the platform team to add the route to pagerduty.routes.`,
    )
  if (route.namespaces.includes(metadata.namespace ?? '')) return undefined
  return refusal(
    'PageRouteForeign',
    `The route "${name}" is not for mappings in the namespace "${metadata.namespace}". Name a route of this namespace, or ask the platform team to add the namespace to the route.`,
  )
}

/** Requests before this instant cannot have raised a page that counts. */
export function pagesCountedSince(now: Date): Date {
  return after(now, -(longestWindowSeconds + hourSeconds))
}

type Counting = { history: readonly AccessRequest[]; limits: PageLimits; people: People; now: Date }

/** Why this request may not raise a page now; undefined when it may. `history`: the requests for its mapping. */
export function pageLimitReached(
  request: AccessRequest,
  { history, limits, people, now }: Counting,
): Refusal | undefined {
  const since = after(now, -hourSeconds)
  const raised = history.filter(
    ({ metadata, status }) =>
      metadata.uid !== request.metadata.uid &&
      status?.page !== undefined &&
      status.page.refused !== 'PagesLimited' &&
      new Date(status.page.intentAt) > since,
  )
  const own = raised.filter(({ spec }) => isSamePerson(spec.requester, request.spec.requester, people))
  const { pagesPerPerson, pagesPerMapping } = limits
  const name = request.spec.roleMapping
  if (own.length >= pagesPerPerson)
    return limited(`Requests of ${request.spec.requester.email} for "${name}" have raised ${own.length} pages`)
  return raised.length >= pagesPerMapping
    ? limited(`Requests for "${name}" have raised ${raised.length} pages`)
    : undefined
}

function limited(what: string): Refusal {
  return refusal('PagesLimited', `${what} within the last hour, so this one pages nobody.`)
}
