// Views of one request through its life, and one with every field at its maximum.
import type { MessageView } from '../../src/domain/view/view.ts'

export const approve = 'https://hallpass.example.com/approve/dGlja2V0'
export const revoke = 'https://hallpass.example.com/revoke/dGlja2V0'

/** Dana's request, waiting for Mo. */
export function view(facts: Partial<MessageView> & { golden?: string } = {}): MessageView {
  const { golden: _, ...more } = facts
  return {
    namespace: 'hallpass',
    name: 'prod-db-7f3k2aaaaaaa',
    uid: '22222222-0000-4000-8000-000000000001',
    state: 'asking',
    requester: { email: 'dana@example.com', name: 'Dana Engineer', slackUserID: 'U0DANA' },
    mapping: 'prod-db',
    seconds: 1800,
    grants: [
      { role: 'roles/cloudsql.client', resource: 'projects/prod-eu' },
      { role: 'roles/logging.viewer', resource: 'projects/prod-eu' },
    ],
    reason: 'INC-1234 replaying the failed payout batch',
    approvers: [mo],
    askedAt: '2026-11-23T14:02:00Z',
    decideBy: '2026-11-23T14:32:00Z',
    unknown: [],
    ...(approvedStates.includes(more.state ?? 'asking') && {
      approvedBy: { email: 'mo@example.com', name: 'Mo Manager', at: '2026-11-23T14:05:00Z' },
      startsAt: '2026-11-23T14:05:12Z',
      expiresAt: '2026-11-23T14:35:12Z',
    }),
    ...more,
  }
}

