// Requests for the process that works on them: read from its own watch and its own last answers, so that a look costs no
// call, and never from before its own last write.
import type { AccessRequest } from '../api/kinds.ts'
import type { LatestRequests, Ref, Requests } from '../domain/ports.ts'
import type { Cached } from '../kube/cache.ts'
import type { Timers } from '../kube/environment.ts'
import { createLatest } from '../kube/latest.ts'

type Live = Pick<Requests, 'get' | 'history' | 'patchStatus' | 'patchFinalizers'>

type Watched = {
  /** The watch of the requests that are not settled. */
  alive: Pick<Cached<AccessRequest>, 'get' | 'onChange'>
  timers: Pick<Timers, 'monotonicMs'>
}

/** `live` with a memory of its answers. */
export function createLatestRequests(live: Live, { alive, timers }: Watched): LatestRequests {
  const known = createLatest<AccessRequest>({
    watched: alive,
    isWatched: ({ status }) => !status?.settled,
    monotonicMs: () => timers.monotonicMs(),
  })

  const get = async (ref: Ref): Promise<AccessRequest | undefined> => {
    const found = await live.get(ref)
    if (found) known.answered(found)
    else known.gone(ref)
    return found
  }

  const noted = async <T extends AccessRequest | 'conflict' | 'gone'>(
    { metadata }: AccessRequest,
    write: Promise<T>,
  ): Promise<T> => {
    // Until the answer arrives, or permanently if none comes, the API server's version is not known.
    known.unknown(metadata)
    const answer = await write
    if (answer === 'gone') known.gone(metadata)
    else if (answer !== 'conflict') known.answered(answer)
    return answer
  }

  return {
    get,
    latest: async ref => known.get(ref) ?? get(ref),
    history: of => live.history(of),
    patchStatus: (seen, patch) => noted(seen, live.patchStatus(seen, patch)),
    patchFinalizers: (seen, finalizers) => noted(seen, live.patchFinalizers(seen, finalizers)),
  }
}
