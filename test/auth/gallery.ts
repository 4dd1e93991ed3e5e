// Renders every state of the pages to test/out/auth, as HTML and as screenshots, for looking at them: node test/auth/gallery.ts
import { mkdir, writeFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../browser.ts'
import { htmlOf, states } from './states.ts'

const folder = 'test/out/auth'
const sizes = [
  { width: 360, height: 640 },
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]

async function write(page: Page, name: string): Promise<void> {
  const html = await htmlOf(name)
  await writeFile(`${folder}/${name}.html`, html)
  await page.setContent(html.replace(/<meta http-equiv="refresh"[^>]*>/, ''))
  for (const size of sizes)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(size)
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: `${folder}/${name}-${size.width}-${colorScheme}.png`, fullPage: true })
      const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
      if (overflow > 0) console.log(`${name} is ${overflow} px too wide at ${size.width}`)
    }
}

await mkdir(folder, { recursive: true })
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(states)
const chrome = await launchBrowser()
const page = await chrome.newPage()
for (const name of names) await write(page, name)
await chrome.close()
console.log(`Wrote ${names.length} pages to ${folder}.`)
