// Evidence that lasts: the ID token of a sign-in, sealed in its own Secret until nobody can use it any more, and then
// published in the audit log. Its name in the cluster, its AAD, and when it is due. Pure; it never holds an access token.
import type { AccessRequest, Decision, Evidence, RequestStatus } from '../../api/kinds.ts'
import { after } from '../asking/duration.ts'
import { parseObject } from '../json.ts'
import type { Purpose } from './digest.ts'
import { evidenceHash } from './sealed-token.ts'

/** The content of an evidence Secret before sealing. */
export type KeptContent = { idToken: string; salt: string }

/** An approval, early end or review whose evidence auth has kept. */
export type KeptEvidence = Pick<Decision, 'id' | 'at' | 'narrowing' | 'comment'> & {
  purpose: Purpose
  evidence: Evidence
}

/** Name of the Secret, from uid and evidence hash, so that no request can refer to another one's evidence. */
export function evidenceName(uid: string, hash: string): string {
  return `evidence-${uid}-${hash.slice(0, 16)}`
}

/** AAD of sealed evidence: the full identity of the request and of the token, and the purpose of the sign-in. */
export function evidenceAad(uid: string, hash: string, purpose: Purpose): string {
  return `hallpass/evidence/v1/${purpose}/${uid}/${hash}`
}

/** Bytes of evidence before sealing. */
export function encodeEvidence({ idToken, salt }: KeptContent): string {
  return JSON.stringify({ v: 1, i: idToken, s: salt })
}

/** The inverse of `encodeEvidence`; undefined for anything else, above all for what holds an access token. */
export function decodeEvidence(text: string): KeptContent | undefined {
  const { v, i, s, ...others } = parseObject(text) ?? {}
  const isWhole = v === 1 && typeof i === 'string' && typeof s === 'string' && Object.keys(others).length === 0
  return isWhole ? { idToken: i, salt: s } : undefined
}

/** Whether opened evidence is what this entry was stored with. */
export function isKeptFor({ idToken, salt }: KeptContent, { hash, salt: stored }: Evidence): boolean {
  return evidenceHash(idToken) === hash && salt === stored
}

/** The evidence of a request that is neither published nor lost. Entries of earlier releases have none. */
export function unpublished({ status = {} }: Pick<AccessRequest, 'status'>): KeptEvidence[] {
  return keptIn(status).filter(({ id }) => !status.evidence?.some(done => done.id === id))
}

/** The evidence of a request that is published or lost. */
export function published({ status = {} }: Pick<AccessRequest, 'status'>): KeptEvidence[] {
  return keptIn(status).filter(({ id }) => status.evidence?.some(done => done.id === id))
}

function keptIn({ decisions = [], endings = [], reviews = [] }: RequestStatus): KeptEvidence[] {
  return [
    ...decisions.flatMap(entry => asKept(entry, 'approve')),
    ...endings.flatMap(entry => asKept(entry, 'revoke')),
    ...reviews.flatMap(entry => asKept(entry, 'review')),
  ]
}

type Entry = Omit<KeptEvidence, 'purpose' | 'evidence'> & { evidence?: Evidence }

function asKept({ id, at, narrowing, comment, evidence }: Entry, purpose: Purpose): KeptEvidence[] {
  if (!evidence?.kept) return []
  return [{ id, at, purpose, evidence, ...(narrowing && { narrowing }), ...(comment && { comment }) }]
}

/** Ten minutes: verifiers allow clocks to differ, those of Hallpass by five minutes at most. */
const restSeconds = 600
/** Google's sign-ins last an hour; a stored end that is later was changed. */
const longestLifeSeconds = 3600 + 60

/**
 * When the evidence is published, as far as the record says: ten minutes after the end of the sign-in. Only a sandbox
 * gives `afterSeconds`, which count from the record.
 */
export function publishAt({ at, evidence }: Pick<KeptEvidence, 'at' | 'evidence'>, afterSeconds?: number): Date {
  const recordedAt = new Date(at)
  if (afterSeconds !== undefined) return after(recordedAt, afterSeconds)
  const latest = after(recordedAt, longestLifeSeconds)
  return restedAt(new Date(Math.min(evidence.claims.exp * 1000, latest.getTime())))
}

/** When an ID token may be published, by its own end; undefined when it names none. Its signature is not checked. */
export function publishableAt(idToken: string): Date | undefined {
  const claims = parseObject(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8'))
  const exp = claims?.['exp']
  return typeof exp === 'number' ? restedAt(new Date(exp * 1000)) : undefined
}

function restedAt(end: Date): Date {
  return after(end, restSeconds)
}

/** A key or right that is wrong is corrected within a week; after that the evidence counts as lost. */
const patienceSeconds = 7 * 24 * 3600

/** When evidence that cannot be opened counts as lost. */
export function lostAt(kept: KeptEvidence, afterSeconds?: number): Date {
  return after(publishAt(kept, afterSeconds), patienceSeconds)
}
