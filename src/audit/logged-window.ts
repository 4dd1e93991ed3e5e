// A window of several days in an entry of the log.
import { z } from 'zod'
import { hoursOf, type Window } from '../domain/asking/window.ts'
import { faultOfHours } from '../domain/hours/fault.ts'

const logged = z.object({
  zone: z.string().max(40),
  from: z.string().max(5),
  to: z.string().max(5),
  until: z.iso.datetime(),
})

/** The window as logged; `odd` for one that no clock can read, which Hallpass never writes. */
export function readLoggedWindow(value: unknown): Window | 'odd' | undefined {
  if (value === undefined) return undefined
  const { success, data } = logged.safeParse(value)
  return success && faultOfHours(hoursOf(data)) === undefined ? data : 'odd'
}
