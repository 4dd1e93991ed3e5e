// Outages of the services around us: each is down, slow, limits its calls, answers garbage, or processes a call without
// answering it.
import type { Fault } from '../../src/sim/serve.ts'
import { pagerDutyAnswer } from '../sim/pagerduty/answers.ts'
import type { Installation } from './installation.ts'
import type { Outage } from './outages.ts'
import type { Story } from './stories.ts'

type Sim = 'google' | 'slack' | 'pagerduty' | 'events'
type Trouble = Omit<Fault, 'route'>

/** A service as our processes meet it. */
type Service = {
  sim: Sim
  /** Its calls, every one of which has the trouble. */
  routes: readonly string[]
  story: Story
  /** What its own way of asking for patience looks like. */
  patience: Trouble
  /** Only an installation in this mode makes the calls. */
  slackMode?: Outage['slackMode']
  /** Makes the calls necessary. */
  provoke?: (installation: Installation) => void
  /** The most calls that may go wrong before the end is another one. */
  most?: number
  /** The end when a call takes effect after Hallpass has stopped waiting; the story's own unless given. */
  lateEnd?: Outage['end']
  /** Whether an answer with nothing in it is how it says yes. */
  saysNothing?: boolean
  /** How it says that something may not be seen, or is not there. */
  hides?: Trouble
  /** The end when it has hidden something; the story's own unless given. */
  hiddenEnd?: Outage['end']
}

const googleError = (code: number, status: string): Trouble => ({
  status: code,
  body: { error: { code, message: 'on purpose', status } },
})
const googlePatience = { ...googleError(429, 'RESOURCE_EXHAUSTED'), headers: { 'retry-after': '1' } }
const slackPatience = { status: 429, headers: { 'retry-after': '1' }, body: { ok: false, error: 'ratelimited' } }
const pagerDutyPatience = { ...pagerDutyAnswer('rate limit'), headers: { 'retry-after': '1' } }
/** As PagerDuty documents it for events. Hallpass then waits for the 30 s that PagerDuty suggests. */
const eventsPatience = { status: 429, body: { status: 'throttle exceeded', message: 'Please retry later.' } }
/** The token endpoint has OAuth's errors, not those of Google's APIs. */
const oauthPatience = { status: 429, headers: { 'retry-after': '1' }, body: { error: 'rate_limit_exceeded' } }

const services: Record<string, Service> = {
  Slack: { sim: 'slack', routes: ['* /api/chat.*'], story: 'denied', patience: slackPatience },
  'The opening of a socket': {
    sim: 'slack',
    routes: ['POST /api/apps.connections.open'],
    story: 'denied',
    slackMode: 'socket',
    provoke: ({ slack }) => slack.sockets.cut(),
    patience: slackPatience,
  },
  PagerDuty: { sim: 'pagerduty', routes: ['GET /oncalls'], story: 'denied', patience: pagerDutyPatience, most: 1 },
  'PagerDuty’s Events API': {
    sim: 'events',
    routes: ['POST /v2/enqueue'],
    story: 'paged',
    patience: eventsPatience,
    most: 1,
    lateEnd: 'paged again',
  },
  'Google’s sign-in': { sim: 'google', routes: ['POST /token'], story: 'granted', patience: oauthPatience },
  'Google’s certificate server': {
    sim: 'google',
    routes: ['GET /oauth2/*'],
    story: 'granted',
    patience: googlePatience,
  },
  'Resource Manager': { sim: 'google', routes: ['POST /v3/*'], story: 'granted', patience: googlePatience },
  KMS: { sim: 'google', routes: ['POST /v1/projects/*crypt'], story: 'granted', patience: googlePatience },
  Logging: {
    sim: 'google',
    routes: ['POST /v2/entries:write'],
    story: 'denied',
    patience: googlePatience,
    saysNothing: true,
  },
  // The gateway asks who may ask, auth who may approve, and the controller both.
  'Cloud Identity': {
    sim: 'google',
    routes: ['GET /v1/groups/*/memberships:checkTransitiveMembership', 'GET /v1/groups/*/memberships:lookup'],
    story: 'granted by groups',
    patience: googlePatience,
    hides: googleError(403, 'PERMISSION_DENIED'),
    hiddenEnd: 'granted by groups after a refusal',
  },
  'The Groups Settings API': {
    sim: 'google',
    routes: ['GET /groups/v1/groups/*'],
    story: 'granted by groups',
    patience: googlePatience,
    hides: googleError(403, 'PERMISSION_DENIED'),
  },
}

