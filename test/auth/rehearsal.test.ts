// The rehearsal of an approver: what is asked, what is found, and that neither the token nor a change is left behind.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../src/api/kinds.ts'
import type { HeldRight } from '../../src/domain/approval/held-rights.ts'
import { heldRight } from '../../src/domain/approval/held-rights.ts'
import type { Policy } from '../../src/domain/granting/policy.ts'
import { predefinedRole } from '../../src/domain/mapping/predefined-roles.ts'
import { resourceTypes } from '../../src/domain/mapping/resource-types.ts'
import { attack, attacks } from '../attacks.ts'
import { emergency } from '../builders/emergency.ts'
import { samples } from '../builders/resources.ts'
import type { FakeGroup } from '../fakes/google-groups.ts'
import { suite, table } from '../suite.ts'
import { another } from './door-states.ts'
import { Browser, type Fixture, formOf, mo, type PageResponse, within, wordsOf } from './fakes.ts'

const test = suite('the rehearsal of an approver')
const roles = ['roles/cloudsql.client', 'roles/logging.viewer']
const limit = (list: readonly string[], quote = '"'): string =>
  `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly([${list.map(role => quote + role + quote).join(', ')}])`
const bound = (role: string, members: string[], expression?: string): Policy => ({
  bindings: [{ role, members, ...(expression && { condition: { title: 't', expression } }) }],
})
const approver = 'projects/prod-eu/roles/hallpassApprover'
const me = ['user:mo@example.com']

const bucket = samples.bucket.name
type Fact = { policy?: Policy; mayWrite?: boolean; resource?: string; right: HeldRight }
table<Fact>(
  test,
  {
    'Google lets me neither read nor write': { mayWrite: false, right: 'neither' },
    'I may write what I may not read': { right: 'noRead' },
    'I may read only': { policy: {}, mayWrite: false, right: 'noWrite' },
    'I am an owner of this project': { policy: bound('roles/owner', me), right: 'can' },
    'I am named in other letters': { policy: bound('roles/owner', ['user:Mo@Example.com']), right: 'can' },
    'an owner for a while may be limited in another way': {
      policy: bound('roles/owner', me, 'request.time < timestamp("2027-01-01T00:00:00Z")'),
      right: 'unseen',
    },
    'my right is limited to exactly these roles': { policy: bound(approver, me, limit(roles)), right: 'covered' },
    'it has more roles, in other quotes': {
      policy: bound(approver, me, limit([...roles, 'roles/x'], "'")),
      right: 'covered',
    },
    'it lacks one': { policy: bound(approver, me, limit(['roles/cloudsql.client'])), right: 'narrow' },
    'it has none': { policy: bound(approver, me, limit([])), right: 'narrow' },
    'the limit is only a part of the condition': {
      policy: bound(approver, me, `${limit(['roles/x'])} || true`),
      right: 'unseen',
    },
    'somebody else is the owner': { policy: bound('roles/owner', ['user:ana@example.com']), right: 'unseen' },
    'a group has a limited right': {
      policy: bound(approver, ['group:g@example.com'], limit(['roles/x'])),
      right: 'unseen',
    },
    'a role that sets no policy says nothing': { policy: bound('roles/viewer', me), right: 'unseen' },
    'a limit on a role that sets no policy says nothing': {
      policy: bound('roles/viewer', me, limit(roles)),
      right: 'unseen',
    },
    'I am the owner of this bucket': {
      policy: bound('roles/storage.legacyBucketOwner', me),
      resource: bucket,
      right: 'can',
    },
    'an owner of buckets sets no policy of a project': { policy: bound('roles/storage.admin', me), right: 'unseen' },
    'an admin of secrets sets no policy of a bucket': {
      policy: bound('roles/secretmanager.admin', me),
      resource: bucket,
      right: 'unseen',
    },
    'my right on a bucket is limited to these roles, if the limit counts there': {
      policy: bound(approver, me, limit(roles)),
      resource: bucket,
      right: 'covered',
    },
    'my right on a bucket lacks one, and Google does not document that this counts there': {
      policy: bound(approver, me, limit(['roles/cloudsql.client'])),
      resource: bucket,
      right: 'unsure',
    },
    'the type of the resource is unknown': {
      policy: bound('roles/owner', me),
      resource: '//pubsub.googleapis.com/projects/prod-eu/topics/t',
      right: 'unseen',
    },
  },
  ({ policy, mayWrite = true, resource = 'projects/prod-eu', right }) =>
    assert.is(heldRight({ policy, mayWrite }, 'mo@example.com', { resource, roles }), right),
)

