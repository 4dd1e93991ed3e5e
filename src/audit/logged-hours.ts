// The hours in an entry of the log. Few entries have them, so a schema is fast enough.
import { z } from 'zod'
import { days, type Hours } from '../domain/hours/span.ts'

const span = z.object({
  days: z.array(z.enum(days)).max(7).exactOptional(),
  from: z.string().max(5),
  to: z.string().max(5),
})
/** Hours in the form in which Hallpass writes them. */
export const loggedHours = z.object({ zone: z.string().max(40), spans: z.array(span).max(4) })

/** The hours; undefined when they are not in the form in which Hallpass writes them. */
export function readLoggedHours(value: unknown): Hours | undefined {
  return loggedHours.safeParse(value).data
}
