// The pages in a real Chromium, held to their own Content-Security-Policy.
import type { Browser, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { hasBrowser, launchBrowser } from '../browser.ts'
import { soon } from '../soon.ts'
import { suite } from '../suite.ts'
import { chromiumTab } from './engines/chromium-tab.ts'
import { flows } from './engines/flows.ts'
import { Sites } from './engines/sites.ts'

const test = suite('the pages in Chromium')
const fact = hasBrowser ? test : test.skip
let chrome: Browser
let sites: Sites
const complaints: string[] = []

test.before(async () => {
  if (!hasBrowser) return
  sites = await Sites.open()
  chrome = await launchBrowser()
})
test.after(async () => {
  if (!hasBrowser) return
  await chrome.close()
  await sites.close()
})
test.before.each(() => {
  if (!hasBrowser) return
  sites.reset()
  complaints.length = 0
})

async function newPage(): Promise<Page> {
  const page = await (await chrome.newContext({ javaScriptEnabled: false })).newPage()
  page.on('console', message => {
    // A refusal has the status of one; the browser remarks on that, too.
    if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  return page
}

async function open(): Promise<Page> {
  const page = await newPage()
  await page.goto(await sites.link())
  return page
}

for (const [sentence, flow] of Object.entries(flows))
  fact(sentence, async () => {
    await flow(sites, chromiumTab(await newPage()))
    assert.equal(complaints, [])
  })

// Chromium answers nothing about a page while its next one is on the way, so this asks the site and not the page.
fact('the page after the approval is loaded again by itself, and becomes the grant', async () => {
  sites.grants = false
  const page = await open()
  await page.getByRole('button', { name: 'Sign in and approve' }).click()
  await soon(true, async () => sites.visits.ours.filter(({ path }) => path.startsWith('/approve/outcome')).length > 1)
  sites.grant()
  await page.getByRole('heading', { name: 'Granted until 14:12 UTC.' }).waitFor()
  assert.equal(complaints, [])
})

fact('tokens of a sign-in that somebody else composed do not stay in the address bar', async () => {
  const page = await open()
  await page.goto(`${sites.origin}/oauth/callback#access_token=x&id_token=y&state=z`)
  await page.getByRole('heading', { name: 'This sign-in was not begun here.' }).waitFor()
  assert.is(page.url(), `${sites.origin}/approve/not-here#_`)
})

fact('the page that leads to Google has a link, for browsers that do not go on by themselves', async () => {
  Object.assign(sites, { waits: true, isSilent: true })
  const page = await open()
  await page.getByRole('button', { name: 'Sign in and approve' }).click()
  await soon(1, async () => sites.visits.others.length)
  sites.isSilent = false
  await page.getByRole('link', { name: 'Continue to Google' }).click()
  await page.getByRole('heading', { name: 'Google' }).waitFor()
})

fact('the whole form can be used from the keyboard, in the order it is read', async () => {
  const page = await open()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Granted until 14:12 UTC.' }).waitFor()
  assert.equal(sites.fixture.stored().status?.decisions?.[0]?.narrowing, { grants: [1] })
})

fact('the style is applied: its hash is the one that the policy permits', async () => {
  const page = await open()
  const box = await page.locator('main').boundingBox()
  assert.ok(box && box.width < 700, JSON.stringify(box))
  assert.equal(complaints, [])
})

test.run()