const approvedStates: MessageView['state'][] = ['granting', 'granted', 'inDoubt', 'expired', 'revoked']
const mo = { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO', level: 1 }
const ana = { email: 'ana@example.com', name: 'Ana Director', slackUserID: 'U0ANA', level: 2 }

const moApproved = { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO', at: '2026-11-23T14:05:00Z' }

/** Nights of the working days, as people read them. */
export const worksAtNight =
  'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin): in this time from Monday 23 November 2026, 22:00 until Tuesday 24 November 2026, 02:00.'

/** Every state that the message shows, by the name of its golden file. */
export const states: Record<string, Partial<MessageView> & { golden: string }> = {
  'asking the one on call': { golden: 'asking', state: 'asking' },
  'asking for somebody who asked on the web': {
    golden: 'asking-from-the-web',
    state: 'asking',
    requester: { email: 'dana@example.com' },
    isFromWeb: true,
  },
  'after silence, the next level': { golden: 'silence', state: 'asking', approvers: [mo, ana] },
  'asking the fallback, because PagerDuty is silent': {
    golden: 'fallback',
    state: 'asking',
    approvers: [
      { ...ana, level: 0 },
      { email: 'otto@example.com', level: 0 },
    ],
    note: 'PagerDuty does not answer, so the fallback is asked.',
  },
  'asked again after a withdrawal, nobody is mentioned twice': {
    golden: 'asking-after-withdrawal',
    state: 'asking',
    approvers: [mo, { ...ana, level: 1 }],
    earlier: { called: { at: '2026-11-23T13:58:00Z', who: ['U0MO'] } },
  },
  'asked again after a denial, which the people asked now read': {
    golden: 'asking-after-denial',
    state: 'asking',
    earlier: {
      denial: {
        at: '2026-11-23T13:40:00Z',
        email: 'ana@example.com',
        name: 'Ana <!channel> Director',
        comment: 'use the "replica" <!here>\u202E',
      },
    },
  },
  'asked while earlier access runs': {
    golden: 'asking-while-held',
    state: 'asking',
    earlier: { holding: { until: '2026-11-23T14:20:00Z' } },
  },
  'asked for more time, which the people asked read in all': {
    golden: 'asking-more-time',
    state: 'asking',
    notBefore: '2026-11-23T14:20:00Z',
    earlier: {
      holding: { until: '2026-11-23T14:20:00Z' },
      held: { times: 3, duration: '4h30m', within: '24h' },
    },
    mostInSequence: 8 * 3600,
    follows: 'prod-db-7f3k2aaaaaaa',
  },
  'asked for later, in certain hours, while earlier access runs in its own': {
    golden: 'asking-in-hours',
    state: 'asking',
    notBefore: '2026-11-23T18:00:00Z',
    seconds: 8 * 3600,
    hours: worksAtNight,
    earlier: {
      holding: {
        until: '2026-11-23T16:20:00Z',
        hours: 'every day 12:00 to 13:00 (Europe/Berlin), and within these every day 12:30 to 14:00 (Europe/<Zurich>)',
      },
    },
  },
  'members of groups can decide too': {
    golden: 'asking-groups',
    state: 'asking',
    groups: ['prod-approvers@example.com', "l'equipe@example.com"],
  },
  'somebody is looking at it': {
    golden: 'asking-looked-at',
    state: 'asking',
    looking: [{ email: 'mo@example.com', name: 'Mo <!channel> Manager', slackUserID: 'U0MO' }],
  },
  'two people must approve, and none has': {
    golden: 'asking-two',
    state: 'asking',
    approvers: [mo, ana],
    quorum: { required: 2, approved: [], seconds: 1800 },
  },
  'one of two has approved, for less': {
    golden: 'asking-one-of-two',
    state: 'asking',
    approvers: [mo, ana],
    quorum: { required: 2, approved: [{ ...moApproved, comment: 'reads are *enough* <!here>' }], seconds: 900 },
    narrowed: { without: [{ role: 'roles/logging.viewer', resource: 'projects/prod-eu' }], insteadOf: 1800 },
  },
  'too few people can approve': {
    golden: 'asking-too-few',
    state: 'asking',
    quorum: { required: 3, approved: [moApproved], seconds: 1800 },
    note: 'Asked mo@example.com. 3 different people must approve, and only 1 can: put somebody else on call, or name more people in approval.fallback of mapping "prod-db".',
  },
  'granted by two': {
    golden: 'granted-by-two',
    state: 'granted',
    quorum: {
      required: 2,
      approved: [
        { ...moApproved, comment: 'fine' },
        { email: 'ana@example.com', name: 'Ana Director', at: '2026-11-23T14:09:00Z' },
      ],
      seconds: 1800,
    },
  },
  'timed out after one of two': {
    golden: 'timed-out-one-of-two',
    state: 'timedOut',
    quorum: { required: 2, approved: [moApproved], seconds: 1800 },
  },
  'approved, being granted': { golden: 'granting', state: 'granting' },
  granted: {
    golden: 'granted',
    state: 'granted',
    afterGrant: {
      text: 'Connect with & without the proxy.',
      links: [{ text: 'Runbook', url: 'https://run.example/db' }],
    },
  },
  'granted in part, with a comment': {
    golden: 'granted-in-part',
    state: 'granted',
    seconds: 900,
    grants: [{ role: 'roles/cloudsql.client', resource: 'projects/prod-eu' }],
    narrowed: { without: [{ role: 'roles/logging.viewer', resource: 'projects/prod-eu' }], insteadOf: 1800 },
    comment: 'reads are *enough* <!here>',
  },
  'granted from later on': {
    golden: 'granted-later',
    state: 'granted',
    startsAt: '2026-11-24T20:00:00Z',
    expiresAt: '2026-11-24T20:30:00Z',
  },
  'granted in certain hours': { golden: 'granted-in-hours', state: 'granted', hours: worksAtNight },
  'in doubt': {
    golden: 'in-doubt',
    state: 'inDoubt',
    unknown: [{ resource: 'projects/prod-eu', role: 'roles/logging.viewer' }],
  },
  'the holder is done': { golden: 'done', state: 'granted', doneAt: '2026-11-23T14:18:00Z' },
  'somebody is ending it': { golden: 'ending', state: 'granted', isEnding: true, doneAt: '2026-11-23T14:18:00Z' },
  'an early end was refused': {
    golden: 'not-ended',
    state: 'granted',
    notEnded: {
      at: '2026-11-23T14:20:00Z',
      why: 'Google refused to change the IAM policy of "projects/prod-eu" <!here>',
      who: { email: 'ana@example.com', name: 'Ana <!channel> Director', slackUserID: 'U0ANA' },
    },
  },
  expired: { golden: 'expired', state: 'expired', endedAt: '2026-11-23T14:35:12Z' },
  'ended early': {
    golden: 'revoked',
    state: 'revoked',
    endedAt: '2026-11-23T14:20:00Z',
    endedBy: { email: 'ana@example.com', name: 'Ana Director', comment: 'the batch is <through>' },
  },
  denied: {
    golden: 'denied',
    state: 'denied',
    comment: 'use the replica',
    deniedBy: { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO' },
  },
  'timed out': { golden: 'timed-out', state: 'timedOut' },
  withdrawn: { golden: 'withdrawn', state: 'withdrawn' },
  failed: {
    golden: 'failed',
    state: 'failed',
    why: 'Mo Manager may not grant "roles/cloudsql.client" on "projects/prod-eu"',
  },
}

/** A view with every field as long as the CRDs allow, in characters that grow when escaped. */
export function fullView(facts: Partial<MessageView>): MessageView {
  const long = (length: number): string => '&'.repeat(length)
  return view({
    ...facts,
    namespace: 'n'.repeat(63),
    name: `${'m'.repeat(40)}-${'a'.repeat(12)}`,
    mapping: 'm'.repeat(40),
    requester: { email: `${'d'.repeat(64)}@example.com`, name: long(80), slackUserID: `U${'A'.repeat(29)}` },
    reason: long(500),
    comment: long(500),
    why: long(600),
    note: long(600),
    hours: long(600),
    notBefore: '2026-11-24T13:58:00Z',
    grants: Array.from({ length: 10 }, () => ({
      resource: `projects/p${'x'.repeat(28)}z`,
      role: `organizations/${'9'.repeat(20)}/roles/${'r'.repeat(64)}`,
      condition: long(1000),
    })),
    unknown: Array.from({ length: 10 }, (_, i) => ({
      resource: `organizations/${'9'.repeat(19)}${i}`,
      role: 'roles/x',
    })),
    approvers: Array.from({ length: 20 }, (_, i) => ({
      email: `${'m'.repeat(60)}${i}@example.com`,
      name: long(80),
      level: i % 3,
    })),
    notEnded: {
      at: '2026-11-23T14:20:00Z',
      why: long(600),
      who: { email: `${'e'.repeat(64)}@example.com`, name: long(80) },
    },
    groups: Array.from({ length: 5 }, (_, i) => `${'g'.repeat(60)}${i}@${'e'.repeat(58)}.com`),
    looking: Array.from({ length: 6 }, (_, i) => ({
      email: `${'l'.repeat(60)}${i}@example.com`,
      name: long(80),
      slackUserID: `U0LOOK${i}`,
    })),
    narrowed: {
      without: Array.from({ length: 9 }, (_, i) => ({
        resource: `projects/p${'x'.repeat(27)}${i}`,
        role: `organizations/${'9'.repeat(20)}/roles/${'r'.repeat(64)}`,
      })),
      insteadOf: 86_399,
    },
    quorum: {
      required: 5,
      approved: Array.from({ length: 4 }, (_, i) => ({
        email: `${'q'.repeat(60)}${i}@example.com`,
        name: long(80),
        at: '2026-11-23T14:05:00Z',
        comment: long(500),
      })),
      seconds: 60,
    },
    earlier: {
      denial: {
        at: '2026-11-23T13:40:00Z',
        email: `${'a'.repeat(64)}@example.com`,
        name: long(40),
        comment: long(300),
      },
      called: { at: '2026-11-23T13:58:00Z', who: ['U0MO'] },
      holding: { from: '2026-11-24T13:58:00Z', until: '2026-11-26T13:58:00Z', hours: long(500) },
      held: { times: 1234, duration: '167h59m59s', within: '335h59m58s' },
    },
    mostInSequence: 604_799,
    follows: `${'a'.repeat(40)}-${'b'.repeat(12)}`,
    afterGrant: {
      text: long(500),
      links: Array.from({ length: 5 }, () => ({ text: long(75), url: `https://run.example/${'u'.repeat(480)}` })),
    },
  })
}
