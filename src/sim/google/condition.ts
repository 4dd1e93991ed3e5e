// IAM conditions: CEL with IAM's attributes, compiled as strictly as IAM does and evaluated against a given instant
// (https://cloud.google.com/iam/docs/conditions-attribute-reference).
import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { invalid } from './failure.ts'

/** What a condition sees of a call. */
export type Seen = {
  at: Date
  resource: { name: string; type: string; service: string }
  /** Roles whose bindings a setIamPolicy changes; empty on every other call. */
  modifiedRoles: readonly string[]
}

/** https://cloud.google.com/iam/quotas */
const maxOperators = 12
const maxHasOnly = 10

class ApiAttributes {
  readonly modifiedRoles: readonly string[]
  constructor(modifiedRoles: readonly string[]) {
    this.modifiedRoles = modifiedRoles
  }
}

class ResourceAttributes {
  readonly name: string
  readonly type: string
  readonly service: string
  constructor({ name, type, service }: Seen['resource']) {
    this.name = name
    this.type = type
    this.service = service
  }
}

const environment = new Environment()
  .registerType('ApiAttributes', { ctor: ApiAttributes, fields: {} })
  .registerType('ResourceAttributes', {
    ctor: ResourceAttributes,
    fields: { name: 'string', type: 'string', service: 'string' },
  })
  .registerVariable({ name: 'request', schema: { time: 'google.protobuf.Timestamp' } })
  .registerVariable('resource', 'ResourceAttributes')
  .registerVariable('api', 'ApiAttributes')
  .registerFunction('ApiAttributes.getAttribute(string, list<dyn>): list<dyn>', getAttribute)
  .registerFunction('list<dyn>.hasOnly(list<dyn>): bool', hasOnly)
  .registerFunction('date(string): google.protobuf.Timestamp', (day: string) => dateOf(day))
  .registerFunction('string.extract(string): string', extract)
  // No resource of this simulator carries tags.
  .registerFunction('ResourceAttributes.matchTag(string, string): bool', () => false)

/** Whether the condition holds. One that cannot be evaluated (a timestamp that is none, say) never does. */
export function holdsCondition(expression: string, seen: Seen): boolean {
  try {
    const context = {
      request: { time: seen.at },
      resource: new ResourceAttributes(seen.resource),
      api: new ApiAttributes(seen.modifiedRoles),
    }
    return environment.evaluate(expression, context) === true
  } catch {
    return false
  }
}

/** Throws what IAM answers to an expression that it does not take: not CEL, not a truth value, too many operators. */
export function requireCondition(expression: string): void {
  const checked = environment.check(expression)
  if (!checked.valid) throw lint('ConditionCompileCheck', checked.error?.message.split('\n')[0] ?? 'does not compile')
  if (checked.type !== 'bool')
    throw lint('ConditionCompileCheck', `Condition expression must be of type bool, not ${checked.type}.`)
  const operators = countOperators(environment.parse(expression).ast)
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

function countOperators(node: ASTNode): number {
  const own = ['&&', '||', '!_'].includes(node.op) ? 1 : 0
  return own + nodesIn(node.args).reduce((sum, child) => sum + countOperators(child), 0)
}

function nodesIn(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn)
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []
}

function getAttribute(api: ApiAttributes, name: string, otherwise: unknown): unknown {
  return name === 'iam.googleapis.com/modifiedGrantsByRole' ? api.modifiedRoles : otherwise
}

function hasOnly(values: unknown[], allowed: unknown[]): boolean {
  if (allowed.length > maxHasOnly) throw new Error(`hasOnly takes at most ${maxHasOnly} values`)
  return values.every(value => allowed.includes(value))
}

function dateOf(day: string): Date {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error('date() requires YYYY-MM-DD')
  return new Date(`${day}T00:00:00Z`)
}

// `extract("keyRings/{name}/")`: what stands between the first "keyRings/" and the next "/"; empty when nothing does.
function extract(text: string, template: string): string {
  const parts = /^([^{]*)\{[^}]*\}(.*)$/.exec(template)
  const [before, after] = [parts?.[1] ?? '', parts?.[2] ?? '']
  const start = text.indexOf(before)
  if (!parts || start < 0) return ''
  const rest = text.slice(start + before.length)
  const end = after === '' ? rest.length : rest.indexOf(after)
  return end < 0 ? '' : rest.slice(0, end)
}
