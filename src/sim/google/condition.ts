// Accepts and evaluates the conditions of bindings as IAM does. Calls to the simulator have fewer attributes than
// Google documents: see `contextOf`.
import { type Condition, maxOperators, readCondition } from '../../cel/condition.ts'
import type { ConditionContext } from '../../cel/condition-context.ts'
import { invalid } from './failure.ts'

/** The attributes of a call that a condition sees. */
export type CallAttributes = {
  at: Date
  resource: { name?: string; type?: string; service?: string }
  /** Roles whose bindings a setIamPolicy changes; empty on every other call. */
  modifiedRoles: readonly string[]
}

/** Whether the condition holds. One that cannot be evaluated (a date that does not exist, say) never does. */
export function holdsCondition(expression: string, call: CallAttributes): boolean {
  return conditionOf(expression).evaluate(contextOf(call)) === true
}

/** Throws IAM's error for an expression that it does not accept: not CEL, not a truth value, too many operators. */
export function requireCondition(expression: string): void {
  const { faults, operators } = conditionOf(expression)
  const refused = faults.find(({ kind }) => kind === 'refused')
  if (refused) throw lint('ConditionCompileCheck', refused.says)
  if (operators > maxOperators)
    throw lint(
      'ConditionComplexityCheck',
      `Expression has ${operators} logical operators; the limit is ${maxOperators}.`,
    )
}

/** The text of IAM's policy linter, as setIamPolicy passes it on. */
export function lint(unit: string, message: string): Error {
  return invalid(`LintValidationUnits/${unit} Error: ${message}`)
}

// Nothing here is reached through Identity-Aware Proxy, so access levels, hosts, paths and destinations cannot be
// evaluated, as for any such call at Google; nothing carries tags or creates forwarding rules.
function contextOf({ at, resource, modifiedRoles }: CallAttributes): ConditionContext {
  const { name, type, service } = resource
  return {
    at,
    attributes: {
      ...(type !== undefined && { 'resource.type': type }),
      ...(service !== undefined && { 'resource.service': service }),
      ...(name !== undefined && { 'resource.name': name }),
    },
    api: { 'iam.googleapis.com/modifiedGrantsByRole': modifiedRoles },
  }
}

// Policies are read at every call and changed rarely.
const known = new Map<string, Condition>()
const mostKnown = 1000

function conditionOf(expression: string): Condition {
  const found = known.get(expression)
  if (found) return found
  if (known.size >= mostKnown) known.clear()
  const read = readCondition(expression)
  known.set(expression, read)
  return read
}