test('every role that counts as an owner sets IAM policies by Google’s list', () => {
  const owners = resourceTypes.flatMap(type => type.owners)
  for (const role of owners)
    assert.ok(
      predefinedRole(role)?.powers.some(power => power.startsWith('setIamPolicy')),
      role,
    )
})

test('where Google does not document the limit, the page says that only the write can tell, with the commands', () =>
  within(async fixture => {
    named(fixture)
    fixture.mapping.spec.grants = [{ resource: bucket, role: 'roles/storage.objectViewer' }]
    fixture.rights.policies[bucket] = bound('organizations/1/roles/x', me, limit(['roles/cloudsql.client']))
    const words = wordsOf((await rehearse(fixture)).page)
    assert.match(words, 'Google says yes on //storage.googleapis.com')
    assert.match(words, 'Google does not document that such a limit counts on a resource of this type')
    assert.match(words, 'hallpass approver-rights prod-db --member user:mo@example.com --organization NUMBER')
  }))

/** Mo's mapping by name, which needs two roles on one project. */
function named(fixture: Fixture): void {
  fixture.mapping.spec.approval = { allowed: { emails: ['mo@example.com'] } }
}

async function rehearse(
  fixture: Fixture,
  typed = '',
  person = mo,
): Promise<{ page: PageResponse; browser: Browser; returned: PageResponse }> {
  return fixture.visit(person, { page: '/me', typed })
}

test('what is missing is said with the exact commands, and nothing is changed', () =>
  within(async fixture => {
    named(fixture)
    fixture.rights.forbidden = ['projects/prod-eu']
    const before = JSON.stringify(fixture.requests.all())
    const { page, returned } = await rehearse(fixture)
    assert.is(returned.location, '/me#_')
    const words = wordsOf(page)
    assert.match(words, 'You signed in as mo@example.com. Something is missing on 1 of 1.')
    assert.match(words, 'You cannot on projects/prod-eu')
    assert.match(words, 'gcloud iam roles create hallpassApprover --project=prod-eu')
    assert.match(words, 'gcloud projects add-iam-policy-binding prod-eu --member=user:mo@example.com')
    assert.match(words, /hasOnly\(\[\\"roles\/cloudsql.client\\", \\"roles\/logging.viewer\\"\]\)/)
    assert.is(JSON.stringify(fixture.requests.all()), before)
    assert.equal([...fixture.sealedTokens.stored.keys()], [])
    assert.equal(fixture.rights.asked.sort(), ['projects/prod-eu', 'read projects/prod-eu'])
  }))

test('who may approve emergencies alone can rehearse too', () =>
  within(async fixture => {
    fixture.mapping.spec.approval = { fallback: { emails: ['ana@example.com'] } }
    fixture.mapping.spec.emergency = { ...emergency, allowed: { emails: ['mo@example.com'] } }
    fixture.rights.forbidden = ['projects/prod-eu']
    const words = wordsOf((await rehearse(fixture)).page)
    assert.match(words, 'Something is missing on 1 of 1.')
  }))

test('where the limit cannot be seen, the page says that only the write can tell', () =>
  within(async fixture => {
    named(fixture)
    assert.match(
      wordsOf((await rehearse(fixture)).page),
      /Google says yes on projects\/prod-eu.*only the write itself can tell/,
    )
  }))

