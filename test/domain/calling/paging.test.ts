// When a page is raised, what is sent about it next, who may page through a route, and what the people who are paged read.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus, RoleMapping } from '../../../src/api/kinds.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { type PageAction, pageEventOf } from '../../../src/domain/calling/page-event.ts'
import {
  faultOfRoute,
  pageActionDue,
  pageAt,
  pageLimitReached,
  whyUnpaged,
} from '../../../src/domain/calling/paging.ts'
import { remindAt } from '../../../src/domain/calling/reminding.ts'
import { attack } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('pages and reminders')
type Approval = RoleMapping['spec']['approval']
const page = { route: 'platform' }
const of = (approval: Partial<Approval> = { page }): RoleMapping => {
  const stored = mapping()
  return { ...stored, spec: { ...stored.spec, approval: { onCall: { escalationPolicy: 'PMANAGERS' }, ...approval } } }
}
const asked = request(of())
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 23, 14, minute)).toISOString().replace('.000', '')
const seen = (status: RequestStatus): AccessRequest => ({ ...asked, status: { ...asked.status, ...status } })
const look = (minute: number) => ({ at: at(minute), slackUserID: 'U0MO', email: 'mo@example.com' })
const denial = { id: 'd', verdict: 'Denied' as const, who: { email: 'mo@example.com' }, at: at(3) }
const intent = { route: 'platform', intentAt: at(7) }
const minuteOf = (instant: Date | undefined): number | undefined =>
  instant && (Number(instant) - Date.UTC(2026, 10, 23, 14)) / 60_000

table<{ approval?: Partial<Approval>; status?: RequestStatus; due: number | undefined }>(
  test,
  {
    'after five minutes of silence a page is due': { due: 7 },
    'or after the time that the mapping says': { approval: { page: { ...page, after: '90s' } }, due: 3.5 },
    'a mapping without a route pages nobody': { approval: {}, due: undefined },
    'a press of Approve is a sign of life, and the silence begins again': { status: { looking: [look(4)] }, due: 9 },
    'nobody is paged before the request has begun': { status: { phase: undefined } as never, due: undefined },
    'nobody is paged twice': { status: { page: intent }, due: undefined },
    'nor after a decision': { status: { decisions: [denial] }, due: undefined },
    'nor after the end': { status: { phase: 'TimedOut' }, due: undefined },
    'a page does not need anybody who was asked': { status: { approvers: [] }, due: 7 },
  },
  ({ approval, status = {}, due }) => assert.is(minuteOf(pageAt(seen(status), readMapping(of(approval)))), due),
)

table<{ status: RequestStatus; now?: number; due: PageAction | undefined }>(
  test,
  {
    'nothing is sent without an intent': { status: {}, due: undefined },
    'an intent is followed by a trigger': { status: { page: intent }, due: 'trigger' },
    'a trigger that was taken is not repeated': { status: { page: { ...intent, sent: 'trigger' } }, due: undefined },
    'a press after the page acknowledges it': {
      status: { page: { ...intent, sent: 'trigger' }, looking: [look(8)] },
      due: 'acknowledge',
    },
    'a press before the page does not': {
      status: { page: { ...intent, sent: 'trigger' }, looking: [look(3)] },
      due: undefined,
    },
    'it is acknowledged once': {
      status: { page: { ...intent, sent: 'acknowledge' }, looking: [look(8), look(14)] },
      due: undefined,
    },
    'a decision resolves it, before it is carried out': {
      status: { page: { ...intent, sent: 'trigger' }, decisions: [denial] },
      due: 'resolve',
    },
    'every end resolves it': {
      status: { page: { ...intent, sent: 'acknowledge' }, phase: 'TimedOut' },
      due: 'resolve',
    },
    'also when it is not known whether the trigger was taken': {
      status: { page: intent, phase: 'Withdrawn' },
      due: 'resolve',
    },
    'it is resolved once': { status: { page: { ...intent, sent: 'resolve' }, phase: 'Denied' }, due: undefined },
    'a refused page is left alone': { status: { page: { ...intent, refused: 'PageRefused' } }, due: undefined },
    'a page that cannot be resolved for a day is left to people': {
      status: { page: { ...intent, sent: 'trigger' }, phase: 'Denied', endedAt: at(3) },
      now: 24 * 60 + 3,
      due: undefined,
    },
  },
  ({ status, now = 9, due }) => assert.is(pageActionDue(seen(status), new Date(at(now))), due),
)

