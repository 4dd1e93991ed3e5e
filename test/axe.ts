// axe-core on a page of Chromium: what people with disabilities would stumble over, as far as a program can find it.
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Contrast of 7 to 1 (https://www.w3.org/TR/WCAG22/#contrast-enhanced) besides what axe looks for by itself. */
const enhanced: axe.RuleObject = { 'color-contrast-enhanced': { enabled: true } }

/** What axe finds that is serious or critical, one line each. `isEnhanced`: also text whose contrast is less than 7 to 1. */
export async function seriousFaults(page: Page, { isEnhanced = false } = {}): Promise<string[]> {
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(axe.source)
  const options: axe.RunOptions = { resultTypes: ['violations'], ...(isEnhanced && { rules: enhanced }) }
  const results = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`))
}

/** The sizes and colours that people have. */
export const looks = [
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
] as const

/** Shows the page in one of these. */
export async function lookAt(page: Page, { width, height, colorScheme }: (typeof looks)[number]): Promise<void> {
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme })
}
