// The evidence of sign-ins reaches the log ten minutes after nobody can use it any more, whatever else happens to the
// request; it is never in the status, and what is lost is said.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { nonceOf, sha256 } from '../../src/domain/approval/digest.ts'
import { evidenceAad, evidenceName } from '../../src/domain/approval/kept-evidence.ts'
import { sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import { Refused } from '../../src/domain/outcome.ts'
import { attack, attacks } from '../attacks.ts'
import { emergency } from '../builders/emergency.ts'
import { suite, table } from '../suite.ts'
import { type Hook, type Operator, operator } from './fakes.ts'

const test = suite('evidence that lasts')

/** An hour until the sign-in ends, and ten minutes. */
const restedSeconds = 4200

/** Dana has asked and Mo has approved, with evidence that is kept. */
async function granted(more: Parameters<Operator['approve']>[0] = {}): Promise<Operator> {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve({ keeps: true, ...more })
  await op.look()
  return op
}

const isSettled = async (op: Operator): Promise<boolean> => (await op.now()).status?.settled === true
const published = (op: Operator): Record<string, unknown>[] =>
  op.auditLog.entries().flatMap(({ payload }) => (payload['event'] === 'Evidence' ? [payload] : []))
const states = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.evidence?.map(({ state }) => state) ?? []

test('the request is settled when its evidence is published, ten minutes after the sign-in has ended', async () => {
  const op = await granted()
  op.clock.forward(1800)
  assert.is((await op.look())?.toISOString(), '2026-11-23T15:12:00.000Z')
  assert.equal([await op.phase(), await isSettled(op), published(op).length], ['Expired', false, 0])
  op.clock.forward(2399)
  await op.look()
  assert.equal(published(op), [])
  op.clock.forward(1)
  await op.look()
  assert.equal([await isSettled(op), await states(op), op.sealedTokens.stored.size], [true, ['Published'], 0])
  const [entry] = op.auditLog.entries().filter(({ payload }) => payload['event'] === 'Evidence')
  assert.is(entry?.at.toISOString(), '2026-11-23T15:12:00.000Z')
})

test('the entry has everything that its nonce was made from', async () => {
  const op = await granted({ comment: 'go', narrowing: { duration: '10m', grants: [0] } })
  op.clock.forward(restedSeconds)
  await op.look()
  const [{ idToken, spec, narrowing, comment, salt, evidence, purpose } = {}] = published(op) as Record<
    string,
    string
  >[]
  assert.is(sha256(idToken ?? ''), evidence)
  const claims = JSON.parse(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString()) as { nonce: string }
  const commitment = {
    purpose: 'approve' as const,
    uid: (await op.now()).metadata.uid,
    specDigest: sha256(spec ?? ''),
    narrowing: JSON.parse(narrowing ?? '{}') as object,
    comment,
    salt: salt ?? '',
  }
  assert.is(nonceOf(commitment), claims.nonce)
  assert.is(purpose, 'approve')
})

test('neither the status nor any entry before that, nor any Event, has the token', async () => {
  const op = await granted()
  op.clock.forward(restedSeconds)
  await op.look()
  const idToken = String(published(op)[0]?.['idToken'])
  const others = op.auditLog.entries().filter(({ payload }) => payload['event'] !== 'Evidence')
  for (const text of [await op.now(), others, op.recorded].map(each => JSON.stringify(each)))
    assert.not.ok(text.includes(idToken) || text.includes('ya29'), text)
})

test('access that lasts longer has its evidence published before its end', async () => {
  const op = operator()
  await op.ask({ seconds: 4 * 3600 })
  await op.look()
  await op.approve({ keeps: true })
  await op.look()
  op.clock.forward(restedSeconds)
  await op.look()
  assert.equal([await op.phase(), published(op).length], ['Provisioned', 1])
})

test('every sign-in has its own evidence: two approvals, an early end that was refused, and one that was not', async () => {
  const fallback = { emails: ['mo@example.com', 'ana@example.com'] }
  const op = operator({ spec: { approval: { required: 2, window: '30m', escalateAfter: '10m', fallback } } })
  const ana = { email: 'ana@example.com', token: 'ya29.ana', keeps: true }
  op.policies.seed('projects/prod-eu', ['ya29.mo', ana.token])
  await op.ask()
  await op.look()
  await op.approve({ keeps: true })
  await op.look()
  await op.approve(ana)
  await op.look()
  await op.revoke({ keeps: true, uid: 'another' })
  await op.look()
  await op.revoke(ana)
  await op.look()
  assert.is(await op.phase(), 'Revoked')
  op.clock.forward(restedSeconds)
  await op.look()
  assert.equal(
    published(op)
      .map(({ purpose, actor, approvalsBefore }) =>
        [purpose, actor, approvalsBefore ? 'with another' : 'alone'].join(' '),
      )
      .toSorted(),
    [
      'approve ana@example.com with another',
      'approve mo@example.com with another',
      'revoke ana@example.com alone',
      'revoke mo@example.com alone',
    ],
  )
  assert.is(await isSettled(op), true)
})

test('a review has its own evidence', async () => {
  const op = operator({ spec: { emergency: { ...emergency, reviewers: { emails: ['ana@example.com'] } } } })
  await op.ask({ isEmergency: true })
  await op.look()
  await op.approve({ keeps: true })
  await op.look()
  op.clock.forward(1800)
  await op.look()
  await op.review({ keeps: true })
  await op.look()
  assert.is(await isSettled(op), false)
  op.clock.forward(restedSeconds)
  await op.look()
  assert.equal(
    published(op).map(({ purpose }) => purpose),
    ['approve', 'review'],
  )
  assert.is(await isSettled(op), true)
})

test('an approval that the controller refused has its evidence published too', async () => {
  const op = await granted({ claims: { hd: 'other.com' } })
  assert.is(await op.phase(), 'Failed')
  op.clock.forward(restedSeconds)
  await op.look()
  assert.equal([published(op).length, await isSettled(op)], [1, true])
})

test('a deleted request stays until its evidence is published', async () => {
  const op = await granted()
  await op.cluster.delete(await op.now())
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'Expired')
  op.clock.forward(2400)
  await op.look()
  assert.equal([op.cluster.stored.size, published(op).length], [0, 1])
})

