// A tab of Chromium for the flows, by Playwright.
import type { Page } from 'playwright-core'
import type { Tab } from './flows.ts'
import { firstHeading } from './holds.ts'

/** The page as a tab of the flows. */
export function chromiumTab(page: Page): Tab {
  const read: Tab['read'] = expression => page.evaluate(expression)
  return {
    goto: async url => void (await page.goto(url)),
    click: selector => page.locator(selector).click(),
    fill: (selector, text) => page.locator(selector).fill(text),
    choose: async (selector, value) => void (await page.locator(selector).selectOption(value)),
    heading: text => firstHeading(read, text),
    read,
    url: async () => page.url(),
    back: async () => void (await page.goBack()),
    reload: async () => void (await page.reload()),
  }
}
