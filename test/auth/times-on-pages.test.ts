// Every page that speaks of access says when it begins and works: hours, times of several days, and a later start.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { suite } from '../suite.ts'
import { dana, type Fixture, mo, within, wordsOf } from './fakes.ts'
import { granted, unreviewed } from './made.ts'

const test = suite('when access works, on every page')

const inHours = (asked: AccessRequest): void => {
  asked.spec.hours = { zone: 'UTC', spans: [{ from: '14:20', to: '16:00' }] }
}
const onNights = (asked: AccessRequest): void => {
  asked.spec.window = { zone: 'UTC', from: '22:00', to: '02:00', until: '2026-11-26T02:00:00Z' }
  asked.spec.duration = '4h'
}
const later = (asked: AccessRequest): void => {
  asked.spec.notBefore = '2026-11-23T20:00:00Z'
}
const works = 'It works only every day 14:20 to 16:00 (UTC): in this time from Monday 23 November 2026, 14:20 until'
const nights = 'for 22:00\u201302:00 (UTC), the last until Thursday 26 November 2026, 02:00'

/** Dana's access, which Mo approved and which runs. */
const running =
  (fixture: Fixture, change: (asked: AccessRequest) => void) =>
  (asked: AccessRequest): void => {
    change(asked)
    Object.assign(asked.status ?? {}, { ...granted(fixture, 'Written'), approvedBy: mo.email })
    if (asked.spec.window && asked.status) asked.status.expiresAt = asked.spec.window.until
    if (asked.spec.notBefore && asked.status)
      Object.assign(asked.status, { startsAt: asked.spec.notBefore, expiresAt: '2026-11-23T20:30:00Z' })
  }

type Page = (fixture: Fixture, change: (asked: AccessRequest) => void) => Promise<string>
const pages = {
  'what waits for a decision': async (fixture, change) => {
    fixture.ask(change)
    return wordsOf((await fixture.visit(mo)).page)
  },
  'the denial': async (fixture, change) => {
    fixture.ask(change)
    const { browser } = await fixture.visit(mo)
    return wordsOf(await browser.get('/deny?for=hallpass%2Fprod-db-aaaabbbbcccc'))
  },
  'one’s own request': async (fixture, change) => {
    fixture.ask(change)
    return wordsOf((await fixture.visit(dana)).page)
  },
  'one’s own access': async (fixture, change) => {
    fixture.ask(running(fixture, change))
    return wordsOf((await fixture.visit(dana)).page)
  },
  'access that somebody may end': async (fixture, change) => {
    fixture.ask(running(fixture, change))
    return wordsOf((await fixture.visit(mo)).page)
  },
  'ending it': async (fixture, change) => {
    fixture.ask(running(fixture, change))
    const { browser } = await fixture.visit(mo)
    return wordsOf(await browser.get(`/revoke?t=${await fixture.ticket({ purpose: 'revoke' })}`))
  },
} satisfies Record<string, Page>

const asking: readonly (keyof typeof pages)[] = ['what waits for a decision', 'the denial', 'one’s own request']
for (const [name, page] of Object.entries(pages) as [keyof typeof pages, Page][]) {
  test(`${name}: the hours, and which part of the time works`, () =>
    within(async fixture => {
      const words = await page(fixture, inHours)
      assert.ok(words.includes(works), words)
    }))

  test(`${name}: the times of several days`, () =>
    within(async fixture => {
      const words = await page(fixture, onNights)
      assert.ok(words.includes(nights), words)
    }))

  test(`${name}: a later start`, () =>
    within(async fixture => {
      const words = await page(fixture, later)
      const says = asking.includes(name) ? 'for 30 minutes, from 20:00 UTC' : 'from 20:00 UTC until 20:30 UTC'
      assert.ok(words.includes(says), words)
    }))

  test(`${name}: without them, no word about it`, () =>
    within(async fixture => {
      const words = await page(fixture, () => undefined)
      assert.not.match(words, /It works only|the last until|from \d\d:\d\d UTC/)
    }))
}

test('the review of an emergency says in which hours the access worked', () =>
  within(async fixture => {
    fixture.ask(asked => {
      Object.assign(asked, unreviewed(fixture))
      inHours(asked)
    })
    const { browser } = await fixture.visit(mo)
    const words = wordsOf(await browser.get(`/review?t=${await fixture.ticket({ purpose: 'review' })}`))
    assert.ok(words.includes('It works only every day 14:20 to 16:00 (UTC)'), words)
  }))

test('ending access says in which hours other access of the same person works', () =>
  within(async fixture => {
    fixture.ask(running(fixture, () => undefined))
    const first = fixture.stored()
    const metadata = { ...first.metadata, name: 'prod-db-other', uid: '22222222-0000-4000-8000-00000000000f' }
    const other = { ...first, metadata, spec: { ...first.spec } }
    inHours(other)
    fixture.requests.put(other)
    const { browser } = await fixture.visit(mo)
    const words = wordsOf(await browser.get(`/revoke?t=${await fixture.ticket({ purpose: 'revoke' })}`))
    assert.ok(
      words.includes('until 14:35 UTC, but only every day 14:20 to 16:00 (UTC). That is not ended here.'),
      words,
    )
  }))

test('the approver reads in which hours earlier access of the same person works', () =>
  within(async fixture => {
    const holding = { until: '2026-11-23T14:35:00Z', hours: 'every day 14:20 to 16:00 (UTC)' }
    fixture.ask(({ status }) => Object.assign(status ?? {}, { earlier: { holding } }))
    const { browser } = await fixture.visit(mo)
    const words = wordsOf(await browser.get(`/approve?t=${await fixture.ticket()}`))
    assert.ok(
      words.includes('for the same, until 14:35 UTC (in 33 minutes), but only every day 14:20 to 16:00 (UTC).'),
      words,
    )
  }))

test('a mapping with hours is offered with them', () =>
  within(async fixture => {
    fixture.requests.stored.clear()
    fixture.mapping.spec.hours = { zone: 'UTC', spans: [{ from: '14:20', to: '16:00' }] }
    const { page } = await fixture.visit(dana)
    assert.match(wordsOf(page), 'It works only every day 14:20 to 16:00 (UTC).')
  }))

test.run()