test('it is asked again what Google did not answer', () =>
  within(async fixture => {
    named(fixture)
    fixture.rights.silent = ['projects/prod-eu']
    assert.match(wordsOf((await rehearse(fixture)).page), 'Google did not answer. Check again later.')
  }))

test('a mapping whose approvers only PagerDuty knows is told to those who may write there, or know its name', () =>
  within(async fixture => {
    assert.match(wordsOf((await rehearse(fixture)).page), 'Google says yes on projects/prod-eu')
    fixture.rights.forbidden = ['projects/prod-eu']
    const { page } = await rehearse(fixture)
    assert.not.match(page.body, 'prod-eu')
    assert.match(wordsOf(page), 'One more mapping asks people whom PagerDuty')
    assert.match(wordsOf((await rehearse(fixture, 'prod-db')).page), 'You cannot on projects/prod-eu')
  }))

test('of many resources thirty are asked about, and the page says which were not', () =>
  within(async fixture => {
    fixture.mappings.stored = Array.from({ length: 40 }, (_, i) =>
      another(fixture, `m${i}`, spec => {
        spec.grants = [{ resource: `folders/${i + 1}`, role: 'roles/viewer' }]
        spec.approval = { allowed: { emails: ['mo@example.com'] } }
      }),
    )
    const words = wordsOf((await rehearse(fixture)).page)
    assert.is(words.match(/Google says yes/g)?.length, 30)
    assert.is(words.match(/Not asked/g)?.length, 10)
    assert.is(fixture.rights.asked.length, 60)
  }))

table<{ approval: RoleMapping['spec']['approval']; says: RegExp }>(
  test,
  {
    'of more mappings than a browser keeps, those that name me are shown as not asked': {
      approval: { allowed: { emails: ['mo@example.com'] } },
      says: /Not asked/,
    },
    'of more mappings than a browser keeps, the page counts those of PagerDuty': {
      approval: { onCall: { schedule: 'PNIGHTS' } },
      says: /120 more mappings ask people whom PagerDuty/,
    },
  },
  ({ approval, says }) =>
    within(async fixture => {
      fixture.mappings.stored = Array.from({ length: 200 }, (_, i) =>
        another(fixture, `m${i}`, spec => {
          spec.grants = [{ resource: 'projects/prod-eu', role: 'roles/viewer' }]
          spec.approval = approval
        }),
      )
      const words = wordsOf((await rehearse(fixture)).page)
      assert.is(words.match(/Google says yes/g)?.length, 80)
      assert.match(words, says)
    }),
)

const approvers = 'prod-approvers@example.com'
/** Mo may approve as a member of a group; Ana is the one who is called. */
function byGroup(fixture: Fixture, group: FakeGroup | undefined = { members: ['mo@example.com'] }): void {
  fixture.mapping.spec.approval = {
    fallback: { emails: ['ana@example.com'] },
    allowed: { googleGroups: [approvers] },
  }
  if (group) fixture.googleGroups.groups.set(approvers, group)
}

test('a mapping that I may approve as a member of a Google group is listed, with what is missing', () =>
  within(async fixture => {
    byGroup(fixture)
    fixture.rights.forbidden = ['projects/prod-eu']
    const { page } = await rehearse(fixture)
    assert.match(wordsOf(page), 'Something is missing on 1 of 1.')
    assert.match(wordsOf(page), 'You cannot on projects/prod-eu')
    assert.not.match(page.body, approvers)
  }))

test('Google is asked about each group once, and not about those who are named', () =>
  within(async fixture => {
    byGroup(fixture)
    fixture.mappings.stored = ['m1', 'm2', 'm3'].map(name =>
      another(fixture, name, spec => {
        spec.approval = name === 'm3' ? { allowed: { emails: ['mo@example.com'] } } : fixture.mapping.spec.approval
      }),
    )
    assert.is(wordsOf((await rehearse(fixture)).page).match(/Google says yes/g)?.length, 3)
    assert.equal(fixture.googleGroups.asked.sort(), [`describe ${approvers}`, `hasMember ${approvers}`])
  }))

