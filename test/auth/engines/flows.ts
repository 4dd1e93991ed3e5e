// What an approver does in a browser, the same in every engine: each flow with what must hold at its end.
import * as assert from 'uvu/assert'
import { soon } from '../../soon.ts'
import { holds } from './holds.ts'
import type { Sites } from './sites.ts'

/** A tab of a real browser. Elements are named by CSS selectors. */
export type Tab = {
  goto(url: string): Promise<void>
  click(selector: string): Promise<void>
  fill(selector: string, text: string): Promise<void>
  choose(selector: string, value: string): Promise<void>
  /** Waits until the page has this first heading. */
  heading(text: string): Promise<void>
  /** What an expression of JavaScript gives on the page. */
  read(expression: string): Promise<unknown>
  url(): Promise<string>
  back(): Promise<void>
  reload(): Promise<void>
}

/** The title of the approval page. */
const asking = 'Give Dana Engineer production access?'
/** The page at the end. */
const granted = 'Granted until 14:12 UTC.'
const submit = 'form button[type=submit]'
const form = `JSON.stringify([
  [...document.querySelectorAll('input[name=grants]:checked')].map(box => box.value),
  document.querySelector('[name=duration]').value,
  document.querySelector('[name=comment]').value,
])`
const problem = `(document.querySelector('[role=alert]')?.textContent ?? '').includes('Choose at least one line')`
const doorSays = (words: string): string =>
  `(document.querySelector('[role=status]')?.textContent ?? '').replace(/\\s+/g, ' ').includes(${JSON.stringify(words)})`
const isWrong = (tab: Tab): Promise<void> => holds(expression => tab.read(expression), problem, true)
const chosen = async (tab: Tab): Promise<unknown> => JSON.parse(String(await tab.read(form)))

async function narrow(tab: Tab): Promise<void> {
  await tab.click('input[name=grants][value="0"]')
  await tab.choose('#duration', '10m')
  await tab.click('summary')
  await tab.fill('#comment', 'be quick')
}

function assertApproved({ fixture }: Sites): void {
  const [decision] = fixture.stored().status?.decisions ?? []
  assert.equal([decision?.narrowing, decision?.comment], [{ duration: '10m', grants: [1] }, 'be quick'])
}

