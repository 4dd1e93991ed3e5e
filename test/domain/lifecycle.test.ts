// What is due, and when to look again.
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision, Ending, RequestStatus } from '../../src/api/kinds.ts'
import { hasEnded, nextLook, type Step, stepsDue } from '../../src/domain/lifecycle.ts'
import { isPlausible } from '../../src/domain/granting/approved-record.ts'
import { nextOf } from '../../src/domain/next-steps.ts'
import { owedNews } from '../../src/domain/view/owed-news.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { viewDigest, viewOf } from '../../src/domain/view/view.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import { suite, table } from '../suite.ts'

const test = suite('the lifecycle')
const stored = mapping()
// Reminders are in paging.test.ts.
const read = { ...readMapping(stored), remindSeconds: 0 }
const asked = request(stored)
const at = '2026-11-23T14:02:00Z'
const soon = new Date('2026-11-23T14:03:00Z')
const end = new Date('2026-11-23T14:35:00Z')

const decision = (verdict: Decision['verdict']): Decision => ({
  id: verdict,
  verdict,
  who: { email: 'mo@example.com' },
  at: '2026-11-23T14:05:00Z',
  ...(verdict === 'Approved' && {
    evidence: {
      hash: 'a'.repeat(64),
      salt: 's'.repeat(43),
      claims: {
        iss: 'i',
        aud: 'a',
        sub: 's',
        email: 'mo@example.com',
        iat: Date.parse('2026-11-23T14:05:00Z') / 1000,
        exp: 0,
        nonce: 'n',
      },
    },
  }),
})
const pending: RequestStatus = { ...asked.status, routing: { at, level: 1 } }
const provisioned: RequestStatus = {
  ...pending,
  phase: 'Provisioned',
  decisions: [decision('Approved')],
  approvedBy: 'mo@example.com',
  startsAt: '2026-11-23T14:05:00Z',
  expiresAt: '2026-11-23T14:35:00Z',
  grants: stored.spec.grants.map(({ resource, role }) => ({ resource, role, state: 'Written' })),
  told: [{ what: 'granted', at }],
}
const evidenced = decision('Approved')
const revocation: Ending = { ...evidenced, id: 'r1', verdict: 'Revoked' }
const done = { ...revocation, id: 'd1', verdict: 'Done', evidence: undefined as never } as const satisfies Ending
const removed: RequestStatus = {
  ...provisioned,
  grants: provisioned.grants?.map(grant => ({ ...grant, state: 'Removed' as const })) ?? [],
}
const ana = { email: 'ana@example.com', slackUserID: 'U0ANA', level: 2, why: 'on call', at: '2026-11-23T14:02:30Z' }
const told = (what: string): Pick<RequestStatus, 'told'> => ({ told: [...(provisioned.told ?? []), { what, at }] })

type Fact = {
  status: RequestStatus
  metadata?: Partial<AccessRequest['metadata']>
  now?: Date
  due: string[]
  isUnposted?: boolean
}

/** A request whose message is where it should be and shows what is true, unless the status says otherwise. */
function requestOf({ status, metadata, isUnposted }: Omit<Fact, 'now' | 'due'>): AccessRequest {
  const bare: AccessRequest = { ...asked, metadata: { ...asked.metadata, ...metadata }, status }
  if (!status.phase || status.message || isUnposted) return bare
  const message = { channel: 'C0PRODACCESS', intentAt: at, ts: '1.0', shown: viewDigest(viewOf(bare, read)) }
  const called = { what: `asked ${status.approvers?.length ?? 0}`, at }
  return { ...bare, status: { told: [called], ...status, message } }
}

const deleted = { deletionTimestamp: at }
const held = { finalizers: ['hallpass.dev/account', 'other'] }

