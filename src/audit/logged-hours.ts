// The hours in an entry of the log. Few entries have them, so a schema is fast enough.
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { faultOfHours } from '../domain/hours/fault.ts'
import { days, type Hours } from '../domain/hours/span.ts'

/** A log has the same few hours in many of its entries. */
const known = new LRUCache<string, boolean>({ max: 1000 })

/** Whether a clock can read these hours. */
export function canBeRead(hours: Hours): boolean {
  const text = JSON.stringify(hours)
  const can = known.get(text) ?? faultOfHours(hours) === undefined
  known.set(text, can)
  return can
}

const span = z.object({
  days: z.array(z.enum(days)).max(7).exactOptional(),
  from: z.string().max(5),
  to: z.string().max(5),
})

/** Hours in the form in which Hallpass writes them, which a clock can read. */
export const loggedHours = z.object({ zone: z.string().max(40), spans: z.array(span).max(4) }).refine(canBeRead)

/** The hours as logged; `odd` for those that no clock can read, which Hallpass never writes. */
export function readLoggedHours(value: unknown): Hours | 'odd' | undefined {
  if (value === undefined) return undefined
  const { success, data } = loggedHours.safeParse(value)
  return success ? data : 'odd'
}
