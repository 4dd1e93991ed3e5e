// Records of any number, by their key, in little memory: a few are held, and more go to one file that nobody else can open.
// It has no name any more, so nothing is left of it, whatever ends the process.
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { newSeeds, keyedHash } from '../keyed-hash.ts'

/** `mostHeld`: so many records stay in memory. `folder`: where the others go, when there are more. */
export type Spilling = { partitions: number; mostHeld: number; folder: string }

/** Records are written in pieces of this length. */
const pieceLength = 16 * 1024

type Piece = { at: number; length: number }

/** Records in partitions: all of one key are in the same one. They must be what JSON can tell. */
export class Spill<T> {
  readonly #spilling: Spilling
  readonly #seeds = newSeeds()
  #held: { partition: number; record: T }[] | undefined = []
  readonly #texts: { lines: string[]; length: number }[] = []
  readonly #pieces: Piece[][] = []
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
      const records = (this.#pieces[partition] ?? []).flatMap(piece => this.#recordsIn(piece))
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

  #write(partition: number, record: T): void {
    const text = (this.#texts[partition] ??= { lines: [], length: 0 })
    const line = JSON.stringify(record)
    text.lines.push(line)
    text.length += line.length
    if (text.length >= pieceLength) this.#flush(partition)
  }

  #flush(partition: number): void {
    const { lines } = this.#texts[partition] ?? { lines: [] }
    if (lines.length === 0) return
    const bytes = Buffer.from(lines.join('\n'))
    this.#texts[partition] = { lines: [], length: 0 }
    ;(this.#pieces[partition] ??= []).push({ at: this.#end, length: bytes.length })
    this.#append(bytes)
  }

  #append(bytes: Buffer): void {
    try {
      this.#file ??= openUnnamed(this.#spilling.folder)
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#end + done)
      this.#end += bytes.length
    } catch (error) {
      throw unwritable(error, this.#spilling.folder)
    }
  }

  #recordsIn({ at, length }: Piece): T[] {
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length;) {
      const count = readSync(this.#file ?? -1, bytes, done, length - done, at + done)
      if (count === 0) throw new Error('The temporary data is shorter than what was written.')
      done += count
    }
    return bytes
      .toString()
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
