import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { hasBrowser, launchBrowser } from '../browser.ts'
import type { SignIn } from '../fakes/login.ts'
import { suite } from '../suite.ts'
import { mo, otto, Fixture } from './fakes.ts'

const test = suite('a real browser, held to the pages’ own Content-Security-Policy')
let chrome: Browser
let google: Server
let fixture: Fixture
/** Who signs in next. */
let person: SignIn = mo
/** What follows the address that Google sends the browser back to. */
let fragment = ''
const complaints: string[] = []

const portOf = (server: Server): number => (server.address() as AddressInfo).port
const listening = async (server: Server): Promise<Server> =>
  new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))

const fact = hasBrowser ? test : test.skip

test.before(async () => {
  if (!hasBrowser) return
  // Without a person at the keyboard Google sends the browser straight back, so the form's redirect runs all the way.
  google = await listening(
    createServer((req, res) => {
      const query = new URLSearchParams(fixture.google.signIn(`http://127.0.0.1${req.url}`, person)).toString()
      res.writeHead(302, { location: `${fixture.options.publicUrl}/oauth/callback?${query}${fragment}` }).end()
    }),
  )
  const probe = await listening(createServer())
  const port = portOf(probe)
  await new Promise(resolve => probe.close(resolve))
  const origin = `http://127.0.0.1:${portOf(google)}`
  fixture = new Fixture({ publicUrl: `http://127.0.0.1:${port}` })
  const { login } = fixture.options
  const authorizeUrl = login.authorizeUrl.bind(login)
  login.authorizeUrl = asked => authorizeUrl(asked).replace('http://127.0.0.1:1', origin)
  await fixture.open(port)
  chrome = await launchBrowser()
})
test.after(async () => {
  if (!hasBrowser) return
  await chrome.close()
  await fixture.close()
  await new Promise(resolve => google.close(resolve))
})
test.before.each(() => {
  if (!hasBrowser) return
  fixture.requests.stored.clear()
  fixture.ask()
  complaints.length = 0
  fragment = ''
})

async function open(): Promise<Page> {
  const page = await (await chrome.newContext({ javaScriptEnabled: false })).newPage()
  page.on('console', message => {
    // A refusal has the status of one; the browser remarks on that, too.
    if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  await page.goto(`${fixture.options.publicUrl}/approve?t=${await fixture.ticket()}`)
  return page
}

fact('Mo takes one role and ten minutes away, signs in, and sees the grant come true', async () => {
  person = mo
  fragment = '#id_token=secret'
  const page = await open()
  await page.getByLabel('roles/cloudsql.client').uncheck()
  await page.getByLabel('For').selectOption('10 minutes')
  await page.getByLabel('Comment').fill('be quick')
  await page.getByRole('button', { name: 'Sign in and approve' }).click()
  await page.getByRole('heading', { name: 'Approved. Granting…' }).waitFor()
  assert.match(page.url(), /\/approve\/outcome\?t=[^#]+#_$/)
  const [decision] = fixture.stored().status?.decisions ?? []
  assert.equal([decision?.narrowing, decision?.comment], [{ duration: '10m', grants: [1] }, 'be quick'])
  const { status = {} } = fixture.stored()
  fixture.requests.put({
    ...fixture.stored(),
    status: { ...status, phase: 'Provisioned', startsAt: '2026-11-23T14:02:00Z', expiresAt: '2026-11-23T14:12:00Z' },
  })
  await page.getByRole('heading', { name: 'Granted until 14:12 UTC.' }).waitFor({ timeout: 10_000 })
  assert.equal(complaints, [])
})

fact('tokens of a sign-in that somebody else composed do not stay in the address bar', async () => {
  const page = await open()
  await page.goto(`${fixture.options.publicUrl}/oauth/callback#access_token=x&id_token=y&state=z`)
  await page.getByRole('heading', { name: 'This sign-in was not begun here.' }).waitFor()
  assert.is(page.url(), `${fixture.options.publicUrl}/approve/not-here#_`)
})

fact('another account is used from the page that refuses the first', async () => {
  person = otto
  const page = await open()
  await page.getByRole('button', { name: 'Sign in and approve' }).click()
  await page.getByRole('heading', { name: 'You signed in as otto@example.com, which cannot approve this.' }).waitFor()
  person = mo
  await page.getByRole('button', { name: 'Use another account' }).click()
  await page.getByRole('heading', { name: 'Approved. Granting…' }).waitFor()
  assert.is(fixture.stored().status?.decisions?.length, 1)
  assert.equal(complaints, [])
})

fact('the whole form can be used from the keyboard, in the order it is read', async () => {
  person = mo
  const page = await open()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Approved. Granting…' }).waitFor()
  assert.equal(fixture.stored().status?.decisions?.[0]?.narrowing, { grants: [1] })
})

fact('the style is applied: its hash is the one that the policy permits', async () => {
  const page = await open()
  const box = await page.locator('main').boundingBox()
  assert.ok(box && box.width < 700, JSON.stringify(box))
  assert.equal(complaints, [])
})

test.run()
