// A log that is kept on disk is judged as one in memory is: the same findings in the same order, however the entries come
// and however many parts the disk has. And nothing is left of it there.
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readKeyRing } from '../../../src/audit/verify/key-ring.ts'
import { Spill } from '../../../src/audit/verify/spill.ts'
import { Verification, type Verified } from '../../../src/audit/verify/verification.ts'
import { attack } from '../../attacks.ts'
import { dice, type Roll } from '../../dice.ts'
import { suite } from '../../suite.ts'
import { honestLog, inMemory, type Logged, newKey, uidOf } from './honest-log.ts'

const test = suite('a log on disk', { timeoutMs: 120_000 })
const key = newKey()
const trusted = { ring: readKeyRing(JSON.stringify({ [key.kid]: key.pem })) }
const honest = honestLog(18, key)
const folder = mkdtempSync(join(tmpdir(), 'hallpass-spill-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

function verified(log: readonly unknown[], spilling = inMemory): Verified {
  const verification = new Verification(trusted, spilling)
  try {
    for (const entry of log) verification.push(entry)
    return verification.result()
  } finally {
    verification.close()
  }
}

/** Replaces every text of the entry by another one of the log, such as a uid by that of another request. */
const reworded = (entry: Logged, from: string, to: string): Logged =>
  JSON.parse(JSON.stringify(entry).replaceAll(from, to)) as Logged

const withFields = (entry: Logged, fields: object): Logged => ({
  ...entry,
  jsonPayload: { ...entry.jsonPayload, ...fields },
})
/** The hash of evidence that the log has. */
const known = honest.find(({ jsonPayload }) => jsonPayload?.['event'] === 'Evidence')?.jsonPayload?.['evidence']

/** What a liar does to one entry: the entries instead of it. */
const lies: ((entry: Logged, roll: Roll) => unknown[])[] = [
  () => [],
  entry => [entry, entry],
  (entry, roll) => [reworded(entry, uidOf(roll(18)), uidOf(roll(18)))],
  (entry, roll) => [entry, reworded(entry, uidOf(roll(18)), uidOf(100 + roll(3)))],
  entry => [reworded(entry, 'mo@example.com', 'otto@example.com')],
  entry => [reworded(entry, 'dana@example.com', 'mo@example.com')],
  entry => [reworded(entry, '"action":"ADD"', '"action":"REMOVE"')],
  entry => [reworded(entry, 'https://hallpass.example.com', 'https://other.example.com')],
  (entry, roll) => [reworded(entry, '2026-11-23T08:', `2026-11-2${roll(9)}T08:`)],
  (entry, roll) => [withFields(entry, { seq: roll(9) })],
  entry => [withFields(entry, { rules: 'e'.repeat(64) })],
  entry => [withFields(entry, { reason: '\u2028 "}]\n\u{1F600} \\' })],
  entry => [withFields(entry, { details: { ...(entry.jsonPayload?.['details'] as object), evidence: known } })],
  entry => [withFields(entry, { evidence: known, idToken: `${String(entry.jsonPayload?.['idToken'])}x` })],
  entry => [withFields(entry, { requester: 'mo@example.com' })],
  entry => [{ ...entry, protoPayload: {} }, null, 'text', { jsonPayload: { schema: 'hallpass/audit/v1' } }],
]

function lyingLog(roll: Roll): unknown[] {
  const log: unknown[] = honest.flatMap(entry => {
    const lie = roll(20) === 0 ? lies[roll(lies.length)] : undefined
    return lie ? lie(entry, roll) : [entry]
  })
  return roll(3) === 0 ? log : shuffled(roll, log)
}

function shuffled<T>(roll: Roll, all: readonly T[]): T[] {
  return all
    .map(value => ({ value, at: roll(1_000_000) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

test('lies of every kind are found on disk as in memory, in the same order, in any number of parts', () => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 40; seed++) {
    const roll = dice(seed)
    const log = lyingLog(roll)
    const expected = verified(log)
    for (const { kind } of expected.findings) kinds.add(kind)
    for (const partitions of [1, 2, 7, 1024])
      for (const mostHeld of [0, roll(log.length)])
        assert.equal(verified(log, { partitions, mostHeld, folder }), expected, `seed ${seed}, ${partitions} parts`)
  }
  assert.ok(kinds.size >= 11, `only ${[...kinds].join(', ')} were found`)
})

test('records come back in the order in which they were added, with all that JSON can tell', () => {
  const spill = new Spill<{ n: number; text: string }>({ partitions: 3, mostHeld: 2, folder })
  const long = 'é"\n'.repeat(9000)
  for (let n = 0; n < 20; n++) spill.add(n < 10 ? 'a' : `other ${n}`, { n, text: n === 3 ? long : String(n) })
  const parts = [...spill.read()]
  spill.close()
  const all = parts.flat()
  assert.equal(
    all.map(({ n }) => n).toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, n) => n),
  )
  for (const part of parts)
    assert.equal(
      part,
      part.toSorted((a, b) => a.n - b.n),
    )
  const [own] = parts.filter(part => part.some(({ n }) => n === 3))
  assert.equal(
    own?.filter(({ n }) => n < 10).map(({ n }) => n),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.is(own?.find(({ n }) => n === 3)?.text, long)
})

attack(test, 'another account looks for the entries on disk while they are checked … nothing is there', async () => {
  const verification = new Verification(trusted, { partitions: 4, mostHeld: 0, folder })
  try {
    for (const entry of honestLog(60, key)) verification.push(entry)
    assert.equal(openModes(), existsSync('/proc/self/fd') ? ['600'] : [])
    return readdirSync(folder).length === 0 ? 'nothing is there' : readdirSync(folder).join()
  } finally {
    verification.close()
  }
})

/** The modes of the files in the folder that this process has open and that have no name any more. */
function openModes(): string[] {
  const place = '/proc/self/fd'
  if (!existsSync(place)) return []
  return readdirSync(place).flatMap(file => {
    const path = join(place, file)
    const isOurs = existsSync(path) && readlinkSync(path).startsWith(folder)
    return isOurs ? [(statSync(path).mode & 0o777).toString(8)] : []
  })
}

test('a folder that is not there, or where nobody may write, is an error that says what to do', () => {
  const places: Record<string, RegExp> = {
    [join(folder, 'nowhere')]:
      /cannot be written to ".*nowhere": it does not exist\. Name another folder with --temp\./,
    '/dev/null': /cannot be written to "\/dev\/null": it is not a folder/,
  }
  for (const [place, says] of Object.entries(places))
    assert.throws(() => verified(honestLog(60, key), { partitions: 4, mostHeld: 0, folder: place }), says)
})

test.run()
