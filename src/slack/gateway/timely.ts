// Work that must be acknowledged before it is done: a race with a deadline, and waiting for work under way.

/** The result, or `late` when it takes longer; the work continues. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<{ in: T } | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), ms)
    work.then(value => resolve({ in: value }), reject).finally(() => clearTimeout(timer))
  })
}

/** The work under way, by person. */
export type Tracker = {
  track<T>(work: Promise<T>, who: string): Promise<T>
  /** The number of deliveries under way, of this person if given. */
  count(who?: string): number
  ended(): Promise<void>
}

/** Keeps work under way, so that it can be counted and a stop can wait for it. */
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
