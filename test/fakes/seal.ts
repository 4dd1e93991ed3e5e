// The sealing ports in memory: real authenticated encryption, so that a wrong key, AAD or byte is refused as KMS does.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { Sealer, Unsealer } from '../../src/domain/ports.ts'

/** One key; each instance has its own. */
export class MemorySeal implements Sealer, Unsealer {
  /** Whether nothing can be opened because KMS does not answer. */
  isDown = false
  /** Whether nothing can be sealed for the same reason. */
  isSealingDown = false
  /** What opening is refused with, whatever is opened. */
  refusal: Refused | undefined
  /** How often it was asked to open something. */
  opened = 0
  readonly #key = randomBytes(32)
  readonly #mark = randomBytes(6).toString('base64url')

  async seal(plaintext: string, aad: string): Promise<string> {
    if (this.isSealingDown) throw new Broken('Cloud KMS did not answer.')
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(aad))
    const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
    return this.#mark + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
  }

  async unseal(sealed: string, aad: string): Promise<string> {
    if (sealed.length <= this.#mark.length || !/^[A-Za-z0-9_-]+$/.test(sealed)) throw notAuthentic()
    if (!sealed.startsWith(this.#mark)) throw new Refused('KeyDiffers', 'This was sealed with another key.')
    this.opened += 1
    if (this.isDown) throw new Broken('Cloud KMS did not answer.')
    if (this.refusal) throw this.refusal
    const bytes = Buffer.from(sealed.slice(this.#mark.length), 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
      decipher.setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(12, 28))
      return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      throw notAuthentic()
    }
  }
}

function notAuthentic(): Refused {
  return new Refused('NotAuthentic', 'This was not sealed by Hallpass, or was changed since.')
}
