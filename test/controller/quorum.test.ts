// Several people approve one request: what counts, what is written and with whose token, and every way to reach the
// number with fewer people.
import * as assert from 'uvu/assert'
import type { Decision, RequestStatus } from '../../src/api/kinds.ts'
import { Refused } from '../../src/domain/outcome.ts'
import { decodeSealed, sealedTokenAad, sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { type Operator, operator, prodEu } from './fakes.ts'

const test = suite('several people approve one request')

const anaToken = 'ya29.ana'
const [mo, ana, otto] = [
  { email: 'mo@example.com' },
  { email: 'ana@example.com', token: anaToken },
  { email: 'otto@example.com', token: 'ya29.otto' },
] as const
const names = ['mo@example.com', 'ana@example.com', 'otto@example.com']

/** A request that `required` of Mo, Ana and Otto must approve. Only Ana and Otto can write the policy. */
async function asked(required = 2, more: { window?: string; allowed?: string[] } = {}): Promise<Operator> {
  const { window = '30m', allowed } = more
  const fallback = { emails: names }
  const approval = {
    required,
    window,
    escalateAfter: '10m',
    fallback,
    ...(allowed && { allowed: { emails: allowed } }),
  }
  const op = operator({ spec: { approval } })
  op.policies.seed(prodEu, [anaToken, 'ya29.otto'])
  await op.ask()
  await op.look()
  return op
}

/** The names of the sealed tokens that exist. */
const sealed = async (op: Operator): Promise<string[]> => (await op.sealedTokens.list()).map(({ name }) => name)

test('nothing is granted until the second of two has approved, and then with the second one’s token', async () => {
  const op = await asked()
  const tokens: string[] = []
  const write = op.policies.write.bind(op.policies)
  op.policies.write = async (resource, policy, token, why) => {
    tokens.push(token.reveal())
    return write(resource, policy, token, why)
  }
  await op.approve({ ...mo, comment: 'looks right' })
  await op.look()
  const waiting = (await op.now()).status
  assert.equal([waiting?.phase, waiting?.approvalsCounted, waiting?.decidedBy], ['Pending', 1, '1 of 2'])
  assert.match((await op.condition('Approved'))?.message ?? '', /^1 of 2 approved: mo@example\.com/)
  assert.equal(op.policies.written, [])
  await op.approve(ana)
  await op.look()
  const { phase, approvedBy, decidedBy } = (await op.now()).status ?? {}
  assert.equal([phase, approvedBy, decidedBy], ['Provisioned', 'mo@example.com, ana@example.com', approvedBy])
  assert.equal(tokens, [anaToken])
  assert.equal(await sealed(op), [])
})

test('each approval is an event with its own evidence', async () => {
  const op = await asked(3)
  const given: Decision[] = []
  for (const who of [mo, otto, ana]) {
    given.push(await op.approve(who))
    await op.look()
  }
  const events = op.auditLog
    .entries()
    .map(({ payload }) => payload as { event: string; details: object; actor: string })
  const approvals = events.filter(({ event }) => event === 'ApprovalCounted' || event === 'Approved')
  assert.equal(
    approvals.map(({ event, actor }) => `${event} ${actor}`),
    ['ApprovalCounted mo@example.com', 'ApprovalCounted otto@example.com', 'Approved ana@example.com'],
  )
  assert.equal(
    approvals.map(({ details }) => (details as { evidence?: string }).evidence),
    given.map(({ evidence }) => evidence?.hash),
  )
  const digests = approvals.map(({ details }) => (details as { approvalsBefore?: string }).approvalsBefore)
  assert.is(new Set(digests).size, 3)
})

test('approvals that come before the controller looks are counted with the last one', async () => {
  const op = await asked()
  await op.approve(mo)
  await op.approve(ana)
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(
    op.log().filter(event => event.startsWith('Approv')),
    ['ApprovalCounted', 'Approved'],
  )
})

test('the access token of an earlier approval is stored nowhere, and each evidence is opened once', async () => {
  const op = await asked()
  const first = await op.approve(mo)
  const hash = first.evidence?.hash ?? ''
  const { uid } = (await op.now()).metadata
  const text = await op.sealedTokens.read(sealedTokenName(uid, hash))
  const content = decodeSealed(await op.tokenSeal.unseal(text ?? '', sealedTokenAad(uid, hash)))
  assert.equal(Object.keys(content ?? {}).sort(), ['idToken', 'salt'])
  op.tokenSeal.opened = 0
  await op.look()
  await op.approve(ana)
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.is(op.tokenSeal.opened, 2)
})

test('a process that takes over opens the earlier evidence again', async () => {
  const op = await asked()
  await op.approve(mo)
  await op.look()
  op.restart()
  op.tokenSeal.opened = 0
  await op.approve(ana)
  await op.look()
  assert.equal([await op.phase(), op.tokenSeal.opened], ['Provisioned', 2])
})

test('an earlier sign-in may have ended when the last approval comes', async () => {
  const op = await asked(2, { window: '4h' })
  await op.approve(mo)
  await op.look()
  op.clock.forward(2 * 3600)
  await op.approve(ana)
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('people read that the key of an earlier approval is gone, and nobody is blamed', async () => {
  const op = await asked(2, { window: '24h' })
  await op.approve(mo)
  await op.look()
  op.clock.forward(20 * 3600)
  const verify = op.login.verify.bind(op.login)
  op.login.verify = async (token, audience, now) => {
    const claims = await verify(token, audience, now)
    if (claims.email === 'mo@example.com') throw new Refused('SigningKeyUnknown', 'no such key')
    return claims
  }
  await op.approve(ana)
  await op.look()
  assert.equal([await op.phase(), (await op.condition('Approved'))?.reason], ['Failed', 'SigningKeyGone'])
  assert.not(op.log().includes('TamperingSeen'))
})

test('while KMS does not answer the first approval is not counted, others are asked, and it is counted later', async () => {
  const op = await asked()
  op.tokenSeal.isDown = true
  await op.approve(mo)
  await op.look().catch(() => undefined)
  assert.is((await op.now()).status?.approvalsCounted, undefined)
  assert.is((await op.condition('Approved'))?.reason, 'ProofDelayed')
  op.tokenSeal.isDown = false
  await op.look()
  assert.equal([(await op.now()).status?.approvalsCounted, (await op.condition('Approved'))?.reason], [1, 'Waiting'])
})

test('the window ends although the first approval cannot be checked', async () => {
  const op = await asked()
  op.tokenSeal.isDown = true
  await op.approve(mo)
  op.clock.forward(1801)
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'TimedOut')
})

type Narrow = { grants?: number[]; duration?: string }
table<{ first?: Narrow; second?: Narrow; roles: string[]; minutes: number }>(
  test,
  {
    'nobody chose less': { roles: ['roles/cloudsql.client', 'roles/logging.viewer'], minutes: 30 },
    'only the first chose less': { first: { grants: [0] }, roles: ['roles/cloudsql.client'], minutes: 30 },
    'the shorter time counts': {
      first: { duration: '10m' },
      second: { duration: '20m' },
      roles: ['roles/cloudsql.client', 'roles/logging.viewer'],
      minutes: 10,
    },
    'each chose less of another kind': {
      first: { grants: [1] },
      second: { duration: '5m' },
      roles: ['roles/logging.viewer'],
      minutes: 5,
    },
    'what both left is granted': {
      first: { grants: [0, 1] },
      second: { grants: [1] },
      roles: ['roles/logging.viewer'],
      minutes: 30,
    },
  },
  async ({ first, second, roles, minutes }) => {
    const op = await asked()
    await op.approve({ ...mo, ...(first && { narrowing: first }) })
    await op.look()
    await op.approve({ ...ana, ...(second && { narrowing: second }) })
    await op.look()
    assert.equal(
      op
        .ours()
        .map(({ role }) => role)
        .toSorted(),
      roles,
    )
    const { startsAt = '', expiresAt = '' } = (await op.now()).status ?? {}
    assert.is((Date.parse(expiresAt) - Date.parse(startsAt)) / 60_000, minutes)
  },
)

/** What happened to the request, and that nothing was written. */
async function outcome(op: Operator): Promise<string> {
  await op.look()
  assert.equal(op.policies.written, [], 'nothing is written in IAM')
  const { phase, conditions = [] } = (await op.now()).status ?? {}
  const approved = conditions.find(({ type }) => type === 'Approved')
  return phase === 'Failed' ? `${phase}, ${approved?.reason}` : `${phase}`
}

attacks<(op: Operator) => Promise<unknown>>(
  test,
  ending('Failed, AlreadyApproved', {
    'somebody approves twice with the same account': op => op.approve(mo),
    'somebody approves again under an address with a tag': op => op.approve({ email: 'mo+two@example.com' }),
    'somebody approves again with the same Google account after their address changed': op =>
      op.approve({
        email: 'ana@example.com',
        claims: { sub: 'sub-mo@example.com' },
        decision: { who: { email: 'ana@example.com', googleSubject: 'sub-mo@example.com' } },
      }),
    'somebody approves again under an address that people lists for them': op => {
      op.people.push(['mo@example.com', 'otto@example.com'])
      return op.approve(otto)
    },
    'somebody approves again, and the stored decision leaves out whose Google account it is': op =>
      op.approve({ ...mo, decision: { who: { email: 'mo@example.com' } } }),
  }),
  async again => {
    const op = await asked()
    await op.approve(mo)
    await op.look()
    await again(op)
    return outcome(op)
  },
)

attack(test, 'two accounts of one person in Slack approve … Failed, AlreadyApproved', async () => {
  const op = await asked()
  const approvers = (await op.now()).status?.approvers?.map(one =>
    one.email === 'otto@example.com' ? { ...one, slackUserID: 'U0MO' } : one,
  )
  op.cluster.forge(op.ref, { ...(approvers && { approvers }) })
  await op.approve(mo)
  await op.look()
  await op.approve(otto)
  return outcome(op)
})

attacks<(op: Operator, first: Decision) => Promise<unknown>>(
  test,
  ending('Failed, ApprovalNotAuthentic', {
    'the first evidence is stored as the second approval too': async (op, first) =>
      op.cluster.forge(op.ref, {
        decisions: [first, { ...first, id: 'approved-again', who: { email: 'ana@example.com' } }],
      }),
    'an approval that was given without the first one comes behind it': op => op.approve({ ...ana, before: [] }),
    'the first approver’s choice is widened before the second signs in': async (op, first) => {
      op.cluster.forge(op.ref, { decisions: [{ ...first, narrowing: { grants: [0, 1] } }] })
      await op.approve(ana)
    },
    'the first approver’s choice is widened after the second signed in': async (op, first) => {
      const second = await op.approve(ana)
      op.cluster.forge(op.ref, { decisions: [{ ...first, narrowing: { grants: [0, 1] } }, second] })
    },
    'the first approver’s comment is changed after the second signed in': async (op, first) => {
      const second = await op.approve(ana)
      op.cluster.forge(op.ref, { decisions: [{ ...first, comment: 'for a week' }, second] })
    },
    'the two approvals are stored in the other order': async (op, first) => {
      const second = await op.approve(ana)
      op.cluster.forge(op.ref, { decisions: [second, first] })
    },
    'the first approval is dated back': async (op, first) => {
      const second = await op.approve(ana)
      op.cluster.forge(op.ref, { decisions: [{ ...first, at: '2026-11-23T13:00:00Z' }, second] })
    },
    'the first approval names another person': async (op, first) => {
      op.cluster.forge(op.ref, { decisions: [{ ...first, who: { email: 'otto@example.com' } }] })
      await op.approve(ana)
    },
    'the last approval was stored without its access token': op => op.approve({ ...ana, keepsToken: false }),
  }),
  async forge => {
    const op = await asked()
    const first = await op.approve({ ...mo, narrowing: { grants: [0] } })
    await forge(op, first)
    return outcome(op)
  },
)

attacks<(op: Operator, given: Decision[]) => Decision[]>(
  test,
  ending('Failed, ApprovalNotAuthentic', {
    'an approval is removed from between two others': (_op, [first, , third]) => [first, third] as Decision[],
    'an approval is put between two others': (_op, [first, second, third]) =>
      [first, third, second].filter(one => one !== undefined),
    'the first of three is replaced': (_op, [, second, third]) =>
      [{ ...second, id: 'approved-0' }, second, third] as Decision[],
  }),
  async change => {
    const op = await asked(3)
    const given: Decision[] = []
    for (const who of [mo, otto, ana]) given.push(await op.approve(who))
    const decisions = change(op, given)
    // As many as are needed, so that the controller does not simply wait.
    while (decisions.length < 3) decisions.push(await moved(op, decisions))
    op.cluster.forge(op.ref, { decisions })
    return outcome(op)
  },
)

async function moved(op: Operator, decisions: readonly Decision[]): Promise<Decision> {
  op.cluster.forge(op.ref, { decisions: [...decisions] })
  return op.approve({ email: 'ada@example.com', token: 'ya29.ada' })
}

const claims = {
  iss: 'https://accounts.google.com',
  aud: 'hallpass-client',
  sub: 'sub-mo@example.com',
  email: 'mo@example.com',
  hd: 'example.com',
  iat: Date.parse('2026-11-23T14:02:00Z') / 1000,
  exp: Date.parse('2026-11-23T15:02:00Z') / 1000,
  nonce: 'n'.repeat(43),
}

attacks<(op: Operator) => Promise<unknown>>(
  test,
  {
    'somebody with the rights of auth forges the first approval, without a sign-in … Failed, SealedTokenMissing':
      async op =>
        op.cluster.forge(op.ref, {
          decisions: [
            {
              id: 'approved-forged',
              verdict: 'Approved',
              who: { email: 'mo@example.com', googleSubject: claims.sub },
              at: '2026-11-23T14:02:00Z',
              evidence: { hash: 'a'.repeat(64), salt: 's'.repeat(43), claims },
            },
          ],
        }),
    'somebody with the rights of auth seals a first approval of their own making … Failed, ApprovalNotAuthentic':
      async op => {
        op.login.sign = () => `${Buffer.from(JSON.stringify(claims)).toString('base64url')}.forged`
        await op.approve(mo)
      },
    'the requester approves first … Failed, SelfApproval': op => op.approve({ email: 'dana@example.com' }),
    'somebody who was not asked approves first … Failed, NotAnApprover': op => op.approve({ email: 'eve@example.com' }),
  },
  async forge => {
    const op = await asked()
    await forge(op)
    return outcome(op)
  },
)

test('the requester is one of the two: refused when they come second too', async () => {
  const op = await asked()
  await op.approve(mo)
  await op.look()
  await op.approve({ email: 'dana@example.com' })
  assert.is(await outcome(op), 'Failed, SelfApproval')
})

const changes: Record<string, { change: (op: Operator) => unknown; ends: string }> = {
  'a denial after the first approval': { change: op => op.decide('Denied'), ends: 'Denied' },
  'a withdrawal after the first approval': { change: op => op.decide('Withdrawn'), ends: 'Withdrawn' },
  'the window is over between the two': { change: op => op.clock.forward(1801), ends: 'TimedOut' },
}
table(test, changes, async ({ change, ends }) => {
  const op = await asked()
  await op.approve(mo)
  await op.look()
  await change(op)
  assert.is(await outcome(op), ends)
  assert.equal(await sealed(op), [], 'the evidence is gone when the request is settled')
  assert.is((await op.now()).status?.settled, true)
})

test('who only the mapping named, and the mapping names no more, has approved without effect', async () => {
  const op = await asked(2, { allowed: ['ada@example.com'] })
  await op.approve({ email: 'ada@example.com', token: 'ya29.ada' })
  await op.look()
  for (const { spec } of op.mappings.stored) spec.approval = { ...spec.approval, allowed: { emails: [] } }
  await op.approve(ana)
  assert.is(await outcome(op), 'Failed, MappingChanged')
})

test('the last one’s token without the right writes nothing, and the first one’s is not there to be used', async () => {
  const op = await asked()
  await op.approve(ana)
  await op.look()
  await op.approve(mo)
  await op.look()
  assert.equal(op.policies.written, [])
  assert.is(await op.phase(), 'Failed')
})

test('a grant that was begun is undone when the mapping changes, with the last one’s token', async () => {
  const op = await asked()
  await op.approve(mo)
  await op.look()
  await op.approve(ana)
  const crash = op.start((call, moment) => {
    if (call === 'requests.patchStatus' && moment === 'before' && op.policies.written.length > 0)
      throw new Error('crash')
  })
  await crash.reconcile(op.ref).catch(() => undefined)
  assert.is(op.ours().length, 2)
  for (const { spec } of op.mappings.stored) spec.approval = { ...spec.approval, required: 3 }
  op.restart()
  await op.look()
  assert.equal(op.ours(), [])
  assert.is(await op.phase(), 'Failed')
})

test('a request that was stored before, with one approval, is granted as before', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  const status: RequestStatus = (await op.now()).status ?? {}
  assert.equal([status.phase, status.approvedBy, status.approvalsCounted], ['Provisioned', 'mo@example.com', undefined])
})

attack(test, 'the first approver asks under an alias that only Google knows … Failed, SelfApproval', async () => {
  const op = operator({
    spec: {
      requesters: { domains: ['alias.example'] },
      approval: { required: 2, window: '30m', escalateAfter: '10m', fallback: { emails: names } },
    },
  })
  op.hostedDomains.push('alias.example')
  op.policies.seed(prodEu, [anaToken])
  op.policies.primary.set('user:m.manager@alias.example', 'user:mo@example.com')
  await op.ask({ email: 'm.manager@alias.example' })
  await op.look()
  await op.approve(mo)
  await op.look()
  await op.approve(ana)
  await op.look()
  assert.equal(op.ours(), [], 'it is removed again')
  return `${await op.phase()}, ${(await op.condition('Provisioned'))?.reason}`
})

for (const moment of ['before', 'after'] as const)
  test(`a process that dies ${moment} any call while two people approve leads to the same end`, async () => {
    for (let k = 1; ; k++) {
      const op = await asked()
      const calls = new Map<object, number>()
      let isDead = false
      const process = op.start((_call, when, which) => {
        if (isDead) throw new Error('this process is dead')
        if (when === 'before') calls.set(which, calls.size + 1)
        if (calls.get(which) !== k || when !== moment) return
        isDead = true
        throw new Error('the process died')
      })
      const look = async (): Promise<void> => {
        await process.reconcile(op.ref).catch(() => undefined)
        if (isDead) await op.look()
      }
      await op.approve({ ...mo, narrowing: { grants: [1] } })
      await look()
      await op.approve(ana)
      await look()
      const where = `${moment} call ${k}`
      assert.is(await op.phase(), 'Provisioned', where)
      assert.equal(
        op.ours().map(({ role }) => role),
        ['roles/logging.viewer'],
        where,
      )
      assert.equal(
        op.log().filter(event => event.startsWith('Approv')),
        ['ApprovalCounted', 'Approved'],
        where,
      )
      op.clock.forward(1800)
      await op.look()
      assert.equal([await op.phase(), await sealed(op)], ['Expired', []], where)
      if (isDead) continue
      assert.ok(k > 20, `${k} calls are a whole story`)
      return
    }
  })

test.run()
