// Names that their owners choose: what of them is kept, and how a person is said.
import * as assert from 'uvu/assert'
import { displayName, nameOf, sayPerson } from '../../../src/domain/people/display-name.ts'
import { blankNames } from '../../names.ts'
import { suite, table } from '../../suite.ts'

const test = suite('names that people choose')

const kept: Record<string, { given: string; name: string }> = {
  'a plain name stays': { given: 'Dana Engineer', name: 'Dana Engineer' },
  'a name in any script stays': { given: 'Zoë Müller 東京 דנה دانا Дана', name: 'Zoë Müller 東京 דנה دانا Дана' },
  'a Hebrew name with vowels and accents stays': { given: 'דָּ֫נָה', name: 'דָּ֫נָה'.normalize('NFC') },
  'joiners stay in Persian': { given: 'می\u200Cخواهم', name: 'می\u200Cخواهم' },
  'a family stays together': {
    given: 'The \u{1F469}\u200D\u{1F469}\u200D\u{1F467} team',
    name: 'The \u{1F469}\u200D\u{1F469}\u200D\u{1F467} team',
  },
  'an emoji alone is a name': { given: '\u{1F469}\u200D\u{1F4BB}', name: '\u{1F469}\u200D\u{1F4BB}' },
  'letter and mark become one': { given: 'Zoe\u0308', name: 'Zo\u00EB' },
  'line breaks are spaces: nothing begins a new line': {
    given: 'Dana\r\nApproved by Mo\u2028Phase: Provisioned',
    name: 'Dana Approved by Mo Phase: Provisioned',
  },
  'escapes move no cursor: ESC, CSI in one character, bell, delete': {
    given: 'Da\u001B[2Kna\u009B31m\u0007\u007F!',
    name: 'Da [2Kna 31m !',
  },
  'marks of direction turn nothing': { given: '\u202Eanad\u202C \u2067x\u2069\u200F', name: 'anad x' },
  'what is not seen is gone: tags, soft hyphens, private signs': {
    given: 'Da\u{E0061}\u00AD\uE000na',
    name: 'Dana',
  },
  'a flood of marks is cut to what languages need': {
    given: `D${'\u0336'.repeat(300)}ana`,
    name: `D${'\u0336'.repeat(4)}ana`,
  },
  'a flood of joiners and marks, too': {
    given: `D${'\u0336\u200D'.repeat(100)}ana`,
    name: `D${'\u0336\u200D'.repeat(2)}ana`,
  },
  'half a character becomes a whole one': { given: 'Da\uD800na', name: 'Da\uFFFDna' },
  'eighty characters fit, however many halves they have': { given: '😀'.repeat(81), name: '😀'.repeat(80) },
  'what does not fit is left out whole': { given: `${'n'.repeat(79)}👩‍💻`, name: 'n'.repeat(79) },
  'a megabyte is read to its beginning': { given: 'n'.repeat(1_000_000), name: 'n'.repeat(80) },
  'brackets stay in the name itself': { given: 'Dana (she/her)', name: 'Dana (she/her)' },
}
table(test, kept, ({ given, name }) => {
  assert.is(displayName(given), name)
  assert.is(displayName(name), name, 'cleaning twice changes nothing')
})

const dropped: Record<string, string> = {
  ...blankNames,
  "another person's address is not a name": 'ana@example.com',
  "and not next to one's own name": 'Dana ana@example.com',
  'nor with a wide at sign': 'ana\uFF20example.com',
  'nor with a small at sign': 'ana\uFE6Bexample.com',
  'nor with a letter in a circle': 'ana\u24D0example.com',
  'nor with a letter and a circle around it': 'ana a\u20DDexample.com',
  'nor with a letter, a mark and a circle': 'ana A\u0336\u20DDexample.com',
  'nor with something unseen in it': 'ana\u200B@\u2060example.com',
  'nor behind what is cut off': `Dana ${'n'.repeat(80)}@example.com`,
  'punctuation is not a name': ' -- ( ',
  'a mark alone is not a name': '\u0336\u0336',
}
table(test, dropped, given => assert.is(displayName(given), undefined))

const email = 'dana@example.com'
const said: Record<string, { name?: string; says: string }> = {
  'the address comes first': { name: 'Dana Engineer', says: 'dana@example.com (Dana Engineer)' },
  'without a name there is the address alone': { says: 'dana@example.com' },
  'a name that looks like an address is not said': { name: 'ana@example.com', says: 'dana@example.com' },
  'a name closes no bracket': {
    name: 'Dana) approved by Ana (Director',
    says: 'dana@example.com (Dana] approved by Ana [Director)',
  },
  'nor with brackets that are an ornament': {
    name: 'Dana\u2769 approved by Ana \u2768Director',
    says: 'dana@example.com (Dana] approved by Ana [Director)',
  },
  'nor with brackets that stand upright, or are doubled': {
    name: 'Dana\uFE36 x\uFF60 y\u2E29 z\u2986',
    says: 'dana@example.com (Dana] x] y] z])',
  },
  'a word between colons becomes no picture in Slack': {
    name: 'ana:at:example.com',
    says: 'dana@example.com (ana\u2236at:example.com)',
  },
  'and not with several': { name: 'Dana :ok::at::x:', says: 'dana@example.com (Dana \u2236ok:\u2236at:\u2236x:)' },
  'a colon alone stays': { name: 'Dana: on call', says: 'dana@example.com (Dana: on call)' },
  'stars emphasise nothing': { name: 'Dana *denied*', says: 'dana@example.com (Dana \u2217denied\u2217)' },
  'low quotation marks stay': { name: '\u201EDana\u201C', says: 'dana@example.com (\u201EDana\u201C)' },
  'nor with brackets of other scripts': { name: 'Dana\uFF09 \uFE59x\u207E', says: 'dana@example.com (Dana] [x])' },
}
table(test, said, ({ name, says }) => assert.is(sayPerson({ email, name }), says))

test('who has no address is said by the id that Slack gave', () => {
  assert.is(sayPerson({ slackUserID: 'U0DANA' }), 'U0DANA')
  assert.is(sayPerson({}), 'somebody')
  assert.is(nameOf({ name: '\u3164', email }), email)
})

test.run()
