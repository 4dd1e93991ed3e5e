// What a merge patch must say so that a field becomes what was written, whole.
import * as assert from 'uvu/assert'
import { replacing } from '../../src/store/merge-patch.ts'
import { suite, table } from '../suite.ts'

const test = suite('merge patches that replace')

const facts: Record<string, { before: object; patch: object; says: object }> = {
  'a plain field is set': { before: { a: 1 }, patch: { a: 2 }, says: { a: 2 } },
  'a field that is not named is left alone': { before: { a: 1, b: { c: 1 } }, patch: { a: 2 }, says: { a: 2 } },
  'null removes': { before: { a: { b: 1 } }, patch: { a: null }, says: { a: null } },
  'what a field no longer has is removed': {
    before: { a: { old: 1, kept: 1 } },
    patch: { a: { kept: 2, fresh: 3 } },
    says: { a: { old: null, kept: 2, fresh: 3 } },
  },
  'at every depth': {
    before: { a: { b: { old: 1 } } },
    patch: { a: { b: { fresh: 1 } } },
    says: { a: { b: { old: null, fresh: 1 } } },
  },
  'a list is a whole by itself': { before: { a: [{ x: 1 }] }, patch: { a: [{ y: 2 }] }, says: { a: [{ y: 2 }] } },
  'a part that is undefined is one that is gone': {
    before: { a: { b: 1 } },
    patch: { a: { b: undefined } },
    says: { a: { b: null } },
  },
  'a new field needs no removals': { before: {}, patch: { a: { b: 1 } }, says: { a: { b: 1 } } },
}
table(test, facts, ({ before, patch, says }) => assert.equal(replacing(before, patch), says))

test.run()
