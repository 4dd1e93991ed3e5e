// The alerts that events open, acknowledge and resolve, and the limit of events for each key. It does not use HTTP.
// https://developer.pagerduty.com/docs/send-alert-event
import type { Clock } from '../clock.ts'

/** How severe a trigger calls itself; a service with dynamic notifications pages urgently for the first two. */
export const severities = ['critical', 'error', 'warning', 'info'] as const
export type Severity = (typeof severities)[number]
/** What an event does. */
export const actions = ['trigger', 'acknowledge', 'resolve'] as const
export type Action = (typeof actions)[number]

/** A service that a key belongs to. `isDisabled`: it takes events and opens nothing. */
export type Target = { service: string; isDisabled?: boolean }

/** What a trigger says. */
export type Payload = {
  summary: string
  source: string
  severity: Severity
  timestamp?: string
  component?: string
  group?: string
  class?: string
  custom_details?: Record<string, unknown>
}

/** A valid event. */
export type AlertEvent = {
  routing_key: string
  event_action: Action
  dedup_key?: string
  payload?: Payload
  links?: { href: string; text?: string }[]
  images?: { src: string; href?: string; alt?: string }[]
  client?: string
  client_url?: string
}

/** One alert, with every event that was applied to it. */
export type Alert = {
  dedupKey: string
  service: string
  status: 'triggered' | 'acknowledged' | 'resolved'
  urgency: 'high' | 'low'
  payload: Payload
  links: { href: string; text?: string }[]
  client?: string
  log: { action: Action; at: string }[]
}

/** Calls per key in the minute that ends now (https://developer.pagerduty.com/docs/events-api-rate-limits). */
const perMinute = 120
const minuteMs = 60_000

/** The alerts of an account. `keys` may be changed at any time. */
export class Alerts {
  readonly #clock: Clock
  readonly #calls = new Map<string, number[]>()
  readonly keys: Map<string, Target>
  readonly all: Alert[] = []
  #serial = 0

  constructor(clock: Clock, keys: Map<string, Target>) {
    this.#clock = clock
    this.keys = keys
  }

  /** Counts one call; false when it is one too many, which does not count. */
  admits(key: string): boolean {
    const now = this.#clock.now().getTime()
    const recent = (this.#calls.get(key) ?? []).filter(at => at > now - minuteMs)
    this.#calls.set(key, recent)
    if (recent.length >= perMinute) return false
    recent.push(now)
    return true
  }

  /** Applies the event and returns its deduplication key. What refers to no open alert of the same key is dropped. */
  apply(event: AlertEvent): string {
    const { routing_key: key, event_action: action, dedup_key: dedupKey = this.#nextKey() } = event
    const target = this.keys.get(key)
    if (!target || target.isDisabled) return dedupKey
    const open = this.all.find(
      alert => alert.dedupKey === dedupKey && alert.service === target.service && alert.status !== 'resolved',
    )
    const alert = open ?? (action === 'trigger' ? this.#opened(event, { dedupKey, ...target }) : undefined)
    if (!alert) return dedupKey
    alert.log.push({ action, at: this.#clock.now().toISOString() })
    // A trigger of an alert that somebody has acknowledged notifies nobody.
    if (action === 'acknowledge') alert.status = 'acknowledged'
    if (action === 'resolve') alert.status = 'resolved'
    return dedupKey
  }

  #opened({ payload, links = [], client }: AlertEvent, of: { dedupKey: string; service: string }): Alert {
    if (!payload) throw new Error('A trigger has a payload.')
    const urgency = payload.severity === 'critical' || payload.severity === 'error' ? 'high' : 'low'
    const { dedupKey, service } = of
    const alert: Alert = { dedupKey, service, status: 'triggered', urgency, payload, links, log: [] }
    if (client !== undefined) alert.client = client
    this.all.push(alert)
    return alert
  }

  #nextKey(): string {
    this.#serial += 1
    return `generated-${this.#serial}`
  }
}
