// The flows of an approver in an installed Firefox.
import type { Browser } from 'puppeteer-core'
import { suite } from '../suite.ts'
import { firefoxPath, firefoxTab, launchFirefox } from './engines/firefox-tab.ts'
import { flows } from './engines/flows.ts'
import { Sites } from './engines/sites.ts'

const test = suite('the pages in Firefox', { timeoutMs: 120_000 })
const fact = firefoxPath ? test : test.skip
let firefox: Browser
let sites: Sites

test.before(async () => {
  if (!firefoxPath) return
  sites = await Sites.open()
  firefox = await launchFirefox()
})
test.after(async () => {
  if (!firefoxPath) return
  await firefox.close()
  await sites.close()
})

for (const [sentence, flow] of Object.entries(flows))
  fact(sentence, async () => {
    sites.reset()
    // Each flow in a person's fresh browser: cookies are kept by context.
    const context = await firefox.createBrowserContext()
    await flow(sites, firefoxTab(await context.newPage()))
    await context.close()
  })

test.run()
