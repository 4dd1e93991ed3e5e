// Judges a value by the schema of a CRD, with the sentences of the API server, so that nobody reads two versions of one
// fault. test/cli/lint-schema.test.ts holds both to the same tables.
import type { Schema } from '../../api/schema.ts'
import { faultByRule, matchesRe2 } from './schema-rules.ts'

/** Where something is in a document: names of fields, and positions in lists. */
export type Path = readonly (string | number)[]
/** One fault. `isUnknownField`: the schema does not have the field. */
export type SchemaFault = { path: Path; message: string; isUnknownField?: true }

type Judged = SchemaFault & { blocksRules?: true }
type At = { path: Path; schema: Schema; value: unknown }

/** Every fault. As in the API server, rules are evaluated only when every value has its type. */
export function faultsBySchema(schema: Schema, given: unknown): SchemaFault[] {
  const value = withoutNulls(given)
  const faults = judge({ path: [], schema, value })
  const found = faults.some(({ blocksRules }) => blocksRules)
    ? faults
    : [...faults, ...byRules({ path: [], schema, value })]
  return found.map(({ blocksRules: _blocks, ...fault }) => fault)
}

/** A path as the API server writes it: `spec.grants[0].role`. */
export function fieldOf(path: Path): string {
  return path.map((part, n) => (typeof part === 'number' ? `[${part}]` : `${n > 0 ? '.' : ''}${part}`)).join('')
}

// A field that is null counts as absent.
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (value === null || typeof value !== 'object') return value
  const given = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(given.map(([key, inner]) => [key, withoutNulls(inner)]))
}

function judge(at: At): Judged[] {
  const { path, schema, value } = at
  const type = typeOf(value)
  const isTyped = type === schema.type || (schema.type === 'number' && type === 'integer')
  const wrong: Judged[] = isTyped
    ? []
    : [blocking(path, `Invalid value: "${type}": ${fieldOf(path)} in body must be of type ${schema.type}: "${type}"`)]
  const listed = byEnum(at)
  if (!isTyped) return [...wrong, ...listed]
  if (typeof value === 'string') return [...listed, ...ofText(at, value)]
  if (typeof value === 'number') return [...listed, ...ofNumber(at, value)]
  if (Array.isArray(value)) return [...listed, ...ofList(at, value)]
  return value !== null && typeof value === 'object' ? ofObject(at, value as Record<string, unknown>) : listed
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function byEnum({ path, schema, value }: At): Judged[] {
  if (!schema.enum || schema.enum.includes(value)) return []
  const supported = schema.enum.map(one => JSON.stringify(one)).join(', ')
  return [blocking(path, `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`)]
}

// Lengths are counted in characters, whatever the sentence says.
function ofText({ path, schema: { minLength = 0, maxLength, pattern } }: At, value: string): Judged[] {
  const length = Array.from(value).length
  if (maxLength !== undefined && length > maxLength)
    return [blocking(path, `Too long: may not be more than ${maxLength} bytes`)]
  return [
    ...(length < minLength ? [inBody(path, value, `be at least ${minLength} chars long`)] : []),
    ...(pattern !== undefined && !matchesRe2(value, pattern) ? [inBody(path, value, `match '${pattern}'`)] : []),
  ]
}

function ofNumber({ path, schema: { minimum, maximum } }: At, value: number): Judged[] {
  return [
    ...(minimum !== undefined && value < minimum
      ? [inBody(path, value, `be greater than or equal to ${minimum}`)]
      : []),
    ...(maximum !== undefined && value > maximum ? [inBody(path, value, `be less than or equal to ${maximum}`)] : []),
  ]
}

function ofList({ path, schema }: At, value: readonly unknown[]): Judged[] {
  const { items, minItems = 0, maxItems } = schema
  const tooMany = maxItems !== undefined && value.length > maxItems
  const texts = value.map(item => JSON.stringify(item))
  const twice = texts.flatMap((text, i) => (texts.slice(0, i).filter(one => one === text).length === 1 ? [i] : []))
  return [
    ...(value.length < minItems ? [inBody(path, value.length, `have at least ${minItems} items`)] : []),
    ...(tooMany ? [blocking(path, `Too many: ${value.length}: must have at most ${maxItems} items`)] : []),
    ...(schema['x-kubernetes-list-type'] === 'set'
      ? twice.map(i => ({ path: [...path, i], message: `Duplicate value: ${texts[i]}` }))
      : []),
    ...(items ? value.flatMap((item, i) => judge({ path: [...path, i], schema: items, value: item })) : []),
  ]
}

function ofObject({ path, schema: { properties, required = [] } }: At, value: Record<string, unknown>): Judged[] {
  const known = properties ?? {}
  const missing = required.filter(name => !Object.hasOwn(value, name))
  const unknown = properties ? Object.keys(value).filter(name => !Object.hasOwn(known, name)) : []
  return [
    ...missing.map(name => blocking([...path, name], 'Required value')),
    ...unknown.map(name => ({
      path: [...path, name],
      message: `unknown field "${fieldOf([...path, name])}"`,
      isUnknownField: true as const,
    })),
    ...partsOf({ path, value, known }).flatMap(judge),
  ]
}

type Parts = { path: Path; value: Record<string, unknown>; known: Record<string, Schema> }

function partsOf({ path, value, known }: Parts): At[] {
  return Object.entries(known).flatMap(([name, schema]) =>
    Object.hasOwn(value, name) ? [{ path: [...path, name], schema, value: value[name] }] : [],
  )
}

function byRules({ path, schema, value }: At): Judged[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(rule => {
    const said = faultByRule(rule, value)
    // The value of a text is said, that of an object is not.
    const given = typeof value === 'object' ? '' : `${JSON.stringify(value)}: `
    return said === undefined ? [] : [{ path, message: `Invalid value: ${given}${said}` }]
  })
  const { items, properties = {} } = schema
  const inner: At[] = Array.isArray(value)
    ? value.flatMap((item, i) => (items ? [{ path: [...path, i], schema: items, value: item }] : []))
    : value !== null && typeof value === 'object'
      ? partsOf({ path, value: value as Record<string, unknown>, known: properties })
      : []
  return [...own, ...inner.flatMap(byRules)]
}

function blocking(path: Path, message: string): Judged {
  return { path, message, blocksRules: true }
}

function inBody(path: Path, value: unknown, must: string): Judged {
  return { path, message: `Invalid value: ${JSON.stringify(value)}: ${fieldOf(path)} in body should ${must}` }
}