test('a controller that was away for a day publishes then, with the same time', async () => {
  const op = await granted()
  op.clock.forward(86_400)
  op.restart()
  await op.look()
  assert.equal([await isSettled(op), published(op)[0]?.['at']], [true, '2026-11-23T15:12:00Z'])
})

test('while the log accepts nothing the request waits, and the next try publishes', async () => {
  const op = await granted()
  op.clock.forward(1800)
  await op.look()
  op.clock.forward(2400)
  op.auditLog.failsBefore = 1
  await op.look().catch(() => undefined)
  assert.equal([await isSettled(op), published(op).length], [false, 0])
  await op.look()
  assert.equal([await isSettled(op), published(op).length], [true, 1])
})

test('a request of an earlier release has no evidence, and is settled at its end', async () => {
  const op = await granted({ keeps: false })
  op.clock.forward(1800)
  await op.look()
  assert.equal([await isSettled(op), published(op).length], [true, 0])
})

test('a crash at every call ends in one entry, and in a settled request without Secrets', async () => {
  const calls = ['sealedTokens.read', 'tokens.unseal', 'auditLog.write', 'requests.patchStatus', 'sealedTokens.delete']
  for (const at of calls.flatMap(call => [`${call} before`, `${call} after`])) {
    const op = await granted()
    op.clock.forward(1800)
    await op.look()
    op.clock.forward(2400)
    let isDead = false
    const die: Hook = (call, moment) => {
      if (isDead || `${call} ${moment}` === at) {
        isDead = true
        throw new Error(`killed at ${at}`)
      }
    }
    await op
      .start(die)
      .reconcile(op.ref)
      .catch(() => undefined)
    assert.ok(isDead, at)
    op.restart()
    await op.look()
    assert.equal([await isSettled(op), published(op).length, op.sealedTokens.stored.size], [true, 1, 0], at)
    assert.equal(await states(op), ['Published'], at)
  }
})

const nameOf = ({ metadata, status }: AccessRequest): string =>
  evidenceName(metadata.uid, status?.decisions?.[0]?.evidence?.hash ?? '')

