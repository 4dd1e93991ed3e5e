import * as assert from 'uvu/assert'
import { Refused } from '../../src/domain/outcome.ts'
import { entryOf, ownerOf, type Reason, reasons } from '../../src/domain/refusals.ts'
import type { Owner } from '../../src/domain/refusals/row.ts'
import { suite } from '../suite.ts'
import { mo, within, wordsOf } from './fakes.ts'

const test = suite('what the approver reads of each reason, and what is noted against them')

/** What the page and the request's list of attempts do for each owner. */
const facts: Record<Owner, { isNoted: boolean; says: RegExp; never?: RegExp; status: RegExp }> = {
  person: { isNoted: true, says: /./, status: /^4/ },
  tampering: { isNoted: true, says: /^Hallpass The sign-in was not accepted\./, never: /cannot approve/, status: /^4/ },
  requester: { isNoted: false, says: /request|cannot ask for this/, never: /cannot approve/, status: /^4/ },
  nobody: { isNoted: false, says: /./, never: /cannot approve/, status: /^4/ },
  mappingAuthor: { isNoted: false, says: /mapping is corrected/, never: /cannot approve/, status: /^500$/ },
  platformTeam: { isNoted: false, says: /the platform team corrects/, never: /cannot approve/, status: /^500$/ },
  googleAdministrators: {
    isNoted: false,
    says: /your Google administrators/,
    never: /cannot approve/,
    status: /^500$/,
  },
}
/** What people do or leave undone without meaning anything by it. */
const harmless: readonly Reason[] = [
  'AnotherPerson',
  'ApprovedMeanwhile',
  'PolicyUnreadable',
  'ScopeNotGranted',
  'TokenNotAccepted',
]

for (const [owner, { isNoted, says, never = /^$/, status: range }] of Object.entries(facts))
  test(`the reasons whose owner is ${owner}`, () =>
    within(async fixture => {
      const owned = reasons.filter(reason => ownerOf(reason) === owner)
      assert.ok(owned.length > 0)
      for (const reason of owned) {
        fixture.ask()
        fixture.counted.length = 0
        fixture.rights.mayWrite = async () => Promise.reject(new Refused(reason, 'It is said here.'))
        const answer = await fixture.approve(mo)
        const words = wordsOf(answer)
        assert.is(answer.status, entryOf(reason).status)
        assert.match(String(answer.status), range, reason)
        assert.match(words, says, reason)
        assert.not.match(words, never, reason)
        assert.ok(words.includes('It is said here.'), words)
        assert.is(words.includes(`Code ${reason}`), answer.status === 500, words)
        assert.ok(fixture.counted.includes(`callback ${reason} ${owner}`), fixture.counted.join())
        const { count = 0, last = [] } = fixture.stored().status?.attempts ?? {}
        assert.is(count, isNoted && !harmless.includes(reason) ? 1 : 0, reason)
        if (count > 0) assert.equal([last[0]?.who, last[0]?.why], [mo.email, `${reason}: It is said here.`])
        assert.is(fixture.stored().status?.decisions, undefined, reason)
      }
    }))

test.run()