/** The flows, by a sentence. */
export const flows: Record<string, (sites: Sites, tab: Tab) => Promise<void>> = {
  'Mo takes a role and time away, and approves over another site and a third host': async (sites, tab) => {
    sites.fragment = '#id_token=secret'
    await tab.goto(await sites.link())
    await narrow(tab)
    await tab.click(submit)
    await tab.heading(granted)
    assert.match(await tab.url(), /\/approve\/outcome\?t=[^#]+(#_)?$/)
    assertApproved(sites)
    assert.is(sites.visits.others.length, 2, 'Google and the third host')
  },
  'Mo ends access, over another site and a third host, and the page tells when it has ended': async (sites, tab) => {
    await tab.goto(await sites.endLink())
    await tab.heading('End the production access of Dana Engineer now?')
    await tab.click('summary')
    await tab.fill('#comment', 'it is done')
    await tab.click(submit)
    await soon(1, async () => sites.fixture.stored().status?.endings?.length ?? 0)
    const [ending] = sites.fixture.stored().status?.endings ?? []
    assert.equal([ending?.verdict, ending?.who.email, ending?.comment], ['Revoked', 'mo@example.com', 'it is done'])
    // Engines answer nothing about a page while its next one is on the way, so its waiting is not looked at.
    sites.end()
    await tab.heading('This access ended at 14:02 UTC.')
    assert.match(await tab.url(), /\/revoke\/outcome\?t=[^#]+(#_)?$/)
  },
  'Mo signs in at the door, over another site and a third host, and denies with a comment': async (sites, tab) => {
    await tab.goto(`${sites.origin}/`)
    await tab.click(submit)
    await tab.heading('Production access')
    await tab.click('a[href^="/deny"]')
    await tab.heading('Deny production access to Dana Engineer?')
    await tab.click('summary')
    await tab.fill('#comment', 'use the replica')
    await tab.click(submit)
    await holds(expression => tab.read(expression), doorSays('You denied prod-db to dana@example.com'), true)
    const [decision] = sites.fixture.stored().status?.decisions ?? []
    assert.equal([decision?.verdict, decision?.who.email], ['Denied', 'mo@example.com'])
    assert.is(decision?.comment, 'use the replica')
    await tab.reload()
    await holds(expression => tab.read(expression), doorSays('You denied prod-db'), true)
    assert.is(sites.fixture.stored().status?.decisions?.length, 1)
  },
  'Dana takes a request back at the door, and asks for more time of another': async (sites, tab) => {
    sites.person = { email: 'dana@example.com' }
    await tab.goto(`${sites.origin}/`)
    await tab.click(submit)
    await tab.heading('Production access')
    await tab.click('form[action="/withdraw"] button')
    await holds(expression => tab.read(expression), doorSays('You withdrew your request for prod-db.'), true)
    assert.is(sites.fixture.stored().status?.decisions?.[0]?.verdict, 'Withdrawn')
    await sites.endLink()
    await tab.goto(`${sites.origin}/`)
    await tab.click('a[href*="after="]')
    await tab.heading('Ask for more time with prod-db')
    assert.is(await tab.read(`document.querySelector('[name=start]:checked').value`), 'then')
    await tab.click(submit)
    await holds(expression => tab.read(expression), doorSays('You asked for prod-db for 30 minutes, from'), true)
  },
  'our own form is accepted where something removes Sec-Fetch-Site': async (sites, tab) => {
    sites.strips = true
    await tab.goto(await sites.link())
    await narrow(tab)
    await tab.click(submit)
    await tab.heading(granted)
    const [sent] = sites.visits.ours.filter(({ method }) => method === 'POST')
    assert.is(sent?.origin, sites.origin)
    assertApproved(sites)
  },
  'no other site reads one of our addresses in a Referer': async (sites, tab) => {
    sites.waits = true
    await tab.goto(await sites.link())
    await tab.click(submit)
    await tab.heading('Google')
    await tab.click('#continue')
    await tab.heading(granted)
    const told = sites.visits.others.flatMap(({ referer }) => (referer?.startsWith(sites.origin) ? [referer] : []))
    assert.equal(told, [])
    const codes = sites.visits.ours.filter(({ referer }) =>
      /code=|state=/.test(referer?.replace(/^[^?]*approve\?/, '') ?? ''),
    )
    assert.equal(codes, [], 'our own pages read no code either')
  },
  'Back from Google shows the choice again, and a reload shows it too': async (sites, tab) => {
    sites.waits = true
    await tab.goto(await sites.link())
    await narrow(tab)
    await tab.click(submit)
    await tab.heading('Google')
    await tab.back()
    await tab.heading(asking)
    assert.equal(await chosen(tab), [['1'], '10m', 'be quick'])
    await tab.reload()
    await tab.heading(asking)
    assert.equal(await chosen(tab), [['1'], '10m', 'be quick'])
    await tab.click(submit)
    await tab.heading('Google')
    await tab.click('#continue')
    await tab.heading(granted)
    assertApproved(sites)
  },
  'a form to correct can be loaded again, corrected, and left by Back': async (sites, tab) => {
    sites.waits = true
    await tab.goto(await sites.link())
    await narrow(tab)
    await tab.click('input[name=grants][value="1"]')
    await tab.click(submit)
    await isWrong(tab)
    await tab.reload()
    await isWrong(tab)
    assert.equal(await chosen(tab), [[], '10m', 'be quick'])
    await tab.click('input[name=grants][value="1"]')
    await tab.click(submit)
    await tab.heading('Google')
    await tab.back()
    await tab.heading(asking)
    assert.is(await tab.read(problem), false)
    assert.equal(await chosen(tab), [['1'], '10m', 'be quick'])
  },
  'the wrong account is refused at a clean address, which can be loaded again': async (sites, tab) => {
    sites.person = { email: 'otto@example.com' }
    await tab.goto(await sites.link())
    await narrow(tab)
    await tab.click(submit)
    const refused = 'You signed in as otto@example.com, which cannot approve this.'
    await tab.heading(refused)
    assert.match(await tab.url(), /\/approve\/result\?t=[^#&]+(#_)?$/)
    await tab.reload()
    await tab.heading(refused)
    sites.person = { email: 'mo@example.com' }
    await tab.click(submit)
    await tab.heading(granted)
    assertApproved(sites)
  },
}
