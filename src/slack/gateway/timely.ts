// Work that must be acknowledged before it is done: racing a deadline, and waiting for what is still under way.

/** The result, or `late` when it takes longer; the work goes on. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<{ in: T } | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), ms)
    work.then(value => resolve({ in: value }), reject).finally(() => clearTimeout(timer))
  })
}

/** What is under way, and of whom. */
export type Tracker = {
  track<T>(work: Promise<T>, who: string): Promise<T>
  /** How much is under way, of this person if one is named. */
  count(who?: string): number
  ended(): Promise<void>
}

/** Remembers what is under way, so that it can be counted and stopping can wait for it. */
export function tracker(): Tracker {
  const open = new Map<Promise<unknown>, string>()
  const counts = new Map<string, number>()
  const change = (who: string, by: number): void => {
    const count = (counts.get(who) ?? 0) + by
    if (count > 0) counts.set(who, count)
    else counts.delete(who)
  }
  return {
    track: (work, who) => {
      const entry = work
        .catch(() => undefined)
        .finally(() => {
          open.delete(entry)
          change(who, -1)
        })
      open.set(entry, who)
      change(who, 1)
      return work
    },
    count: who => (who === undefined ? open.size : (counts.get(who) ?? 0)),
    ended: async () => {
      while (open.size > 0) await Promise.all(open.keys())
    },
  }
}
