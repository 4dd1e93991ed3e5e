// What changes for people when mappings change: who newly may what, by whose approval, for how long. Pure. The same power
// in other words is no change.
import type { RoleMapping } from '../../api/kinds.ts'
import { canonicalJson } from '../json.ts'
import { sayDuration } from '../asking/duration.ts'
import type { EmergencyRules, ReviewRules } from '../asking/emergency.ts'
import { sayHours } from '../hours/words.ts'
import { type Mapping, readMapping } from '../mapping/mapping.ts'
import { type Change, changed, gained, lost, type Part, say, unclear } from './change.ts'
import { grantChanges, sayGrant } from './grants.ts'
import { approverChanges, approversOf, peopleChanges, requestersOf } from './people.ts'
import { timeChanges } from './times.ts'

/** One mapping that is in either version. */
export type MappingChange = { mapping: string; is: 'added' | 'removed' | 'kept'; changes: Change[] }

/** The changes of every mapping, by namespace and name. */
export function compareMappings(before: readonly RoleMapping[], after: readonly RoleMapping[]): MappingChange[] {
  const [old, now] = [byName(before), byName(after)]
  return [...new Set([...old.keys(), ...now.keys()])].toSorted().map(mapping => {
    const [was, is] = [old.get(mapping), now.get(mapping)]
    if (!was && is) return { mapping, is: 'added', changes: offeredBy(is) }
    if (was && !is) return { mapping, is: 'removed', changes: takenWith(was) }
    return { mapping, is: 'kept', changes: was && is ? changesOf(was, is) : [] }
  })
}

function byName(mappings: readonly RoleMapping[]): Map<string, Mapping> {
  return new Map(mappings.map(stored => [`${stored.metadata.namespace}/${stored.metadata.name}`, readMapping(stored)]))
}

function changesOf(before: Mapping, after: Mapping): Change[] {
  return [
    ...grantChanges(before, after),
    ...peopleChanges(before, after),
    ...timeChanges(before, after),
    ...emergencyChanges(before.emergency, after.emergency),
    ...ruleChanges(before, after),
  ]
}

/** Everything that a new mapping offers. */
function offeredBy(mapping: Mapping): Change[] {
  const { grants, approval, maxSeconds, hours, emergency } = mapping
  return [
    ...grants.map(grant => gained(sayGrant(grant))),
    ...[...requestersOf(mapping)].map(who => gained(say`${who} may ask`)),
    ...[...approversOf(approval)].map(who => gained(say`${who} may approve`)),
    gained([
      ...say`${approval.required} `,
      approval.required === 1 ? 'approval is needed' : 'approvals of different people are needed',
    ]),
    gained(say`access lasts at most ${sayDuration(maxSeconds)}`),
    ...(hours ? [changed(say`access works only ${sayHours(hours)}`)] : []),
    ...emergencyChanges(undefined, emergency),
  ]
}

function takenWith({ grants }: Mapping): Change[] {
  return grants.map(({ role, resource }) => lost(say`${role} on ${resource} cannot be asked for here any more`))
}

function emergencyChanges(before: EmergencyRules | undefined, after: EmergencyRules | undefined): Change[] {
  if (!before && !after) return []
  if (!after) return [lost(say`it cannot be asked for as an emergency any more`)]
  const { required } = after.approval
  if (!before)
    return [
      gained([
        ...say`it can be asked for as an emergency, with ${required} `,
        required === 1 ? 'approval' : 'approvals',
      ]),
      ...[...approversOf(after.approval)].map(who => gained(say`${who} may approve an emergency`)),
    ]
  return [
    ...approverChanges(before.approval, after.approval, inEmergency),
    ...waitingChanges(before.approval, after.approval, inEmergency),
    ...reviewChanges(before.review, after.review),
  ]
}

const inEmergency = ' in an emergency'

function reviewChanges({ channel: before, ...old }: ReviewRules, { channel: after, ...now }: ReviewRules): Change[] {
  return [
    ...(before === after ? [] : [changed(say`emergencies are told to ${after}, until now to ${before}`)]),
    ...(canonicalJson(old) === canonicalJson(now)
      ? []
      : [unclear(say`emergencies are reviewed ${sayReview(now)}, until now ${sayReview(old)}`)]),
  ]
}

function sayReview({ within, reviewers: { emails = [], slackUserGroup } }: Omit<ReviewRules, 'channel'>): string {
  const who = [...emails, ...(slackUserGroup ? [`members of Slack user group ${slackUserGroup}`] : [])]
  return `within ${within} by ${who.join(', ')}`
}

type Waiting = Pick<Mapping['approval'], 'window' | 'escalateAfter'>

function waitingChanges(before: Waiting, after: Waiting, when: string): Change[] {
  const waits = (says: readonly Part[]): Change => changed([...says, ...(when === '' ? [] : [when])])
  return [
    ...(before.window === after.window
      ? []
      : [waits(say`a request waits ${after.window} for a decision, until now ${before.window}`)]),
    ...(before.escalateAfter === after.escalateAfter
      ? []
      : [waits(say`the next people are asked after ${after.escalateAfter}, until now after ${before.escalateAfter}`)]),
  ]
}

function ruleChanges(before: Mapping, after: Mapping): Change[] {
  return [
    ...privilegedChanges(before, after),
    ...reasonChanges(before.reason, after.reason),
    ...(before.channel === after.channel
      ? []
      : [changed(say`it is decided in channel ${after.channel}, until now in ${before.channel}`)]),
    ...waitingChanges(before.approval, after.approval, ''),
    ...(before.page?.route === after.page?.route
      ? []
      : [
          changed(
            say`the pages go to ${after.page?.route ?? 'nobody'}, until now to ${before.page?.route ?? 'nobody'}`,
          ),
        ]),
  ]
}

function privilegedChanges({ allowPrivileged: before }: Mapping, { allowPrivileged: after }: Mapping): Change[] {
  if (before === after) return []
  return after
    ? [gained(say`roles whose holders can give further access are accepted (allowPrivileged)`)]
    : [lost(say`roles whose holders can give further access are not accepted any more (allowPrivileged)`)]
}

function reasonChanges(before: Mapping['reason'], after: Mapping['reason']): Change[] {
  const isNeeded: Change[] =
    before.required === after.required
      ? []
      : [after.required ? lost(say`a reason must be given`) : gained(say`no reason must be given`)]
  if (before.pattern === after.pattern) return isNeeded
  if (after.pattern === undefined)
    return [...isNeeded, gained(say`any reason is accepted, until now ${before.pattern ?? ''}`)]
  const now = say`the reason must contain ${after.pattern}`
  return [
    ...isNeeded,
    before.pattern === undefined ? lost(now) : unclear([...now, ...say`, until now ${before.pattern}`]),
  ]
}
