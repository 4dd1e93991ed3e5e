// Everything that a log says of one request, put together, and everything that is wrong with it. Pure.
import { checkEndings } from './endings.ts'
import { checkEvidence, lackingEvidence, otherApprovers, type Span, type Trusted } from './evidence.ts'
import type { Finding } from './finding.ts'
import { checkHistory, type Hashed } from './history.ts'
import type { Claim, Kept } from './intake.ts'
import { checkWrites, unwritten, type Write } from './policy-writes.ts'
import { receivedBefore } from './receipt.ts'
import { nameOf, type ToldEvidence, type ToldStep } from './told.ts'

/** `order`: when the first of it came. */
export type Request = {
  uid: string
  order: number
  steps: Hashed[]
  evidence: ToldEvidence[]
  writes: Write[]
  claims: { order: number; claim: Claim }[]
}

/** The requests that these are about. All of one request must be there. */
export function requestsIn(records: readonly Kept[]): Request[] {
  const byUid = new Map<string, Request>()
  for (const kept of records) {
    const known = byUid.get(kept.uid)
    const request = known ?? { uid: kept.uid, order: Infinity, steps: [], evidence: [], writes: [], claims: [] }
    if (!known) byUid.set(kept.uid, request)
    if ('claim' in kept) request.claims.push(kept)
    else request.order = Math.min(request.order, kept.order)
    if ('step' in kept) request.steps.push(kept)
    else if ('evidence' in kept) request.evidence.push(kept.evidence)
    else if ('write' in kept) request.writes.push(kept.write)
  }
  return [...byUid.values()]
}

/** What a check of one request needs to know of the whole log. */
export type Surroundings = { trusted: Trusted; span: Span; covered: ReadonlyMap<string, Date> }

/** What is wrong with one request, and its steps in their order, each once. */
export function checkRequest(request: Request, around: Surroundings): { findings: Finding[]; steps: ToldStep[] } {
  const { evidence, writes } = request
  const { trusted, span, covered } = around
  const told = [...request.steps.map(({ step }) => step), ...evidence]
  const [first] = told
  const { steps: hashed, findings: found } = checkHistory(request.steps, span.end)
  const steps = hashed.map(({ step }) => step)
  const isWhole = !found.some(({ kind }) => kind === 'missing' || kind === 'truncated')
  const findings = [
    ...(first ? receivedBefore(told, nameOf(first)) : []),
    ...found,
    ...checkEvidence(onceEach(evidence), { steps, isWhole }, trusted),
    ...lackingEvidence(steps, evidence, span),
    ...checkWrites(writes, steps),
    ...unwritten(steps, writes, covered),
    ...checkEndings(steps, writes),
    ...(isWhole ? otherApprovers(steps) : []),
  ]
  return { findings, steps }
}

/** Policy writes that claim to be for a request of which the log has nothing. */
export function unclaimed({ uid, steps, writes, claims }: Request): { order: number; finding: Finding }[] {
  if (steps.length > 0 || writes.length > 0) return []
  return claims.map(({ order, claim: { at, by, resource } }) => {
    const why = `${by} wrote it at ${at} for request ${uid}, which this log does not have`
    return { order, finding: { kind: 'unbacked', about: `the policy of ${resource}`, why } }
  })
}

// A repeat is the same entry.
function onceEach(evidence: readonly ToldEvidence[]): ToldEvidence[] {
  return [...new Map(evidence.map(one => [JSON.stringify(one), one])).values()]
}
