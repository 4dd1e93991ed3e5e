// The rules in CEL of a schema, as the API server evaluates them.
import { Environment } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import type { SchemaRule } from '../../api/schema.ts'

// The library's own `matches` has JavaScript's expressions, and Kubernetes has RE2's.
const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false })
  .registerFunction('string.matchesRe2(string): bool', (text: string, pattern: string) => matchesRe2(text, pattern))
  .registerFunction('list<dyn>.sum(): int', (items: bigint[]) => items.reduce((sum, item) => sum + item, 0n))

const compiled = new Map<string, RE2JS>()

/** Whether a pattern of RE2 is found anywhere in the text. */
export function matchesRe2(text: string, pattern: string): boolean {
  const known = compiled.get(pattern) ?? RE2JS.compile(pattern)
  compiled.set(pattern, known)
  return known.matcher(text).find()
}

type Evaluate = (context: { self: unknown }) => unknown
const parsed = new Map<string, Evaluate>()

function evaluate(expression: string, self: unknown): unknown {
  const known = parsed.get(expression) ?? environment.parse(expression.replaceAll('.matches(', '.matchesRe2('))
  parsed.set(expression, known)
  return known({ self: celOf(self) })
}

/** What the API server says when the value breaks the rule; undefined when it does not. */
export function faultByRule({ rule, message, messageExpression }: SchemaRule, value: unknown): string | undefined {
  if (evaluate(rule, value) === true) return undefined
  const said = messageExpression === undefined ? message : String(evaluate(messageExpression, value))
  return said ?? `failed rule: ${rule}`
}

// CEL's integers are not JavaScript's numbers.
function celOf(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (Array.isArray(value)) return value.map(celOf)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, celOf(inner)]))
}
