// Every state of the pages, for looking at them and for checks of each.
import type { AccessRequest } from '../../src/api/kinds.ts'
import { approvedIn, Browser, callback, formOf, mo, otto, type PageResponse, start, Fixture } from './fakes.ts'

import { doorStates } from './door-states.ts'
import { granted, salt, unreviewed } from './made.ts'

type State = (fixture: Fixture, browser: Browser) => Promise<string>

/** Every state of the pages by its name: what a browser sees after this was done. */
export const states: Record<string, State> = {
  ...doorStates,
  ask: async (fixture, browser) => (await browser.get(`/approve?t=${await fixture.ticket()}`)).body,
  'ask-more': async (fixture, browser) => {
    fixture.mapping.spec.grants = [
      {
        resource: 'projects/prod-eu',
        role: 'roles/cloudsql.client',
        condition:
          'resource.type == "sqladmin.googleapis.com/Instance" && resource.name.endsWith("/instances/payments-primary")',
      },
      { resource: 'folders/123456789012', role: 'organizations/998877665544/roles/breakGlassOperatorForPayments' },
    ]
    fixture.ask(asked => {
      asked.spec.grants = fixture.mapping.spec.grants
      asked.spec.reason =
        'INC-4711 the payout batch of last night stopped half-way; I need to read the locks and\u202E end the session that holds them. Runbook: https://runbooks.example.com/payouts'
      asked.spec.duration = '4h'
    })
    return (await fixture.begin(browser, { grants: [] })).asked.body
  },
  'ask-again': async (fixture, browser) => {
    fixture.ask(({ status = {} }) => {
      status.earlier = {
        denial: { at: '2026-11-23T13:40:00Z', email: 'ana@example.com', comment: 'use the replica' },
        holding: { until: '2026-11-23T14:35:00Z' },
        held: { times: 3, duration: '4h30m', within: '24h' },
      }
    })
    const { ticket } = await fixture.begin(browser, { grants: ['1'], duration: '10m', comment: 'be quick' })
    return (await browser.get(`/approve?t=${ticket}`)).body
  },
  'ask-second': async (fixture, browser) => {
    await oneOfTwo(fixture, new Browser(fixture))
    return (await browser.get(`/approve?t=${await fixture.ticket()}`)).body
  },
  'one-of-two': async (fixture, browser) => (await browser.get((await oneOfTwo(fixture, browser)).location)).body,
  meanwhile: async (fixture, browser) => {
    fixture.mapping.spec.approval.required = 2
    fixture.ask()
    const { asked } = await fixture.begin(browser)
    await oneOfTwo(fixture, new Browser(fixture))
    return (await fixture.back(browser, asked.location, otto)).body
  },
  'going-on': async (fixture, browser) => (await fixture.begin(browser)).asked.body,
  granting: async (fixture, browser) => {
    const { location } = await fixture.approve(mo, { browser, change: { grants: ['1'], duration: '10m' } })
    return (await browser.get(location)).body
  },
  granted: async (fixture, browser) => outcome(fixture, browser, granted(fixture, 'Written')),
  'in-doubt': async (fixture, browser) => outcome(fixture, browser, granted(fixture, 'Unknown')),
  'granted-for-anyone': async (fixture, browser) =>
    outcome(fixture, browser, granted(fixture, 'Written', 'other'.padEnd(43, 'x'))),
  denied: async (fixture, browser) =>
    outcome(fixture, browser, {
      decisions: [
        {
          id: 'd',
          verdict: 'Denied',
          who: { email: 'mo@example.com' },
          at: '2026-11-23T14:04:00Z',
          comment: 'use the replica',
        },
      ],
    }),
  failed: async (fixture, browser) =>
    outcome(fixture, browser, {
      phase: 'Failed',
      conditions: [
        {
          type: 'Provisioned',
          status: 'False',
          reason: 'AccessDenied',
          lastTransitionTime: '2026-11-23T14:05:00Z',
          message:
            'Google refused to change the IAM policy of "projects/prod-eu": mo@example.com may not grant "roles/cloudsql.client" there.',
        },
      ],
    }),
  stuck: async (fixture, browser) =>
    outcome(fixture, browser, { decisions: granted(fixture, 'Written').decisions ?? [] }, 600),
  expired: async (fixture, browser) =>
    outcome(fixture, browser, { ...granted(fixture, 'Removed'), phase: 'Expired', endedAt: '2026-11-23T14:35:12Z' }),
  'timed-out': async (fixture, browser) => outcome(fixture, browser, { phase: 'TimedOut' }),
  withdrawn: async (fixture, browser) => outcome(fixture, browser, { phase: 'Withdrawn' }),
  undecided: async (fixture, browser) => outcome(fixture, browser, {}),
  'second-tab': async (fixture, browser) => {
    const { asked } = await fixture.begin(browser)
    await fixture.approve(mo, { browser })
    return (await fixture.back(browser, asked.location, mo)).body
  },
  cancelled: async (fixture, browser) => {
    const { asked } = await fixture.begin(browser)
    const state = new URL(asked.location).searchParams.get('state') ?? ''
    return (await browser.get(callback({ state, error: 'access_denied' }))).body
  },
  'another-account': async (fixture, browser) => (await fixture.approve({ email: 'mo@gmail.com' }, { browser })).body,
  'not-an-approver': async (fixture, browser) => (await fixture.approve(otto, { browser })).body,
  oneself: async (fixture, browser) => (await fixture.approve({ email: 'dana@example.com' }, { browser })).body,
  unticked: async (fixture, browser) => (await fixture.approve({ ...mo, scopes: ['openid'] }, { browser })).body,
  'no-rights': async (fixture, browser) => {
    fixture.rights.forbidden = ['projects/prod-eu']
    return (await fixture.approve(mo, { browser })).body
  },
  'bad-link': async (_, browser) => (await browser.get('/approve?t=somethingelse-entirely')).body,
  'no-cookie': async (fixture, browser) => {
    const page = await browser.get(`/approve?t=${await fixture.ticket()}`)
    browser.cookies.clear()
    return (await browser.post('/approve', formOf(page))).body
  },
  'no-such-page': async (_, browser) => (await browser.get('/nowhere')).body,
  'not-here': async (_, browser) => (await browser.get('/approve/not-here')).body,
  end: async (fixture, browser) => {
    inForce(fixture)
    return (await browser.get(`/revoke?t=${await fixture.ticket({ purpose: 'revoke' })}`)).body
  },
  ending: async (fixture, browser) => (await ending(fixture, browser)).body,
  'ending-for-anyone': async (fixture, browser) => {
    await ending(fixture, browser)
    return (await new Browser(fixture).get(`/revoke?t=${await fixture.ticket({ purpose: 'revoke' })}`)).body
  },
  ended: async (fixture, browser) => {
    await ending(fixture, browser)
    return afterwards(fixture, browser, { phase: 'Revoked', endedAt: '2026-11-23T14:10:00Z' })
  },
  'not-ended': async (fixture, browser) => {
    await ending(fixture, browser)
    const id = fixture.stored().status?.endings?.[0]?.id ?? ''
    const message = 'Google refused to change the IAM policy of "projects/prod-eu".'
    return afterwards(fixture, browser, {
      endingsRefused: [{ id, reason: 'NotRemoved', message, at: '2026-11-23T14:10:00Z' }],
    })
  },
  'cannot-end': async (fixture, browser) => {
    inForce(fixture)
    fixture.rights.forbidden = ['projects/prod-eu']
    return (await fixture.approve(otto, { browser, purpose: 'revoke' })).body
  },
  review: async (fixture, browser) => {
    fixture.ask(asked => Object.assign(asked, unreviewed(fixture)))
    return (await browser.get(`/review?t=${await fixture.ticket({ purpose: 'review' })}`)).body
  },
  reviewing: async (fixture, browser) => (await reviewing(fixture, browser)).body,
  reviewed: async (fixture, browser) => {
    const { location } = await reviewing(fixture, browser, { comment: 'the batch was really stuck' })
    fixture.ask(asked =>
      Object.assign(asked, unreviewed(fixture, { ...fixture.stored().status, reviewedBy: 'mo@example.com' })),
    )
    return (await browser.get(location)).body
  },
  'review-not-counted': async (fixture, browser) => {
    const { location } = await reviewing(fixture, browser)
    const { reviews = [] } = fixture.stored().status ?? {}
    const reviewsRefused = reviews.map(({ id }) => ({
      id,
      reason: 'EvidenceExpired',
      message: 'The sign-in was too old before the review could be verified.',
      at: '2026-11-23T15:10:00Z',
    }))
    fixture.ask(asked => Object.assign(asked, unreviewed(fixture, { ...fixture.stored().status, reviewsRefused })))
    return (await browser.get(location)).body
  },
  'cannot-review': async (fixture, browser) => {
    fixture.ask(asked => Object.assign(asked, unreviewed(fixture)))
    return (await fixture.approve({ email: 'ana@example.com' }, { browser, purpose: 'review' })).body
  },
  broken: async (fixture, browser) => {
    fixture.sealedTokens.isDown = true
    return (await fixture.approve(mo, { browser })).body
  },
}

