// The pager in memory: the alerts that its events open, acknowledge and resolve, and every event in order.
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { PageEvent } from '../../src/domain/calling/page-event.ts'
import type { Pager } from '../../src/domain/ports.ts'

/** Takes the events of one route, and applies each to the open alert of its key. */
export class MemoryPager implements Pager {
  readonly events: PageEvent[] = []
  readonly alerts: { key: string; status: 'triggered' | 'acknowledged' | 'resolved' }[] = []
  /** Whether PagerDuty does not answer. */
  isSilent = false
  /** Whether what is not answered is taken later, by `arrive`. */
  isLate = false
  #late: PageEvent[] = []
  /** Why PagerDuty takes no event. */
  refusal: Refused | undefined

  async send(route: string, event: PageEvent): Promise<void> {
    if (this.isSilent && this.isLate) this.#late.push(event)
    if (this.isSilent) throw new Broken('PagerDuty did not take the event of a page.', { answered: false })
    if (this.refusal) throw this.refusal
    if (route !== 'platform') throw new Refused('PageRouteUnknown', `The settings have no route "${route}" for pages.`)
    this.#apply(event)
  }

  /** Takes what was not answered. */
  arrive(): void {
    for (const event of this.#late.splice(0)) this.#apply(event)
  }

  #apply(event: PageEvent): void {
    this.events.push(event)
    const { action, dedupKey: key } = event
    const open = this.alerts.find(alert => alert.key === key && alert.status !== 'resolved')
    if (action === 'trigger' && !open) this.alerts.push({ key, status: 'triggered' })
    else if (open && action !== 'trigger') open.status = action === 'resolve' ? 'resolved' : 'acknowledged'
  }

  /** The state of each alert, in order. */
  get statuses(): string[] {
    return this.alerts.map(({ status }) => status)
  }
}
