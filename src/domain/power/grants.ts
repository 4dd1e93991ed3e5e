// What a mapping gives: roles on resources, under conditions, at hours.
import type { GrantSpec } from '../../api/kinds.ts'
import { dayMinutes, days, type Hours, covers, minutesOf } from '../hours/span.ts'
import { sayHours } from '../hours/words.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { sayPowers } from '../mapping/power-words.ts'
import { predefinedRole } from '../mapping/predefined-roles.ts'
import { type Change, gained, lost, type Part, say, unclear } from './change.ts'

/** What can be granted in one version and not in the other. */
export function grantChanges(before: Mapping, after: Mapping): Change[] {
  const find = ({ grants }: Mapping, { role, resource }: GrantSpec): GrantSpec | undefined =>
    grants.find(other => other.role === role && other.resource === resource)
  const added = after.grants.filter(grant => !find(before, grant))
  const removed = before.grants.filter(grant => !find(after, grant))
  return [
    ...added.map(grant => gained(sayGrant(grant))),
    ...removed.map(grant => lost(say`${grant.role} on ${grant.resource}`)),
    ...after.grants.flatMap(grant => conditionChanges(find(before, grant), grant)),
    ...hoursChanges(before.hours, after.hours),
  ]
}

/** A grant with its condition, and with what its holder could give to others. */
export function sayGrant({ role, resource, condition }: GrantSpec): Part[] {
  const powers = predefinedRole(role)?.powers ?? []
  return [
    ...say`${role} on ${resource}`,
    ...(condition === undefined ? [] : say` if ${condition}`),
    ...(powers.length > 0 ? [`; its holder can give further access: it ${sayPowers(powers)}`] : []),
  ]
}

function conditionChanges(before: GrantSpec | undefined, after: GrantSpec): Change[] {
  if (!before || before.condition === after.condition) return []
  const what = say`${after.role} on ${after.resource}`
  if (after.condition === undefined)
    return [gained([...what, ...say` without the condition ${before.condition ?? ''}`])]
  const now = [...what, ...say` only if ${after.condition}`]
  return before.condition === undefined ? [lost(now)] : [unclear([...now, ...say`, until now if ${before.condition}`])]
}

/** For every minute of the week, by the clock of the zone, whether access works. */
function openMinutes({ spans }: Hours): boolean[] {
  const all = spans.map(minutesOf)
  return Array.from({ length: days.length * dayMinutes }, (_, n) =>
    all.some(span => covers(span, Math.floor(n / dayMinutes), n % dayMinutes)),
  )
}

function hoursChanges(before: Hours | undefined, after: Hours | undefined): Change[] {
  if (!before && !after) return []
  if (!after) return [gained(say`access works at any time, until now ${before ? sayHours(before) : ''}`)]
  if (!before) return [lost(say`access works only ${sayHours(after)}`)]
  const now = say`access works ${sayHours(after)}, until now ${sayHours(before)}`
  const [old, open] = [openMinutes(before), openMinutes(after)]
  const [more, less] = [open.some((isOpen, n) => isOpen && !old[n]), old.some((isOpen, n) => isOpen && !open[n])]
  // A week that is open all the time is so in every zone.
  const isOneClock = before.zone === after.zone || !open.includes(false) || !old.includes(false)
  if (!isOneClock) return [unclear(now)]
  if (!more && !less) return []
  return [more ? gained(now) : lost(now)]
}