/** Changes what is stored, and returns how it ends. */
async function end(change: (op: Operator, request: AccessRequest) => Promise<void> | void): Promise<string> {
  const op = await granted()
  await change(op, await op.now())
  op.clock.forward(restedSeconds)
  await op.look()
  const lost = op.auditLog.entries().find(({ payload }) => payload['event'] === 'EvidenceLost')
  const { reason } = (lost?.payload['details'] ?? {}) as { reason?: string }
  assert.equal([await isSettled(op), published(op).length], [true, lost ? 0 : 1])
  if (lost) assert.ok(op.recorded.some(({ reason: event, type }) => event === 'EvidenceLost' && type === 'Warning'))
  return reason ?? 'published'
}

attacks<Parameters<typeof end>[0]>(
  test,
  {
    'evidence is deleted by hand before it is published … EvidenceMissing': (op, request) =>
      void op.sealedTokens.stored.delete(nameOf(request)),
    'the sealed access token is put where the evidence was … EvidenceChanged': async (op, request) => {
      const signed = await op.revoke()
      const token = await op.sealedTokens.read(sealedTokenName(request.metadata.uid, signed.evidence?.hash ?? ''))
      await op.sealedTokens.create(nameOf(request), request.metadata.uid, token ?? '')
    },
    'the evidence of another request takes the place … EvidenceChanged': async (op, request) => {
      const other = evidenceAad('22222222-0000-4000-8000-000000000999', 'f'.repeat(64), 'approve')
      await op.sealedTokens.create(nameOf(request), request.metadata.uid, await op.tokenSeal.seal('{"v":1}', other))
    },
    'evidence of this request, but of another purpose, takes the place … EvidenceChanged': async (op, request) => {
      const { evidence } = request.status?.decisions?.[0] ?? {}
      const other = evidenceAad(request.metadata.uid, evidence?.hash ?? '', 'revoke')
      await op.sealedTokens.create(nameOf(request), request.metadata.uid, await op.tokenSeal.seal('{"v":1}', other))
    },
    'a Secret with noise takes the place … EvidenceChanged': (op, request) =>
      op.sealedTokens.create(nameOf(request), request.metadata.uid, 'noise, not sealed'),
    'another token is sealed for this entry … EvidenceChanged': async (op, request) => {
      const { evidence } = request.status?.decisions?.[0] ?? {}
      const aad = evidenceAad(request.metadata.uid, evidence?.hash ?? '', 'approve')
      const content = JSON.stringify({ v: 1, i: 'e30.e30.c2ln', s: evidence?.salt })
      await op.sealedTokens.create(nameOf(request), request.metadata.uid, await op.tokenSeal.seal(content, aad))
    },
  },
  end,
)

attack(
  test,
  'the stored end of the sign-in is put into the past, so that a living token is published … not before its end',
  async () => {
    const op = await granted()
    const { decisions = [] } = (await op.now()).status ?? {}
    op.cluster.forge(op.ref, {
      decisions: decisions.map(decision => ({
        ...decision,
        ...(decision.evidence && {
          evidence: { ...decision.evidence, claims: { ...decision.evidence.claims, exp: 1 } },
        }),
      })),
    })
    op.clock.forward(restedSeconds - 1)
    await op.look()
    const early = published(op).length
    op.clock.forward(1)
    await op.look()
    return early === 0 && published(op).length === 1 ? 'not before its end' : `${early} published early`
  },
)

attack(
  test,
  'the stored end of the sign-in is put years ahead, so that nothing is ever published … published',
  async () => {
    const op = await granted()
    const { decisions = [] } = (await op.now()).status ?? {}
    op.cluster.forge(op.ref, {
      decisions: decisions.map(decision => ({
        ...decision,
        ...(decision.evidence && {
          evidence: { ...decision.evidence, claims: { ...decision.evidence.claims, exp: 4e9 } },
        }),
      })),
    })
    op.clock.forward(restedSeconds + 60)
    await op.look()
    return published(op).length === 1 ? 'published' : 'kept back'
  },
)

table<{ forward: number; state: string[] }>(
  test,
  {
    'a key that is disabled is waited for': { forward: restedSeconds, state: [] },
    'a key that is disabled for a week means that the evidence is lost': {
      forward: restedSeconds + 7 * 86_400,
      state: ['Lost'],
    },
  },
  async ({ forward, state }) => {
    const op = await granted()
    op.tokenSeal.refusal = new Refused('KeyDisabled', 'The key is disabled.')
    op.clock.forward(forward)
    await op.look()
    assert.equal(await states(op), state)
    assert.is(await isSettled(op), state.length > 0)
  },
)

test.run()
