// A mapping's own IAM condition: what would make Google refuse it, never grant by it, or mean something else than its author.
import { isOneExpression, maxOperators, readCondition } from '../cel/condition.ts'

/** Ours: the `&&` between start and end, and the one that joins the mapping's condition. */
const ownOperators = 2

/** Why this expression cannot serve as a condition, a clause with the remedy; undefined when it can. */
export function faultOfCondition(expression: string): string | undefined {
  const condition = readCondition(expression)
  const room = maxOperators - ownOperators
  const [fault] = condition.faults
  if (fault)
    return fault.kind === 'never' ? `${fault.says}. Google would take it, and it would never grant` : fault.says
  if (condition.operators > room)
    return `it has ${condition.operators} logical operators, and ${room} are the most that leave room for the time: join values by fewer && and ||, or write two grants`
  return condition.constants()[0]?.says
}

/** Whether an expression stays in its brackets, whatever else is wrong with it. */
export function staysInBrackets(expression: string): boolean {
  return isOneExpression(expression)
}
