// The order of findings: that in which entries came, whatever order they are judged in.

/** When the first entry of a request came, and the place within what is known of it. */
export type Order = readonly [request: number, place: number]

/** Something and its place among all others. */
export type Placed<T> = { order: Order; value: T }

/** The values in their order. */
export function inOrder<T>(all: readonly Placed<T>[]): T[] {
  return all.toSorted((a, b) => compare(a.order, b.order)).map(({ value }) => value)
}

/** Whether the first comes before the second. */
export function isBefore(a: Order, b: Order): boolean {
  return compare(a, b) < 0
}

function compare(a: Order, b: Order): number {
  return a[0] - b[0] || a[1] - b[1]
}
