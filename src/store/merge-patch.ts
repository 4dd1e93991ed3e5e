// Merge patches (RFC 7386) that replace fields. A plain merge patch keeps everything that it does not name, at every
// depth, so a replaced field would keep parts of its old value.

/** The patch that replaces each field in `patch` as a whole, for an object that equals `before`. */
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
