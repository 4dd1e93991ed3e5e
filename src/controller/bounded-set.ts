// A set of strings that forgets the oldest beyond its size. For facts that may be forgotten at the cost of one
// unnecessary call.

export type BoundedSet = { has(value: string): boolean; add(value: string): void; delete(value: string): void }

/** An empty set that holds at most `most` strings. */
export function createBoundedSet(most: number): BoundedSet {
  const values = new Set<string>()
  return {
    has: value => values.has(value),
    add: value => {
      const [oldest] = values
      if (values.size >= most && oldest !== undefined) values.delete(oldest)
      values.add(value)
    },
    delete: value => void values.delete(value),
  }
}
