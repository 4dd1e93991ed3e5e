// Checks a mapping's own IAM condition: whether Google would refuse it, whether it never grants, and whether it means
// something else than its author expects.
import { type Condition, isOneExpression, maxOperators, readCondition } from '../../cel/condition.ts'
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

function faultInUse(condition: Condition, { resource, now }: Use): string | undefined {
  if (condition.isOverAt(now))
    return 'it holds for no time that is still to come, so it would grant nothing: correct the times, or remove them'
  const project = resourceOf(resource)?.project
  if (project !== undefined && !/^\d/.test(project) && condition.isOutside(project))
    return `it never holds on "${resource}", because the names that it asks for are in another project: correct the project in resource.name`
  return undefined
}

/** Whether an expression cannot close the brackets around it, whatever else is wrong with it. */
export function staysInBrackets(expression: string): boolean {
  return isOneExpression(expression)
}
