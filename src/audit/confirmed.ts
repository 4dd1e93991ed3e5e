// Whether the log shows the whole history of a request: every event up to the last one that the request remembers, by
// their hashes, and the evidence of each sign-in, each with everything that Hallpass wrote into it. Anybody who may write
// logs can add entries; they change nothing here.
import type { AccessRequest } from '../api/kinds.ts'
import { type KeptEvidence, published } from '../domain/approval/kept-evidence.ts'
import { evidenceHash } from '../domain/approval/sealed-token.ts'
import { after, instant } from '../domain/asking/duration.ts'
import { entryOf } from '../domain/audit/audit.ts'
import { evidenceEntry } from '../domain/audit/evidence-entry.ts'
import { canonicalJson } from '../domain/json.ts'
import type { LogQuery } from '../domain/ports.ts'
import { all, quoted } from './log-filters.ts'
import { hashOf, toldIn, type ToldEvidence, type ToldStep } from './verify/told.ts'

/** The log, `projects/P/logs/hallpass`, and where it is read. */
export type ReadAt = { auditLog: string; place: string }

/** The question for all entries of these requests. More entries than twice what they remember are not asked for. */
export function entriesQuery({ auditLog, place }: ReadAt, requests: readonly AccessRequest[]): LogQuery {
  const oldest = Math.min(...requests.map(({ metadata }) => Date.parse(metadata.creationTimestamp)))
  const uids = requests.map(({ metadata }) => quoted(metadata.uid))
  return {
    in: [place],
    filter: all([
      `logName=${quoted(auditLog)}`,
      `timestamp>=${quoted(instant(after(new Date(oldest), -3600)))}`,
      `operation.id=(${uids.join(' OR ')})`,
    ]),
    most: 2 * requests.reduce((sum, request) => sum + countOf(request), 0) + 100,
  }
}

const countOf = (request: AccessRequest): number => (request.status?.auditSeq ?? 0) + publishedIn(request).length

/** Those of the requests whose whole history is among these entries. */
export function confirmedBy(entries: readonly unknown[], requests: readonly AccessRequest[]): AccessRequest[] {
  const [steps, evidence]: [ToldStep[], ToldEvidence[]] = [[], []]
  for (const told of entries.map(toldIn)) {
    if (told === undefined || told === 'unreadable') continue
    if (told.schema === 'hallpass/audit/v1') steps.push(told)
    if (told.schema === 'hallpass/evidence/v1') evidence.push(told)
  }
  const stepsOf = Map.groupBy(steps, ({ request }) => request.uid)
  const evidenceOf = Map.groupBy(evidence, ({ request }) => request.uid)
  return requests.filter(request => {
    const { uid } = request.metadata
    return isChain(request, stepsOf.get(uid) ?? []) && isProved(request, evidenceOf.get(uid) ?? [])
  })
}

// From the last event back to the first: each names the hash of the one before, and no other text has that hash. The hash
// is of the event alone, so what else an entry says about the request is compared.
function isChain(request: AccessRequest, steps: readonly ToldStep[]): boolean {
  const whole = steps.filter(step => isSame(ofRequest, step, entryOf(request, step).payload))
  const byHash = new Map(whole.map(step => [hashOf(step), step]))
  const { auditSeq = 0, auditHead } = request.status ?? {}
  let wanted = auditHead ?? ''
  for (let seq = auditSeq; seq > 0; seq--) {
    const step = byHash.get(wanted)
    if (step?.seq !== seq) return false
    wanted = step.previous
  }
  return auditSeq > 0 && wanted === ''
}

// A token without everything that its nonce was made from proves nothing.
function isProved(request: AccessRequest, told: readonly ToldEvidence[]): boolean {
  return publishedIn(request).every(kept =>
    told.some(one => {
      const { idToken } = one
      const { payload } = evidenceEntry(request, { kept, idToken, at: new Date(one.recordedAt), installation: '' })
      return evidenceHash(idToken) === kept.evidence.hash && isSame(ofEvidence, one, payload)
    }),
  )
}

type Fields = Readonly<Record<string, unknown>>

const names = ['request', 'roleMapping', 'requester']
const ofRequest = [...names, 'duration', 'window', 'reason', 'emergency', 'grants', 'hours', 'approval']
const ofSignIn = ['actor', 'purpose', 'recordedAt', 'evidence', 'salt', 'spec']
const ofEvidence = [...names, ...ofSignIn, 'narrowing', 'comment', 'approvalsBefore']

/** Whether these fields of an entry are as Hallpass writes them. */
function isSame(fields: readonly string[], told: Fields, written: Fields): boolean {
  return fields.every(name => canonicalJson(told[name] ?? null) === canonicalJson(written[name] ?? null))
}

/** The evidence that the request says is published. */
function publishedIn(request: AccessRequest): KeptEvidence[] {
  const lost = request.status?.evidence?.filter(({ state }) => state === 'Lost').map(({ id }) => id)
  return published(request).filter(({ id }) => !lost?.includes(id))
}