table<Fact>(
  test,
  {
    'a new request begins': { status: {}, due: ['begin'] },
    'it is routed': { status: { phase: 'Pending' }, due: ['route'] },
    'and then waits': { status: pending, due: [] },
    'the next level is due after silence': { status: pending, now: new Date('2026-11-23T14:12:00Z'), due: ['route'] },
    'an approval is accepted': { status: { ...pending, decisions: [decision('Approved')] }, due: ['accept'] },
    'an approval goes before the deadline': {
      status: { ...pending, decisions: [decision('Approved')] },
      now: new Date('2026-11-23T15:00:00Z'),
      due: ['accept'],
    },
    'the first decision counts': {
      status: { ...pending, decisions: [decision('Denied'), decision('Approved')] },
      due: ['close Denied'],
    },
    'a withdrawal closes': { status: { ...pending, decisions: [decision('Withdrawn')] }, due: ['close Withdrawn'] },
    'a deletion withdraws': { status: pending, metadata: deleted, due: ['close Withdrawn'] },
    'a deletion goes before an approval': {
      status: { ...pending, decisions: [decision('Approved')] },
      metadata: deleted,
      due: ['close Withdrawn'],
    },
    'silence becomes a refusal at the deadline': {
      status: pending,
      now: new Date('2026-11-23T14:32:00Z'),
      due: ['close TimedOut'],
    },
    'the second before it does not': {
      status: { ...pending, routing: { at, level: 0 } },
      now: new Date('2026-11-23T14:31:59Z'),
      due: [],
    },
    'what is approved is granted': { status: { ...provisioned, phase: 'Approved' }, due: ['grant'] },
    'a deletion before anything is written withdraws': {
      status: { ...provisioned, phase: 'Approved', grants: [] },
      metadata: deleted,
      due: ['close Withdrawn'],
    },
    'a deletion after it was begun does not stop it halfway': {
      status: { ...provisioned, phase: 'Approved', grants: [{ resource: 'r', role: 'x', state: 'Writing' }] },
      metadata: deleted,
      due: ['grant'],
    },
    'what is granted is told': { status: { ...provisioned, told: [] }, due: ['tell granted'] },
    'in doubt is told as such': {
      status: {
        ...provisioned,
        told: [],
        grants: provisioned.grants?.map(grant => ({ ...grant, state: 'Unknown' })) ?? [],
      },
      due: ['tell inDoubt'],
    },
    'a warning ten minutes before the end': {
      status: provisioned,
      now: new Date('2026-11-23T14:25:00Z'),
      due: ['tell endingSoon'],
    },
    'not a second earlier': { status: provisioned, now: new Date('2026-11-23T14:24:59Z'), due: [] },
    'the expiry instant itself ends it': {
      status: { ...provisioned, ...told('endingSoon') },
      now: end,
      due: ['expire'],
    },
    'the second before it does not end it': {
      status: { ...provisioned, ...told('endingSoon') },
      now: new Date('2026-11-23T14:34:59Z'),
      due: [],
    },
    'a deletion does not end what is granted': { status: provisioned, metadata: { ...deleted, ...held }, due: [] },
    'what was marked as granted by hand fails': { status: { ...provisioned, decisions: [] }, due: ['failForged'] },
    'an early end is carried out': { status: { ...provisioned, endings: [revocation] }, due: ['end'] },
    'a record that says that nothing is left is doubted before an early end': {
      status: { ...removed, endings: [revocation] },
      due: ['markUnknown'],
    },
    'a record without a grant is doubted before an early end': {
      status: { ...provisioned, grants: [], endings: [revocation] },
      due: ['markUnknown'],
    },
    'an early end of what is left of a removal': {
      status: {
        ...provisioned,
        grants: provisioned.grants?.map((grant, i) => ({ ...grant, state: i === 0 ? 'Removed' : 'Written' })) ?? [],
        endings: [revocation],
      },
      due: ['end'],
    },
    'an early end does not believe the record of another grant while it is being written': {
      status: {
        ...provisioned,
        phase: 'Approved',
        grants: [{ resource: 'r', role: 'x', state: 'Writing' }],
        endings: [revocation],
      },
      due: ['grant'],
    },
    'an early end stops a grant that is being written': {
      status: { ...provisioned, phase: 'Approved', told: [], endings: [revocation] },
      due: ['end'],
    },
    'an early end of a request that is being deleted': {
      status: { ...provisioned, endings: [revocation] },
      metadata: { ...deleted, ...held },
      due: ['end'],
    },
    'an early end that was refused is over, and the person who signed in is told once': {
      status: {
        ...provisioned,
        endings: [revocation],
        endingsRefused: [{ id: 'r1', reason: 'NotRemoved', message: 'no', at }],
      },
      due: ['remind notEnded'],
    },
    'and not again': {
      status: {
        ...provisioned,
        endings: [revocation],
        endingsRefused: [{ id: 'r1', reason: 'NotRemoved', message: 'no', at }],
        ...told('notEnded 1'),
      },
      due: [],
    },
    'a forged early end mentions nobody': {
      status: {
        ...provisioned,
        endings: [revocation],
        endingsRefused: [{ id: 'r1', reason: 'EndingNotAuthentic', message: 'no', at }],
      },
      due: [],
    },
    'the wish of the holder removes nothing: the approver is asked to': {
      status: { ...provisioned, endings: [done] },
      due: ['remind done'],
    },
    'once, and not again': {
      status: { ...provisioned, endings: [done], ...told('endAsked') },
      due: [],
    },
    'and not while somebody is ending it': {
      status: { ...provisioned, endings: [done, revocation] },
      due: ['end'],
    },
    'nor when it has ended': {
      status: { ...provisioned, phase: 'Expired', endings: [done], ...told('ended') },
      metadata: held,
      due: ['release'],
    },
    'at its time the access ends by itself': {
      status: { ...provisioned, endings: [revocation], ...told('endingSoon') },
      now: end,
      due: ['expire'],
    },
    'an early end of what was marked as granted by hand': {
      status: { ...provisioned, decisions: [], endings: [revocation] },
      due: ['failForged'],
    },
    'an early end before anything is decided waits': {
      status: { ...pending, endings: [revocation] },
      due: [],
    },
    'a grant that is said to be removed is doubted, because nobody has signed in to end it': {
      status: { ...provisioned, grants: provisioned.grants?.map(grant => ({ ...grant, state: 'Removed' })) ?? [] },
      due: ['markUnknown'],
    },
    'a record of grants that lost one is doubted': {
      status: { ...provisioned, grants: provisioned.grants?.slice(1) ?? [] },
      due: ['markUnknown'],
    },
    'a record of another role is doubted': {
      status: { ...provisioned, grants: provisioned.grants?.map(grant => ({ ...grant, role: 'roles/owner' })) ?? [] },
      due: ['markUnknown'],
    },
    'what was left in doubt by a refusal is not doubted again': {
      status: {
        ...provisioned,
        ...told('inDoubt'),
        grants: provisioned.grants?.map((grant, i) => ({ ...grant, state: i === 0 ? 'Unknown' : 'Refused' })) ?? [],
      },
      due: [],
    },
    'the end is told': { status: { ...provisioned, phase: 'Expired' }, now: end, due: ['tell ended'] },
    'a withdrawal is not told to who withdrew': { status: { ...pending, phase: 'Withdrawn' }, due: ['settle'] },
    'the intent to post a message is stored once somebody is asked': {
      status: pending,
      isUnposted: true,
      due: ['intend'],
    },
    'a message is posted after its intent': {
      status: { ...pending, message: { channel: 'C0PRODACCESS', intentAt: at } },
      due: ['post'],
    },
    'none is posted after the end': {
      status: { ...pending, phase: 'Withdrawn' },
      isUnposted: true,
      due: ['settle'],
    },
    'one that may have been posted is looked for even after the end': {
      status: { ...pending, phase: 'Withdrawn', message: { channel: 'C0PRODACCESS', intentAt: at } },
      due: ['post'],
    },
    'a message that shows something else is edited': {
      status: {
        ...pending,
        ...told('asked 1'),
        message: { channel: 'C0PRODACCESS', intentAt: at, ts: '1.0', shown: 'other' },
      },
      due: ['show'],
    },
    'who was found after the message was posted is called': {
      status: { ...pending, approvers: [...(pending.approvers ?? []), ana], ...told('asked 1') },
      due: ['call'],
    },
    'who was mentioned and is perhaps not in the channel is called': {
      status: { ...pending, told: [] },
      due: ['call'],
    },
    'nobody is called before there is a message': {
      status: { ...pending, told: [], message: { channel: 'C0PRODACCESS', intentAt: at } },
      due: ['post'],
    },
    'a channel that cannot be used: the requester is told, and people are asked directly': {
      status: {
        ...pending,
        told: [],
        message: { channel: 'C0PRODACCESS', intentAt: at },
        conditions: [
          { type: 'Routed', status: 'False', reason: 'MessageRefused', message: 'No.', lastTransitionTime: at },
        ],
      },
      due: ['post', 'call', 'tell unposted'],
    },
    'nobody is called after the decision': {
      status: { ...pending, told: [], decisions: [decision('Approved')] },
      due: ['accept'],
    },
    'events are delivered': { status: { ...pending, audit: [{ seq: 1, event: 'Requested', at }] }, due: ['account'] },
    'steps do not wait for each other': {
      status: {
        ...provisioned,
        told: [],
        audit: [{ seq: 1, event: 'Requested', at }],
        message: { channel: 'C0PRODACCESS', intentAt: at, ts: '1.0', shown: 'other' },
      },
      now: end,
      due: ['expire', 'show', 'tell granted', 'account'],
    },
    'an ended request first loses its finalizer': {
      status: { ...pending, phase: 'Withdrawn' },
      metadata: held,
      due: ['release'],
    },
    'and is then settled': { status: { ...pending, phase: 'Withdrawn' }, due: ['settle'] },
    'not while work remains': {
      status: { ...pending, phase: 'Denied', audit: [{ seq: 1, event: 'Denied', at }] },
      due: ['tell denied', 'account'],
    },
    'a settled request is left alone': { status: { ...pending, phase: 'Withdrawn', settled: true }, due: [] },
    'unless it still has our finalizer': {
      status: { ...pending, phase: 'Withdrawn', settled: true },
      metadata: held,
      due: ['release'],
    },
  },
  ({ now = soon, due, ...fact }) => {
    const facts = { request: requestOf(fact), mapping: read, lookedAt: now }
    const names = stepsDue(facts, now).map(step =>
      step.do === 'tell'
        ? `tell ${step.news}`
        : step.do === 'remind'
          ? `remind ${step.note.about}`
          : step.do === 'close'
            ? `close ${step.phase}`
            : step.do,
    )
    assert.equal(names, due)
  },
)

