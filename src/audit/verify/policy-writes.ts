// Google's own audit log next to the log of Hallpass: every binding that names a request must be one that was approved, and
// every access that was granted must have its binding. Pure.
import { readDetailsOfGrant } from '../../domain/audit/audit.ts'
import { writerIn } from '../../domain/approval/quorum.ts'
import { expressionOf } from '../../domain/granting/policy.ts'
import { restrictionOf } from '../../domain/granting/restriction.ts'
import type { Finding, FindingKind } from './finding.ts'
import { nameOf, type ToldStep } from './told.ts'

/** One member that a policy write added or removed under a title of Hallpass. */
export type Write = {
  action: 'ADD' | 'REMOVE'
  at: string
  by: string
  resource: string
  role: string
  member: string
  title: string
  expression: string
  /** The header X-Goog-Request-Reason, which anybody can set. */
  reason: string
}

/** What is wrong with the writes under the title of one request, given its steps. */
export function checkWrites(writes: readonly Write[], steps: readonly ToldStep[]): Finding[] {
  return writes.flatMap(write => {
    const why = write.action === 'ADD' ? refuseAdded(write, steps) : refuseRemoved(write, steps)
    const sentence = `${write.by} ${write.action === 'ADD' ? 'gave' : 'took'} ${write.role} ${write.action === 'ADD' ? 'to' : 'from'} ${write.member} at ${write.at}: ${why}`
    return why ? [{ kind: 'unbacked', about: `the policy of ${write.resource}`, why: sentence }] : []
  })
}

/** Google's time and that of the controller may differ by this much. */
const skewMs = 120_000

function refuseAdded(write: Write, steps: readonly ToldStep[]): string | undefined {
  const granted = steps.flatMap(step => {
    const facts = readDetailsOfGrant(step.details)
    return facts?.approvedBy ? [{ step, facts }] : []
  })
  const [first] = granted
  if (!first) return 'no approved request has this title'
  const { startsAt, expiresAt, approvedBy = '' } = first.facts
  if (writerIn(approvedBy) !== write.by) return `the approver was ${writerIn(approvedBy)}`
  if (write.reason.startsWith('hallpass ') && write.reason !== write.title)
    return 'its request reason names another request'
  const grant = first.step.grants.find(({ resource, role }) => resource === write.resource && role === write.role)
  if (!grant) return 'the request is for other roles or resources'
  if (!first.facts.grants.some(({ resource, role }) => resource === write.resource && role === write.role))
    return 'the approver left it out'
  if (write.member !== `user:${first.step.requester}`) return `the request is of ${first.step.requester}`
  const times = { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) }
  const condition = restrictionOf(first.step, grant)
  if (write.expression !== expressionOf({ condition, ...times })) return 'its condition is another one'
  const at = Date.parse(write.at)
  const begun = Math.min(...granted.map(({ step }) => Date.parse(step.at)))
  return at >= begun - skewMs && at <= times.expiresAt.getTime() + skewMs
    ? undefined
    : 'it was written at another time than the grant'
}

/** Events after which Hallpass takes bindings out. */
const endings = ['Revoked', 'GrantUndone', 'Failed', 'GrantInDoubt', 'EndingRefused']

function refuseRemoved(write: Write, steps: readonly ToldStep[]): string | undefined {
  const facts = steps.flatMap(({ details }) => readDetailsOfGrant(details) ?? []).at(-1)
  if (!facts) return 'no approved request has this title'
  const isOver = Date.parse(write.at) >= Date.parse(facts.expiresAt) - skewMs
  return isOver || steps.some(({ event }) => endings.includes(event)) ? undefined : 'the access had not ended'
}

/** Grants that Google confirmed, by the log, and for which its own log has no binding. Only of resources it has writes of. */
export function unwritten(
  steps: readonly ToldStep[],
  writes: readonly Write[],
  covered: ReadonlyMap<string, Date>,
): Finding[] {
  const step = steps.find(({ event }) => event === 'Granted')
  const facts = step && readDetailsOfGrant(step.details)
  if (!step || !facts) return []
  const say = (kind: FindingKind, why: string): Finding => ({ kind, about: nameOf(step), why })
  return facts.grants.flatMap(({ resource, role, state }) => {
    const since = covered.get(resource)
    if (state !== 'Written' || !since || since.getTime() > Date.parse(step.at)) return []
    const isThere = writes.some(write => write.action === 'ADD' && write.resource === resource && write.role === role)
    return isThere ? [] : [say('unwritten', `${role} on ${resource}`)]
  })
}
