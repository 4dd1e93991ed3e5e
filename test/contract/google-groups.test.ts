// What the Google groups port promises, kept by the adapter over the simulated Cloud Identity and by the fake in memory.
import * as assert from 'uvu/assert'
import type { GoogleGroups } from '../../src/domain/people/group-reader.ts'
import { createGoogleGroups, groupSettingsScope, groupsScope } from '../../src/google/groups.ts'
import { groupsReader as email } from '../../src/sim/google/seeds.ts'
import { MemoryGoogleGroups } from '../fakes/google-groups.ts'
import { identity, openGoogle, outcomeOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('google groups contract')
const robot = 'deployer@prod-eu.iam.gserviceaccount.com'
const groups = {
  oncall: { members: ['ana@example.com', robot, 'inner@example.com'] },
  inner: { members: ['dana@example.com', 'deep@example.com'] },
  deep: { members: ['mo@example.com', 'oncall@example.com'] },
  plain: { members: ['otto@example.com'], isSecurity: false },
  open: { members: [], joining: 'open' },
} as const satisfies Record<string, { members: readonly string[]; isSecurity?: boolean; joining?: 'open' }>
const address = (name: string): string => `${name}@example.com`

type World = { port: GoogleGroups; basic: () => void; close(): Promise<void> }

const worlds: Record<string, () => Promise<World>> = {
  'in memory': async () => {
    const port = new MemoryGoogleGroups()
    for (const [name, group] of Object.entries(groups))
      port.groups.set(address(name), { ...group, members: [...group.members] })
    port.hidden.add('closed@example.com')
    return { port, basic: () => void (port.isPremium = false), close: async () => undefined }
  },
  'over HTTP': async () => {
    const { google, clock } = await openGoogle()
    const directory = google.seeds.directory
    if (!directory) throw new Error('The seeds have no directory.')
    for (const [name, group] of Object.entries(groups)) {
      google.seeds.groups[address(name)] = [...group.members]
      directory.groups.push({
        email: address(name),
        name: `groups/${name}`,
        ...(!('isSecurity' in group) && { labels: ['security'] }),
        ...('joining' in group && { whoCanJoin: 'ALL_IN_DOMAIN_CAN_JOIN' }),
      })
    }
    directory.groups.push({ email: 'closed@example.com', name: 'groups/closed', customer: 'C0other' })
    const reader = identity(google.tokens.issue(email, [groupsScope], email))
    const settingsReader = identity(google.tokens.issue(email, [groupSettingsScope], email))
    const port = createGoogleGroups({ reader, settingsReader, clock, rootUrl: google.url })
    return { port, basic: () => void (directory.edition = 'basic'), close: async () => google.close() }
  },
}

for (const [where, open] of Object.entries(worlds)) {
  const fact = factsOf(test, where, open)

  fact('a member is included', async ({ port }) => assert.ok(await port.includes(address('oncall'), 'ana@example.com')))
  fact('a member of a group in the group is included', async ({ port }) =>
    assert.ok(await port.includes(address('oncall'), 'dana@example.com')),
  )
  fact('a member three groups down is included, although the groups hold each other', async ({ port }) =>
    assert.ok(await port.includes(address('oncall'), 'mo@example.com')),
  )
  fact('others are not included', async ({ port }) =>
    assert.not.ok(await port.includes(address('oncall'), 'otto@example.com')),
  )
  fact('an address with an apostrophe is one address', async ({ port }) =>
    assert.not.ok(await port.includes(address('oncall'), "x'||member_key_id=='ana@example.com")),
  )
  fact('a person whom the group lists is a member of it', async ({ port }) =>
    assert.ok(await port.hasMember(address('oncall'), 'ana@example.com')),
  )
  fact('who is in it only through another group is no member of it', async ({ port }) =>
    assert.not.ok(await port.hasMember(address('oncall'), 'dana@example.com')),
  )
  fact('a service account is no person', async ({ port }) =>
    assert.not.ok(await port.hasMember(address('oncall'), robot)),
  )
  fact('a group is no person', async ({ port }) =>
    assert.not.ok(await port.hasMember(address('oncall'), 'inner@example.com')),
  )
  fact('a group comes with its label, its joining and a member', async ({ port }) =>
    assert.equal(await port.describe(address('oncall')), {
      address: address('oncall'),
      isSecurity: true,
      joining: 'closed',
      member: 'ana@example.com',
    }),
  )
  fact('a group without the label says so', async ({ port }) =>
    assert.is((await port.describe(address('plain')))?.isSecurity, false),
  )
  fact('a group that people join by themselves says so, and an empty one has no member', async ({ port }) =>
    assert.equal(await port.describe(address('open')), { address: address('open'), isSecurity: true, joining: 'open' }),
  )
  fact('a group that may not be seen is refused, for every question', async ({ port }) => {
    for (const asked of [
      port.includes('closed@example.com', 'ana@example.com'),
      port.hasMember('closed@example.com', 'ana@example.com'),
      port.describe('closed@example.com'),
    ])
      assert.match(await outcomeOf(asked), /^Refused GoogleGroupUnreadable/)
  })
  fact('without the edition nobody is said to be out', async ({ port, basic }) => {
    basic()
    assert.match(
      await outcomeOf(port.includes(address('oncall'), 'otto@example.com')),
      /^Refused GoogleMembershipUnreadable/,
    )
  })
  fact('without the edition direct members are known', async ({ port, basic }) => {
    basic()
    assert.ok(await port.hasMember(address('oncall'), 'ana@example.com'))
  })
}

test.run()
