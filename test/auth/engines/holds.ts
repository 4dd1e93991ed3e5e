// Waits for what a page shows: across redirects, and while the page is being loaded again.
import { setTimeout as pause } from 'node:timers/promises'

const tries = 150
const pauseMs = 100

type Read = (expression: string) => Promise<unknown>

/** Waits until an expression of JavaScript has this value; what cannot be read while the page changes is read again. */
export async function holds(read: Read, expression: string, expected: unknown): Promise<void> {
  let last: unknown
  for (let i = 0; i < tries; i++) {
    last = await read(expression).catch((error: unknown) => error)
    if (last === expected) return
    await pause(pauseMs)
  }
  throw new Error(`${expression} is not ${JSON.stringify(expected)}: ${String(last)}`)
}

/** Waits until the page has this first heading. */
export async function firstHeading(read: Read, text: string): Promise<void> {
  await holds(read, `document.querySelector('h1')?.textContent?.replace(/\\s+/g, ' ').trim() ?? ''`, text)
}