test('silence: the next level is looked for first, then the page is raised; a reminder is sent with everything else', () => {
  const told = [{ what: 'asked 1', at }]
  const request = requestOf({ status: { ...pending, told } })
  const silence = {
    ...read,
    remindSeconds: 240,
    page: { route: 'platform', afterSeconds: 300, urgency: 'high' as const },
  }
  const dueAt = (minute: number, mapping: typeof silence): string[] => {
    const now = new Date(`2026-11-23T14:${String(minute).padStart(2, '0')}:00Z`)
    return stepsDue({ request, mapping, lookedAt: now }, now).map(step => step.do)
  }
  assert.equal(dueAt(6, silence), ['callAgain'])
  assert.equal(dueAt(7, silence), ['raise', 'callAgain'])
  assert.equal(dueAt(12, silence), ['route', 'raise', 'callAgain'])
  const looks = nextLook({ request, mapping: silence, lookedAt: soon }, soon)
  assert.ok(looks && looks <= new Date('2026-11-23T14:06:00Z'))
})

const owed = { show: { do: 'show' }, tell: { do: 'tell', news: 'ended' }, account: { do: 'account' } } as const

table<{ due: Step[]; next: ReturnType<typeof nextOf> }>(
  test,
  {
    'a step of the lifecycle is taken by itself': {
      due: [{ do: 'expire' }, owed.show, owed.account],
      next: { do: 'expire' },
    },
    'notifications and log entries are delivered in parallel': {
      due: [owed.show, owed.tell, owed.account],
      next: [owed.show, owed.tell, owed.account],
    },
    'news waits for the message into whose thread it goes': {
      due: [{ do: 'post' }, owed.tell, owed.account],
      next: [{ do: 'post' }, owed.account],
    },
    'nothing is taken when nothing is due': { due: [], next: undefined },
  },
  ({ due, next }) => assert.equal(nextOf(due), next),
)

