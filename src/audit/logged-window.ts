// A window of several days in an entry of the log.
import { z } from 'zod'
import type { Window } from '../domain/asking/window.ts'
import { hoursOfWindow } from '../domain/granting/restriction.ts'
import { canBeRead } from './logged-hours.ts'

/** A window in the form in which Hallpass writes it, with hours that a clock can read. */
export const loggedWindow = z
  .object({ zone: z.string().max(40), from: z.string().max(5), to: z.string().max(5), until: z.iso.datetime() })
  .refine(window => canBeRead(hoursOfWindow(window)))

/** The window as logged; `odd` for one that no clock can read, which Hallpass never writes. */
export function readLoggedWindow(value: unknown): Window | 'odd' | undefined {
  if (value === undefined) return undefined
  return loggedWindow.safeParse(value).data ?? 'odd'
}
