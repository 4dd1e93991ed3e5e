// Google's own audit log next to the log of Hallpass: every binding that names a request must be one that was approved, and
// every access that was granted must have its binding. Pure.
import { type GrantFacts, readDetailsOfGrant } from '../../domain/audit/audit.ts'
import { expressionOf } from '../../domain/granting/policy.ts'
import { restrictionOf } from '../../domain/granting/restriction.ts'
import { type AddedEntry, refuseUnbacked, skewMs } from '../backing.ts'
import type { Finding, FindingKind } from './finding.ts'
import { nameOf, type ToldStep } from './told.ts'

/** One member that a policy write added or removed under a title of Hallpass. */
export type Write = AddedEntry & { action: 'ADD' | 'REMOVE' }

/** What is wrong with the writes under the title of one request, given its steps. */
export function checkWrites(writes: readonly Write[], steps: readonly ToldStep[]): Finding[] {
  if (writes.length === 0) return []
  const told = steps.flatMap(step => {
    const facts = readDetailsOfGrant(step.details)
    return facts ? [{ step, facts }] : []
  })
  return writes.flatMap(write => {
    const why = write.action === 'ADD' ? refuseAdded(write, told) : refuseRemoved(write, told, steps)
    const sentence = `${write.by} ${write.action === 'ADD' ? 'gave' : 'took'} ${write.role} ${write.action === 'ADD' ? 'to' : 'from'} ${write.member} at ${write.at}: ${why}`
    return why ? [{ kind: 'unbacked', about: `the policy of ${write.resource}`, why: sentence }] : []
  })
}

/** A step that says what is granted. */
type Told = { step: ToldStep; facts: GrantFacts }

function refuseAdded(write: Write, told: readonly Told[]): string | undefined {
  const granted = told.filter(({ facts }) => facts.approvedBy)
  const [first] = granted
  if (!first) return 'no approved request has this title'
  const { step, facts } = first
  const times = { startsAt: new Date(facts.startsAt), expiresAt: new Date(facts.expiresAt) }
  return refuseUnbacked(write, {
    approvedBy: facts.approvedBy ?? '',
    person: step.requester,
    asked: step.grants,
    entries: step.grants
      .filter(grant => facts.grants.some(({ resource, role }) => resource === grant.resource && role === grant.role))
      .map(grant => ({ ...grant, expression: expressionOf({ condition: restrictionOf(step, grant), ...times }) })),
    begunAt: new Date(Math.min(...granted.map(one => Date.parse(one.step.at)))),
    expiresAt: times.expiresAt,
  })
}

/** Events after which Hallpass takes bindings out. */
const endings = ['Revoked', 'GrantUndone', 'Failed', 'GrantInDoubt', 'EndingRefused']

function refuseRemoved(write: Write, told: readonly Told[], steps: readonly ToldStep[]): string | undefined {
  const facts = told.at(-1)?.facts
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
