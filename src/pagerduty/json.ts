// Reads fields of PagerDuty's answers from unknown JSON.
import { Broken } from '../domain/outcome.ts'
import { shortLine } from '../domain/text.ts'

/** A field of something that may not be an object. */
export function at(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined
}

/** Text that is not empty. */
export function textAt(object: unknown, key: string): string | undefined {
  const text = at(object, key)
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The name of a policy or schedule: one line of visible characters. */
export function labelAt(object: unknown, key: string): string | undefined {
  return shortLine(textAt(object, key) ?? '', 80) || undefined
}

/** The instant in a field, if it is one. */
export function instantAt(object: unknown, key: string): Date | undefined {
  const instant = new Date(textAt(object, key) ?? '')
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

/** The list in a field. A missing list is not an empty list: it must not be read as "nobody is on call". */
export function listAt(object: unknown, key: string): unknown[] {
  const list = at(object, key)
  if (!Array.isArray(list)) throw new Broken(`PagerDuty's answer holds no list of ${key}.`)
  return list
}
