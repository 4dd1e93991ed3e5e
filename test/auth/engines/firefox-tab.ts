// A tab of an installed Firefox for the flows: Puppeteer drives it by WebDriver BiDi, without a driver program.
import { existsSync } from 'node:fs'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { firstHeading } from './holds.ts'
import type { Tab } from './flows.ts'

const usualPaths = [
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  '/usr/bin/firefox',
  '/usr/bin/firefox-esr',
  '/snap/bin/firefox',
]

/** Path of an installed Firefox: FIREFOX_PATH, or where it usually is. */
export const firefoxPath = process.env['FIREFOX_PATH'] || usualPaths.find(path => existsSync(path))
if (!firefoxPath)
  console.log('SKIPPED tests in Firefox: none was found. Install Firefox, or set FIREFOX_PATH to its program.')

/** Starts Firefox without a window. */
export async function launchFirefox(): Promise<Browser> {
  return launch({ browser: 'firefox', executablePath: firefoxPath ?? '', headless: true })
}

/** The page as a tab of the flows. */
export function firefoxTab(page: Page): Tab {
  const read: Tab['read'] = expression => page.evaluate(expression)
  return {
    goto: async url => void (await page.goto(url)),
    click: selector => page.locator(selector).click(),
    fill: (selector, text) => page.locator(selector).fill(text),
    choose: async (selector, value) => void (await page.select(selector, value)),
    heading: text => firstHeading(read, text),
    read,
    url: async () => page.url(),
    back: async () => void (await page.goBack()),
    reload: async () => void (await page.reload()),
  }
}
