// The largest JSON that a schema accepts, computed from its bounds alone. A part without a bound is an error.

export type Schema = {
  type?: string
  format?: string
  enum?: string[]
  maxLength?: number
  maxItems?: number
  maxProperties?: number
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema
  'x-kubernetes-validations'?: { rule: string; message?: string }[]
}

/** Longest form of an int64, sign included. */
const integerLength = '-9223372036854775808'.length

/**
 * Characters of the largest JSON text under `schema`, with one character for each that a string may have. If a rule
 * limits the sum of all texts of a part, `sums` has it: then the texts count as that sum, whatever their own limits
 * are.
 */
export function largest(schema: Schema, path: string, sums: Record<string, number> = {}): number {
  const sum = sums[path]
  if (sum !== undefined) return sum + frame(schema, path)
  const { type } = schema
  if (type === 'string') return 2 + stringLength(schema, path)
  if (type === 'integer') return integerLength
  if (type === 'boolean') return 'false'.length
  if (type === 'object') return objectLength(schema, path, sums)
  if (type !== 'array') throw new Error(`${path} has no known type`)
  return 2 + bound(schema.maxItems, path, 'maxItems') * (1 + largest(schema.items ?? {}, `${path}[]`, sums))
}

function objectLength(schema: Schema, path: string, sums: Record<string, number>): number {
  if (!schema.properties) throw new Error(`${path} is open: bound it by a sum`)
  return Object.entries(schema.properties).reduce(
    (length, [name, property]) => length + name.length + 4 + largest(property, `${path}.${name}`, sums),
    2,
  )
}

// The size of a part when all its free texts are empty.
function frame(schema: Schema, path: string): number {
  const emptied = JSON.parse(JSON.stringify(schema)) as Schema
  empty(emptied)
  return largest(emptied, `${path} (frame)`)
}

function empty(schema: Schema): void {
  if (schema.type === 'string' && isFreeText(schema)) schema.maxLength = 0
  if (schema.items) empty(schema.items)
  for (const property of Object.values(schema.properties ?? {})) empty(property)
  if (!schema.additionalProperties) return
  // "name":"value", for each entry; name and value count in the sum.
  const entries = bound(schema.maxProperties, 'map', 'maxProperties')
  schema.type = 'string'
  schema.maxLength = 6 * entries
  delete schema.format
}

const isFreeText = (schema: Schema): boolean => !schema.enum && schema.format === undefined

function stringLength(schema: Schema, path: string): number {
  if (schema.enum) return Math.max(...schema.enum.map(word => word.length))
  // RFC 3339 has no maximum length; the schema must give one, or the API server's own limit of 3 MiB applies.
  return bound(schema.maxLength, path, 'maxLength')
}

function bound(value: number | undefined, path: string, what: string): number {
  if (value === undefined) throw new Error(`${path} has no ${what}`)
  return value
}