table<{ page: RequestStatus['page']; now?: number; why: string | undefined }>(
  test,
  {
    'without a page nobody is told of one': { page: undefined, why: undefined },
    'a page that was just begun is not late': { page: intent, now: 7, why: undefined },
    'a page that PagerDuty has not taken after a minute is': { page: intent, now: 8, why: 'PagerDutySilent' },
    'a page that it has taken is not': { page: { ...intent, sent: 'trigger' }, why: undefined },
    'a refused page is told with its reason': { page: { ...intent, refused: 'PageRefused' }, why: 'PageRefused' },
    'an end that is refused is not told': {
      page: { ...intent, sent: 'trigger', refused: 'PageRefused' },
      why: undefined,
    },
    'a reason that nobody knows is not shown': { page: { ...intent, refused: 'Click here' }, why: undefined },
  },
  ({ page: stored, now = 9, why }) =>
    assert.is(whyUnpaged(seen(stored ? { page: stored } : {}).status ?? {}, new Date(at(now))), why),
)

const called = [{ what: 'asked 1', at: at(2) }]
const [mo] = asked.status?.approvers ?? []
const ana = { ...mo, email: 'ana@example.com', slackUserID: 'U0ANA', level: 2, why: 'on call', at: at(5) }
table<{ approval?: Partial<Approval>; status?: RequestStatus; due: number | undefined }>(
  test,
  {
    'people are reminded when half of the time before the next level is over': { due: 7 },
    'or after the time that the mapping says': { approval: { remindAfter: '3m' }, due: 5 },
    'nobody is reminded within the first minute unless the mapping says so': {
      approval: { escalateAfter: '1m50s' },
      due: undefined,
    },
    'a mapping can switch it off': { approval: { remindAfter: '0s' }, due: undefined },
    'without an escalation nobody is reminded': { approval: { escalateAfter: '0s' }, due: undefined },
    'unless the mapping says when': { approval: { escalateAfter: '0s', remindAfter: '5m' }, due: 7 },
    'nobody is reminded before they were called': { status: { told: [] }, due: undefined },
    'nor twice': { status: { told: [...called, { what: 'reminded', at: at(7) }] }, due: undefined },
    'nor after somebody has looked': { status: { told: called, looking: [look(3)] }, due: undefined },
    'nor after a decision': { status: { told: called, decisions: [denial] }, due: undefined },
    'nor when the next level is asked': {
      status: { told: [{ what: 'asked 2', at: at(3) }], approvers: [mo, ana] as never },
      due: undefined,
    },
    'nor for a request that was withdrawn and asked again': {
      status: { told: called, earlier: { called: { at: at(1), who: ['U0MO'] } } },
      due: undefined,
    },
    'two must approve: both levels are asked at once, and both are reminded': {
      approval: { required: 2 },
      status: { told: [{ what: 'asked 2', at: at(2) }], approvers: [mo, ana] as never },
      due: 7,
    },
    'after the first of two has approved, the other is reminded later': {
      approval: { required: 2 },
      status: {
        told: [{ what: 'asked 2', at: at(2) }],
        approvers: [mo, ana] as never,
        looking: [look(3)],
        decisions: [{ ...denial, verdict: 'Approved' }],
      },
      due: 8,
    },
    'nor when nobody but the first of two is asked': {
      approval: { required: 2 },
      status: { told: called, decisions: [{ ...denial, verdict: 'Approved' }] },
      due: undefined,
    },
    'nor people whom Slack does not know': {
      status: { told: called, approvers: [{ ...mo, slackUserID: undefined }] as never },
      due: undefined,
    },
  },
  ({ approval = {}, status = {}, due }) => {
    const { spec, ...rest } = seen({ told: called, ...status })
    const escalateAfter = approval.escalateAfter ?? spec.approval.escalateAfter
    const { required = 1 } = approval
    const stored = { ...rest, spec: { ...spec, approval: { ...spec.approval, required, escalateAfter } } }
    assert.is(minuteOf(remindAt(stored, readMapping(of(approval)))), due)
  },
)

test('a route belongs to the namespaces that the settings list', () => {
  const reasonOf = (routes: Parameters<typeof faultOfRoute>[1]): string | undefined =>
    faultOfRoute(of(), routes)?.reason
  assert.is(reasonOf([{ name: 'platform', namespaces: ['other', of().metadata.namespace] }]), undefined)
  assert.is(reasonOf([{ name: 'platform', namespaces: ['other'] }]), 'PageRouteForeign')
  assert.is(reasonOf([{ name: 'other', namespaces: ['hallpass'] }]), 'PageRouteUnknown')
  assert.is(faultOfRoute(of({}), [])?.reason, undefined)
})

