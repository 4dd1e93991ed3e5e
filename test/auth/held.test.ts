// The page after an approval waits for the grant: how long, for whom, and what keeps a crowd from wearing out the process.
import { createConnection, type Socket } from 'node:net'
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision, RequestStatus } from '../../src/api/kinds.ts'
import type { AuthOptions } from '../../src/auth/dependencies.ts'
import { createHeldAnswers, mostHeld, mostHeldForOne } from '../../src/auth/login/held-answers.ts'
import { attack, attacks } from '../attacks.ts'
import { soon } from '../soon.ts'
import { suite, table } from '../suite.ts'
import { approvedIn, Browser, mo, within, wordsOf, type PageResponse, type Fixture } from './fakes.ts'

const test = suite('answers that wait for the grant')

/** So long that only what happens ends the wait. */
const forever: Partial<AuthOptions> = { longestHeldMs: 600_000 }
const salt = 'S'.repeat(43)
const claims = { iss: '', aud: '', sub: '', email: 'mo@example.com', iat: 0, exp: 0, nonce: '' }
const approval: Decision = {
  id: 'a',
  verdict: 'Approved',
  who: { email: 'mo@example.com' },
  at: '2026-11-23T14:02:00Z',
  evidence: { hash: '0'.repeat(64), salt, claims },
}
const granted = ({ spec }: AccessRequest): Partial<RequestStatus> => ({
  phase: 'Provisioned',
  approvedBy: 'mo@example.com',
  startsAt: '2026-11-23T14:02:01Z',
  expiresAt: '2026-11-23T14:32:00Z',
  grants: spec.grants.map(({ resource, role }) => ({ resource, role, state: 'Written' })),
})

/** The request as it is with these fields of its status. */
function change(fixture: Fixture, status: Partial<RequestStatus>): void {
  const stored = fixture.stored()
  fixture.requests.put({ ...stored, status: { ...stored.status, ...status } })
}

/** A page that is under way. */
type Page = { answer: Promise<PageResponse> }

/** The page of the browser that approved, or of one that only has the link. */
async function opening(fixture: Fixture, browser = approvedIn(new Browser(fixture), salt)): Promise<Page> {
  const answer = browser.get(`/approve/outcome?t=${await fixture.ticket()}`)
  answer.catch(() => undefined)
  return { answer }
}

const approved = (fixture: Fixture): void =>
  change(fixture, { phase: 'Approved', approvedBy: 'mo@example.com', decisions: [approval] })
const waiting = (fixture: Fixture, count: number): Promise<void> => soon(count, async () => fixture.changes.open)
const asksAgain = ({ body }: PageResponse): boolean => body.includes('http-equiv="refresh"')
/** Whether the person is asked to look again, by a link alone. */
const hasLink = (page: PageResponse): boolean => wordsOf(page).includes('Look again') && !asksAgain(page)

test('the page is answered when the grant is there, and does not ask again', () =>
  within(async fixture => {
    change(fixture, { decisions: [approval] })
    const page = await opening(fixture)
    await waiting(fixture, 1)
    approved(fixture)
    change(fixture, granted(fixture.stored()))
    const answer = await page.answer
    assert.ok(wordsOf(answer).includes('Granted until 14:32 UTC.'), wordsOf(answer))
    assert.not.ok(asksAgain(answer))
    assert.equal([fixture.changes.most, fixture.changes.open], [1, 0])
  }, forever))

test('the page is answered when the grant fails', () =>
  within(async fixture => {
    approved(fixture)
    const page = await opening(fixture)
    await waiting(fixture, 1)
    change(fixture, { phase: 'Failed' })
    assert.ok(wordsOf(await page.answer).includes('Access was not granted.'))
  }, forever))

test('a grant that comes between the read and the watch is not missed', () =>
  within(async fixture => {
    approved(fixture)
    const get = fixture.requests.get.bind(fixture.requests)
    fixture.requests.get = async ref => {
      const read = await get(ref)
      fixture.requests.get = get
      change(fixture, granted(fixture.stored()))
      return read
    }
    const page = await opening(fixture)
    assert.ok(wordsOf(await page.answer).includes('Granted until 14:32 UTC.'))
  }, forever))

test('a request that is deleted meanwhile keeps nobody waiting', () =>
  within(async fixture => {
    approved(fixture)
    const page = await opening(fixture)
    await waiting(fixture, 1)
    fixture.requests.stored.clear()
    fixture.changes.look()
    assert.ok(wordsOf(await page.answer).includes('Approved. Granting…'))
  }, forever))

test('when it takes too long the page says that it is approved, and asks again by itself', () =>
  within(async fixture => {
    approved(fixture)
    const { answer } = await opening(fixture)
    assert.ok(
      wordsOf(await answer).includes('Approved. Granting… Approved by mo@example.com (Mo Manager) at 14:02 UTC.'),
    )
    assert.ok(asksAgain(await answer))
    assert.equal([fixture.changes.most, fixture.changes.open], [1, 0])
  }))

test('when the watch breaks the page says that it is approved, and has a link to look again', () =>
  within(async fixture => {
    fixture.changes.isDown = true
    approved(fixture)
    const { answer } = await opening(fixture)
    assert.ok(hasLink(await answer))
  }, forever))

