// The sandbox and its page in a real Chromium, as wide as a desk: opened before the tests of a file, closed after them.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { servePage } from '../../src/sandbox/page-server.ts'
import { Progress } from '../../src/sandbox/preparation.ts'
import { sandboxTown } from '../../src/sandbox/town.ts'
import { startWorld, type World } from '../../src/sandbox/world.ts'
import { launchBrowser } from '../browser.ts'

/** Where screenshots go. */
export const out = join(import.meta.dirname, '../out')

export type Desk = {
  world: World
  chrome: Browser
  page: Page
  /** Errors of the page and of its console. */
  complaints: readonly string[]
  close(): Promise<void>
}

/** Starts the samples' town, with a janitor if one is given, and opens the page. */
export async function openDesk(
  more: Pick<NonNullable<Parameters<typeof startWorld>[0]>, 'janitor'> = {},
): Promise<Desk> {
  const world = await startWorld({ town: await sandboxTown(), ...more })
  const served = await servePage({ world, progress: new Progress() }, 0)
  const chrome = await launchBrowser()
  const page = await chrome.newPage({ viewport: { width: 1280, height: 800 } })
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', line => void (line.type() === 'error' && complaints.push(line.text())))
  await page.goto(served.url)
  await mkdir(out, { recursive: true })
  return {
    world,
    chrome,
    page,
    complaints,
    close: async () => {
      await chrome.close()
      await served.close()
      await world.stop()
    },
  }
}
