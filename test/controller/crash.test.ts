// The process dies before or after every single outside call of a whole story, and another one takes over. The end is
// always the same: one binding with the promised expiry, people told, one audit trail without gaps.
import * as assert from 'uvu/assert'
import { sha256 } from '../../src/domain/approval/digest.ts'
import { canonicalJson } from '../../src/domain/json.ts'
import { suite } from '../suite.ts'
import { type Hook, type Operator, operator } from './fakes.ts'

const test = suite('a crash anywhere leads to the same end')

type Moment = 'before' | 'after'
type Story = 'granted' | 'denied' | 'ended early'
/** Dies at the k-th call of a story, at that moment; from then on this process does nothing at all. */
class Fuse {
  calls = 0
  isDead = false
  hasBurnt = false
  readonly at: number
  readonly moment: Moment
  constructor(at: number, moment: Moment) {
    this.at = at
    this.moment = moment
  }
  /** The hook of one process. Several of its calls may be under way when it dies. */
  live(): Hook {
    const numbers = new Map<object, number>()
    let isOver = false
    this.isDead = false
    return (_call, moment, which) => {
      if (isOver) throw new Error('this process is dead')
      if (moment === 'before') numbers.set(which, ++this.calls)
      if (numbers.get(which) !== this.at || moment !== this.moment || this.hasBurnt) return
      this.isDead = this.hasBurnt = isOver = true
      throw new Error('the process died')
    }
  }
}

/** Drives the request until its process has no more work. */
async function drive(op: Operator, fuse: Fuse): Promise<void> {
  for (let life = 0; life < 3; life++) {
    // Nothing is remembered from one process to the next.
    await op
      .start(fuse.live())
      .reconcile(op.ref)
      .catch(() => undefined)
    if (!fuse.isDead) return
  }
}

async function tell(op: Operator, fuse: Fuse, story: Story): Promise<void> {
  await op.ask()
  await drive(op, fuse)
  op.clock.forward(60)
  if (story === 'denied') {
    await op.decide('Denied', 'use the replica')
    return drive(op, fuse)
  }
  await op.approve()
  await drive(op, fuse)
  if (story === 'ended early') {
    op.clock.forward(300)
    await op.revoke()
    return drive(op, fuse)
  }
  for (const seconds of [1200, 600]) {
    op.clock.forward(seconds)
    await drive(op, fuse)
  }
}

/** How each story ends: the phase, the message, the news and the log. */
const ends: Record<Story, { phase: string; shown: string; news: string[]; log: string[] }> = {
  granted: {
    phase: 'Expired',
    shown: 'expired',
    news: ['granted', 'endingSoon', 'ended'],
    log: ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted', 'Expired'],
  },
  'ended early': {
    phase: 'Revoked',
    shown: 'revoked',
    news: ['granted', 'revoked'],
    log: ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted', 'Revoked'],
  },
  denied: { phase: 'Denied', shown: 'denied', news: ['denied'], log: ['Requested', 'Routed', 'Denied'] },
}

async function check(op: Operator, where: string, story: Story): Promise<void> {
  const { status = {}, metadata } = await op.now()
  assert.is(status.phase, ends[story].phase, `${where}: phase`)
  assert.is(status.settled, true, `${where}: settled`)
  assert.equal(metadata.finalizers, [], `${where}: released`)
  assert.is(op.chat.posted.length, 1, `${where}: one message`)
  assert.is(op.chat.posted[0]?.view.state, ends[story].shown, `${where}: the message is final`)
  for (const news of ends[story].news) {
    const times = op.chat.told.filter(told => told.news === news).length
    assert.ok(times === 1 || times === 2, `${where}: ${news} was told ${times} times`)
  }
  assert.is(op.sealedTokens.stored.size, 0, `${where}: no sealed token is left`)
  checkPolicy(op, where, story)
  checkLog(op, where, story)
}

function checkPolicy(op: Operator, where: string, story: Story): void {
  const until = op.ours().map(({ condition }) => condition?.expression.slice(-24))
  const expected = story === 'granted' ? Array<string>(2).fill('"2026-11-23T14:33:00Z")') : []
  assert.equal(
    until.map(end => end?.slice(-23)),
    expected,
    `${where}: one binding each, with the promised expiry`,
  )
}

function checkLog(op: Operator, where: string, story: Story): void {
  const entries = op.auditLog.entries()
  assert.equal(
    entries.map(({ payload }) => payload['seq']),
    entries.map((_, i) => i + 1),
    `${where}: seq without gaps`,
  )
  assert.equal(op.log(), ends[story].log, `${where}: each event once`)
  let head = ''
  for (const { payload } of entries) {
    assert.is(payload['previous'], head, `${where}: chained`)
    const { seq, event, at, actor, message, previous, details } = payload
    const record = { seq, event, at, ...(actor !== '' && { actor }), message, ...(previous !== '' && { previous }) }
    const facts = Object.keys(details as object).length > 0 ? { details } : {}
    head = sha256(canonicalJson({ ...record, ...facts }))
  }
}

for (const story of ['granted', 'denied', 'ended early'] as const)
  for (const moment of ['before', 'after'] as const)
    test(`${story}: dying ${moment} any call`, async () => {
      const rehearsal = new Fuse(Infinity, moment)
      const whole = operator()
      await tell(whole, rehearsal, story)
      await check(whole, 'undisturbed', story)
      assert.ok(rehearsal.calls > 15, `${rehearsal.calls} calls are a whole story`)
      for (let k = 1; k <= rehearsal.calls; k++) {
        const op = operator()
        const fuse = new Fuse(k, moment)
        await tell(op, fuse, story)
        assert.ok(fuse.hasBurnt, `call ${k} was reached`)
        await check(op, `dying ${moment} call ${k}`, story)
      }
    })

test.run()