test('who may approve only emergencies by a group can rehearse too', () =>
  within(async fixture => {
    fixture.mapping.spec.approval = { onlyOnCall: true, fallback: { emails: ['ana@example.com'] } }
    fixture.mapping.spec.emergency = { ...emergency, allowed: { googleGroups: [approvers] } }
    fixture.googleGroups.groups.set(approvers, { members: ['mo@example.com'] })
    assert.match(wordsOf((await rehearse(fixture)).page), 'Google says yes on projects/prod-eu')
  }))

test('who has left the group since the last rehearsal is not listed by the next one', () =>
  within(async fixture => {
    byGroup(fixture)
    const { browser } = await rehearse(fixture)
    assert.match(wordsOf(await browser.get('/me')), 'Google says yes on projects/prod-eu')
    fixture.googleGroups.groups.set(approvers, { members: [] })
    const { page } = await fixture.visit(mo, { browser, page: '/me' })
    assert.match(wordsOf(page), 'No mapping names you as an approver.')
  }))

type Unknown = { group?: FakeGroup; change?: (fixture: Fixture) => void; says: RegExp }
const whether = 'It is not known whether a Google group lets you approve one mapping:'
table<Unknown>(
  test,
  {
    'a group that cannot be read is told, and no name': {
      change: fixture => fixture.googleGroups.hidden.add(approvers),
      says: new RegExp(`No mapping is known to name you.*${whether} Hallpass cannot read the group.*platform team`),
    },
    'a group that is no security group is told': {
      group: { members: ['mo@example.com'], isSecurity: false },
      says: new RegExp(`${whether} Hallpass cannot read the group, or it is not fit for approvers`),
    },
    'that Google does not answer about a group is told': {
      change: fixture => void (fixture.googleGroups.isSilent = true),
      says: new RegExp(`${whether} Google did not say. Check again later.`),
    },
  },
  ({ group, change, says }) =>
    within(async fixture => {
      byGroup(fixture, group)
      fixture.rights.forbidden = ['projects/prod-eu']
      change?.(fixture)
      const { page } = await rehearse(fixture)
      assert.match(wordsOf(page), says)
      assert.not.match(page.body, 'prod-eu')
      assert.not.match(page.body, approvers)
      assert.not.match(wordsOf(page), 'PagerDuty')
      assert.ok(fixture.logged.some(line => line.includes('a Google group could not be asked about')))
      assert.match(wordsOf((await rehearse(fixture, 'prod-db')).page), 'You cannot on projects/prod-eu')
    }),
)

test('a mapping whose group is not known is listed for a person who may write there anyway', () =>
  within(async fixture => {
    byGroup(fixture)
    fixture.googleGroups.isSilent = true
    const words = wordsOf((await rehearse(fixture)).page)
    assert.match(words, 'Google says yes on projects/prod-eu')
    assert.match(words, 'Google did not say. Check again later.')
  }))

test('of more mappings than a browser keeps, the page counts those of a group', () =>
  within(async fixture => {
    byGroup(fixture)
    fixture.mappings.stored = Array.from({ length: 90 }, (_, i) =>
      another(fixture, `m${i}`, spec => {
        spec.grants = [{ resource: `folders/${i + 1}`, role: 'roles/viewer' }]
        spec.approval = fixture.mapping.spec.approval
      }),
    )
    const words = wordsOf((await rehearse(fixture)).page)
    assert.equal([words.match(/Google says yes/g)?.length, words.match(/Not asked/g)?.length], [30, 50])
    assert.match(words, /10 more mappings ask people whom/)
  }))

