// Every state of the pages, and every refusal, for people with disabilities: axe finds nothing serious, in light and dark, on a
// phone and on a desk; nothing is cut off; the button is on the first screen of a phone.
import type { Browser, Page } from 'playwright-core'
import * as assert from 'uvu/assert'
import { entryOf, reasons } from '../../src/domain/refusals.ts'
import { refusedReply } from '../../src/auth/web/reply.ts'
import { lookAt, looks, seriousFaults } from '../axe.ts'
import { hasBrowser, launchBrowser } from '../browser.ts'
import { suite } from '../suite.ts'
import { htmlOf, states } from './states.ts'

const test = suite('the pages for people with disabilities', { timeoutMs: 120_000 })
const fact = hasBrowser ? test : test.skip
let chrome: Browser
let page: Page

test.before(async () => {
  if (!hasBrowser) return
  chrome = await launchBrowser()
  page = await chrome.newPage()
})
test.after(async () => {
  if (hasBrowser) await chrome.close()
})

/** Shows a page as it was sent; it cannot go on to another one. */
async function show(html: string): Promise<void> {
  await page.unrouteAll()
  await page.route('**/*', async route => route.fulfill({ status: 204 }))
  await page.route('https://hallpass.example.com/shown', async route =>
    route.fulfill({ body: html, contentType: 'text/html' }),
  )
  await page.goto('https://hallpass.example.com/shown')
}

async function faults(): Promise<string[]> {
  const found: string[] = []
  for (const look of looks) {
    await lookAt(page, look)
    const wide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
    const here = await seriousFaults(page, { isEnhanced: true })
    if (wide > 0) here.push(`${wide} px too wide`)
    found.push(...here.map(fault => `${look.width} ${look.colorScheme}: ${fault}`))
  }
  return found
}

for (const name of Object.keys(states))
  fact(`nothing serious: ${name}`, async () => {
    await show(await htmlOf(name))
    assert.equal(await faults(), [])
  })

/** The page of every reason for a no: of those that differ in their words alone, only one. */
function refusalPages(): Map<string, string> {
  const pages = new Map<string, string>()
  for (const reason of reasons) {
    const { button: label, headline } = entryOf(reason)
    const fields = [['grants', '0']] as const
    const retry = label && { label, purpose: 'approve' as const, ticket: 't', formToken: 'f', fields }
    const refused = { reason, message: 'It is said here.' }
    const { html = '' } = refusedReply(refused, { request: 'prod-db-aaaabbbbcccc', retry })
    pages.set(html.replaceAll(headline, '').replaceAll(reason, ''), html)
  }
  return pages
}

fact('nothing serious: every kind of page that says no', async () => {
  const pages = refusalPages()
  assert.ok(pages.size >= 5, `${pages.size} kinds`)
  for (const html of pages.values()) {
    await show(html)
    assert.equal(await faults(), [])
  }
})

fact('the button to approve is on the first screen of a phone', async () => {
  await show(await htmlOf('ask'))
  await page.setViewportSize({ width: 390, height: 844 })
  const box = await page.getByRole('button', { name: 'Sign in and approve' }).boundingBox()
  assert.ok(box && box.y + box.height <= 844, JSON.stringify(box))
})

fact('where people use their own colours, the mark of a hidden character has a border that text has not', async () => {
  await page.emulateMedia({ forcedColors: 'active' })
  await show(await htmlOf('ask-more'))
  const drawn = (selector: string): Promise<unknown> =>
    page.evaluate(`(() => {
      const { borderTopStyle, borderTopWidth, borderTopColor } = getComputedStyle(document.querySelector('${selector}'))
      return borderTopStyle === 'solid' && borderTopWidth === '1px' && borderTopColor !== 'rgba(0, 0, 0, 0)'
    })()`)
  assert.equal([await drawn('.mark'), await drawn('blockquote bdi')], [true, false])
  await page.emulateMedia({ forcedColors: 'none' })
})

test.run()
