// Every check of `hallpass doctor`, in the order of the answer.
import { clusterChecks } from './as-shipped.ts'
import type { Check } from './check.ts'
import { clockChecks } from './clocks.ts'
import { kmsChecks } from './kms.ts'
import { loggingChecks } from './logging.ts'
import { oauthChecks } from './oauth.ts'
import { othersChecks } from './others.ts'
import { pagerDutyChecks } from './pagerduty.ts'
import { networkChecks } from './proxy.ts'
import { rightsChecks } from './rights.ts'
import { slackChecks } from './slack.ts'

/** Answered before all others: nothing else can be asked without valid settings. */
export const settingsQuestion = {
  id: 'settings',
  component: 'settings',
  asks: 'Are the settings and secrets of this process valid, and does none contradict another?',
} as const

/** What is asked after the settings. */
export const checks: readonly Check[] = [
  ...networkChecks,
  ...clockChecks,
  ...clusterChecks,
  ...rightsChecks,
  ...othersChecks,
  ...slackChecks,
  ...pagerDutyChecks,
  ...oauthChecks,
  ...kmsChecks,
  ...loggingChecks,
]
