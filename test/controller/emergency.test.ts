// An emergency through its life: the second channel, its review, and what happens when a part of that is missing. No part of
// it delays access, and only a person's login makes it reviewed.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { Broken, Refused } from '../../src/domain/outcome.ts'
import { attack, attacks } from '../attacks.ts'
import { emergency } from '../builders/emergency.ts'
import { suite, table } from '../suite.ts'
import { type Hook, type Operator, operator } from './fakes.ts'

const test = suite('the controller and emergencies')

const hours = 3600
const urgent = { spec: { emergency: { ...emergency, reviewers: { emails: ['ana@example.com'] } } } }

/** Dana has asked as an emergency. */
async function asked(spec: Parameters<typeof operator>[0] = urgent): Promise<Operator> {
  const op = operator(spec)
  await op.ask({ isEmergency: true })
  await op.look()
  return op
}

/** Mo has approved it, and the access has ended. */
async function ended(spec: Parameters<typeof operator>[0] = urgent): Promise<Operator> {
  const op = await asked(spec)
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'Expired')
  return op
}

const reviewed = async (op: Operator): Promise<string> => {
  const { status, reason } = (await op.condition('Reviewed')) ?? {}
  return `${status} ${reason}`
}
const refusals = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.reviewsRefused?.map(({ reason }) => reason) ?? []

test('an emergency is told in its channel, granted, reviewed by its reviewer, and only then settled', async () => {
  const op = await asked()
  assert.equal(
    op.alerts.posted.map(({ channel, view }) => [channel, view.state, view.emergency?.review]),
    [['C0SECURITY', 'asking', 'later']],
  )
  assert.is(op.chat.posted[0]?.view.emergency?.review, 'later')
  assert.is(await op.condition('Reviewed'), undefined)
  await op.approve()
  await op.look()
  assert.is(await reviewed(op), 'False AwaitingEnd')
  assert.is(op.alerts.posted[0]?.view.state, 'granted')
  op.clock.forward(1800)
  const next = await op.look()
  assert.is(await reviewed(op), 'False AwaitingReview')
  assert.is(next?.toISOString(), '2026-11-24T14:32:00.000Z', 'the reminder')
  assert.equal(op.alerts.called, ['reviewAsked by note'])
  assert.match(op.alerts.posted[0]?.links.review ?? '', /^https:\/\/hallpass\.example\.com\/review\?t=/)
  assert.is((await op.now()).status?.settled, false)
  await op.review({ comment: 'the batch was really stuck' })
  await op.look()
  const { status = {} } = await op.now()
  assert.is(await reviewed(op), 'True Reviewed')
  assert.is(status.reviewedBy, 'ana@example.com')
  assert.is(status.settled, true)
  assert.is(op.sealedTokens.stored.size, 0)
  const { emergency: said } = op.alerts.posted[0]?.view ?? {}
  assert.equal([said?.review, said?.reviewedBy?.comment], ['done', 'the batch was really stuck'])
  assert.equal(op.alerts.posted[0]?.links, {})
  assert.equal(op.log(), [
    'Requested',
    'EmergencyRequested',
    'Routed',
    'Approved',
    'GrantStarted',
    'Granted',
    'Expired',
    'ReviewAsked',
    'Reviewed',
  ])
  const lasts = op.auditLog.entries().filter(({ isLast }) => isLast)
  assert.equal(
    lasts.map(({ payload }) => [payload['event'], payload['emergency'], payload['actor']]),
    [['Reviewed', true, 'ana@example.com']],
  )
})

test('another request for the same mapping is told nowhere else, and settles at its end', async () => {
  const op = operator(urgent)
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  assert.is((await op.now()).status?.settled, true)
  assert.equal(op.alerts.posted, [])
  assert.is(await op.condition('Reviewed'), undefined)
})

test('what gave no access is told in its channel, and needs no review', async () => {
  const op = await asked()
  await op.decide('Denied', 'use the replica')
  await op.look()
  assert.is((await op.now()).status?.settled, true)
  assert.is(await op.condition('Reviewed'), undefined)
  assert.equal([op.alerts.posted[0]?.view.state, op.alerts.posted[0]?.view.emergency?.review], ['denied', 'none'])
})

