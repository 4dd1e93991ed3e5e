// What is kept of an object: frozen, without what nobody reads, and with each string that repeats kept once. Changes the
// object that it is given, which nobody else may hold.
import type { Stored } from './resource.ts'

type Read = Stored['metadata'] &
  Partial<Record<'managedFields' | 'annotations' | 'labels' | 'ownerReferences', unknown>>

/** Makes objects compact; what it has seen helps with what comes. An object that is frozen stays as it is. */
export function createCompactor<T extends Stored>(): (object: T) => T {
  const once = createStrings()
  // By index, because the names of an array's places would be strings, which takes four times as long.
  const settleList = (list: unknown[]): void => {
    for (let index = 0; index < list.length; index++) {
      const part = list[index]
      if (typeof part === 'string') list[index] = once(part)
      else if (part !== null && typeof part === 'object') settle(part)
    }
  }
  const settleParts = (parts: Record<string, unknown>): void => {
    for (const key in parts) {
      const part = parts[key]
      if (typeof part === 'string') {
        if (part.length > shortest) parts[key] = once(part)
      } else if (part !== null && typeof part === 'object') settle(part)
    }
  }
  const settle = (value: object): void => {
    if (Array.isArray(value)) settleList(value)
    else settleParts(value as Record<string, unknown>)
    Object.freeze(value)
  }
  return object => {
    if (Object.isFrozen(object)) return object
    object.metadata = leanMetadata(object.metadata)
    settle(object)
    return object
  }
}

// What people and tools hang on objects is theirs, and nothing here reads it. A copy: an object that a field was deleted from
// takes several times the memory.
function leanMetadata(received: Read): Stored['metadata'] {
  const { managedFields, annotations, labels, ownerReferences, ...metadata } = received
  return managedFields || annotations || labels || ownerReferences ? metadata : received
}

/** Power of two: as many strings are remembered at most. */
const slots = 4096
/** V8 itself keeps a string once that is no longer (kMaxInternalizedStringValueLength in src/json/json-parser.h). */
const shortest = 10
/** Longer ones seldom repeat. */
const longest = 256

// Each string has one slot, which the last one to need it keeps: what repeats is found again, what does not is forgotten.
function createStrings(): (text: string) => string {
  const known: string[] = Array.from({ length: slots }, () => '')
  return text => {
    const { length } = text
    if (length <= shortest || length > longest) return text
    const [first, middle, last] = [text.charCodeAt(0), text.charCodeAt(length >> 1), text.charCodeAt(length - 1)]
    const slot = (length * 31 + first * 7 + middle * 131 + last * 1009) & (slots - 1)
    const same = known[slot]
    if (same === text) return same
    known[slot] = text
    return text
  }
}