type Status = NonNullable<AccessRequest['status']>

/** Mo is the first of two to approve, for less. */
async function oneOfTwo(fixture: Fixture, browser: Browser): Promise<PageResponse> {
  fixture.mapping.spec.approval.required = 2
  fixture.ask()
  return fixture.approve(mo, { browser, change: { grants: ['1'], duration: '10m', comment: 'reads are enough' } })
}

/** Grants the request a moment ago. */
function inForce(fixture: Fixture): void {
  fixture.ask(asked => Object.assign(asked.status ?? {}, granted(fixture, 'Written')))
}

async function ending(fixture: Fixture, browser: Browser): ReturnType<Browser['get']> {
  inForce(fixture)
  const { location } = await fixture.approve(mo, { browser, purpose: 'revoke', change: { comment: 'it is done' } })
  return browser.get(location)
}

type Reviewing = { location: string; body: string }

async function reviewing(fixture: Fixture, browser: Browser, change: Record<string, string> = {}): Promise<Reviewing> {
  fixture.ask(asked => Object.assign(asked, unreviewed(fixture)))
  const { location } = await fixture.approve(mo, { browser, purpose: 'review', change })
  return { location, body: (await browser.get(location)).body }
}

async function afterwards(fixture: Fixture, browser: Browser, status: Status): Promise<string> {
  const stored = fixture.stored()
  fixture.requests.put({ ...stored, status: { ...stored.status, ...status } })
  return (await browser.get(`/revoke/outcome?t=${await fixture.ticket({ purpose: 'revoke' })}`)).body
}

async function outcome(fixture: Fixture, browser: Browser, status: Status, seconds = 0): Promise<string> {
  fixture.ask(asked => Object.assign(asked.status ?? {}, status))
  fixture.clock.forward(seconds)
  return (await approvedIn(browser, salt).get(`/approve/outcome?t=${await fixture.ticket()}`)).body
}

/** The HTML of a state. */
export async function htmlOf(name: string): Promise<string> {
  const fixture = await new Fixture().open()
  try {
    fixture.ask(({ status = {} }) => {
      status.message = {
        channel: 'C0PRODACCESS',
        intentAt: start.toISOString(),
        permalink: 'https://example.slack.com/archives/C0/p1',
      }
    })
    fixture.clock.forward(200)
    return (await states[name]?.(fixture, new Browser(fixture))) ?? ''
  } finally {
    await fixture.close()
  }
}