test('a process that has not looked who is on call does so, once a minute', () => {
  const facts = { request: requestOf({ status: pending }), mapping: read }
  const due = (lookedAt: Date | undefined): string[] => stepsDue({ ...facts, lookedAt }, soon).map(step => step.do)
  assert.equal([due(undefined), due(soon), due(new Date(at))], [['refresh'], [], ['refresh']])
})

table<{ status: RequestStatus; now?: Date; at: string | undefined }>(
  test,
  {
    'while it waits: the on-call in a minute': { status: pending, at: '2026-11-23T14:04:00.000Z' },
    'the deadline': {
      status: { ...pending, routing: { at, level: 0, silentSince: at } },
      now: new Date('2026-11-23T14:31:59Z'),
      at: '2026-11-23T14:32:00.000Z',
    },
    'the warning': { status: provisioned, now: new Date('2026-11-23T14:10:00Z'), at: '2026-11-23T14:25:00.000Z' },
    'the end': { status: provisioned, now: new Date('2026-11-23T14:25:00Z'), at: '2026-11-23T14:35:00.000Z' },
    'nothing after the end': { status: { ...provisioned, phase: 'Expired' }, at: undefined },
  },
  fact => {
    const now = fact.now ?? soon
    assert.is(
      nextLook({ request: { ...asked, status: fact.status }, mapping: read, lookedAt: now }, now)?.toISOString(),
      fact.at,
    )
  },
)

