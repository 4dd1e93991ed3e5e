// Checks JSON against the schemas that vendors publish: JSON Schema, OpenAPI 3.0, and Google's discovery documents. A
// keyword that it does not know is an error, so that nothing is checked less than it says.

/** A schema as it is published. */
export type Schema = Record<string, unknown>
export type Json = Record<string, unknown>

/** How to read the schemas. */
export type Reading = {
  /** The schema behind a `$ref`. */
  resolve: (ref: string) => Schema
  /** Whether fields that an object's schema does not name are faults. */
  isClosed: boolean
  /** Whether enums may come as numbers, as Google sends them on request. */
  enumsAsInts?: boolean
}

/** Keywords that say nothing about a value, or that only servers and forms use. */
const silent = [
  'description title default example examples readOnly deprecated discriminator',
  'id enumDescriptions enumDeprecated annotations location label $schema definitions',
].flatMap(words => words.split(' '))

/** What is wrong with the value, one line each with its place; empty when it fits. */
export function faultsOf(value: unknown, schema: Schema, reading: Reading, place = ''): string[] {
  return check(value, schema, { ...reading, place: place || 'the whole', isPart: false })
}

/** `isPart`: the schema is a part of a composition, so it sees only some of the fields, which the whole counts. */
type At = Reading & { place: string; isPart: boolean }

function check(value: unknown, schema: Schema, at: At): string[] {
  if (value === null && schema['nullable'] === true) return []
  const known = allProperties(schema, at)
  const faults = Object.entries(schema).flatMap(([keyword, given]) => {
    if (silent.includes(keyword) || keyword === 'nullable') return []
    const rule = rules[keyword]
    if (!rule) throw new Error(`The schema has the keyword "${keyword}", which is not understood.`)
    return rule(value, given, { ...at, schema })
  })
  if (!at.isClosed || at.isPart || !isObject(value) || known === undefined) return faults
  const strange = Object.keys(value).filter(name => !known.has(name))
  return [...faults, ...strange.map(name => `${at.place}.${name} is not in the schema`)]
}

type Rule = (value: unknown, given: unknown, at: At & { schema: Schema }) => string[]
const part = (at: At): At => ({ ...at, isPart: true })
const inside = (at: At, step: string): At => ({ ...at, isPart: false, place: `${at.place}${step}` })

const rules: Record<string, Rule> = {
  $ref: (value, given, at) => check(value, at.resolve(String(given)), part(at)),
  allOf: (value, given, at) => (given as Schema[]).flatMap(one => check(value, one, part(at))),
  anyOf: (value, given, at) => someOf(value, given as Schema[], at),
  oneOf: (value, given, at) => someOf(value, given as Schema[], at),
  type: (value, given, at) => {
    const kinds = [given].flat() as string[]
    return kinds.some(kind => isOfType(value, kind, at))
      ? []
      : [`${at.place} is no ${kinds.join(' or ')}: ${show(value)}`]
  },
  enum: (value, given, at) =>
    (given as unknown[]).includes(value) || (at.enumsAsInts && typeof value === 'number')
      ? []
      : [`${at.place} is not one of ${(given as unknown[]).join(', ')}: ${show(value)}`],
  format: (value, given, at) =>
    typeof value !== 'string' || !(String(given) in forms) || forms[String(given)]?.test(value)
      ? []
      : [`${at.place} is no ${String(given)}: ${show(value)}`],
  pattern: matches,
  // Slack's word for it.
  regex: matches,
  required: (value, given, at) => {
    if (!isObject(value) || !Array.isArray(given)) return []
    return given.filter(name => !(name in value)).map(name => `${at.place}.${name} is missing`)
  },
  properties: (value, given, at) => {
    if (!isObject(value)) return []
    return Object.entries(given as Record<string, Schema>).flatMap(([name, schema]) =>
      name in value ? check(value[name], schema, inside(at, `.${name}`)) : [],
    )
  },
  patternProperties: (value, given, at) => {
    if (!isObject(value)) return []
    return Object.entries(given as Record<string, Schema>).flatMap(([pattern, schema]) =>
      Object.entries(value)
        .filter(([name]) => new RegExp(pattern).test(name))
        .flatMap(([name, one]) => check(one, schema, inside(at, `.${name}`))),
    )
  },
  additionalProperties: (value, given, at) => {
    if (!isObject(value) || given === true) return []
    const named = Object.keys((at.schema['properties'] as object | undefined) ?? {})
    const others = Object.entries(value).filter(([name]) => !named.includes(name))
    if (given === false) return others.map(([name]) => `${at.place}.${name} is not in the schema`)
    return others.flatMap(([name, one]) => check(one, given as Schema, inside(at, `.${name}`)))
  },
  items: (value, given, at) =>
    Array.isArray(value) ? value.flatMap((one, i) => check(one, given as Schema, inside(at, `[${i}]`))) : [],
  uniqueItems: (value, given, at) =>
    given !== true || !Array.isArray(value) || new Set(value.map(one => JSON.stringify(one))).size === value.length
      ? []
      : [`${at.place} has an item twice`],
  minLength: (value, given, at) => atLeast(sizeOf(value, 'string'), given, at),
  maxLength: (value, given, at) => atMost(sizeOf(value, 'string'), given, at),
  minItems: (value, given, at) => atLeast(sizeOf(value, 'array'), given, at),
  maxItems: (value, given, at) => atMost(sizeOf(value, 'array'), given, at),
  minProperties: (value, given, at) => atLeast(sizeOf(value, 'object'), given, at),
  maxProperties: (value, given, at) => atMost(sizeOf(value, 'object'), given, at),
  minimum: (value, given, at) => atLeast(typeof value === 'number' ? value : undefined, given, at),
  maximum: (value, given, at) => atMost(typeof value === 'number' ? value : undefined, given, at),
}