attacks(
  test,
  {
    'somebody in no group rehearses to learn of mappings … No mapping names you': { members: ['otto@example.com'] },
    'a member of a group in the group rehearses to learn of mappings … No mapping names you': {
      members: ['inner@example.com'],
    },
  } satisfies Record<string, FakeGroup>,
  async group => {
    let said = ''
    await within(async fixture => {
      byGroup(fixture, group)
      fixture.googleGroups.groups.set('inner@example.com', { members: ['mo@example.com'] })
      const { page } = await rehearse(fixture)
      assert.not.match(page.body, /prod-eu|prod-db/)
      said = /No mapping names you/.exec(wordsOf(page))?.[0] ?? wordsOf(page)
    })
    return said
  },
)

test('without the box for Google Cloud the page says so', () =>
  within(async fixture => {
    named(fixture)
    const { page } = await rehearse(fixture, '', { ...mo, scopes: ['openid'] } as typeof mo)
    assert.match(wordsOf(page), 'tick the box')
    assert.equal(fixture.rights.asked, [])
  }))

test('the log has a line with the person and the numbers', () =>
  within(async fixture => {
    named(fixture)
    await rehearse(fixture)
    const line = fixture.logged.find(text => text.includes('an approver rehearsed')) ?? ''
    assert.match(line, '{"person":"mo@example.com","asked":1,"missing":0}')
  }))

attack(test, 'the token of a rehearsal is looked for in everything that leaves and is kept … nowhere', () =>
  within(async fixture => {
    named(fixture)
    const { browser } = await rehearse(fixture)
    const kept = [...browser.cookies.values()].map(value =>
      Buffer.from(value.split('.')[0] ?? '', 'base64url').toString(),
    )
    const everything = JSON.stringify([
      fixture.answered,
      fixture.logged,
      kept,
      [...browser.cookies],
      fixture.requests.all(),
    ])
    assert.ok(fixture.secrets.length >= 2)
    return fixture.secrets.some(secret => everything.includes(secret)) ? 'found' : 'nowhere'
  }),
)

/** Each brings something of a rehearsal to where something else is expected. */
attacks<(fixture: Fixture, browser: Browser) => Promise<string>>(
  test,
  {
    'the form of the door begins a rehearsal … 403': async (_fixture, browser) =>
      String((await browser.post('/me', formOf(await browser.get('/')))).status),
    'the form of a rehearsal begins a sign-in at the door … 403': async (_fixture, browser) =>
      String((await browser.post('/sign-in', formOf(await browser.get('/me')))).status),
    'a rehearsal opens the door too … asked to sign in': async (fixture, browser) => {
      await fixture.visit(mo, { browser, page: '/me' })
      return wordsOf(await browser.get('/')).includes('You signed in as') ? 'signed in' : 'asked to sign in'
    },
    'the findings of another person are put into a browser … not shown': async (fixture, browser) => {
      await fixture.visit(mo, { browser, page: '/me' })
      const [name = '', value = ''] = [...browser.cookies].find(([cookie]) => cookie.includes('hallpass-rights')) ?? []
      const [text = '', signature = ''] = value.split('.')
      const facts = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
      const forged = Buffer.from(JSON.stringify({ ...facts, e: 'ana@example.com' })).toString('base64url')
      browser.cookies.set(name, `${forged}.${signature}`)
      return (await browser.get('/me')).body.includes('ana@example.com') ? 'shown' : 'not shown'
    },
    'the page is opened again after a quarter of an hour … forgotten': async (fixture, browser) => {
      await fixture.visit(mo, { browser, page: '/me' })
      fixture.clock.forward(900)
      return (await browser.get('/me')).body.includes('mo@example.com') ? 'shown' : 'forgotten'
    },
    'a name that is markup is typed … no part of it on the page': async (fixture, browser) => {
      const { page } = await fixture.visit(mo, { browser, page: '/me', typed: '"><script>alert(1)</script>' })
      return page.body.includes('<script') ? 'on the page' : 'no part of it on the page'
    },
  },
  work => within(async fixture => (named(fixture), work(fixture, new Browser(fixture)))),
)

test.run()
