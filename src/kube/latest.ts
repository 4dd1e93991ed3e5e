// The newest that this process knows of each object: what its watch shows, or an answer of the API server to this process
// that the watch has not caught up with. Without it, the next look after a write could start from before the write.
import { type Cached, refOf } from './cache.ts'
import type { Ref, Stored } from './resource.ts'

export type Latest<T extends Stored> = {
  /** The newest known; undefined when only the API server can say. */
  get(ref: Ref): T | undefined
  /** Notes what the API server answered to a write or a read. */
  answered(object: T): void
  /** Notes that what the API server has is not known: a write was not answered, or lost to another. */
  unknown(ref: Ref): void
  /** Notes that the API server has no such object. */
  gone(ref: Ref): void
}

type Options<T extends Stored> = {
  watched: Pick<Cached<T>, 'get' | 'onChange'>
  /** Whether the watch shows an object that looks like this. One that it does not show is absent from it. */
  isWatched: (object: T) => boolean
  /** Milliseconds that only grow. */
  monotonicMs: () => number
  /** How many answers that the watch has not caught up with are kept; beyond that the oldest is forgotten. */
  most?: number
}

/** More than a watch lags behind in the minute and a half after which a silent one is opened again. */
const mostAnswers = 10_000
/**
 * A watch that is this far behind is dead, or versions have become smaller because etcd was restored from a backup. An
 * older answer could then hide the object without end, so the API server is asked.
 */
const longestLagMs = 100_000
const notKnown = Symbol('not known')

/** Remembers nothing at first. An answer is forgotten when the watch shows it or something newer. */
export function createLatest<T extends Stored>(options: Options<T>): Latest<T> {
  const { watched, isWatched, monotonicMs, most = mostAnswers } = options
  const answers = new Map<string, { answer: T | typeof notKnown; atMs: number }>()
  const note = (ref: Ref, answer: T | typeof notKnown): void => {
    const key = keyOf(ref)
    answers.delete(key)
    if (answer !== notKnown && isShown(answer, watched.get(ref))) return
    const [oldest] = answers.keys()
    if (answers.size >= most && oldest !== undefined) answers.delete(oldest)
    answers.set(key, { answer, atMs: monotonicMs() })
  }

  const get = (ref: Ref): T | undefined => {
    const key = keyOf(ref)
    const shown = watched.get(ref)
    const { answer, atMs = 0 } = answers.get(key) ?? {}
    if (answer === undefined) return shown
    if (answer === notKnown) return undefined
    const order = shown && compareVersions(answer, shown)
    if (shown && order === undefined) return undefined
    if (order !== undefined && order > 0) return monotonicMs() - atMs < longestLagMs ? answer : undefined
    answers.delete(key)
    // Absent from the watch: it left with this answer, or it was deleted since.
    return shown ?? (isWatched(answer) ? undefined : answer)
  }

  watched.onChange(key => {
    const answer = answers.get(key)?.answer
    if (answer !== undefined && answer !== notKnown && isShown(answer, watched.get(refOf(key)))) answers.delete(key)
  })

  return {
    get,
    answered: object => note(refOfObject(object), object),
    unknown: ref => note(ref, notKnown),
    gone: ref => void answers.delete(keyOf(ref)),
  }
}

/** Whether the watch has caught up with an answer. */
function isShown(answer: Stored, shown: Stored | undefined): boolean {
  const order = shown && compareVersions(answer, shown)
  return order !== undefined && order <= 0
}

function keyOf({ namespace, name }: Ref): string {
  return `${namespace}/${name}`
}

function refOfObject({ metadata: { namespace = '', name } }: Stored): Ref {
  return { namespace, name }
}

/**
 * Below 0 when `a` is older than `b`, 0 when they are the same version; undefined when their versions cannot be compared.
 * Versions of one kind are decimal numbers of any length, and a newer one is larger
 * (kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
 */
export function compareVersions({ metadata: { resourceVersion: a } }: Stored, b: Stored): number | undefined {
  const other = b.metadata.resourceVersion
  if (a === other) return 0
  if (!decimal.test(a) || !decimal.test(other)) return undefined
  return a.length === other.length ? (a < other ? -1 : 1) : a.length - other.length
}

const decimal = /^[1-9]\d*$/
