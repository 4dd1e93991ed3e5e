// A real Chromium for tests: the one that comes as a package, or an installed one. If there is no browser it says so,
// with the remedy, and the tests that need it are skipped.
import { existsSync } from 'node:fs'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

const usualPaths = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
]

/** Path of an installed browser: CHROMIUM_PATH, or where it usually is. */
const installed = [process.env['CHROMIUM_PATH'], ...usualPaths].find(path => path && existsSync(path))
// The package carries a build for this kind of machine only.
const isPackaged = process.platform === 'linux' && process.arch === 'x64'

/** Whether there is a browser; when not, the reason has been printed for the runner to repeat. */
export const hasBrowser = isPackaged || installed !== undefined
if (!hasBrowser)
  console.log('SKIPPED tests in a browser: none was found. Install Chrome, or set CHROMIUM_PATH to a Chromium.')

/** Starts it without a window. */
export async function launchBrowser(): Promise<Browser> {
  if (process.env['CHROMIUM_PATH'] || !isPackaged) return playwright.launch({ executablePath: installed ?? '' })
  // In one process Chromium ends with its first page.
  const args = chromium.args.filter(arg => arg !== '--single-process')
  return playwright.launch({ executablePath: await chromium.executablePath(), args })
}
