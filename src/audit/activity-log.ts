// Whose log an entry is in. Who may write logs can write an entry in the form of Google's into any log but Google's own.
import { z } from 'zod'

/** The name of Google's log of policy writes. Each entry of Logging has one; only what is made by hand has none. */
export const activityLog = z
  .string()
  .regex(/\/logs\/cloudaudit\.googleapis\.com(%2F|\/)activity$/)
  .optional()