function matches(value: unknown, given: unknown, at: At): string[] {
  return typeof value !== 'string' || new RegExp(String(given), 'u').test(value)
    ? []
    : [`${at.place} does not match ${String(given)}: ${show(value)}`]
}

function someOf(value: unknown, schemas: Schema[], at: At): string[] {
  const tried = schemas.map(schema => check(value, schema, part(at)))
  return tried.some(faults => faults.length === 0) ? [] : (tried[0] ?? [])
}

/** The fields that a schema names, in all its parts; undefined when it names none or allows any. */
function allProperties(schema: Schema, at: At): Set<string> | undefined {
  const parts = [schema, ...(['allOf', 'anyOf', 'oneOf'].flatMap(key => schema[key] ?? []) as Schema[])]
  const names = new Set<string>()
  for (const one of parts) {
    if (one['additionalProperties'] !== undefined || one['patternProperties'] !== undefined) return undefined
    for (const name of Object.keys((one['properties'] as object | undefined) ?? {})) names.add(name)
    const deeper = [typeof one['$ref'] === 'string' && at.resolve(one['$ref']), one !== schema && one]
    for (const next of deeper) if (next) for (const name of allProperties(next, at) ?? []) names.add(name)
  }
  return names.size > 0 ? names : undefined
}

function isOfType(value: unknown, type: string, { schema, enumsAsInts }: At & { schema: Schema }): boolean {
  if (type === 'any') return true
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'string' && enumsAsInts && schema['enum']) return ['string', 'number'].includes(typeof value)
  return type === 'null' ? value === null : typeof value === type
}

/** Formats that are checked; others say nothing about the text. */
const forms: Record<string, RegExp> = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  'google-datetime': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  int64: /^-?\d+$/,
  uint64: /^\d+$/,
  byte: /^[A-Za-z0-9+/_-]*={0,2}$/,
  email: /^[^\s@]+@[^\s@]+$/,
  uri: /^[a-z]+:\S+$/,
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sizeOf(value: unknown, kind: 'string' | 'array' | 'object'): number | undefined {
  if (kind === 'string') return typeof value === 'string' ? Array.from(value).length : undefined
  if (kind === 'array') return Array.isArray(value) ? value.length : undefined
  return isObject(value) ? Object.keys(value).length : undefined
}

function atLeast(size: number | undefined, least: unknown, { place }: At): string[] {
  return size === undefined || size >= Number(least) ? [] : [`${place} is ${size}, less than ${String(least)}`]
}

function atMost(size: number | undefined, most: unknown, { place }: At): string[] {
  return size === undefined || size <= Number(most) ? [] : [`${place} is ${size}, more than ${String(most)}`]
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 80)
}
