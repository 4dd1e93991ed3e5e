// Assumptions about PagerDuty's Events API: an alert is opened, acknowledged and resolved by one key, and resolved again at the
// end. The route is one of the settings; its service is throwaway.
import type { PageAction, PageEvent } from '../../domain/calling/page-event.ts'
import { Secret } from '../../domain/secret.ts'
import { type Assumption, equal, type Trial } from './assumption.ts'

const taken = '202 success'

function eventOf({ id }: Trial, action: PageAction): PageEvent {
  const dedupKey = `hallpass-trial-${id}`
  if (action !== 'trigger') return { action, dedupKey }
  return {
    action,
    dedupKey,
    summary: `Hallpass trial ${id}: nothing has happened, and this resolves itself.`,
    source: 'hallpass trial',
    severity: 'warning',
    mapping: 'trial',
    details: {},
    links: [],
  }
}

export const pagingAssumptions: Assumption[] = [
  {
    id: 'pagerduty-events',
    service: 'PagerDuty',
    says: 'The Events API takes a trigger, the same again, an acknowledgement and a resolution with one key, each with 202, and refuses an unknown routing key with 400.',
    changes: 'opens a quiet alert at the service of the route, and resolves it; the people on call for it may be told',
    lacks: ({ places, services }) =>
      places.route === undefined
        ? 'no --route was given'
        : services.routes.includes(places.route)
          ? undefined
          : `pagerduty.routes has no route "${places.route}"`,
    check: async trial => {
      const { services, places, id } = trial
      const route = places.route ?? ''
      trial.undo(`the alert hallpass-trial-${id} at the service of the route "${route}"`, async () => {
        const code = await services.sendEvent(route, eventOf(trial, 'resolve'))
        if (code !== taken) throw new Error(`PagerDuty answered ${code}.`)
      })
      const send = (action: PageAction): Promise<string> => services.sendEvent(route, eventOf(trial, action))
      const unknown = new Secret(`${id}${id}${id}${id}`)
      return [
        equal('a trigger', taken, await send('trigger')),
        equal('the same again', taken, await send('trigger')),
        equal('an acknowledgement', taken, await send('acknowledge')),
        equal('a resolution', taken, await send('resolve')),
        equal('an unknown key', '400 invalid event', await services.sendEvent(unknown, eventOf(trial, 'trigger'))),
      ]
    },
  },
]
