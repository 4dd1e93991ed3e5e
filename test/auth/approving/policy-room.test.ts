// Before an approval is stored, its policy is read with the approver's token: whether it has room, and whether it can
// be read at all.
import * as assert from 'uvu/assert'
import { outcomePage } from '../../../src/auth/pages/outcome-page.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import type { Binding, Policy } from '../../../src/domain/granting/policy.ts'
import { attack } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { Browser, Fixture, mo, within, wordsOf } from '../fakes.ts'

const test = suite('the policy at the return of an approver')
const project = 'projects/prod-eu'
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const crowd = (count: number): Binding => ({
  role: 'roles/viewer',
  members: times(count, n => `user:p${n}@example.com`),
})
const timed = (role: string): Binding[] =>
  times(20, n => ({
    role,
    members: ['user:dana@example.com'],
    condition: { title: `other ${n}`, expression: `request.time < timestamp("2027-01-01T00:00:${n + 10}Z")` },
  }))

type Way = {
  required?: number
  policy?: Policy
  read?: () => Promise<Policy>
  grants?: string[]
  longestReadMs?: number
  resource?: string
}
type Seen = { words: string; status: number; decisions: number; tokens: number; logged: string; attempts: number }

async function approve({ required = 1, policy, read, grants, longestReadMs, resource = project }: Way): Promise<Seen> {
  const fixture = await new Fixture(longestReadMs === undefined ? {} : { longestReadMs }).open()
  try {
    fixture.mapping.spec.approval.required = required
    fixture.mapping.spec.grants = fixture.mapping.spec.grants.map(grant => ({ ...grant, resource }))
    fixture.ask()
    if (policy) fixture.rights.policies[project] = policy
    if (read) fixture.rights.read = read
    const answer = await fixture.approve(mo, grants ? { change: { grants } } : {})
    assert.equal(fixture.leaks(), [])
    const { decisions = [], attempts } = fixture.stored().status ?? {}
    return {
      words: wordsOf(answer),
      status: answer.status,
      decisions: decisions.length,
      tokens: [...fixture.sealedTokens.stored.keys()].filter(name => name.startsWith('token-')).length,
      logged: fixture.logged.join('\n'),
      attempts: attempts?.count ?? 0,
    }
  } finally {
    await fixture.close()
  }
}

const full = { etag: 'e', bindings: [crowd(1500)] }
const refused: Record<string, Way & { says: RegExp }> = {
  'a policy without room: nothing is stored, and the page says who must act': {
    policy: full,
    says: /^Hallpass This cannot be granted until the platform team corrects the IAM policy\. The IAM policy of "projects\/prod-eu" is full: Google allows 1500 members, .* Code PolicyFull/,
  },
  'a policy with twenty entries of the requester': {
    policy: { etag: 'e', bindings: timed('roles/logging.viewer') },
    says: /dana@example\.com has 20 entries of "roles\/logging\.viewer" .* Code TooManyEntries/,
  },
  'a policy without room stops the first of two approvers': { required: 2, policy: full, says: /is full/ },
  'an approver who may write and not read': {
    read: () => Promise.reject(new Refused('AccessDenied', 'Google does not let the approver read it.')),
    says: /on "projects\/prod-eu" your account may change the IAM policy but not read it, .*resourcemanager\.projects\.getIamPolicy.*hallpass approver-rights --resource projects\/prod-eu/,
  },
  'an approver who may write and not read the policy of a bucket': {
    resource: '//storage.googleapis.com/projects/_/buckets/prod-eu-dumps',
    read: () => Promise.reject(new Refused('AccessDenied', 'Google does not let the approver read it.')),
    says: /It takes the permission "storage\.buckets\.getIamPolicy" too\./,
  },
  'Google refuses to show it for another cause: that cause is told': {
    read: () => Promise.reject(new Refused('PerimeterDenied', 'A perimeter forbids it.')),
    says: /A perimeter forbids it\./,
  },
  'a policy that could not be written safely': { policy: {}, says: /without an etag/ },
}
for (const [name, { says, ...way }] of Object.entries(refused))
  test(name, async () => {
    const { words, status, decisions, tokens, attempts } = await approve(way)
    assert.ok(status >= 400, words)
    assert.match(words, says)
    assert.equal([decisions, tokens, attempts], [0, 0, 0])
  })

