// Checks a mapping's own IAM condition: whether Google would refuse it, whether it never grants, and whether it means
// something else than its author expects.
import { isOneExpression, maxOperators, readCondition } from '../cel/condition.ts'

/** Hallpass adds two: the `&&` between start and end, and the one that joins the mapping's condition. */
const ownOperators = 2

/** A clause that says why this expression cannot be used as a condition and what to do; undefined when it can. */
export function faultOfCondition(expression: string): string | undefined {
  const condition = readCondition(expression)
  const room = maxOperators - ownOperators
  const [fault] = condition.faults
  if (fault)
    return fault.kind === 'never' ? `${fault.says}. Google would accept it, and it would never grant` : fault.says
  if (condition.operators > room)
    return `it has ${condition.operators} logical operators, and ${room} are the most that leave room for the time: join values by fewer && and ||, or write two grants`
  return condition.constants()[0]?.says
}

/** Whether an expression cannot close the brackets around it, whatever else is wrong with it. */
export function staysInBrackets(expression: string): boolean {
  return isOneExpression(expression)
}
