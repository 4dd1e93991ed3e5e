// Records of any number, by their key, in little memory: a few are held, and more go to one file that nobody else can open.
// It has no name any more, so nothing is left of it, whatever ends the process.
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { newSeeds, keyedHash } from '../keyed-hash.ts'

/** `mostHeld`: so many records stay in memory. `folder`: where the others go, when there are more. */
export type Spilling = { partitions: number; mostHeld: number; folder: string }

/** Records are written in pieces of this length. */
const pieceLength = 8 * 1024

/** Records in partitions: all of one key are in the same one. They must be what JSON can tell. */
export class Spill<T> {
  readonly #spilling: Spilling
  readonly #seeds = newSeeds()
  #held: { partition: number; record: T }[] | undefined = []
  readonly #filling: Buffer[] = []
  readonly #filled: number[] = []
  /** Where the pieces of each partition are: position and length, by turns, because there can be a million of them. */
  readonly #pieces: number[][] = []
  #file: number | undefined
  #end = 0

  constructor(spilling: Spilling) {
    this.#spilling = spilling
  }

  /** Adds a record. Throws when the file cannot be written. */
  add(key: string, record: T): void {
    const partition = keyedHash(this.#seeds, key)[0] % this.#spilling.partitions
    if (!this.#held) return this.#write(partition, record)
    this.#held.push({ partition, record })
    if (this.#held.length > this.#spilling.mostHeld) this.#toFile()
  }

  /** The records of each partition, in the order in which they were added. */
  *read(): Generator<T[]> {
    if (this.#held) {
      const byPartition = Map.groupBy(this.#held, ({ partition }) => partition)
      for (const all of byPartition.values()) yield all.map(({ record }) => record)
      return
    }
    for (let partition = 0; partition < this.#spilling.partitions; partition++) {
      this.#flush(partition)
      const pieces = this.#pieces[partition] ?? []
      const records: T[] = []
      for (let i = 0; i < pieces.length; i += 2) records.push(...this.#recordsIn(pieces[i] ?? 0, pieces[i + 1] ?? 0))
      if (records.length > 0) yield records
    }
  }

  /** Closes the file, which is gone then. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #toFile(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const { partition, record } of held) this.#write(partition, record)
  }

  // The texts are copied out of V8's heap at once: held there until a piece is full, they would be collected late.
  #write(partition: number, record: T): void {
    const line = `${JSON.stringify(record)}\n`
    const length = Buffer.byteLength(line)
    if ((this.#filled[partition] ?? 0) + length > pieceLength) this.#flush(partition)
    if (length > pieceLength) return this.#append(partition, Buffer.from(line))
    const piece = (this.#filling[partition] ??= Buffer.allocUnsafeSlow(pieceLength))
    const filled = this.#filled[partition] ?? 0
    this.#filled[partition] = filled + piece.write(line, filled)
  }

  #flush(partition: number): void {
    const bytes = this.#filling[partition]?.subarray(0, this.#filled[partition])
    this.#filled[partition] = 0
    if (bytes && bytes.length > 0) this.#append(partition, bytes)
  }

  #append(partition: number, bytes: Buffer): void {
    ;(this.#pieces[partition] ??= []).push(this.#end, bytes.length)
    try {
      this.#file ??= openUnnamed(this.#spilling.folder)
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#end + done)
      this.#end += bytes.length
    } catch (error) {
      throw unwritable(error, this.#spilling.folder)
    }
  }

  #recordsIn(at: number, length: number): T[] {
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length;) {
      const count = readSync(this.#file ?? -1, bytes, done, length - done, at + done)
      if (count === 0) throw new Error('The temporary data is shorter than what was written.')
      done += count
    }
    return bytes
      .toString('utf8', 0, length - 1)
      .split('\n')
      .map(line => JSON.parse(line) as T)
  }
}

// The name is gone before anything is in the file.
function openUnnamed(folder: string): number {
  const path = join(folder, `hallpass-${randomBytes(12).toString('hex')}`)
  const file = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return file
}

function unwritable(error: unknown, folder: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const why = reasons[code] ?? code
  return new Error(`Temporary data cannot be written to "${folder}": ${why}. Name another folder with --temp.`, {
    cause: error,
  })
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left',
  EDQUOT: 'your quota is used up',
  EFBIG: 'a file may not be that large',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'it is read-only',
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a folder',
}