const approved: Record<string, Way & { logs?: RegExp }> = {
  'the role without room is left out: the others are approved': {
    policy: { etag: 'e', bindings: timed('roles/logging.viewer') },
    grants: ['0'],
  },
  'Google does not answer: the write will show it': {
    read: () => Promise.reject(new Broken('Google answered 503.')),
    logs: /did not show the policy; .*projects\/prod-eu.*Google answered 503/,
  },
  'Google takes longer than a person should wait': {
    read: () => new Promise(() => undefined),
    longestReadMs: 20,
    logs: /did not show the policy in time/,
  },
  'the first of two approvers may not read it: the second one writes': {
    required: 2,
    read: () => Promise.reject(new Refused('AccessDenied', 'Google does not let the approver read it.')),
  },
  'the policy is in a form that nobody expects': {
    policy: { etag: 'e', bindings: [{ role: 'r', members: [7] }], auditConfigs: [null] } as never,
  },
}
for (const [name, { logs = /./, ...way }] of Object.entries(approved))
  test(name, async () => {
    const { words, decisions, tokens, logged } = await approve(way)
    assert.equal([decisions, tokens], [1, 1], words)
    assert.match(logged, logs)
  })

test('the approver reads what the requester has anyway', () =>
  within(async fixture => {
    await fixture.approve(mo)
    const { metadata, status, ...rest } = fixture.stored()
    const why = 'This person already holds the role without a time limit, outside Hallpass.'
    const grants = [
      { resource: project, role: 'roles/cloudsql.client', state: 'Written' as const, why },
      { resource: project, role: 'roles/logging.viewer', state: 'Written' as const },
    ]
    const times = { startsAt: '2026-11-23T14:02:01Z', expiresAt: '2026-11-23T14:32:01Z' }
    const look = { now: fixture.clock.now(), ticket: 't', viewer: 'colleague', asksAgain: false } as const
    for (const phase of ['Provisioned', 'Expired'] as const) {
      const stored = { ...rest, metadata, status: { ...status, ...times, phase, grants } }
      const body = outcomePage(stored, readMapping(fixture.mapping), look)
      assert.match(wordsOf({ body }), /already has roles\/cloudsql\.client on projects\/prod-eu without a time limit/)
    }
  }))

const dana = ['user:Dana@example.com']
const anyway: Policy = {
  etag: 'e',
  bindings: [
    { role: 'roles/cloudsql.client', members: dana },
    { role: 'roles/logging.viewer', members: dana, condition: { title: 'other', expression: 'true' } },
  ],
}
const says = /already has roles\/cloudsql\.client on projects\/prod-eu without a time limit, outside Hallpass/
for (const required of [1, 2])
  test(`the page after the sign-in says it before anything is written, and to no other browser; of ${required}`, () =>
    within(async fixture => {
      fixture.mapping.spec.approval.required = required
      fixture.ask()
      fixture.rights.policies[project] = anyway
      const browser = new Browser(fixture)
      const { location } = await fixture.approve(mo, { browser })
      assert.match(wordsOf(await browser.get(location)), says)
      assert.match(wordsOf(await browser.get(location)), says, 'also when it is loaded again')
      assert.not.match(wordsOf(await new Browser(fixture).get(location)), 'already has')
      assert.is(fixture.stored().status?.grants, undefined)
    }))

test('who chose less reads only about that', () =>
  within(async fixture => {
    fixture.rights.policies[project] = anyway
    const browser = new Browser(fixture)
    const { location } = await fixture.approve(mo, { browser, change: { grants: ['1'] } })
    assert.not.match(wordsOf(await browser.get(location)), 'already has')
  }))

attack(test, 'a cookie claims what the requester has … nothing said', () =>
  within(async fixture => {
    fixture.rights.policies[project] = anyway
    const browser = new Browser(fixture)
    const { location } = await fixture.approve(mo, { browser })
    const [name = '', value = ''] = [...browser.cookies].find(([one]) => one.includes('-held-')) ?? []
    const [text = '', signature] = value.split('.')
    const facts = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
    const forged = Buffer.from(JSON.stringify({ ...facts, h: [1] })).toString('base64url')
    browser.cookies.set(name, `${forged}.${signature}`)
    return wordsOf(await browser.get(location)).includes('already has') ? 'something said' : 'nothing said'
  }),
)

attack(test, 'markup in a policy’s role and members is on no page … 0 tags, PolicyFull', () =>
  within(async fixture => {
    const bindings = [{ ...crowd(1480), role: '<img src=x>' }, ...timed('<img src=x>')]
    fixture.rights.policies[project] = { etag: '<b>', bindings }
    const answer = await fixture.approve(mo)
    const tags = answer.body.match(/<img|<b>/g) ?? []
    return `${tags.length} tags, ${/Code (\w+)/.exec(wordsOf(answer))?.[1]}`
  }),
)

test.run()
