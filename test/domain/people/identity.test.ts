import * as assert from 'uvu/assert'
import {
  domainOf,
  isSameAccount,
  isSamePerson,
  parseEmail,
  type Person,
  untagged,
} from '../../../src/domain/people/identity.ts'
import { suite, table } from '../../suite.ts'

const test = suite('identity')

table<[string | undefined, string | undefined]>(
  test,
  {
    'a plain address': ['dana@example.com', 'dana@example.com'],
    'capitals and spaces around': [' Dana@Example.COM ', 'dana@example.com'],
    'no address': [undefined, undefined],
    'two @': ['a@b@example.com', undefined],
    'a look-alike letter': ['dаna@example.com', undefined],
    'a letter that is another one in lower case': ['fran\u212A@example.com', undefined],
    'the same in the domain': ['mo@ban\u212A.example', undefined],
    'a full-width letter': ['ｄana@example.com', undefined],
    'a display name': ['Dana <dana@example.com>', undefined],
    'a list': ['dana@example.com,mo@example.com', undefined],
    'a space inside': ['da na@example.com', undefined],
    'a line break inside': ['dana@example.com\nmo@example.com', undefined],
    'a domain that ends in a dot': ['dana@example.com.', undefined],
    'too long a name': [`${'d'.repeat(65)}@example.com`, undefined],
  },
  ([text, email]) => assert.is(parseEmail(text), email),
)

table<[string, string | undefined]>(
  test,
  {
    'a tagged address without its tag': ['mo+pd@example.com', 'mo@example.com'],
    'the first + begins the tag': ['mo+pd+x@example.com', 'mo@example.com'],
    'an address without a tag': ['mo@example.com', undefined],
    'a tag alone': ['+pd@example.com', undefined],
    'a + in the domain is no address': ['mo@exa+mple.com', undefined],
  },
  ([tagged, bare]) => {
    const email = parseEmail(tagged)
    assert.is(email && untagged(email), bare)
  },
)

test('the domain is what follows the last @', () => {
  const email = parseEmail('dana@corp.example.com')
  assert.is(email && domainOf(email), 'corp.example.com')
})

const people = [
  ['dana@example.com', 'd.engineer@corp.example'],
  ['mo@example.com', 'mo@corp.example'],
]
table<{ a: Person; b: Person; same: boolean }>(
  test,
  {
    'the same address in other letters': {
      a: { email: 'dana@example.com' },
      b: { email: 'DANA@example.com' },
      same: true,
    },
    'a letter that is another one in lower case': {
      a: { email: 'fran\u212A@example.com' },
      b: { email: 'frank@example.com' },
      same: false,
    },
    'a plus address': { a: { email: 'dana@example.com' }, b: { email: 'dana+x@example.com' }, same: true },
    'dots at Gmail': { a: { email: 'da.na@gmail.com' }, b: { email: 'dana@googlemail.com' }, same: true },
    'dots elsewhere are others': { a: { email: 'da.na@example.com' }, b: { email: 'dana@example.com' }, same: false },
    'one Slack account': { a: { slackUserID: 'U1', email: 'a@x.example' }, b: { slackUserID: 'U1' }, same: true },
    'one Google subject': { a: { googleSubject: '1' }, b: { googleSubject: '1', email: 'b@x.example' }, same: true },
    'the people table': { a: { email: 'dana@example.com' }, b: { email: 'd.engineer+1@corp.example' }, same: true },
    'different rows of the table': { a: { email: 'dana@example.com' }, b: { email: 'mo@corp.example' }, same: false },
    'nothing in common': { a: { email: 'dana@example.com' }, b: { slackUserID: 'U1' }, same: false },
    'two persons of whom nothing is known': { a: {}, b: {}, same: false },
    'empty identifiers do not count': {
      a: { slackUserID: '', email: '' },
      b: { slackUserID: '', email: '' },
      same: false,
    },
  },
  ({ a, b, same }) => {
    assert.is(isSamePerson(a, b, people), same)
    assert.is(isSamePerson(b, a, people), same)
  },
)

const web = { email: 'dana@example.com', googleSubject: 'g-dana' }
const slack = { email: 'dana@example.com', slackUserID: 'U0DANA' }
table<{ requester: Person; signedIn: Person; same: boolean }>(
  test,
  {
    'the account that asked': { requester: web, signedIn: web, same: true },
    'the account that asked, with a changed address': {
      requester: web,
      signedIn: { email: 'd.new@example.com', googleSubject: 'g-dana' },
      same: true,
    },
    'another account that has the address now': {
      requester: web,
      signedIn: { email: 'dana@example.com', googleSubject: 'g-other' },
      same: false,
    },
    'who asked in Slack, by the address': { requester: slack, signedIn: web, same: true },
    'a tagged address is not the same account': {
      requester: slack,
      signedIn: { email: 'dana+x@example.com', googleSubject: 'g' },
      same: false,
    },
    'nobody knows who asked': { requester: {}, signedIn: {}, same: false },
  },
  ({ requester, signedIn, same }) => assert.is(isSameAccount(requester, signedIn), same),
)

test.run()
