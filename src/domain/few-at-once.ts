// Does work for many things, a few at a time, so that one caller does not keep the others from a service.

/** The results in the order of the items. Rejects with the first error. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>()
  const left = [...items.entries()]
  const take = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results.set(next[0], await work(next[1]))
  }
  await Promise.all(Array.from({ length: most }, take))
  return items.map((_, index) => results.get(index) as Result)
}
