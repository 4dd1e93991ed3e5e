// Sends one event to PagerDuty's Events API v2: implements the port Pager. Each call is made once: no retry, no redirect,
// never longer than its time. PagerDuty's answers may quote the routing key, so no part of a body is logged or quoted.
import { after } from '../domain/asking/duration.ts'
import { passingOf } from '../domain/failed-answer.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import type { PageEvent } from '../domain/calling/page-event.ts'
import type { Clock, Pager } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { at, textAt } from './json.ts'

/** The address of each service region: https://support.pagerduty.com/main/docs/service-regions */
export const eventsUrls = { us: 'https://events.pagerduty.com', eu: 'https://events.eu.pagerduty.com' }

/** How long to wait after a 429, as PagerDuty suggests: https://developer.pagerduty.com/docs/events-api-rate-limits */
const patienceSeconds = 30

const usualTimeoutMs = 8000

type PagerOptions = {
  /** The routing key of each route, by name. */
  keys: ReadonlyMap<string, Secret>
  clock: Clock
  rootUrl: string
  timeoutMs?: number
}

/** Sends an event under a routing key once, whatever the answer is. Broken when nothing comes. */
export function createEnqueue(
  rootUrl: string,
  timeoutMs = usualTimeoutMs,
): (event: PageEvent, key: Secret) => Promise<EventAnswer> {
  const url = `${rootUrl.replace(/\/+$/, '')}/v2/enqueue`
  return async (event, key) => post(url, bodyOf(event, key), AbortSignal.timeout(timeoutMs))
}

/** The pager over the Events API. */
export function createPager({ keys, clock, rootUrl, timeoutMs }: PagerOptions): Pager {
  const enqueue = createEnqueue(rootUrl, timeoutMs)
  return {
    send: async (route, event) => {
      const key = keys.get(route)
      if (!key)
        throw new Refused(
          'PageRouteUnknown',
          `The settings have no route "${route}" for pages. Correct approval.page.route of the mapping, or add the route to pagerduty.routes.`,
        )
      const answer = await enqueue(event, key)
      if (answer.status === 202 && textAt(answer.data, 'status') === 'success') return
      throw outcomeOf(answer, { route, now: clock.now() })
    },
  }
}

function bodyOf(event: PageEvent, key: Secret): string {
  const { action, dedupKey } = event
  const common = { routing_key: key.reveal(), event_action: action, dedup_key: dedupKey }
  if (action !== 'trigger') return JSON.stringify(common)
  const { summary, source, severity, mapping, details, links } = event
  const payload = { summary, source, severity, component: mapping, class: 'access request', custom_details: details }
  return JSON.stringify({
    ...common,
    payload,
    client: 'Hallpass',
    ...(links.length > 0 && { links }),
  })
}

/** PagerDuty's answer to an event. Its data may quote the routing key. */
export type EventAnswer = { status: number; data?: unknown }

async function post(url: string, body: string, signal: AbortSignal): Promise<EventAnswer> {
  try {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    const data: unknown = await answer.json().catch(() => undefined)
    return { status: answer.status, data }
  } catch {
    // The cause is left out, because it may quote the call.
    throw new Broken('PagerDuty did not take the event of a page.', { answered: false })
  }
}

function outcomeOf(
  { status, data }: EventAnswer,
  { route, now }: { route: string; now: Date },
): Refused | Waiting | Broken {
  const passing = passingOf(status)
  if (passing === 'wait')
    return new Waiting(after(now, patienceSeconds), 'PagerDuty asked to wait before it takes the event of a page.')
  // PagerDuty documents no other refusal (https://developer.pagerduty.com/docs/events-api-v2-overview).
  if (status === 400 && isPagerDutys(data))
    return new Refused(
      'PageRefused',
      `PagerDuty does not take the event of a page for the route "${route}". Put the integration key of an Events API v2 integration into the secret "pagerduty-route-${route}".`,
    )
  return new Broken(
    passing
      ? `PagerDuty answered ${status} to the event of a page.`
      : `Something between Hallpass and PagerDuty, such as a proxy, answered ${status} to the event of a page.`,
  )
}

// A proxy in between answers 400 too, with a page or its own body.
function isPagerDutys(data: unknown): boolean {
  return textAt(data, 'status') !== undefined && Array.isArray(at(data, 'errors'))
}
