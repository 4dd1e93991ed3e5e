// The sealed token: an approver's tokens as auth seals them for the controller alone, the name under which they are stored,
// the AAD that binds them, and whether what was opened is what the evidence speaks of. Sealing itself is a port.
import type { Evidence } from '../api/kinds.ts'
import { sha256 } from './digest.ts'
import { parseObject } from './json.ts'

/** What the controller needs to act as the approver, for the hour that the access token lives. */
export type SealedContent = { accessToken: string; idToken: string; salt: string }

/** The hash by which evidence names an ID token. */
export function evidenceHash(idToken: string): string {
  return sha256(idToken)
}

/** Name of the Secret, from uid and evidence hash, so that a forged decision cannot point at another one's token. */
export function sealedTokenName(uid: string, hash: string): string {
  return `token-${uid}-${hash.slice(0, 16)}`
}

/** AAD of sealed tokens: the full identity of the request and of the evidence they belong to. */
export function sealedTokenAad(uid: string, hash: string): string {
  return `hallpass/token/v1/${uid}/${hash}`
}

/** Bytes of a sealed token before sealing. */
export function encodeSealed({ accessToken, idToken, salt }: SealedContent): string {
  return JSON.stringify({ v: 1, a: accessToken, i: idToken, s: salt })
}

/** The inverse of `encodeSealed`; undefined for anything else. */
export function decodeSealed(text: string): SealedContent | undefined {
  const raw = parseObject(text)
  const { a, i, s } = raw ?? {}
  if (raw?.['v'] !== 1 || typeof a !== 'string' || typeof i !== 'string' || typeof s !== 'string') return undefined
  return { accessToken: a, idToken: i, salt: s }
}

/** Whether an opened token is the one that this evidence was stored with. */
export function isContentOf({ idToken, salt }: SealedContent, evidence: Pick<Evidence, 'hash' | 'salt'>): boolean {
  return evidenceHash(idToken) === evidence.hash && salt === evidence.salt
}
