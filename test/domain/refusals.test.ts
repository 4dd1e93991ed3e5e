import * as assert from 'uvu/assert'
import { readdirSync, readFileSync } from 'node:fs'
import { chapters, entryOf, isReason, type Reason, reasons } from '../../src/domain/refusals.ts'
import { owners } from '../../src/domain/refusals/row.ts'
import { suite } from '../suite.ts'

const test = suite('the catalogue of reasons')

test('each reason is in one chapter only, and each chapter is in order', () => {
  const all = Object.values(chapters).flatMap(rows => Object.keys(rows))
  assert.equal(all.toSorted(), reasons.toSorted(), 'a duplicate reason would hide one of its rows')
  for (const [name, rows] of Object.entries(chapters))
    assert.equal(Object.keys(rows), Object.keys(rows).toSorted(), name)
})

test('every reason is used in the sources', () => {
  const used = new Set(sources().flatMap(({ text }) => text.match(/(?<=')[A-Z][A-Za-z]+(?=')/g) ?? []))
  assert.equal(
    reasons.filter(reason => !used.has(reason)),
    [],
  )
})

test('no other file has a table of reasons', () => {
  const keysOf = (text: string): string[] => (text.match(/(?<=^ +'?)[A-Z]\w+(?='?: )/gm) ?? []).filter(isReason)
  const listsOf = (text: string): string[] =>
    (text.match(/\[(\s*'\w+',?){3,}\s*\]/g) ?? []).filter(list => (list.match(/\w+/g) ?? []).every(isReason))
  const found = sources().flatMap(({ file, text }) =>
    [...keysOf(text), ...listsOf(text)].map(what => `${file}: ${what}`),
  )
  assert.equal(found, [], 'every fact about a reason is a field of its row')
  assert.equal(keysOf("const statuses = {\n  Gone: 404,\n  'NotReady': 409,\n  else: 1 }"), ['Gone', 'NotReady'])
  assert.is(listsOf("const late = ['Gone', 'LinkExpired',\n 'WindowClosed',\n]").length, 1)
})

test('every row is whole: plain sentences, a known status, and a headline', () => {
  for (const reason of reasons) {
    const { meaning, remedy, headline, status, owner } = entryOf(reason)
    for (const text of [meaning, remedy, headline])
      assert.match(text, /^[A-Z][^\n]{5,180}[^.]\.$/, `${reason}: ${text}`)
    assert.not.match(meaning, /\. [A-Z]/, `${reason}: one sentence`)
    assert.match(String(status), /^(4\d\d|500)$/, reason)
    assert.ok(Object.hasOwn(owners, owner), reason)
  }
})

test('a row says only what does not follow from its owner', () => {
  for (const [chapter, rows] of Object.entries(chapters))
    for (const [reason, row] of Object.entries(rows)) {
      const facts: Record<string, unknown> = owners[entryOf(reason as Reason).owner]
      const same = Object.entries(row).filter(([field, value]) => facts[field] === value)
      assert.equal(same, [], `${chapter}: ${reason}`)
    }
})

test('a stored text becomes a reason only when it is one', () => {
  assert.ok(isReason('Gone'))
  for (const text of [undefined, '', 'gone', 'toString', '__proto__', 'constructor']) assert.not(isReason(text), text)
})

/** All sources besides the catalogue itself and the simulators, which know their services only. */
function sources(): { file: string; text: string }[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  return files
    .filter(file => file.endsWith('.ts') && !/^(domain\/refusals|sim\/)/.test(file))
    .map(file => ({ file, text: readFileSync(`src/${file}`, 'utf8') }))
}

test.run()
