// How often each method may be called, as Slack documents its tiers. Counts on the simulated clock.
import type { Clock } from '../clock.ts'

// Calls per minute, method and workspace (docs.slack.dev, "Rate limits"; the tiers say "at least", and tier 1 permits a
// small burst).
const tier = { 1: 4, 2: 20, 3: 50, 4: 100, special: 600 } as const

const perMinute: Record<string, number> = {
  'auth.test': tier.special,
  'apps.connections.open': tier[1],
  'auth.teams.list': tier[2],
  'chat.postMessage': 300, // "several hundred" per workspace, in addition to one per second and channel
  'chat.postEphemeral': tier[4],
  'chat.getPermalink': tier.special,
  'conversations.members': tier[4],
  'views.open': tier[4],
  'views.update': tier[4],
  'views.push': tier[4],
  'users.info': tier[4],
  'conversations.list': tier[2],
  'users.list': tier[2],
  'usergroups.list': tier[2],
  'usergroups.users.list': tier[2],
}

// Messages one channel takes at once before the pace of one per second holds.
const channelBurst = 4

/** Says how many seconds a caller must wait, 0 when the call is within its quota. */
export class Quota {
  readonly #clock: Clock
  readonly #windows = new Map<string, { since: number; calls: number }>()
  readonly #tokens = new Map<string, { at: number; left: number }>()
  /** Whether quotas are enforced. */
  isOn = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one call. `channel` is where a message goes. */
  take(method: string, channel?: string): number {
    if (!this.isOn) return 0
    const now = this.#clock.now().getTime() / 1000
    const wait = this.#window(method, now)
    if (wait > 0 || method !== 'chat.postMessage' || channel === undefined) return wait
    return this.#pace(channel, now)
  }

  #window(method: string, now: number): number {
    const window = this.#windows.get(method)
    if (!window || now >= window.since + 60 || now < window.since) {
      this.#windows.set(method, { since: now, calls: 1 })
      return 0
    }
    if (window.calls >= (perMinute[method] ?? tier[3])) return Math.max(1, Math.ceil(window.since + 60 - now))
    window.calls += 1
    return 0
  }

  #pace(channel: string, now: number): number {
    const { at, left } = this.#tokens.get(channel) ?? { at: now, left: channelBurst }
    const available = Math.min(channelBurst, left + Math.max(0, now - at))
    if (available < 1) {
      this.#tokens.set(channel, { at: now, left: available })
      return Math.max(1, Math.ceil(1 - available))
    }
    this.#tokens.set(channel, { at: now, left: available - 1 })
    return 0
  }
}
