import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Refused } from '../../../src/domain/outcome.ts'
import { type Installed, whoActs } from '../../../src/slack/gateway/acting.ts'
import type { Actor } from '../../../src/slack/gateway/payload.ts'
import { isBadDuration, readMeaning } from '../../../src/slack/gateway/grammar.ts'
import { MemoryDirectory, organisation } from '../fakes.ts'

const test = suite('who acts, and what they mean')
const org: Installed = { teamIDs: ['T0HOME'], enterpriseID: 'E0ORG' }
const one: Installed = { teamIDs: ['T0HOME'] }
const danaAt = (more: Partial<Actor>): Actor => ({ slackUserID: 'U0DANA', teamID: 'T0HOME', ...more })

const actors: Record<string, { actor: Actor; installed: Installed; email?: string; no?: string; people?: string[][] }> =
  {
    'a member of the workspace': { actor: danaAt({}), installed: one, email: 'dana@example.com' },
    'a delivery of another workspace': { actor: danaAt({ teamID: 'T0OTHER' }), installed: one, no: 'ForeignWorkspace' },
    'a person of another workspace in a shared channel': {
      actor: danaAt({ userTeamID: 'T0OTHER' }),
      installed: one,
      no: 'ForeignWorkspace',
    },
    'another workspace of our organisation': {
      actor: danaAt({ teamID: 'T0THIRD', userTeamID: 'T0THIRD', enterpriseID: 'E0ORG' }),
      installed: org,
      email: 'dana@example.com',
    },
    'another organisation': {
      actor: danaAt({ teamID: 'T0THIRD', enterpriseID: 'E0OTHER' }),
      installed: org,
      no: 'ForeignWorkspace',
    },
    'an organisation where none is installed': {
      actor: danaAt({ teamID: 'T0THIRD', enterpriseID: undefined }),
      installed: one,
      no: 'ForeignWorkspace',
    },
    'an installation in no workspace serves nobody': {
      actor: danaAt({}),
      installed: { teamIDs: [] },
      no: 'ForeignWorkspace',
    },
    'a person whose Google address differs': {
      actor: danaAt({}),
      installed: one,
      people: [['d.engineer@example.org', 'dana@example.com']],
      email: 'd.engineer@example.org',
    },
  }
table(test, actors, async ({ actor, installed, email, no, people = [] }) => {
  const identify = whoActs({ directory: new MemoryDirectory(), installed, people, organisation })
  const result = await identify(actor).catch((error: unknown) => error)
  if (no) assert.is(result instanceof Refused && result.refusal.reason, no)
  else assert.is((result as { email: string }).email, email)
})

const meanings: Record<string, { typed: [string, string]; meaning: object }> = {
  'help of the generic command': { typed: ['/access', 'help'], meaning: { means: 'help' } },
  'help of any command': { typed: ['/prod-db', ' help '], meaning: { means: 'help' } },
  'mine is a name for other commands': {
    typed: ['/prod-db', 'mine'],
    meaning: { means: 'ask', mapping: '/prod-db', asked: { seconds: undefined, reason: 'mine' } },
  },
  'nothing opens the form': { typed: ['/access', '  '], meaning: { means: 'form' } },
  'a name alone opens its form': { typed: ['/access', 'prod-db'], meaning: { means: 'form', mapping: 'prod-db' } },
  'white space of any kind is one space': {
    typed: ['/access', 'prod-db\t1h30m \n INC-1   x'],
    meaning: { means: 'ask', mapping: 'prod-db', asked: { seconds: 5400, reason: 'INC-1 x' } },
  },
  'a number without unit belongs to the reason': {
    typed: ['/prod-db', '500 errors'],
    meaning: { means: 'ask', mapping: '/prod-db', asked: { seconds: undefined, reason: '500 errors' } },
  },
  'an unknown unit of time is asked back': {
    typed: ['/prod-db', '2hours x'],
    meaning: { means: 'badDuration', typed: '2hours' },
  },
}
table(test, meanings, ({ typed: [command, text], meaning }) =>
  assert.equal(readMeaning(command, text, '/access'), meaning),
)

test('a text that looks like a time', () => {
  for (const word of ['1d', '30min', '0m', '-5m', '1.5h', '30M', '2weeks']) assert.ok(isBadDuration(word), word)
  for (const word of ['30m', '500', '5xx', '3rd', '10ms', 'INC-1', '1h30m', ''])
    assert.not.ok(isBadDuration(word), word)
})

test.run()
