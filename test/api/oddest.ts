// The most unusual object that a schema accepts: every field is present, every list is full, every text has its full
// length and consists of unexpected characters. To test whether a later schema still accepts what an earlier one
// accepted.

export type Schema = {
  type?: string
  format?: string
  enum?: string[]
  pattern?: string
  maxLength?: number
  maximum?: number
  maxItems?: number
  maxProperties?: number
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema
}

/**
 * Values for the paths where a rule of the schema allows less than its limits; undefined leaves the field out.
 * `PATH.length` is how many entries a list has.
 */
export type Given = Record<string, unknown>

// Control characters, a line break, an escape, a direction character, text that looks like an address, markup, and a
// surrogate pair.
const oddText = '\u202Eя@a.example\n\t\u001B[2J<!channel> *b* `c` |"\'\\ &amp; \uFEFF\u2028🙂 '
/** The longest offset and fraction that fit into 30 characters. */
const oddInstant = '2026-11-24T10:00:00.123+14:00'

/** Texts that each pattern accepts, by the beginning of the pattern; `#` becomes the position in the list. */
const oddByPattern: Record<string, string> = {
  '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$': '0.-.-..--9',
  '^[^@\\s<>"(),:;\\[\\]\\\\A-Z]{1,64}@': "#\u202Eя!#$%&'*+/=?^_`{|}~@0.-..a",
  '^[^@\\s<>"(),:;\\[\\]\\\\]{1,64}@': "#\u202EЯ!#$%&'*+/=?^_`{|}~@0.-..a",
  '^[UW]': 'W00',
  '^[TE]': 'E00',
  '^[CGD]': 'D00',
  '^[CG]': 'G00',
  '^S': 'S#00',
  '^([0-9]{1,4}h)?': '60m0s',
  '^[0-9a-f]{64}$': 'f'.repeat(64),
  '^(projects/': 'organizations/#',
  '^((projects/': 'organizations/0/roles/_..#',
  '^[A-Z0-9]{2,40}$': '00',
  '^\\d{4}-': '9999-12-31T23:59:59Z',
  '^[A-Za-z][A-Za-z0-9]*$': 'x0',
  '^[A-Za-z0-9-]+$': '-#-',
  '^[A-Za-z0-9_-]{43}$': '_'.repeat(43),
  '^/[a-z0-9]': '/0_-',
  '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(': '#--0.a--a',
  '^https://': 'https://\u202E#@"\'',
}

/** The most unusual value under `schema`. `place` is its position in a list, so that no two are equal. */
export function oddest(schema: Schema, given: Given, path = '', place = 0): unknown {
  if (path in given) return given[path]
  const { type } = schema
  if (type === 'string') return oddString(schema, path, place)
  if (type === 'integer') return schema.maximum ?? place + 1
  if (type === 'boolean') return true
  if (type === 'object') return oddObject(schema, given, path, place)
  if (type !== 'array') throw new Error(`"${path}" has no known type`)
  const { items = {} } = schema
  return Array.from({ length: lengthOf(schema, given, path) }, (_, i) => oddest(items, given, `${path}[]`, i))
}

function lengthOf({ maxItems = 3 }: Schema, given: Given, path: string): number {
  return Number(given[`${path}.length`] ?? maxItems)
}

function oddObject(
  { properties, additionalProperties, maxProperties = 3 }: Schema,
  given: Given,
  path: string,
  place: number,
): object {
  if (additionalProperties) {
    const keys = Array.from({ length: maxProperties }, (_, i) => `${i} ${oddText}`)
    return Object.fromEntries(keys.map((key, i) => [key, oddest(additionalProperties, given, `${path}{}`, i)]))
  }
  const entries = Object.entries(properties ?? {}).map(
    ([name, each]) => [name, oddest(each, given, path ? `${path}.${name}` : name, place)] as const,
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function oddString({ enum: values, format, pattern, maxLength = 100 }: Schema, path: string, place: number): string {
  const last = values?.at(-1)
  if (last !== undefined) return last
  if (pattern !== undefined) {
    const [, text] = Object.entries(oddByPattern).find(([beginning]) => pattern.startsWith(beginning)) ?? []
    if (text === undefined) throw new Error(`"${path}" has a pattern that oddByPattern does not know: ${pattern}`)
    return text.replaceAll('#', String(place))
  }
  if (format === 'date-time') return oddInstant
  // Cut by characters, as the API server counts them.
  const characters = Array.from(`${place}${oddText.repeat(Math.ceil(maxLength / oddText.length) + 1)}`)
  return characters.slice(0, maxLength).join('')
}