const paged = (n: number, more: { minute?: number; email?: string; refused?: string } = {}): AccessRequest => {
  const { minute = 0, email = 'dana@example.com', refused } = more
  const { metadata, spec } = asked
  const stored = { route: 'platform', intentAt: at(minute), ...(refused && { refused }) }
  return {
    ...asked,
    metadata: { ...metadata, uid: `u${n}`, name: `r${n}` },
    spec: { ...spec, requester: { email } },
    status: { phase: 'Withdrawn', page: stored },
  }
}
const limits = { pagesPerPerson: 3, pagesPerMapping: 5 }
table<{ history: AccessRequest[]; now?: number; limit: RegExp | undefined }>(
  test,
  {
    'two pages of a person leave one': { history: [paged(1), paged(2)], limit: undefined },
    'three do not': { history: [paged(1), paged(2), paged(3)], limit: /^Requests of dana@example\.com .*3 pages/ },
    'another address of the same person counts': {
      history: [paged(1), paged(2), paged(3, { email: 'dana@alias.example' })],
      limit: /^Requests of dana/,
    },
    'pages of others count for the mapping': {
      history: [1, 2, 3, 4, 5].map(n => paged(n, { email: `p${n}@example.com` })),
      limit: /^Requests for "prod-db" have raised 5 pages/,
    },
    'after an hour they count no more': { history: [1, 2, 3].map(n => paged(n)), now: 60, limit: undefined },
    'what the limit refused does not count': {
      history: [1, 2, 3].map(n => paged(n, { refused: 'PagesLimited' })),
      limit: undefined,
    },
    'the request itself does not count': { history: [asked, paged(1), paged(2)], limit: undefined },
  },
  ({ history, now = 30, limit }) => {
    const people = [['dana@example.com', 'dana@alias.example']]
    const reached = pageLimitReached(asked, { history, limits, people, now: new Date(at(now)) })
    if (limit) assert.match(reached?.message ?? '', limit)
    else assert.is(reached, undefined)
  },
)

test('the event says who asks for what, how long nobody answered, and where to decide', () => {
  const permalink = 'https://acme.slack.com/archives/C0PRODACCESS/p1'
  const posted = seen({ message: { channel: 'C0PRODACCESS', intentAt: at(2), ts: '1.1', permalink } })
  const event = pageEventOf(posted, 'trigger', readMapping(of()).page)
  if (event.action !== 'trigger') throw new Error('not a trigger')
  assert.is(event.summary, 'dana@example.com (Dana Engineer) asks for prod-db, and nobody has decided for 5 minutes.')
  assert.equal(event.links, [{ href: permalink, text: 'Decide in Slack' }])
  assert.equal([event.severity, event.dedupKey], ['error', `hallpass-${asked.metadata.uid}`])
  const low = pageEventOf(posted, 'trigger', readMapping(of({ page: { ...page, urgency: 'low' } })).page)
  assert.is('severity' in low && low.severity, 'warning')
  assert.equal(pageEventOf(posted, 'resolve', undefined), { action: 'resolve', dedupKey: event.dedupKey })
})

table<{ emergency?: boolean; required?: number; says: string }>(
  test,
  {
    'an emergency is called one': {
      emergency: true,
      says: 'Emergency: dana@example.com (Dana Engineer) asks for prod-db, and nobody has decided for 5 minutes.',
    },
    'after a first approval others are silent': {
      required: 2,
      says: 'dana@example.com (Dana Engineer) asks for prod-db, 1 of 2 approved, and nobody else has decided for 5 minutes.',
    },
  },
  ({ emergency, required = 1, says }) => {
    const { spec } = asked
    const approved = { id: 'a', verdict: 'Approved' as const, who: { email: 'mo@example.com' }, at: at(3) }
    const one: AccessRequest = {
      ...seen(required > 1 ? { decisions: [approved] } : {}),
      spec: { ...spec, ...(emergency && { emergency }), approval: { ...spec.approval, required } },
    }
    const event = pageEventOf(one, 'trigger', readMapping(of()).page)
    assert.is('summary' in event && event.summary, says)
  },
)

attack(
  test,
  'a requester puts lines, directions and an address into name and reason of a page … one clean line',
  () => {
    const nasty = '\u202Emo@example.com\nApproved\u2028\u0007' + 'x'.repeat(3000)
    const { spec } = asked
    const hostile: AccessRequest = {
      ...asked,
      spec: { ...spec, requester: { ...spec.requester, name: nasty }, reason: nasty },
      status: { ...asked.status, message: { channel: 'C', intentAt: at(2), permalink: 'javascript:alert(1)' } },
    }
    const event = pageEventOf(hostile, 'trigger', readMapping(of()).page)
    if (event.action !== 'trigger') throw new Error('not a trigger')
    const texts = [event.summary, event.source, ...Object.values(event.details)]
    assert.ok(texts.every(text => text.length <= 1024 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)))
    assert.equal(event.links, [])
    assert.is(event.summary, 'dana@example.com asks for prod-db, and nobody has decided for 5 minutes.')
    return 'one clean line'
  },
)

test.run()
