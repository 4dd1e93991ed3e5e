// Small texts that only auth can make and read: the session of a browser, and the links that the door makes. Any replica
// with the same key opens them; nothing is stored.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import type { Secret } from '../../domain/secret.ts'

/** What a text is for: it opens for nothing else, at no other address of Hallpass. */
export type For = { purpose: 'session' | 'link'; origin: URL; key: Secret }

const algorithm = 'aes-256-gcm'
const [ivBytes, tagBytes, keyBytes] = [12, 16, 32]

/**
 * Seals a text. The same text is sealed to the same characters, so that a link stays the same when the page is loaded
 * again: the nonce is a keyed digest of the text, so it repeats for this text alone.
 */
export function sealText(text: string, about: For): string {
  const { encryption, digest } = keysOf(about)
  const aad = aadOf(about)
  const iv = createHmac('sha256', digest).update(aad).update('\0').update(text).digest().subarray(0, ivBytes)
  const cipher = createCipheriv(algorithm, encryption, iv).setAAD(aad)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** The inverse; undefined for everything else, such as what was sealed for another purpose or another address. */
export function openText(sealed: string, about: For): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  // The last character can be written in more than one way, and a copy must be the same text.
  if (bytes.length <= ivBytes + tagBytes || bytes.toString('base64url') !== sealed) return undefined
  const tag = bytes.subarray(ivBytes, ivBytes + tagBytes)
  const decipher = createDecipheriv(algorithm, keysOf(about).encryption, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(aadOf(about)).setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}

function aadOf({ purpose, origin }: For): Buffer {
  return Buffer.from(`hallpass/${purpose}/v1 ${origin.origin}`)
}

function keysOf({ purpose, key }: For): { encryption: Buffer; digest: Buffer } {
  const made = Buffer.from(hkdfSync('sha256', key.reveal(), '', `hallpass/${purpose}/v1`, 2 * keyBytes))
  return { encryption: made.subarray(0, keyBytes), digest: made.subarray(keyBytes) }
}
