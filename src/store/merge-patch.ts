// Merge patches (RFC 7386) that replace fields. By itself a merge patch keeps what it does not name, at every depth: a field
// written anew would keep parts of its old value.

/** The patch that makes each field in `patch` what it says, whole, given that the object looks like `before`. */
export function replacing(before: object, patch: object): object {
  const old = new Map<string, unknown>(Object.entries(before))
  const given = Object.entries(patch).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([field, value]: [string, unknown]) => [field, whole(old.get(field), value)]))
}

function whole(before: unknown, after: unknown): unknown {
  if (!isPlain(before) || !isPlain(after)) return after
  const removed = Object.fromEntries(Object.keys(before).map(key => [key, null]))
  return { ...removed, ...replacing(before, after) }
}

const isPlain = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
