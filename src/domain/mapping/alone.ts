// What is wrong with a mapping, as far as that can be said without Slack, PagerDuty and Google. The controller, and commands
// that judge files, use the same list. A mapping of the cluster has the controller's own answer.
import type { RoleMapping } from '../../api/kinds.ts'
import { type Refusal, refusal } from '../outcome.ts'
import type { Organisation } from '../people/belonging.ts'
import type { People } from '../people/identity.ts'
import { isReason } from '../refusals.ts'
import { type CustomRole, judgeRoles } from './granted-roles.ts'
import { type Beside, lintMapping } from './linter.ts'
import { type Around, type JudgedPeople, judgePeople } from './mapping-people.ts'

/** What a mapping is judged with: other mappings, the settings, and the custom roles that were read, by name. */
export type JudgedWith = Beside & Around & { custom: ReadonlyMap<string, CustomRole> }

/** The faults of a mapping, each of which makes it not Ready, and remarks for a Ready one. */
export function judgeMapping(mapping: RoleMapping, judgedWith: JudgedWith): JudgedPeople {
  const people = judgePeople(mapping, judgedWith)
  const roles = judgeRoles(mapping.spec, judgedWith.custom)
  return {
    faults: [...lintMapping(mapping, judgedWith), ...people.faults, ...roles.faults],
    remarks: [...roles.remarks, ...people.remarks],
  }
}

/** A mapping and what it is judged with; `others` is present for mappings in files. */
export type Alone = {
  stored: RoleMapping
  others?: readonly RoleMapping[]
  organisation: Organisation
  people: People
  now: Date
}

/** The first fault that can be seen; undefined without one. */
export function faultOfMapping({ stored, others, organisation, people, now }: Alone): Refusal | undefined {
  if (!others) return faultInStatus(stored)
  const judgedWith = { others, generic: '/access', organisation, people, now, custom: new Map() }
  return judgeMapping(stored, judgedWith).faults[0]
}

function faultInStatus({ metadata, status }: RoleMapping): Refusal | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True' && ready.observedGeneration === metadata.generation) return undefined
  if (ready?.status === 'False' && isReason(ready.reason)) return refusal(ready.reason, ready.message ?? '')
  return refusal('NotReady', 'The controller has not checked the current version of this mapping.')
}