table<{ prepare: (fixture: Fixture) => void; browser?: (fixture: Fixture) => Browser }>(
  test,
  {
    'who only has the link does not wait': { prepare: approved, browser: fixture => new Browser(fixture) },
    'who has another approval’s cookie does not wait': {
      prepare: approved,
      browser: fixture => approvedIn(new Browser(fixture), 'T'.repeat(43)),
    },
    'nobody waits while nobody has decided': { prepare: () => undefined },
    'nobody waits for what is granted': {
      prepare: fixture => change(fixture, { decisions: [approval], ...granted(fixture.stored()) }),
    },
    'nobody waits for a grant that is stuck': {
      prepare: fixture => {
        approved(fixture)
        fixture.clock.forward(301)
      },
    },
  },
  ({ prepare, browser }) =>
    within(async fixture => {
      prepare(fixture)
      const { answer } = await opening(fixture, browser?.(fixture))
      assert.is((await answer).status, 200)
      assert.is(fixture.changes.most, 0)
    }, forever),
)

test('the whole way: after the approval, the page waits and says what was granted', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { location } = await fixture.approve(mo, { browser })
    const answer = browser.get(location)
    await waiting(fixture, 1)
    change(fixture, granted(fixture.stored()))
    assert.ok(wordsOf(await answer).includes('Granted until 14:32 UTC.'))
  }, forever))

attack(test, `500 pages of one approval are opened at once … ${mostHeldForOne} wait, 500 answered`, () =>
  within(async fixture => {
    approved(fixture)
    const pages = await Promise.all(Array.from({ length: 500 }, async () => opening(fixture)))
    const rest = Promise.withResolvers<void>()
    let early = 0
    for (const { answer } of pages)
      void answer.then(() => {
        if (++early === 500 - mostHeldForOne) rest.resolve()
      }, rest.reject)
    await rest.promise
    const held = fixture.changes.open
    change(fixture, granted(fixture.stored()))
    const answers = await Promise.all(pages.map(async ({ answer }) => answer))
    assert.is(fixture.changes.open, 0)
    return `${held} wait, ${answers.filter(({ status }) => status === 200).length} answered`
  }, forever),
)

attack(test, 'a crowd opens pages and goes away … 0 wait, the approver’s page waits', () =>
  within(async fixture => {
    approved(fixture)
    const path = `/approve/outcome?t=${await fixture.ticket()}`
    const cookie = [...approvedIn(new Browser(fixture), salt).cookies].map(pair => pair.join('=')).join('; ')
    const sockets = Array.from({ length: mostHeldForOne }, () => visitor(fixture.port, path, cookie))
    await waiting(fixture, mostHeldForOne)
    for (const socket of sockets) socket.destroy()
    await waiting(fixture, 0)
    const page = await opening(fixture)
    await waiting(fixture, 1)
    change(fixture, granted(fixture.stored()))
    const isTold = wordsOf(await page.answer).includes('Granted until')
    return `${fixture.changes.open} wait, the approver’s page ${isTold ? 'waits' : 'does not wait'}`
  }, forever),
)

/** How many of these pages wait, each of the request with this number. */
async function heldOf(numbers: readonly number[]): Promise<number> {
  const stopping = new AbortController()
  let watched = 0
  const changes: AuthOptions['changes'] = {
    // Nothing changes until the process stops.
    async *after(seen, signal) {
      watched += 1
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      yield seen
    },
  }
  const held = createHeldAnswers({ changes, stopping: stopping.signal, longestMs: 600_000 })
  const answers = numbers.map(n => {
    const metadata = { namespace: 'hallpass', name: `r${n}`, uid: `u${n}`, resourceVersion: '1' }
    return held.untilAtRest({ metadata } as AccessRequest, () => true, new AbortController().signal)
  })
  const most = watched
  stopping.abort()
  assert.is((await Promise.all(answers)).length, numbers.length)
  return most
}

const times = (count: number, number = 0): number[] => Array.from({ length: count }, () => number)

attacks(
  test,
  {
    'one browser opens 500 pages, then another approver’s page … 5 wait': [...times(500), 1],
    'each of 100 approvers opens a page … 50 wait': times(100).map((_, n) => n),
    'each of 13 browsers opens 500 pages … 50 wait': times(13).flatMap((_, n) => times(500, n)),
  },
  async numbers => `${await heldOf(numbers)} wait`,
)

test('a page that was answered makes room for another of the same approval', () =>
  within(async fixture => {
    fixture.changes.isDown = true
    approved(fixture)
    for (let n = 0; n < 2 * mostHeld; n++) assert.ok(hasLink(await (await opening(fixture)).answer))
    fixture.changes.isDown = false
    const page = await opening(fixture)
    await waiting(fixture, 1)
    change(fixture, granted(fixture.stored()))
    assert.ok(wordsOf(await page.answer).includes('Granted until 14:32 UTC.'))
  }, forever))

/** A browser that sends its request and may leave before the answer. */
function visitor(port: number, path: string, cookie: string): Socket {
  const socket = createConnection(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: hallpass.example.com\r\nCookie: ${cookie}\r\n\r\n`)
  return socket
}

test('a process that stops answers all who wait at once, and holds nobody after that', () =>
  within(async fixture => {
    approved(fixture)
    const pages = [await opening(fixture), await opening(fixture)]
    await waiting(fixture, 2)
    fixture.stopping.abort()
    for (const { answer } of pages) assert.ok(hasLink(await answer))
    assert.is(fixture.changes.open, 0)
    const { answer } = await opening(fixture)
    assert.ok(hasLink(await answer))
    assert.is(fixture.changes.most, 2)
  }, forever))

test.run()
