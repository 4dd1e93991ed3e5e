// All assumptions in the order of the trial: those that change nothing or little first in each service.
import type { Assumption } from './assumption.ts'
import { googleAssumptions } from './google.ts'
import { groupAssumptions } from './groups.ts'
import { iamAssumptions } from './iam.ts'
import { iamHoursAssumptions } from './iam-hours.ts'
import { iamInTimeAssumptions } from './iam-in-time.ts'
import { pagerDutyAssumptions } from './pagerduty.ts'
import { pagingAssumptions } from './paging.ts'
import { resourceAssumptions } from './resources.ts'
import { slackAssumptions } from './slack.ts'

/** Every assumption. */
export const assumptions: readonly Assumption[] = [
  ...iamAssumptions,
  ...iamHoursAssumptions,
  ...iamInTimeAssumptions,
  ...resourceAssumptions,
  ...googleAssumptions,
  ...groupAssumptions,
  ...slackAssumptions,
  ...pagerDutyAssumptions,
  ...pagingAssumptions,
]
