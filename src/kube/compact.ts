// Makes an object small before it is cached: removes fields that nothing reads, stores repeated strings once, freezes
// the result. It changes the object that it is given, so the caller must be its only owner.
import type { Stored } from './resource.ts'

type Read = Stored['metadata'] &
  Partial<Record<'managedFields' | 'annotations' | 'labels' | 'ownerReferences', unknown>>

/** Makes objects compact. Strings seen in earlier objects are reused in later ones. A frozen object stays as it is. */
export function createCompactor<T extends Stored>(): (object: T) => T {
  const once = createStrings()
  // By index, because the keys of an array would be strings, which takes four times as long.
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

// Labels, annotations and owners belong to people and other tools, and nothing here reads them. This makes a copy,
// because an object from which a field was deleted takes several times the memory.
function leanMetadata(received: Read): Stored['metadata'] {
  const { managedFields, annotations, labels, ownerReferences, ...metadata } = received
  return managedFields || annotations || labels || ownerReferences ? metadata : received
}

/** The most strings that are remembered; a power of two. */
const slots = 4096
/**
 * V8 itself stores a string once when it is no longer than this (kMaxInternalizedStringValueLength in
 * src/json/json-parser.h).
 */
const shortest = 10
/** Longer strings rarely repeat. */
const longest = 256

// Each string hashes to one slot, and the slot keeps the last string that used it. A string that repeats is found
// again; the others are overwritten.
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
