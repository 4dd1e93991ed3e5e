// The sealed token: an approver's tokens, sealed by auth for the controller only; their name in the cluster, their AAD,
// and the check that an opened token belongs to the evidence. Sealing itself is a port.
import type { Evidence } from '../../api/kinds.ts'
import { type Purpose, sha256 } from './digest.ts'
import { parseObject } from '../json.ts'

/** The data that the controller needs to act as the approver while the access token is valid. */
export type SealedContent = {
  /** Absent if the sign-in was for an approval that others must follow: nothing is written with it. */
  accessToken?: string | undefined
  idToken: string
  salt: string
}

/** The hash that identifies an ID token in evidence. */
export function evidenceHash(idToken: string): string {
  return sha256(idToken)
}

/** Name of the Secret, from uid and evidence hash, so that a forged decision cannot refer to another one's token. */
export function sealedTokenName(uid: string, hash: string): string {
  return `token-${uid}-${hash.slice(0, 16)}`
}

/** AAD of sealed tokens: the full identity of the request and of its evidence, and the purpose of the sign-in. */
export function sealedTokenAad(uid: string, hash: string, purpose: Purpose = 'approve'): string {
  return purpose === 'approve' ? `hallpass/token/v1/${uid}/${hash}` : `hallpass/token/v1/${purpose}/${uid}/${hash}`
}

/** Bytes of a sealed token before sealing. */
export function encodeSealed({ accessToken, idToken, salt }: SealedContent): string {
  return JSON.stringify(
    accessToken === undefined ? { v: 2, i: idToken, s: salt } : { v: 1, a: accessToken, i: idToken, s: salt },
  )
}

/** The inverse of `encodeSealed`; undefined for anything else. */
export function decodeSealed(text: string): SealedContent | undefined {
  const raw = parseObject(text)
  const { v, a, i, s } = raw ?? {}
  if (typeof i !== 'string' || typeof s !== 'string') return undefined
  if (v === 2) return a === undefined ? { idToken: i, salt: s } : undefined
  return v === 1 && typeof a === 'string' ? { accessToken: a, idToken: i, salt: s } : undefined
}

/** Whether an opened token is the one that this evidence was stored with. */
export function isContentOf({ idToken, salt }: SealedContent, evidence: Pick<Evidence, 'hash' | 'salt'>): boolean {
  return evidenceHash(idToken) === evidence.hash && salt === evidence.salt
}
