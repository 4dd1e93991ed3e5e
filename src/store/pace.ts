// Checks whether one more request is within the limits, and counts it in the same step, so that many at once cannot all
// pass. Each process counts separately: until its watch shows what another one stores, each may accept requests up to
// the limit.
import type { AccessRequest, NewAccessRequest } from '../api/kinds.ts'
import { isOpen } from '../domain/approval/eligibility.ts'
import { countedAs, type People } from '../domain/people/identity.ts'
import { limitReached, type Limits, type Reached } from '../domain/asking/limits.ts'
import type { Clock, Requests, AliveRequests } from '../domain/ports.ts'
import { mappingKey, type Tally } from './tally.ts'

/** A reached limit, with the person's waiting requests. */
export type Flood = { reached: Reached; open: AccessRequest[] }

export type PaceOptions = {
  requests: Pick<Requests, 'get'>
  standing: AliveRequests
  tally: Tally
  limits: Limits
  people: People
  clock: Clock
}

/**
 * Counts this request, or returns the limit that it would exceed. A request that is already counted, such as a repeat,
 * passes.
 */
export async function countIn(request: NewAccessRequest, options: PaceOptions): Promise<Flood | undefined> {
  const { tally } = options
  if (tally.has(request)) return undefined
  const over = new Set<string>()
  for (;;) {
    const flood = judge(request, options, over)
    if (!flood) {
      tally.reserve(request)
      return undefined
    }
    // The seen request may have ended meanwhile, and ended requests must not refuse anybody.
    const ended = flood.reached.limit === 'openPerPerson' ? await endedOf(flood.open, options) : []
    if (ended.length === 0) return flood
    for (const uid of ended) over.add(uid)
  }
}

function judge(request: NewAccessRequest, options: PaceOptions, over: ReadonlySet<string>): Flood | undefined {
  const { standing, tally, limits, people, clock } = options
  const persons = countedAs(request.spec.requester, people)
  const mapping = mappingKey(request)
  const now = clock.now()
  const stillOpen = (found: AccessRequest[]): AccessRequest[] =>
    found.filter(one => isOpen(one, now) && !over.has(one.metadata.uid))
  const own = persons.flatMap(id => standing.ofPerson(id)).map(one => [one.metadata.uid, one] as const)
  const open = stillOpen([...new Map(own).values()])
  const [ofPerson, forMapping] = [tally.of({ persons }), tally.of({ mapping })]
  const unseen = (asks: typeof ofPerson): number => asks.filter(({ isUnseen }) => isUnseen).length
  const reached = limitReached(limits, {
    openOfPerson: open.length + unseen(ofPerson),
    openForMapping: stillOpen(standing.ofMapping(mapping)).length + unseen(forMapping),
    ofPerson: ofPerson.map(({ at }) => at),
    forMapping: forMapping.map(({ at }) => at),
    ...(request.spec.emergency && { emergencies: tally.of({ persons, emergencies: true }).map(({ at }) => at) }),
  })
  return reached && { reached, open }
}

async function endedOf(open: AccessRequest[], { requests, clock }: PaceOptions): Promise<string[]> {
  const now = await Promise.all(open.map(({ metadata }) => requests.get(metadata)))
  return open
    .filter(({ metadata }, i) => {
      const live = now[i]
      return live?.metadata.uid !== metadata.uid || !isOpen(live, clock.now())
    })
    .map(({ metadata }) => metadata.uid)
}
