// Access that is said to have ended early: a person has signed in for that, or the janitor was asked to by its holder. And
// Google's log must have the removal. Pure.
import { readDetailsOfGrant } from '../../domain/audit/audit.ts'
import type { Finding, FindingKind } from './finding.ts'
import type { Write } from './policy-writes.ts'
import { nameOf, type ToldStep } from './told.ts'

/** The early ends of a request that nobody has signed for, and those of which Google's log has no removal. */
export function checkEndings(steps: readonly ToldStep[], writes: readonly Write[]): Finding[] {
  return steps
    .filter(({ event }) => event === 'Revoked')
    .flatMap(step => {
      const say = (kind: FindingKind, why: string): Finding => ({
        kind,
        about: nameOf(step),
        why: `${step.event} (number ${step.seq}) ${why}`,
      })
      const why = step.details['evidence'] === undefined ? refuseJanitor(step, steps) : undefined
      return why === undefined ? unremoved(step, writes, say) : [say('missing', `names no evidence, and ${why}`)]
    })
}

/** Why it is not the end by a janitor that was asked to; undefined when it is. */
function refuseJanitor({ seq, actor, requester, details }: ToldStep, steps: readonly ToldStep[]): string | undefined {
  const { ending, wantedBy, states } = details
  const asked = steps.find(step => step.event === 'RemovalAsked' && step.seq < seq && step.details['ending'] === ending)
  if (ending === undefined || states === undefined || !asked) return 'the janitor was not asked to end it'
  if (actor === '' || asked.details['janitor'] !== actor) return `the janitor that was asked is not "${actor}"`
  const isHolders = [wantedBy, asked.actor].every(who => who?.toLowerCase() === requester.toLowerCase())
  return isHolders ? undefined : 'the janitor was asked by another person than its holder'
}

/** Google's time and that of the controller may differ by this much. */
const skewMs = 120_000

// Only of bindings that Google's log has: it may not go back as far as this one, or be left out.
function unremoved(
  { actor, at, details }: ToldStep,
  writes: readonly Write[],
  say: (kind: FindingKind, why: string) => Finding,
): Finding[] {
  const states = details['evidence'] === undefined ? (details['states']?.split(' ') ?? []) : []
  const grants = readDetailsOfGrant(details)?.grants ?? []
  return grants.flatMap(({ resource, role, state }, i) => {
    const own = writes.filter(write => write.resource === resource && write.role === role)
    if (state !== 'Removed' || !own.some(({ action }) => action === 'ADD')) return []
    // The janitor says of each whether it was its own write that removed it.
    const by = states[i] === 'Removed' ? actor.toLowerCase() : undefined
    const isThere = own.some(
      write =>
        write.action === 'REMOVE' &&
        (by === undefined || write.by === by) &&
        Date.parse(write.at) <= Date.parse(at) + skewMs,
    )
    const who = by === undefined ? 'nobody' : `not ${by}`
    return isThere
      ? []
      : [say('unwritten', `says that ${role} on ${resource} was removed: by Google's log, ${who} did`)]
  })
}
