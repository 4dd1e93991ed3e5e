// One request's history in the log: numbers, hashes, places and its end. Pure; the caller gives every entry, in any order.
import { isDeepStrictEqual } from 'node:util'
import { durationSeconds } from '../../domain/asking/duration.ts'
import { factsOfEvent } from '../../domain/audit/audit-events.ts'
import { after } from '../../domain/asking/duration.ts'
import type { Finding, FindingKind } from './finding.ts'
import { nameOf, type ToldStep } from './told.ts'

/** The step with the hash of what it says. */
export type Hashed = { step: ToldStep; hash: string }

/** The steps of a request in the order of their numbers, each once, and what is wrong with them. */
export function checkHistory(hashed: readonly Hashed[], end: Date): { steps: readonly Hashed[]; findings: Finding[] } {
  const steps = onceEach(hashed)
  const [first] = steps
  if (!first) return { steps: [], findings: [] }
  const about = nameOf(first.step)
  const say = (kind: FindingKind, why: string): Finding => ({ kind, about, why })
  return {
    steps,
    findings: [
      ...(steps.length < hashed.length ? doubled(hashed, say) : []),
      ...gaps(steps, say),
      ...steps.flatMap(({ step, hash }) => misplaced(step, hash, say)),
      ...broken(steps, say),
      ...differing(steps, say),
      ...outOfOrder(steps, say),
      ...cutOff(steps, end, say),
    ],
  }
}

type Say = (kind: FindingKind, why: string) => Finding

// Of two with the same number, the one that the next one names is the true one.
function onceEach(hashed: readonly Hashed[]): readonly Hashed[] {
  if (hashed.every(({ step }, i) => i === 0 || step.seq > (hashed[i - 1]?.step.seq ?? 0))) return hashed
  const named = new Set(hashed.map(({ step }) => step.previous))
  const bySeq = new Map<number, Hashed>()
  for (const one of hashed) {
    const known = bySeq.get(one.step.seq)
    if (!known || (!named.has(known.hash) && named.has(one.hash))) bySeq.set(one.step.seq, one)
  }
  return [...bySeq.values()].toSorted((a, b) => a.step.seq - b.step.seq)
}

function doubled(hashed: readonly Hashed[], say: Say): Finding[] {
  const bySeq = Map.groupBy(hashed, ({ step }) => step.seq)
  return [...bySeq].flatMap(([seq, all]) => {
    const different = new Map(all.map(({ step, hash }) => [hash, step]))
    if (different.size < 2) return []
    const events = [...different.values()].map(({ event }) => event).join(' and ')
    return [say('added', `there are ${different.size} different events with the number ${seq}: ${events}`)]
  })
}

function gaps(steps: readonly Hashed[], say: Say): Finding[] {
  const last = steps.at(-1)?.step.seq ?? 0
  if (steps.length === last) return []
  const seen = new Set(steps.map(({ step }) => step.seq))
  const lacking = Array.from({ length: last }, (_, i) => i + 1).filter(seq => !seen.has(seq))
  if (lacking.length === 0) return []
  return [say('missing', `${lacking.length === 1 ? 'event' : 'events'} number ${lacking.join(', ')} of ${last}`)]
}

function misplaced(step: ToldStep, hash: string, say: Say): Finding[] {
  const { insertId, request, seq, at, timestamp, event } = step
  const findings: Finding[] = []
  const own = `${request.uid}-${String(seq).padStart(4, '0')}`
  if (insertId !== own)
    findings.push(say('moved', `the entry of ${event} was written as "${insertId}", not as "${own}"`))
  if (Date.parse(timestamp) !== Date.parse(at))
    findings.push(say('moved', `the entry of ${event} is at ${timestamp}, and it happened at ${at}`))
  if (step.hash !== undefined && step.hash !== hash)
    findings.push(say('altered', `${event} (number ${seq}) does not say what its hash is of`))
  return findings
}

function broken(steps: readonly Hashed[], say: Say): Finding[] {
  return steps.flatMap(({ step }, i) => {
    const before = steps[i - 1]
    if (step.seq === 1)
      return step.previous === '' ? [] : [say('altered', `${step.event} is the first event and names one before it`)]
    if (before?.step.seq !== step.seq - 1 || step.previous === before.hash) return []
    const why = `${before.step.event} (number ${before.step.seq}) is not the event that ${step.event} (number ${step.seq}) came after`
    return [say('altered', why)]
  })
}

const constants = [
  'request',
  'roleMapping',
  'requester',
  'duration',
  'reason',
  'grants',
  'approval',
  'emergency',
  'hours',
  'window',
] as const

// What every entry repeats of the request never changes.
function differing(steps: readonly Hashed[], say: Say): Finding[] {
  const [first] = steps
  return constants.flatMap(field => {
    const other = steps.find(({ step }) => !isDeepStrictEqual(first?.step[field], step[field]))?.step
    if (!other) return []
    return [say('altered', `its entries differ in "${field}": ${other.event} (number ${other.seq}) has another one`)]
  })
}

/** Clocks of two controllers may differ by this much. */
const skewMs = 60_000

function outOfOrder(steps: readonly Hashed[], say: Say): Finding[] {
  return steps.flatMap(({ step }, i) => {
    const before = steps[i - 1]?.step
    if (!before || Date.parse(step.at) >= Date.parse(before.at) - skewMs) return []
    return [
      say('reordered', `${step.event} (number ${step.seq}) happened before ${before.event} (number ${before.seq})`),
    ]
  })
}

/** The log has what happened this long ago, unless it was not there for Hallpass. */
const settleSeconds = 3600

function cutOff(steps: readonly Hashed[], end: Date, say: Say): Finding[] {
  const last = steps.findLast(({ step }) => !isAside(step.event))?.step
  if (!last || isOver(last)) return []
  const due = dueAt(steps, last)
  if (!due || after(due, settleSeconds) >= end) return []
  const why = `the last event is ${last.event} (number ${last.seq}), and by ${due.toISOString()} another one had to follow`
  return [say('truncated', why)]
}

/** Events that change nothing about what must follow. */
function isAside(event: string): boolean {
  return ['EvidenceLost', 'TamperingSeen', 'AttemptRefused'].includes(event)
}

function isOver({ event, emergency }: ToldStep): boolean {
  const isReviewed = emergency === true && (event === 'Expired' || event === 'Revoked')
  return !isReviewed && (factsOfEvent(event)?.isLast ?? false)
}

/** When the next event is due, at the latest; undefined when that is not known. */
function dueAt(steps: readonly Hashed[], last: ToldStep): Date | undefined {
  const details = Object.assign({}, ...steps.map(({ step }) => step.details)) as Record<string, string>
  if (details['reviewBy']) return new Date(details['reviewBy'])
  if (details['expiresAt']) return new Date(details['expiresAt'])
  const { window } = last.approval
  return typeof window === 'string' ? after(new Date(steps[0]?.step.at ?? ''), durationSeconds(window)) : undefined
}
