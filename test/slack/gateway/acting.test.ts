import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Refused } from '../../../src/domain/outcome.ts'
import { type Installed, whoActs } from '../../../src/slack/gateway/acting.ts'
import type { Actor } from '../../../src/slack/gateway/payload.ts'
import { readMeaning } from '../../../src/slack/gateway/grammar.ts'
import { organisation } from '../../builders/organisation.ts'
import { MemoryDirectory } from '../../fakes/directory.ts'

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
  'mine of any command': { typed: ['/prod-db', 'Mine'], meaning: { means: 'mine' } },
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
  'a time that is not understood is asked back': {
    typed: ['/prod-db', '2huors x 1d'],
    meaning: { means: 'unclear', unclear: { unclear: '1d' } },
  },
  'a time at the end': {
    typed: ['/access', 'Prod-DB, INC-1 replay for 15 min'],
    meaning: {
      means: 'ask',
      mapping: 'prod-db',
      asked: { seconds: 900, reason: 'INC-1 replay for 15 min', isAtEnd: true },
    },
  },
  'help before a time at the end': { typed: ['/prod-db', 'please help me for 15m'], meaning: { means: 'help' } },
  'mine before a time at the end': { typed: ['/prod-db', 'mine 15m'], meaning: { means: 'mine' } },
  'a name in curly quotation marks': {
    typed: ['/access', '\u201CProd-db\u201D INC-1'],
    meaning: { means: 'ask', mapping: 'prod-db', asked: { seconds: undefined, reason: 'INC-1' } },
  },
  'a word that begins like help is reason': {
    typed: ['/prod-db', 'helpdesk'],
    meaning: { means: 'ask', mapping: '/prod-db', asked: { seconds: undefined, reason: 'helpdesk' } },
  },
  'help in a longer reason is reason': {
    typed: ['/prod-db', 'help the payments team with INC-1'],
    meaning: {
      means: 'ask',
      mapping: '/prod-db',
      asked: { seconds: undefined, reason: 'help the payments team with INC-1' },
    },
  },
}
table(test, meanings, ({ typed: [command, text], meaning }) =>
  assert.equal(readMeaning(command, text, '/access'), meaning),
)

const helps = [
  'help',
  'Help',
  'HELP',
  '?',
  '??',
  '--help',
  '\u2014help',
  '-h',
  '/help',
  'help!',
  '\u201Chelp\u201D',
  'Help me please',
]
const mines = ['mine', 'Mine', 'MINE', '--mine', 'mine.']
const places = ['', 'prod-db ', 'prod-db 30m ']
test('help and mine are understood in any form, on any command, where a reason could stand', () => {
  for (const [means, words] of Object.entries({ help: helps, mine: mines }))
    for (const word of words)
      for (const place of places) {
        assert.equal(readMeaning('/access', `${place}${word}`, '/access'), { means }, `/access ${place}${word}`)
        const own = place.replace('prod-db ', '')
        assert.equal(readMeaning('/prod-db', `${own}${word}`, '/access'), { means }, `/prod-db ${own}${word}`)
      }
})

test.run()