attack(test, 'the gateway’s identity stores an emergency that calls another channel … 0 alerts', async () => {
  const op = operator(urgent)
  await op.ask({ isEmergency: true })
  forge(op, ({ spec }) => {
    if (spec.review) spec.review.channel = 'C0GENERAL'
  })
  await op.look()
  assert.is(await op.phase(), 'Pending')
  return `${op.alerts.posted.length} alerts`
})

test('the alert waits for a mapping that this process does not see yet', async () => {
  const op = operator(urgent)
  const { stored } = op.mappings
  op.mappings.stored = []
  await op.ask({ isEmergency: true })
  await op.look()
  assert.equal(op.alerts.posted, [])
  op.mappings.stored = stored
  await op.look()
  assert.is(op.alerts.posted.length, 1)
})

test('the comment of a review that does not count is not shown as that of the one that does', async () => {
  const op = await ended()
  await op.review({ review: { comment: 'all is well' } })
  await op.look()
  assert.equal(await refusals(op), ['ReviewNotAuthentic'])
  await op.review()
  await op.look()
  assert.is(await reviewed(op), 'True Reviewed')
  assert.is.not(op.alerts.posted[0]?.view.emergency?.reviewedBy?.comment, 'all is well')
})

test('a person who ended the access early does not end its review', async () => {
  const op = await asked()
  await op.approve()
  await op.look()
  op.clock.forward(60)
  await op.revoke()
  await op.look()
  assert.is(await op.phase(), 'Revoked')
  assert.is(await reviewed(op), 'False AwaitingReview')
  assert.is((await op.now()).status?.settled, false)
})

test('reviewers are reminded once, at half the time, and then it is overdue and settled', async () => {
  const op = await ended()
  op.clock.forward(24 * hours - 1)
  await op.look()
  assert.equal(op.alerts.called, ['reviewAsked by note'])
  op.clock.forward(1)
  const next = await op.look()
  await op.look()
  assert.equal(op.alerts.called, ['reviewAsked by note', 'reviewReminded by note'])
  assert.is(next?.toISOString(), '2026-11-25T14:32:00.000Z')
  op.clock.forward(24 * hours)
  await op.look()
  assert.is(await reviewed(op), 'False ReviewOverdue')
  assert.is(op.log().at(-1), 'ReviewOverdue')
  assert.is((await op.now()).status?.settled, true)
  assert.is(op.alerts.posted[0]?.view.emergency?.review, 'overdue')
})

test('after a long pause of the controller, nobody is asked and reminded together', async () => {
  const op = await asked()
  await op.approve()
  await op.look()
  op.clock.forward(1800 + 30 * hours)
  await op.look()
  assert.equal(op.alerts.called, ['reviewAsked by note'])
})

test('a request that somebody deletes stays until it is reviewed', async () => {
  const op = await ended()
  await op.cluster.delete(await op.now())
  await op.look()
  assert.ok((await op.now()).metadata.finalizers?.includes('hallpass.dev/account'))
  await op.review()
  await op.look()
  await op.look()
  assert.is(await op.cluster.get(op.ref), undefined)
})

test('a channel that cannot be used is told, delays no access, and reviewers are asked directly', async () => {
  const op = operator(urgent)
  op.alerts.refusal = new Refused('ChannelUnreachable', 'Hallpass cannot write to Slack channel "C0SECURITY".')
  await op.ask({ isEmergency: true })
  await op.look()
  assert.match(op.chat.posted[0]?.view.emergency?.untold ?? '', /cannot write to Slack channel/)
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  op.clock.forward(1800)
  await op.look()
  assert.equal(op.alerts.called, ['U0ANA reviewAsked by direct message'])
  op.alerts.refusal = undefined
  await op.look()
  assert.is(op.alerts.posted.length, 1, 'it is tried again')
  assert.is((await op.now()).status?.alert?.why, undefined)
})

