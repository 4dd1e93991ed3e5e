// Somebody with auth's identity, or with the right evidence for something else, records an early end. Nothing is removed,
// and the access goes on.
import * as assert from 'uvu/assert'
import type { Ending } from '../../src/api/kinds.ts'
import { Refused } from '../../src/domain/outcome.ts'
import { attack, attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Hook, type Operator, operator } from './fakes.ts'

const test = suite('forged endings remove nothing')

async function granted(seconds = 1800): Promise<Operator> {
  const op = operator()
  await op.ask({ seconds })
  await op.look()
  await op.approve({ comment: 'go ahead' })
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(60)
  return op
}

/** After a look: what was refused, and for what. Whatever it was, the bindings are where they were. */
async function outcome(op: Operator): Promise<string> {
  const before = op.policies.policy('projects/prod-eu')
  await op.look()
  assert.equal(op.policies.policy('projects/prod-eu'), before, 'nothing is written in IAM')
  assert.is(op.ours().length, 2)
  assert.is(await op.phase(), 'Provisioned')
  const [refused] = (await op.now()).status?.endingsRefused ?? []
  assert.is(op.log().includes('TamperingSeen'), refused?.reason === 'EndingNotAuthentic')
  return `${refused?.reason}, nothing removed`
}

type Ended = Parameters<Operator['revoke']>[0]
const uidOfAnother = '22222222-0000-4000-8000-000000000099'

attacks<Ended>(
  test,
  {
    'the sign-in of an approver is recorded as an early end … EndingNotAuthentic, nothing removed': {
      purpose: 'approve',
    },
    'the sign-in of an approver, sealed as that of an early end … EndingNotAuthentic, nothing removed': {
      purpose: 'approve',
      sealedFor: 'revoke',
    },
    'a sign-in for ending, sealed as an approval … EndingNotAuthentic, nothing removed': { sealedFor: 'approve' },
    'a sign-in for ending another request … EndingNotAuthentic, nothing removed': { uid: uidOfAnother },
    'an account outside the organisation … OutsideOrganisation, nothing removed': { claims: { hd: 'other.example' } },
    'an account without a Workspace … OutsideOrganisation, nothing removed': { claims: { hd: undefined } },
    'an entry that names somebody else … EndingNotAuthentic, nothing removed': {
      ending: { who: { email: 'ana@example.com' } },
    },
    'an entry with another comment … EndingNotAuthentic, nothing removed': {
      ending: { comment: 'as agreed with the team' },
    },
    'an entry from before the sign-in … EndingNotAuthentic, nothing removed': {
      ending: { at: '2026-11-23T13:00:00Z' },
    },
    'an entry without a sealed sign-in … SealedTokenMissing, nothing removed': { isSealed: false },
    'a token whose sign-in has ended … EvidenceExpired, nothing removed': { claims: { exp: 1_700_000_000 } },
  },
  async ended => {
    const op = await granted()
    await op.revoke(ended)
    return outcome(op)
  },
)

attack(
  test,
  'the stored approval itself is recorded as an early end … SealedTokenMissing, nothing removed',
  async () => {
    const op = await granted()
    const [decision] = (await op.now()).status?.decisions ?? []
    const copied = { ...decision, id: 'copied', verdict: 'Revoked' } as Ending
    op.cluster.forge(op.ref, { endings: [copied] })
    return outcome(op)
  },
)

attack(
  test,
  'the evidence of the approval is recorded as an early end while it is granted … EndingNotAuthentic, all granted',
  async () => {
    const op = operator()
    await op.ask()
    await op.look()
    const decision = await op.approve()
    const copied = { ...decision, id: 'copied', verdict: 'Revoked' } as Ending
    const hook: Hook = async (call, moment) => {
      if (call === 'policies.read' && moment === 'after') op.cluster.forge(op.ref, { endings: [copied] })
    }
    await op
      .start(hook)
      .reconcile(op.ref)
      .catch(() => undefined)
    await op.look()
    assert.is(await op.phase(), 'Provisioned')
    const { grants = [], endingsRefused = [] } = (await op.now()).status ?? {}
    assert.ok(grants.every(({ state }) => state === 'Written'))
    return `${endingsRefused[0]?.reason}, all granted`
  },
)

attack(
  test,
  'an early end without end, sealed with another key, keeps others from ending it … EvidenceExpired, then Revoked',
  async () => {
    const op = await granted(2 * 3600)
    const { evidence } = await op.revoke()
    assert.ok(evidence)
    const { endings = [] } = (await op.now()).status ?? {}
    const endless = { ...evidence, claims: { ...evidence.claims, exp: Number.MAX_SAFE_INTEGER } }
    op.cluster.forge(op.ref, { endings: endings.map(ending => ({ ...ending, evidence: endless })) })
    op.tokenSeal.refusal = new Refused('KeyDiffers', 'This was sealed with another key.')
    await op.look()
    assert.equal((await op.now()).status?.endingsRefused, undefined)
    op.clock.forward(3700)
    await op.look()
    const [refused] = (await op.now()).status?.endingsRefused ?? []
    op.tokenSeal.refusal = undefined
    await op.revoke()
    await op.look()
    return `${refused?.reason}, then ${await op.phase()}`
  },
)

attack(test, 'an early end that was refused is recorded again … SealedTokenMissing, nothing removed', async () => {
  const op = await granted()
  op.policies.faults = ['refused']
  const first = await op.revoke()
  await op.look()
  const { endings = [], endingsRefused = [] } = (await op.now()).status ?? {}
  assert.is(endingsRefused[0]?.reason, 'NotRemoved')
  op.cluster.forge(op.ref, { endings: [...endings, { ...first, id: 'again' }] })
  await op.look()
  assert.is(op.ours().length, 2)
  const last = (await op.now()).status?.endingsRefused?.at(-1)
  return `${last?.reason}, nothing removed`
})

attack(test, 'the sign-in for ending is recorded as an approval … Failed, nothing written', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve({ purpose: 'revoke', sealedFor: 'approve' })
  await op.look()
  assert.equal(op.policies.written, [])
  assert.ok(op.log().includes('TamperingSeen'))
  return `${await op.phase()}, nothing written`
})

attack(test, 'the holder’s wish alone is recorded … Provisioned, nothing removed', async () => {
  const op = await granted()
  const done: Ending = {
    id: 'done',
    verdict: 'Done',
    who: { email: 'dana@example.com', slackUserID: 'U0DANA' },
    at: '2026-11-23T14:03:00Z',
  }
  op.cluster.forge(op.ref, { endings: [done] })
  await op.look()
  assert.is(op.ours().length, 2)
  return `${await op.phase()}, nothing removed`
})

attack(test, 'an early end is recorded on an ended request … Expired, nothing removed', async () => {
  const op = await granted()
  op.clock.forward(3600)
  await op.look()
  const written = op.policies.written.length
  await op.revoke()
  await op.look()
  assert.is(op.policies.written.length, written)
  return `${await op.phase()}, nothing removed`
})

test('what was refused stays, and the access ends at its time', async () => {
  const op = await granted()
  await op.revoke({ uid: uidOfAnother })
  await outcome(op)
  assert.is(op.sealedTokens.stored.size, 0)
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'Expired')
  assert.is((await op.now()).status?.settled, true)
})

test.run()
