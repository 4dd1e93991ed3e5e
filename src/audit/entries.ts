// The log entries in a file or a stream: as `gcloud logging read --format=json` prints them, or as a sink's storage bucket
// keeps them, one a line; compressed by gzip or not. A text of any length is read with little memory.
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import { EntryScanner, Unreadable } from './entry-scanner.ts'

type Bytes = AsyncIterable<string | Uint8Array>

/**
 * The entries, in their order. Rejects when the text is not JSON (the error names the line), ends in the middle of an
 * entry, or is empty: the command that should have written it failed.
 */
export async function* entriesIn(stream: Bytes): AsyncGenerator<unknown> {
  for await (const batch of batchesIn(stream)) yield* batch
}

/** The same, as many at a time as have arrived: for millions, waiting for each takes longer than reading it. */
export async function* batchesIn(stream: Bytes): AsyncGenerator<unknown[]> {
  const scanner = new EntryScanner()
  const decoder = new StringDecoder('utf8')
  try {
    for await (const chunk of unpacked(stream))
      yield scanner.push(typeof chunk === 'string' ? chunk : decoder.write(bufferOf(chunk)))
    yield scanner.push(decoder.end())
    yield scanner.end()
  } catch (error) {
    throw unreadable(error)
  }
}

/** The stream without its compression. */
async function* unpacked(stream: Bytes): Bytes {
  const chunks = stream[Symbol.asyncIterator]()
  try {
    const start = await firstOf(chunks)
    refuseOtherForms(start)
    const all = joined(start, { [Symbol.asyncIterator]: () => chunks })
    yield* start[0] === 0x1f && start[1] === 0x8b ? gunzipped(all) : all
  } finally {
    await chunks.return?.()
  }
}

/** The beginning, long enough to see what it is; the first piece may be a single byte. */
async function firstOf(chunks: AsyncIterator<string | Uint8Array>): Promise<Buffer> {
  let start = Buffer.alloc(0)
  while (start.length < 4) {
    const { done, value } = await chunks.next()
    if (done) break
    start = Buffer.concat([start, Buffer.from(value)])
  }
  return start
}

async function* joined(first: Uint8Array, rest: Bytes): Bytes {
  yield first
  yield* rest
}

async function* gunzipped(packed: Bytes): Bytes {
  const plain = new PassThrough()
  const done = pipeline(Readable.from(packed), createGunzip(), plain)
  done.catch(() => undefined)
  yield* plain
  await done
}

// Without a copy: the pieces are read once.
function bufferOf(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

// What Windows writes with `>`, and archives that hold files.
function refuseOtherForms(start: Buffer): void {
  const mark = start.subarray(0, 4).toString('hex')
  if (/^(fffe|feff)/.test(mark))
    throw new Unreadable('it is UTF-16, as PowerShell writes with ">": write it with Out-File -Encoding utf8')
  if (mark === '504b0304') throw new Unreadable('it is a zip archive: unpack it first')
  if (mark === '28b52ffd') throw new Unreadable('it is compressed by zstd: unpack it first')
}

function unreadable(error: unknown): unknown {
  if (error instanceof Unreadable) return new Error(`The log entries cannot be read: ${error.message}. ${forms}`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR') return new Error('The log entries cannot be read: the compressed file was cut off.')
  if (code.startsWith('Z_')) return new Error('The log entries cannot be read: the compressed file is damaged.')
  return error
}

const forms = 'Give them as gcloud logging read --format=json prints them, or one a line.'
