// What PagerDuty says about a mapping's approvers: whether they exist, who is on call now, and when nobody will be.
import type { MappingStatus, RoleMapping } from '../../api/kinds.ts'
import { daysAhead, type Gap } from '../../domain/mapping/coverage.ts'
import { instant } from '../../domain/asking/duration.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { Duty, OnCall } from '../../domain/ports.ts'
import { ownerOf } from '../../domain/refusals.ts'
import { shortLine } from '../../domain/text.ts'

/**
 * PagerDuty's answer about the mapping's approvers; `silence` is why there is no answer, which is not a fault of the
 * mapping. `remarks` contain no times and no names, so that the condition changes only when something is different.
 */
export type OnCallFound = {
  name?: string
  fault?: Refusal
  silence?: Refusal
  remarks: string[]
  /** `status.onCall`; null when there is nothing to say. */
  status: NonNullable<MappingStatus['onCall']> | null
}

const silent = refusal(
  'PagerDutySilent',
  'PagerDuty does not answer, so it is not known whether anybody can approve. PagerDuty is asked again.',
)
const nothing = { remarks: [], status: null }
/** As in the CRD. */
const nowLength = 200
const mostNames = 5

/** Asks PagerDuty. Never rejects because of its answer. While it does not answer, the last status stays. */
export async function findOnCall(onCall: Pick<OnCall, 'describe'>, mapping: RoleMapping): Promise<OnCallFound> {
  const { escalationPolicy, schedule, level } = mapping.spec.approval.onCall ?? {}
  if (!escalationPolicy && !schedule) return nothing
  const of = { ...(escalationPolicy && { escalationPolicy }), ...(schedule && { schedule }), ...(level && { level }) }
  try {
    const duty = await onCall.describe(of)
    return duty ? judged(duty, mapping) : { ...nothing, fault: unknown(nameOf(of), escalationPolicy !== undefined) }
  } catch (error) {
    const refused = error instanceof Refused ? error.refusal : undefined
    if (refused && ownerOf(refused.reason) === 'mappingAuthor') return { ...nothing, fault: refused }
    if (!refused && !(error instanceof Broken) && !(error instanceof Waiting)) throw error
    return { silence: refused ?? silent, remarks: [], status: mapping.status?.onCall ?? null }
  }
}

function judged({ name, coverage }: Duty, mapping: RoleMapping): OnCallFound {
  if (!coverage) return { name, remarks: [], status: null }
  const { now, gap } = coverage
  const status = { now: sayNow(now), ...(gap && { nextGap: storedGap(gap) }) }
  const isEmpty = gap !== undefined && !gap.from && !gap.until
  if (readMapping(mapping).approval.fallback)
    return {
      name,
      remarks: isEmpty ? [`PagerDuty names nobody in the next ${daysAhead} days, so the fallback is asked.`] : [],
      status,
    }
  if (isEmpty) return { name, fault: nobody(mapping.spec.approval.onCall ?? {}), remarks: [], status }
  return { name, remarks: gap ? [gapRemark] : [], status }
}

const gapRemark = `At some time in the next ${daysAhead} days nobody is on call (see status.onCall), and there is no fallback.`

function storedGap({ from, until }: Gap): { from?: string; until?: string } {
  return { ...(from && { from: instant(from) }), ...(until && { until: instant(until) }) }
}

function sayNow(names: readonly string[]): string {
  const more = names.length - mostNames
  const said = names.slice(0, mostNames).join(', ') || 'nobody'
  return shortLine(more > 0 ? `${said} and ${more} more` : said, nowLength)
}

type Named = { escalationPolicy?: string | undefined; schedule?: string | undefined }

function nameOf({ escalationPolicy, schedule }: Named): string {
  return escalationPolicy ? `escalation policy "${escalationPolicy}"` : `schedule "${schedule}"`
}

function unknown(named: string, isPolicy: boolean): Refusal {
  return refusal(
    isPolicy ? 'UnknownEscalationPolicy' : 'UnknownSchedule',
    `PagerDuty does not know the ${named}. Copy the id from the address of the ${isPolicy ? 'policy' : 'schedule'}'s page in PagerDuty.`,
  )
}

// A level above the last one of the policy has nobody either.
function nobody({ level = 1, ...of }: Named & { level?: number | undefined }): Refusal {
  const above = level > 1 ? ` from level ${level} on` : ''
  return refusal(
    'NobodyOnCall',
    `PagerDuty names nobody on call for the ${nameOf(of)}${above} in the next ${daysAhead} days, and the mapping has no fallback. Put somebody on call there, or name a fallback.`,
  )
}
