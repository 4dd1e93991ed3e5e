// Whether a mapping can be used, as far as that can be said without Slack, PagerDuty and Google: for mappings in files,
// which nobody has checked. A mapping of the cluster has the controller's own answer.
import type { RoleMapping } from '../../api/kinds.ts'
import { type Refusal, refusal } from '../outcome.ts'
import type { Organisation } from '../people/belonging.ts'
import type { People } from '../people/identity.ts'
import { isReason } from '../refusals.ts'
import { judgeRoles } from './granted-roles.ts'
import { lintMapping } from './linter.ts'
import { judgePeople } from './mapping-people.ts'

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
  const [fault] = [
    ...lintMapping(stored, { others, generic: '/access', now }),
    ...judgePeople(stored, { organisation, people, now }).faults,
    ...judgeRoles(stored.spec, new Map()).faults,
  ]
  return fault
}

function faultInStatus({ metadata, status }: RoleMapping): Refusal | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True' && ready.observedGeneration === metadata.generation) return undefined
  if (ready?.status === 'False' && isReason(ready.reason)) return refusal(ready.reason, ready.message ?? '')
  return refusal('NotReady', 'The controller has not checked the current version of this mapping.')
}
