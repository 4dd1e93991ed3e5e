// Work that must be acknowledged before it is done: racing a deadline, and waiting for what is still under way.

/** The result, or `late` when it takes longer; the work goes on. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<{ in: T } | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), ms)
    work.then(value => resolve({ in: value }), reject).finally(() => clearTimeout(timer))
  })
}

/** Remembers what is under way, so that it can be counted and stopping can wait for it. */
export function tracker(): { track<T>(work: Promise<T>): Promise<T>; count(): number; ended(): Promise<void> } {
  const open = new Set<Promise<unknown>>()
  return {
    track: work => {
      const entry = work.catch(() => undefined).finally(() => open.delete(entry))
      open.add(entry)
      return work
    },
    count: () => open.size,
    ended: async () => {
      while (open.size > 0) await Promise.all(open)
    },
  }
}