test('requests under twenty minutes are not warned of', () => {
  const short: AccessRequest = {
    ...asked,
    spec: { ...asked.spec, duration: '19m' },
    status: { ...provisioned, expiresAt: '2026-11-23T14:24:00Z' },
  }
  assert.is(owedNews(short, new Date('2026-11-23T14:20:00Z')), undefined)
})

table<{ change: Partial<RequestStatus>; plausible: boolean }>(
  test,
  {
    'what the controller wrote': { change: {}, plausible: true },
    'without an approval': { change: { decisions: [] }, plausible: false },
    'with a denial': { change: { decisions: [decision('Denied')] }, plausible: false },
    'approved by another person than decided': { change: { approvedBy: 'otto@example.com' }, plausible: false },
    'until another time': { change: { expiresAt: '2026-11-24T14:35:00Z' }, plausible: false },
    'from another time': {
      change: { startsAt: '2026-11-23T12:00:00Z', expiresAt: '2026-11-23T12:30:00Z' },
      plausible: false,
    },
    'with nothing that may hold': {
      change: { grants: [{ resource: 'r', role: 'x', state: 'Pending' }] },
      plausible: false,
    },
    'with no grants at all': { change: { grants: [] }, plausible: false },
  },
  ({ change, plausible }) => assert.is(isPlausible({ ...asked, status: { ...provisioned, ...change } }), plausible),
)

test('ends are ends', () => {
  const ended = (phase: RequestStatus['phase']): boolean => hasEnded({ ...asked, status: phase ? { phase } : {} })
  assert.equal((['Pending', 'Approved', 'Provisioned', undefined] as const).map(ended), [false, false, false, false])
  assert.ok((['Expired', 'Denied', 'TimedOut', 'Withdrawn', 'Revoked', 'Failed'] as const).every(ended))
})

test.run()
