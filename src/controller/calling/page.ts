// Raises a page in PagerDuty when nobody has answered, and ends it when people have. The intent is stored first, and all
// events of a request have one key, so that a repeat after a crash is the same page. Nothing waits for PagerDuty.
import type { AccessRequest } from '../../api/kinds.ts'
import { after, instant, sayDuration } from '../../domain/asking/duration.ts'
import type { Mapping, PageRules } from '../../domain/mapping/mapping.ts'
import { Broken, type Refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { dedupKeyOf, type PageAction, pageEventOf } from '../../domain/calling/page-event.ts'
import { faultOfRoute, pageLimitReached, pagesCountedSince } from '../../domain/calling/paging.ts'
import type { Delivered } from '../telling/deliver.ts'
import type { Dependencies } from '../dependencies.ts'
import type { RequestWithMapping } from '../granting/intent.ts'
import { type Happening, transition, type Written } from '../granting/write.ts'

/**
 * Stores that a page is raised, or why not. Requests for one mapping are counted one after another, so that many at once
 * cannot raise more pages than the limits allow.
 */
export async function raise(deps: Dependencies, { request, mapping }: RequestWithMapping): Promise<Written> {
  const { page } = mapping ?? {}
  if (!mapping || !page) return request
  return deps.lockPages(`${mapping.namespace}/${mapping.name}`, async () => {
    const refusal = faultOfMapping(deps, mapping) ?? (await limitReached(deps, request))
    const intent = { route: page.route, intentAt: instant(deps.clock.now()) }
    // Now, because after a crash it may never be known here whether PagerDuty took the page.
    if (!refusal) return transition(deps, request, { page: intent }, raised(request, page))
    return transition(deps, request, { page: { ...intent, refused: refusal.reason } }, notPaged(refusal, page.route))
  })
}

function faultOfMapping({ mappings, pageRoutes }: Dependencies, { namespace, name }: Mapping): Refusal | undefined {
  const stored = mappings.get({ namespace, name })
  return stored && faultOfRoute(stored, pageRoutes)
}

async function limitReached(deps: Dependencies, request: AccessRequest): Promise<Refusal | undefined> {
  const now = deps.clock.now()
  const history = await deps.requests.history({
    namespace: request.metadata.namespace,
    roleMapping: request.spec.roleMapping,
    since: pagesCountedSince(now),
  })
  return pageLimitReached(request, { history, limits: deps.pageLimits, people: deps.people, now })
}

/** Sends the event that is due. A refusal is recorded, and then nothing more is sent. */
export async function page(
  deps: Dependencies,
  { request, mapping }: RequestWithMapping,
  action: PageAction,
): Promise<Delivered> {
  const { route } = request.status?.page ?? {}
  if (route === undefined) return {}
  const sending = `${request.metadata.uid} page ${action}`
  try {
    const early = action === 'resolve' ? await resolveEarly(deps, route, request) : undefined
    if (early) return { error: early }
    if (!deps.told.has(sending)) await deps.pager.send(route, pageEventOf(request, action, mapping?.page))
    deps.told.set(sending, true)
  } catch (error) {
    if (action === 'trigger' && isUnanswered(error))
      deps.unansweredPages.set(request.metadata.uid, after(deps.clock.now(), lateSeconds))
    if (!(error instanceof Refused)) return { error }
    const { reason } = error.refusal
    return {
      record: fresh => recorded(fresh, { refused: reason }),
      happened: action === 'trigger' ? [notPaged(error.refusal, route)] : [],
    }
  }
  const at = instant(deps.clock.now())
  return { record: fresh => recorded(fresh, { sent: action, at }) }
}

/** PagerDuty takes a call that it did not answer within this time, or never. */
const lateSeconds = 30

function isUnanswered(error: unknown): boolean {
  return error instanceof Broken && !error.answered
}

/**
 * Resolves a page once more than usual when a trigger got no answer: PagerDuty may take that one after the resolution, and
 * would then page people for a request that is decided. Undefined when the resolution that is due is the last one.
 */
async function resolveEarly(deps: Dependencies, route: string, request: AccessRequest): Promise<Waiting | undefined> {
  const { clock, told, unansweredPages, pager } = deps
  const until = unansweredPages.get(request.metadata.uid)
  if (!until || clock.now() >= until) return undefined
  const sending = `${request.metadata.uid} page resolved early`
  if (!told.has(sending)) await pager.send(route, pageEventOf(request, 'resolve', undefined))
  told.set(sending, true)
  return new Waiting(until, 'PagerDuty did not answer to an event of this page, so the page is resolved once more.')
}

type Page = NonNullable<NonNullable<AccessRequest['status']>['page']>

function recorded({ status }: AccessRequest, news: Partial<Page>): { page?: Page } {
  return status?.page ? { page: { ...status.page, ...news } } : {}
}

function raised(request: AccessRequest, { route, afterSeconds, urgency }: PageRules): Happening {
  return {
    event: 'Paged',
    message: `Nobody has answered for ${sayDuration(afterSeconds)}, so people are paged through the route "${route}".`,
    details: { route, key: dedupKeyOf(request), urgency },
  }
}

function notPaged({ reason, message }: Refusal, route: string): Happening {
  return { event: 'NotPaged', message, details: { reason, route } }
}
