// Checks a mapping's own IAM condition: whether Google would refuse it, whether it never grants, and whether it means
// something else than its author expects.
import { LRUCache } from 'lru-cache'
import { type Condition, isOneExpression, maxOperators, readCondition } from '../../cel/condition.ts'
import type { GrantSpec } from '../../api/kinds.ts'
import { restrictionOf } from '../granting/restriction.ts'
import type { Hours } from '../hours/span.ts'
import { faultOfAttributes, resourceOf } from './resources.ts'

/** Hallpass adds two: the `&&` between start and end, and the one that joins the mapping's condition. */
const ownOperators = 2

/** The resource that a condition is on, and the time: from then on it must be able to hold. */
export type Use = { resource: string; now: Date }

/** A clause that says why this expression cannot be used as a condition and what to do; undefined when it can. */
export function faultOfCondition(expression: string, use?: Use): string | undefined {
  const condition = readCondition(expression)
  const room = maxOperators - ownOperators
  const [fault] = condition.faults
  if (fault)
    return fault.kind === 'never' ? `${fault.says}. Google would accept it, and it would never grant` : fault.says
  if (condition.operators > room)
    return `it has ${condition.operators} logical operators, and ${room} are the most that leave room for the time: join values by fewer && and ||, or write two grants`
  return (
    condition.constants()[0]?.says ??
    (use && (faultInUse(condition, use) ?? faultOfAttributes(expression, use.resource)))
  )
}

/** Why a grant's condition and valid hours cannot be used together; undefined when they can, or when it has no condition. */
export function faultWithHours({ condition, resource }: GrantSpec, hours: Hours, now: Date): string | undefined {
  if (condition === undefined || faultOfCondition(condition, { resource, now })) return undefined
  const together = readCondition(restrictionOf({ hours }, { condition }) ?? '')
  const room = maxOperators - ownOperators
  if (together.operators > room)
    return `with its condition they have ${together.operators} logical operators, and ${room} are the most that leave room for the time: write fewer && and ||, fewer spans, whole hours, or days that follow each other`
  return together.isOverAt(now)
    ? 'its condition never holds while they are open, so it would grant nothing: correct the hours or the condition'
    : together.faults[0]?.says
}

function faultInUse(condition: Condition, { resource, now }: Use): string | undefined {
  if (condition.isOverAt(now))
    return 'it holds for no time that is still to come, so it would grant nothing: correct the times, or remove them'
  const project = resourceOf(resource)?.project
  if (project !== undefined && !/^\d/.test(project) && condition.isOutside(project))
    return `it never holds on "${resource}", because the names that it asks for are in another project: correct the project in resource.name`
  return undefined
}

/** Whether an expression holds for no call from this instant on; false for one that cannot be read. */
export function isOver(expression: string, at: Date): boolean {
  return readCondition(expression).isOverAt(at)
}

/** Whether an expression cannot close the brackets around it, whatever else is wrong with it. */
export function staysInBrackets(expression: string): boolean {
  const stays = known.get(expression) ?? isOneExpression(expression)
  known.set(expression, stays)
  return stays
}

/** A log has the same few conditions in many of its entries. */
const known = new LRUCache<string, boolean>({ max: 1000 })