const html: Trouble = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway</html>' }
const garbled: Trouble = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"oops": [' }
const empty: Trouble = { status: 200, body: {} }

type Told = {
  says: (name: string) => string
  trouble: (service: Service) => Trouble
  times: number
  isEmpty?: boolean
  isHidden?: boolean
}

const troubles: readonly Told[] = [
  { says: name => `${name} is down for a while`, trouble: () => ({ status: 503, body: {} }), times: 3 },
  { says: name => `${name} fails`, trouble: () => ({ status: 500, body: {} }), times: 2 },
  { says: name => `${name} answers 429`, trouble: ({ patience }) => patience, times: 2 },
  { says: name => `${name} processes a call and does not answer`, trouble: () => ({ reset: 'after' }), times: 2 },
  {
    says: name => `${name} closes the connection before it processes a call`,
    trouble: () => ({ reset: 'before' }),
    times: 2,
  },
  { says: name => `${name} answers with a page`, trouble: () => html, times: 1 },
  { says: name => `${name} answers with half a JSON text`, trouble: () => garbled, times: 1 },
  { says: name => `${name} answers with an empty object`, trouble: () => empty, times: 1, isEmpty: true },
  { says: name => `${name} answers 403`, trouble: ({ hides = {} }) => hides, times: 1, isHidden: true },
  { says: name => `${name} answers 404`, trouble: () => googleError(404, 'NOT_FOUND'), times: 1, isHidden: true },
]

type Faulty = Pick<Service, 'story' | 'sim' | 'slackMode' | 'provoke'>

function faulty({ story, sim, slackMode, provoke }: Faulty, ...faults: Fault[]): Outage {
  return {
    story,
    ...(slackMode && { slackMode }),
    // What a process has learnt once, it does not ask again.
    isFirst: true,
    start: installation => {
      installation[sim].faults.add(...faults)
      provoke?.(installation)
      return () => installation[sim].faults.clear()
    },
    hasHappened: installation => installation[sim].faults.left === 0,
  }
}

function everyTrouble(): Record<string, Outage> {
  const all = Object.entries(services).flatMap(([name, service]) =>
    troubles
      .filter(({ isEmpty, isHidden }) => !(isEmpty && service.saysNothing) && !(isHidden && !service.hides))
      .map(({ says, trouble, times, isHidden }): [string, Outage] => {
        const most = Math.min(times, service.most ?? times)
        const faults = service.routes.map(route => ({ route, times: most, ...trouble(service) }))
        const end = isHidden ? service.hiddenEnd : undefined
        return [says(name), { ...faulty(service, ...faults), ...(end && { end }), isOfMany: true }]
      }),
  )
  return Object.fromEntries(all)
}

/** Longer than any of Hallpass's deadlines. */
const slowMs = 12_000

/** Slower than our deadline, once. People wait, so it takes its time. */
function slow(): Record<string, Outage> {
  const all = Object.entries(services).map(([name, service]): [string, Outage] => {
    const faults = service.routes.map(route => ({ route, latencyMs: slowMs }))
    const { lateEnd: end } = service
    const outage = { ...faulty(service, ...faults), ...(end && { end }), seconds: 45, isLong: true }
    return [`${name} is slower than Hallpass waits`, outage]
  })
  return Object.fromEntries(all)
}

const down: Trouble = { status: 503, body: {} }

/** Down, or in other trouble, from before the request until it has ended. */
function downToTheEnd(sim: Sim, route: string, { story, end, trouble = down, ...more }: ToTheEnd): Outage {
  return {
    story,
    ...(end && { end }),
    ...more,
    isFirst: true,
    isToTheEnd: true,
    start: installation => {
      installation[sim].faults.add({ route, times: 1_000_000, ...trouble })
      return () => installation[sim].faults.clear()
    },
  }
}

type ToTheEnd = Pick<Outage, 'story' | 'end' | 'seconds' | 'isTried' | 'unpaged'> & { trouble?: Trouble }

/** The Events API is in this trouble as long as the request waits, which is decided as if nothing was. */
function eventsToTheEnd(trouble: Trouble): Outage {
  return downToTheEnd('events', '*', { story: 'paged', end: 'page never taken', unpaged: 'silent', trouble })
}

/** PagerDuty is down until somebody is asked without it. Checks of mappings ask it too, so its calls are not counted. */
function downUntilAsked(): Outage {
  return {
    ...downToTheEnd('pagerduty', 'GET /oncalls', { story: 'denied', end: 'denied after the fallback was asked' }),
    isToTheEnd: false,
    start: ({ pagerduty: { faults }, proxies: { controller } }) => {
      faults.add({ route: 'GET /oncalls', times: 1_000_000, status: 503, body: {} })
      controller.hear(name => {
        if (name.startsWith('PATCH accessrequests') && name.includes('approvers')) faults.clear()
      })
      return () => {
        controller.hear(undefined)
        faults.clear()
      }
    },
    hasHappened: ({ pagerduty }) => pagerduty.faults.left === 0,
  }
}

const write = 'POST /v3/projects/*:setIamPolicy'
const policies = { story: 'granted', sim: 'google' } as const

/** By their sentences. */
export const outsideOutages: Record<string, Outage> = {
  ...everyTrouble(),
  ...slow(),
  'Slack accepts no message until the request has timed out': downToTheEnd('slack', '* /api/chat.*', {
    story: 'timed out',
    end: 'not posted',
  }),
  'PagerDuty is down until the request has timed out': downToTheEnd('pagerduty', '*', {
    story: 'timed out',
    end: 'nobody asked',
  }),
  'PagerDuty is down for so long that the fallback is asked': downUntilAsked(),
  'PagerDuty’s Events API is down until the request has ended': eventsToTheEnd(down),
  'PagerDuty’s Events API answers 429 until the request has ended': eventsToTheEnd(eventsPatience),
  'PagerDuty’s Events API is slower than Hallpass waits, and then down, until the request has ended': eventsToTheEnd({
    latencyMs: slowMs,
    ...down,
  }),
  'PagerDuty’s Events API refuses the key of the route': {
    ...faulty(
      { sim: 'events', story: 'paged' },
      { route: '*', status: 400, body: { status: 'invalid event', message: '-', errors: ['Invalid routing key'] } },
    ),
    end: 'not paged',
    unpaged: 'refused',
  },
  'KMS is down until the request has timed out': downToTheEnd('google', 'POST /v1/projects/*crypt', {
    story: 'timed out',
    end: 'not posted',
  }),
  'Google’s sign-in is down until the request has timed out': downToTheEnd('google', 'POST /token', {
    story: 'timed out',
    isTried: true,
  }),
  'Logging is down until the access has ended': downToTheEnd('google', 'POST /v2/entries:write', { story: 'granted' }),
  'Resource Manager is down until the time is over': downToTheEnd('google', 'POST /v3/*:*IamPolicy', {
    story: 'granted',
    end: 'never known',
  }),
  'somebody else writes the policy first': faulty(policies, {
    route: write,
    times: 3,
    ...googleError(409, 'ABORTED'),
  }),
  'a policy is written and the answer is a page': faulty(policies, { route: write, ...html }),
}
