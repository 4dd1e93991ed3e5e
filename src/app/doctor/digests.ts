// Short digests of what deploy/ and crds/ say, by which an installed object is compared with the shipped one. What the API
// server fills in, and what each site sets for itself, is left out.
import { createHash } from 'node:crypto'

type Json = Readonly<Record<string, unknown>>

/** Variables of the policies that differ from site to site. */
export const siteVariables = ['gateway', 'auth', 'controller', 'janitor', 'hostedDomains', 'externalRequesters']

/** The digest of each field of a kind's schema, such as `spec.grants`; `(rules)` is everything besides the fields. */
export function kindDigests(schema: unknown): Record<string, string> {
  const parts = ['spec', 'status'].flatMap(part => {
    const { properties = {}, ...rest } = objectIn(objectIn(schema, 'properties'), part) as { properties?: Json }
    const fields = Object.entries(properties).map(([name, value]) => [`${part}.${name}`, digest(value)])
    return [...fields, [`${part} (rules)`, digest(rest)]]
  })
  const rules = objectIn(schema, 'x-kubernetes-validations')
  return Object.fromEntries([...parts, ['(rules)', digest(rules)]]) as Record<string, string>
}

/** The digest of a policy's spec. */
export function policyDigest(spec: unknown): string {
  const { variables = [], ...rest } = spec as { variables?: { name: string }[] }
  const own = variables.map(each => (siteVariables.includes(each.name) ? { name: each.name } : each))
  return digest({ ...rest, variables: own })
}

/** The digest of a binding's spec; the names of namespaces are the site's. */
export function bindingDigest(spec: unknown): string {
  return digest(
    JSON.parse(JSON.stringify(spec, (key, value: unknown) => (key === 'values' ? ['namespace'] : value))) as unknown,
  )
}

function digest(value: unknown): string {
  const text = JSON.stringify(plain(value)) ?? ''
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}

/** Values that the API server fills in where none is given. */
const defaults: Json = { matchPolicy: 'Equivalent', scope: '*', namespaceSelector: '{}', objectSelector: '{}' }

// With sorted names, without explanations and defaults. Kustomize doubles some line breaks of a folded text, so every
// space counts as one.
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\s+/g, ' ')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !(name === 'description' && typeof inner === 'string') && !isDefault(name, inner))
      .map(([name, inner]) => [name, plain(inner)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function isDefault(name: string, value: unknown): boolean {
  return defaults[name] === (typeof value === 'string' ? value : JSON.stringify(value))
}

function objectIn(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Json)[name] : undefined
}