test('a channel that never works does not keep the request forever', async () => {
  const op = operator(urgent)
  op.alerts.refusal = new Refused('ChannelUnreachable', 'Hallpass cannot write to Slack channel "C0SECURITY".')
  await op.ask({ isEmergency: true })
  await op.look()
  await op.decide('Denied')
  await op.look()
  const { status = {} } = await op.now()
  assert.equal([status.settled, status.alert], [true, undefined])
})

test('an alert that Slack posted late, after another attempt, is deleted before the request is settled', async () => {
  const op = operator(urgent)
  let left = 1
  const dies: Hook = (name, when) => {
    if (name === 'alerts.post' && when === 'after' && left-- > 0) throw new Broken('no answer', { answered: false })
  }
  const first = op.start(dies)
  await op.ask({ isEmergency: true })
  await first.reconcile(op.ref).catch(() => undefined)
  const [late] = op.alerts.posted.splice(0)
  op.clock.forward(20)
  await op.look()
  if (late) op.alerts.posted.push(late)
  assert.is(op.alerts.posted.length, 2)
  await op.decide('Denied')
  await op.look()
  assert.is((await op.now()).status?.settled, false, 'it waits until Slack posts nothing late')
  op.clock.forward(40)
  await op.look()
  assert.is((await op.now()).status?.settled, true)
  assert.is(op.alerts.posted.length, 1)
})

test('while Slack does not answer, access is granted and ends, and the alert follows', async () => {
  const op = operator(urgent)
  op.alerts.isSilent = true
  await op.ask({ isEmergency: true })
  await op.look().catch(() => undefined)
  await op.approve()
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'Provisioned')
  op.alerts.isSilent = false
  await op.look()
  assert.equal([op.alerts.posted.length, op.alerts.posted[0]?.view.state], [1, 'granted'])
})

table<{ call: string; moment: 'before' | 'after' }>(
  test,
  {
    'before the alert is posted': { call: 'alerts.post', moment: 'before' },
    'after the alert was posted': { call: 'alerts.post', moment: 'after' },
    'after the alert was edited': { call: 'alerts.update', moment: 'after' },
    'after the reviewers were asked': { call: 'alerts.mention', moment: 'after' },
    'before a review is verified': { call: 'tokens.unseal', moment: 'before' },
  },
  async ({ call, moment }) => {
    const op = operator(urgent)
    let left = 1
    const dies: Hook = (name, when) => {
      if (name === call && when === moment && left-- > 0) throw new Broken('the process died')
    }
    let process = op.start(dies)
    const look = async (): Promise<void> => {
      await process.reconcile(op.ref).catch(() => undefined)
      if (left < 1) process = op.start()
      await process.reconcile(op.ref).catch(() => undefined)
    }
    await op.ask({ isEmergency: true })
    await look()
    await op.approve()
    await look()
    op.clock.forward(1800)
    await look()
    await op.review()
    await look()
    assert.is(left < 1 || call === 'tokens.unseal', true)
    assert.is(op.alerts.posted.length, 1)
    assert.is(await reviewed(op), 'True Reviewed')
    assert.is((await op.now()).status?.settled, true)
  },
)

/** What somebody with rights over the store makes of it; the API server itself refuses a change of the spec. */
function forge(op: Operator, change: (request: AccessRequest) => void): void {
  const stored = op.cluster.stored.get(`${op.ref.namespace}/${op.ref.name}`)
  if (stored) change(stored)
}

const group = { spec: { emergency: { ...emergency, reviewers: { slackUserGroup: 'S0SECURITY' } } } }
const anaIsMember = (op: Operator): Operator => {
  op.directory.groups = { S0SECURITY: ['U0ANA', 'U0DANA', 'U0MO'] }
  return op
}

test('members of the user group review, except those who asked or approved', async () => {
  const op = anaIsMember(operator(group))
  await op.ask({ isEmergency: true })
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  assert.equal(
    (await op.now()).status?.reviewers?.map(({ email }) => email),
    ['ana@example.com'],
  )
  await op.review()
  await op.look()
  assert.is(await reviewed(op), 'True Reviewed')
})

