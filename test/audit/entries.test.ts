// Exported logs in every form that people have, and broken ones: each is read, or the error says what is wrong with it.
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { entriesIn } from '../../src/audit/entries.ts'
import { suite, table } from '../suite.ts'

const test = suite('exported entries')
const entries = [{ a: 'x"}\\' }, { b: [1, { c: '\u2028[{' }] }, { d: 'é'.repeat(3) }]
const list = JSON.stringify(entries)
const lines = entries.map(entry => `${JSON.stringify(entry)}\n`).join('')

/** In pieces of this many bytes. */
async function read(bytes: Buffer, size = bytes.length): Promise<unknown[]> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  )
  return Array.fromAsync(entriesIn(Readable.from(pieces)))
}

table<string>(
  test,
  {
    'one entry on each line': lines,
    'lines that end as on Windows, with empty ones': lines.replaceAll('\n', '\r\n\r\n'),
    'no line break at the end': lines.trimEnd(),
    'a mark of UTF-8 at the beginning': `\uFEFF${lines}`,
    'a list in one line': list,
    'an indented list, as gcloud prints it': JSON.stringify(entries, null, 2),
    'several lists after each other': `[${JSON.stringify(entries[0])}]\n${JSON.stringify(entries.slice(1), null, 2)}\n`,
    'entries over several lines, without a list': entries.map(entry => JSON.stringify(entry, null, 2)).join('\n'),
    'a list and lines': `[${JSON.stringify(entries[0])}]\n${JSON.stringify(entries[1])}\n${JSON.stringify(entries[2])}`,
  },
  async text => {
    const bytes = Buffer.from(text)
    for (const size of [1, 2, 7, 64, bytes.length]) {
      assert.equal(await read(bytes, size), entries, `in pieces of ${size}`)
      assert.equal(await read(gzipSync(bytes), size), entries, `compressed, in pieces of ${size}`)
    }
  },
)

test('files that were compressed one by one can be read as one', async () => {
  assert.equal(await read(Buffer.concat([gzipSync(lines), gzipSync(lines)])), [...entries, ...entries])
})

table<{ bytes: Buffer | string; says: RegExp }>(
  test,
  {
    'a line that is no JSON is named': { bytes: `${lines}nope\n`, says: /line 4 is not JSON/ },
    'an entry that is no JSON is named by its line': { bytes: `${lines}{"a": }\n`, says: /line 4 is not JSON/ },
    'the last line is cut': {
      bytes: lines.slice(0, -9),
      says: /ends in the middle of the entry that begins in line 3/,
    },
    'a line in the middle is cut': {
      bytes: `${lines.slice(0, -9)}\n${lines}`,
      says: /ends in the middle of the entry that begins in line 3|line 3 is not JSON/,
    },
    'a list is cut between its entries': { bytes: `[${JSON.stringify(entries[0])},\n`, says: /the list has no end/ },
    'a list is cut in an entry': { bytes: list.slice(0, 30), says: /in the middle of the entry/ },
    'a compressed file is cut': {
      bytes: gzipSync(lines.repeat(500)).subarray(0, 100),
      says: /compressed file was cut off/,
    },
    'a compressed file is damaged': {
      bytes: Buffer.concat([gzipSync(lines).subarray(0, 20), Buffer.alloc(60, 7)]),
      says: /compressed file is damaged/,
    },
    'UTF-16 is named with its remedy': {
      bytes: Buffer.from(`\uFEFF${lines}`, 'utf16le'),
      says: /UTF-16, as PowerShell/,
    },
    'a zip archive is named': { bytes: Buffer.from('504b030414000000', 'hex'), says: /zip archive: unpack it first/ },
    'nothing at all': { bytes: '', says: /there is nothing to read, not even an empty list/ },
    'only spaces': { bytes: ' \n\n', says: /there is nothing to read/ },
    'text of another kind': { bytes: 'WARNING: Your active project does not match\n[]', says: /line 1 is not JSON/ },
  },
  async ({ bytes, says }) => {
    const error = await read(Buffer.from(bytes)).then(
      found => `${found.length} entries`,
      (thrown: unknown) => String(thrown),
    )
    assert.match(error, says)
    assert.match(error, 'The log entries cannot be read')
  },
)

test('an empty list is no entries', async () => {
  assert.equal(await read(Buffer.from('[]')), [])
})

test('an entry without an end is refused before it fills the memory', async () => {
  let pieces = 0
  const endless = async function* (): AsyncGenerator<string> {
    yield '{"a":"'
    for (;;) {
      pieces++
      yield 'x'.repeat(1024 * 1024)
    }
  }
  const error = await Array.fromAsync(entriesIn(endless())).catch(String)
  assert.match(String(error), /the entry that begins in line 1 has no end/)
  assert.ok(pieces < 12, `${pieces} MiB were read`)
})

test('a reader that stops early closes the source', async () => {
  let isClosed = false
  const source = async function* (): AsyncGenerator<string> {
    try {
      for (;;) yield lines
    } finally {
      isClosed = true
    }
  }
  for await (const _ of entriesIn(source())) break
  assert.ok(isClosed)
})

test.run()
