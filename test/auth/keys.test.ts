// What the approver reads when KMS does not open the link: that the link is invalid only if KMS itself says so.
import * as assert from 'uvu/assert'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import { foreignAnswer, foreignBodies, googleAnswer } from '../sim/google/answers.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { attack } from '../attacks.ts'
import { identity, openGoogle } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { Browser, formOf, mo, type PageResponse, within, wordsOf, type Fixture } from './fakes.ts'

const test = suite('pages and the ticket key')

type End = { answer: Partial<Fault>; status: number; logged: RegExp }
const ends: Record<string, End> = {
  'KMS finds it not authentic': { answer: googleAnswer('INVALID_ARGUMENT'), status: 400, logged: /^/ },
  'no right to decrypt': {
    answer: googleAnswer('PERMISSION_DENIED', { reason: 'IAM_PERMISSION_DENIED' }),
    status: 500,
    logged: /cryptoKeyDecrypter/,
  },
  'the API is off': {
    answer: googleAnswer('PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
    status: 500,
    logged: /must enable it/,
  },
  'no such key': { answer: googleAnswer('NOT_FOUND'), status: 500, logged: /Correct the key's name/ },
  'the version is disabled': { answer: googleAnswer('FAILED_PRECONDITION'), status: 500, logged: /Enable or restore/ },
  'the identity is not accepted': { answer: googleAnswer('UNAUTHENTICATED'), status: 503, logged: /identity/ },
  'the quota is used up': { answer: googleAnswer('RESOURCE_EXHAUSTED'), status: 503, logged: /asked to wait/ },
  'a server error': { answer: googleAnswer('UNAVAILABLE'), status: 503, logged: /503/ },
}
for (const status of [400, 403, 404, 407, 408, 413])
  for (const body of status === 400 ? foreignBodies : (['page'] as const))
    ends[`${status} with ${body} of something in between`] = {
      answer: foreignAnswer(status, body),
      status: 503,
      logged: new RegExp(`Something between .* answered ${status}`),
    }

type Visit = (fixture: Fixture, browser: Browser, fail: () => void) => Promise<PageResponse>
const visits: Record<string, Visit> = {
  'the page': async (fixture, browser, fail) => {
    fail()
    return browser.get(`/approve?t=${await fixture.ticket()}`)
  },
  'its form': async (fixture, browser, fail) => {
    const page = await browser.get(`/approve?t=${await fixture.ticket()}`)
    // By then what KMS said of the ticket is forgotten.
    fixture.clock.forward(60)
    fail()
    return browser.post('/approve', formOf(page))
  },
  'the way back from Google': async (fixture, browser, fail) => {
    const { asked } = await fixture.begin(browser)
    fixture.clock.forward(60)
    fail()
    return fixture.back(browser, asked.location, mo)
  },
  'the outcome': async (fixture, browser, fail) => {
    fail()
    return browser.get(`/approve/outcome?t=${await fixture.ticket()}`)
  },
}

/** Work with links that a simulated KMS seals and opens. */
async function withKms(work: (fixture: Fixture, faults: GoogleSim['faults']) => Promise<void>): Promise<void> {
  const { google } = await openGoogle()
  const { clock, url: rootUrl } = google
  const at = (token: string) => ({ key: defaultKeys.ticket, authClient: identity(token), clock, rootUrl })
  try {
    await within(
      async fixture => {
        fixture.ticketKey.seal = async (text, aad) =>
          createSealer(at(defaultIdentities.controller.token)).seal(text, aad)
        await work(fixture, google.faults)
      },
      { tickets: createUnsealer(at(defaultIdentities.auth.token)) },
    )
  } finally {
    await google.close()
  }
}

for (const [sentence, { answer, status, logged }] of Object.entries(ends))
  attack(test, `a link is opened, and KMS says: ${sentence} … ${status}`, async () => {
    const seen = new Set<number>()
    await withKms(async (fixture, faults) => {
      const fail = (): void => faults.add({ route: 'POST /v1/*:decrypt', times: 2, ...answer })
      for (const [where, visit] of Object.entries(visits)) {
        const page = await visit(fixture, new Browser(fixture), fail)
        const words = wordsOf(page)
        seen.add(page.status)
        assert.is(words.includes('not a valid link'), status === 400, `${where}: ${words}`)
        assert.is(/the platform team corrects/.test(words), status === 500, `${where}: ${words}`)
        assert.not.ok(/KMS|projects\/|cryptoKey/.test(words), words)
        assert.match(fixture.logged.join('\n'), logged)
        assert.is(fixture.stored().status?.decisions?.length ?? 0, 0)
        assert.is(fixture.stored().status?.attempts, undefined)
        fixture.logged.length = 0
        faults.clear()
      }
    })
    return [...seen].join(' and ')
  })

test.run()