test('members of the user group review, however many others are named by address', async () => {
  const emails = Array.from({ length: 20 }, (_, n) => `reviewer${n}@example.com`)
  const reviewers = { emails, slackUserGroup: 'S0SECURITY' }
  const op = anaIsMember(operator({ spec: { emergency: { ...emergency, reviewers } } }))
  await op.ask({ isEmergency: true })
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  await op.review()
  await op.look()
  assert.is(await reviewed(op), 'True Reviewed')
})

attack(test, 'somebody reviews who has left the user group meanwhile … NotAReviewer', async () => {
  const op = anaIsMember(operator(group))
  await op.ask({ isEmergency: true })
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  await op.review()
  op.directory.groups = { S0SECURITY: ['U0OTTO'] }
  await op.look()
  assert.is(await reviewed(op), 'False AwaitingReview')
  return (await refusals(op)).join()
})

attacks<Parameters<Operator['review']>[0]>(
  test,
  {
    'auth’s identity stores a review by the requester … SelfReview': { email: 'dana@example.com' },
    'auth’s identity stores a review by the approver … ReviewByApprover': { email: 'mo@example.com' },
    'auth’s identity stores a review by somebody whom nobody named … NotAReviewer': { email: 'eve@example.com' },
    'auth’s identity stores a review without any sign-in … SealedTokenMissing': { isSealed: false },
    'auth’s identity stores the sign-in of an approval as a review … ReviewNotAuthentic': { sealedFor: 'approve' },
    'auth’s identity stores what Google signed for an approval … ReviewNotAuthentic': {
      purpose: 'approve',
      sealedFor: 'review',
    },
    'auth’s identity stores a review of another request … ReviewNotAuthentic': {
      uid: '33333333-0000-4000-8000-000000000001',
    },
    'auth’s identity puts another reviewer’s name on a review … ReviewNotAuthentic': {
      review: { who: { email: 'otto@example.com' } },
    },
    'auth’s identity puts a comment into a review … ReviewNotAuthentic': { review: { comment: 'all is well' } },
  },
  async forged => {
    const op = await ended()
    await op.review(forged)
    await op.look()
    assert.is(await reviewed(op), 'False AwaitingReview')
    assert.is((await op.now()).status?.reviewedBy, undefined)
    const [reason = 'counted'] = await refusals(op)
    assert.is(op.log().includes('TamperingSeen'), reason === 'ReviewNotAuthentic')
    assert.is(op.log().at(-1), 'ReviewRefused')
    // The honest reviewer still can.
    op.clock.forward(60)
    await op.review()
    await op.look()
    assert.is(await reviewed(op), 'True Reviewed')
    return reason
  },
)

attack(test, 'somebody makes an approved request an emergency no more, to escape its review … Failed', async () => {
  const op = operator(urgent)
  await op.ask({ isEmergency: true })
  await op.look()
  await op.approve()
  forge(op, request => {
    delete request.spec.emergency
    delete request.spec.review
  })
  await op.look()
  assert.is((await op.condition('Approved'))?.reason, 'ApprovalNotAuthentic')
  return String(await op.phase())
})

attack(test, 'somebody makes an approved request an emergency, to need fewer approvals … Failed', async () => {
  const op = operator(urgent)
  const { spec } = structuredClone(await op.ask({ isEmergency: true }))
  forge(op, request => {
    delete request.spec.emergency
    delete request.spec.review
    request.spec.approval = { ...spec.approval, allowed: { emails: [] } }
    delete request.spec.approval.allowed
    request.spec.approval.escalateAfter = '10m'
  })
  await op.look()
  await op.approve()
  forge(op, request => {
    request.spec = spec
  })
  await op.look()
  assert.is((await op.condition('Approved'))?.reason, 'ApprovalNotAuthentic')
  return String(await op.phase())
})

test.run()
