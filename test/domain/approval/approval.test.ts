// One judgement, four places: the same facts are put before the page, the login's return, the gateway and the controller.
// They answer the same, except for the differences that are named here.
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision, RequestSpec, RequestStatus } from '../../../src/api/kinds.ts'
import {
  type Approved,
  commitmentOf,
  decisionOf,
  judgeApproval,
  type ProvedApproval,
  type RefusedApproval,
  type SignedTerms,
} from '../../../src/domain/approval/approval.ts'
import { nonceOf, specDigest } from '../../../src/domain/approval/digest.ts'
import { type Occasion, refuseDecision } from '../../../src/domain/approval/eligibility.ts'
import { accessTokenHash, type SignedClaims } from '../../../src/domain/approval/evidence.ts'
import type { People } from '../../../src/domain/people/identity.ts'
import { type Mapping, readMapping } from '../../../src/domain/mapping/mapping.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { mapping } from '../../builders/mapping.ts'
import { organisation } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('one judgement of an approval')

/** Why two places may answer differently about the same facts. There are no other reasons. */
const differences = {
  'nobody has signed in': 'A page is shown to anyone who has the link, so it judges no person, sign-in or scope.',
  'a no gives nothing': 'A denial counts whatever happened to mapping, requester, terms or scopes.',
  'a no is by Slack': 'The gateway knows the person from Slack’s signature and carries no word of Google.',
  'a no has its own words': 'Who asked for it is told to withdraw it, which they can.',
  'it is the decision': 'Before a grant, the approval is the existing decision and was stored in time.',
  'the recorded instant': 'Before a grant, the window is judged by when the approval was stored.',
  'changed since': 'Auth has proved it, so what no longer agrees before a grant was changed.',
  'scopes are named once': 'Google names the scopes with the tokens, and they are not stored.',
} as const
type Difference = keyof typeof differences

type Row = {
  change?: {
    spec?: Partial<RequestSpec>
    status?: Partial<RequestStatus>
    metadata?: Partial<AccessRequest['metadata']>
    mapping?: Mapping | undefined
    people?: People
    now?: string
    terms?: Partial<SignedTerms>
    claims?: Partial<SignedClaims>
    accessToken?: string
    scopes?: string[]
    slackUserID?: string
    /** What somebody made of the stored approval. */
    stored?: Partial<Approved>
  }
  /** The reason everywhere; nothing when it is permitted. */
  reason?: string
  but?: Partial<Record<Exclude<Occasion, 'withdraw'>, readonly [reason: string | undefined, because: Difference]>>
}

const stored = mapping()
const asked = request(stored)
const salt = 'S'.repeat(43)
const at = '2026-11-23T14:05:00Z'
const seconds = Date.parse(at) / 1000
const cloud = 'https://www.googleapis.com/auth/cloud-platform'

/** What Google says of Mo, for exactly this commitment. */
function claimsOf(nonce: string): SignedClaims {
  return {
    iss: 'https://accounts.google.com',
    aud: 'hallpass-client',
    sub: '1234',
    email: 'mo@example.com',
    email_verified: true,
    hd: 'example.com',
    iat: seconds,
    exp: seconds + 3600,
    nonce,
    at_hash: accessTokenHash('ya29.token'),
  }
}

/** What each place answers to the facts of a row, as it gathers them. */
function answersTo({ change = {} }: Row): Record<Exclude<Occasion, 'withdraw'>, string | undefined> {
  const spec = { ...asked.spec, approval: readMapping(stored).approval, ...change.spec }
  const status: RequestStatus = { ...asked.status, ...change.status }
  const metadata = { ...asked.metadata, creationTimestamp: start.toISOString(), ...change.metadata }
  const waiting: AccessRequest = { ...asked, metadata, spec, status }
  const facts = {
    request: waiting,
    mapping: 'mapping' in change ? change.mapping : readMapping(stored),
    people: change.people ?? [],
    organisation,
    now: new Date(change.now ?? at),
  }
  const terms = { salt, ...change.terms }
  const commitment = { purpose: 'approve', uid: asked.metadata.uid, specDigest: specDigest(spec) } as const
  const claims = { ...claimsOf(nonceOf({ ...commitment, salt, ...change.terms })), ...change.claims }
  const { email_verified: _verified, at_hash: _hash, ...kept } = claims
  const accessToken = new Secret(change.accessToken ?? 'ya29.token')
  const signIn = { claims, accessToken, audience: 'hallpass-client' }
  const decision: Approved = {
    id: 'approved-1',
    verdict: 'Approved',
    who: { email: claims.email, googleSubject: claims.sub },
    at: change.now ?? at,
    ...(terms.comment && { comment: terms.comment }),
    ...(terms.narrowing && { narrowing: terms.narrowing }),
    evidence: { hash: 'a'.repeat(64), salt, claims: kept },
    ...change.stored,
  }
  const approved = { ...waiting, status: { ...status, decisions: [decision, ...(status.decisions ?? [])] } }
  const person = { email: claims.email, slackUserID: change.slackUserID ?? 'U0MO' }
  return {
    show: judgeApproval({ occasion: 'show', ...facts, ...(change.terms && { terms }) })?.reason,
    approve: reasonOf(
      judgeApproval({ occasion: 'approve', ...facts, terms, signIn, scopes: change.scopes ?? [cloud] }),
    ),
    grant: reasonOf(judgeApproval({ occasion: 'grant', ...facts, request: approved, decision, signIn })),
    deny: refuseDecision('deny', { ...facts, person })?.reason,
  }
}

function reasonOf(judged: ProvedApproval | RefusedApproval): string | undefined {
  return 'refused' in judged ? judged.refused.reason : undefined
}

const decided = (verdict: Decision['verdict']): Partial<RequestStatus> => ({
  decisions: [{ id: '1', verdict, who: { email: 'ana@example.com' }, at: '2026-11-23T14:04:00Z' }],
})
const bySlack = [undefined, 'a no is by Slack'] as const
const unsigned = [undefined, 'nobody has signed in'] as const
const harmless = [undefined, 'a no gives nothing'] as const
const isDecision = [undefined, 'it is the decision'] as const
const tampered = ['ApprovalNotAuthentic', 'changed since'] as const
const end = '2026-11-23T14:32:00Z'
const dana = { email: 'dana.second@example.com', slackUserID: 'U0DANA', level: 1, why: 'on call', at }
const self = { show: unsigned, deny: ['SelfDenial', 'a no has its own words'] } as const

const rows: Record<string, Row> = {
  'a person who was asked may': {},
  'on terms that are less than was asked': {
    change: { terms: { narrowing: { duration: '10m', grants: [1] }, comment: 'ok' } },
  },
  'somebody who was not asked may not': {
    change: { claims: { email: 'otto@example.com', sub: '5' }, slackUserID: 'U0OTTO' },
    reason: 'NotAnApprover',
    but: { show: unsigned },
  },
  'the requester may not': {
    change: { claims: { email: 'dana@example.com' }, slackUserID: 'U0DANA' },
    reason: 'SelfApproval',
    but: self,
  },
  'nor by an alias': {
    change: { claims: { email: 'dana+boss@example.com' }, slackUserID: 'U0DANA' },
    reason: 'SelfApproval',
    but: self,
  },
  'and not by another of their addresses': {
    change: {
      claims: { email: 'root@example.com' },
      people: [['dana@example.com', 'root@example.com']],
      slackUserID: 'U0X',
    },
    reason: 'SelfApproval',
    but: self,
  },
  'and not by an address of their Slack account': {
    change: { claims: { email: dana.email }, status: { approvers: [dana] }, slackUserID: 'U0DANA' },
    reason: 'SelfApproval',
    but: self,
  },
  'the last instant of the window': { change: { now: '2026-11-23T14:31:59Z' } },
  'the window is over': { change: { now: end }, reason: 'WindowClosed' },
  'the window is over, and the approval is dated into it, before the sign-in': {
    change: { now: end, claims: { iat: Date.parse(end) / 1000 }, stored: { at: '2026-11-23T14:31:59Z' } },
    reason: 'WindowClosed',
  },
  'the window is over, and the approval was stored in time': {
    change: { now: end, stored: { at: '2026-11-23T14:31:59Z' } },
    reason: 'WindowClosed',
    but: { grant: [undefined, 'the recorded instant'] },
  },
  'it was approved before': {
    change: { status: decided('Approved') },
    reason: 'AlreadyDecided',
    but: { grant: isDecision },
  },
  'it was denied before': {
    change: { status: decided('Denied') },
    reason: 'AlreadyDecided',
    but: { grant: isDecision },
  },
  'it was withdrawn before': {
    change: { status: decided('Withdrawn') },
    reason: 'AlreadyWithdrawn',
    but: { grant: isDecision },
  },
  'it was deleted': {
    change: { metadata: { deletionTimestamp: at } },
    reason: 'AlreadyWithdrawn',
    but: { grant: isDecision },
  },
  'it has failed': { change: { status: { phase: 'Failed' } }, reason: 'AlreadyEnded', but: { grant: isDecision } },
  'the mapping is gone': { change: { mapping: undefined }, reason: 'MappingChanged', but: { deny: harmless } },
  'the mapping is not ready': {
    change: { mapping: { ...readMapping(stored), isReady: false, isSound: false } },
    reason: 'MappingChanged',
    but: { deny: harmless },
  },
  'the requester has left the organisation': {
    change: {
      spec: { requester: { email: 'dana@elsewhere.example', slackUserID: 'U0DANA' } },
      mapping: {
        ...readMapping(stored),
        requesters: { emails: ['dana@elsewhere.example'], domains: [], slackUserGroups: [], googleGroups: [] },
      },
    },
    reason: 'RequesterOutside',
    but: { deny: harmless },
  },
  'the terms name what was not asked': {
    change: { terms: { narrowing: { grants: [0, 5] } } },
    reason: 'NotAsked',
    but: { deny: harmless },
  },
  'the terms last longer than was asked': {
    change: { terms: { narrowing: { duration: '4h' } } },
    reason: 'NotADuration',
    but: { deny: harmless },
  },
  'the terms are shorter than the mapping permits now': {
    change: { terms: { narrowing: { duration: '4m' } } },
    reason: 'NotADuration',
    but: { deny: harmless },
  },
  'the sign-in is for another request': {
    change: { metadata: { uid: '99999999-0000-4000-8000-000000000001' } },
    reason: 'EvidenceForAnother',
    but: { show: unsigned, deny: bySlack, grant: tampered },
  },
  'the sign-in is for other terms': {
    change: { claims: { nonce: 'n'.repeat(43) } },
    reason: 'EvidenceForAnother',
    but: { show: unsigned, deny: bySlack, grant: tampered },
  },
  'the sign-in is with another access token': {
    change: { accessToken: 'ya29.other' },
    reason: 'EvidenceNotAuthentic',
    but: { show: unsigned, deny: bySlack, grant: tampered },
  },
  'the sign-in is for another application': {
    change: { claims: { aud: 'other' } },
    reason: 'EvidenceNotAuthentic',
    but: { show: unsigned, deny: bySlack, grant: tampered },
  },
  'the sign-in is too old': {
    change: { claims: { iat: seconds - 3600, exp: seconds } },
    reason: 'EvidenceExpired',
    but: { show: unsigned, deny: bySlack },
  },
  'the sign-in is dated in the future': {
    change: { claims: { iat: seconds + 600 } },
    reason: 'EvidenceNotYet',
    but: { show: unsigned, deny: bySlack },
  },
  'the address is not verified': {
    change: { claims: { email_verified: false } },
    reason: 'EmailNotVerified',
    but: { show: unsigned, deny: bySlack },
  },
  'the account is of another organisation': {
    change: { claims: { hd: 'evil.example' } },
    reason: 'OutsideOrganisation',
    but: { show: unsigned, deny: bySlack },
  },
  'the box for the cloud was not ticked': {
    change: { scopes: ['openid'] },
    reason: 'ScopeNotGranted',
    but: { show: unsigned, deny: harmless, grant: [undefined, 'scopes are named once'] },
  },
  'the stored approval names another person': {
    change: { stored: { who: { email: 'ana@example.com' } } },
    but: { grant: tampered },
  },
  'the stored approval names another Google account': {
    change: { stored: { who: { email: 'mo@example.com', googleSubject: '9' } } },
    but: { grant: tampered },
  },
  'the stored approval has other terms': {
    change: { terms: { narrowing: { duration: '10m' } }, stored: { narrowing: { duration: '20m' } } },
    but: { grant: tampered },
  },
  'the stored approval has another comment': {
    change: { stored: { comment: 'for a week' } },
    but: { grant: tampered },
  },
  'the stored approval is dated long before the sign-in': {
    change: { stored: { at: '2026-11-23T14:03:00Z' } },
    but: { grant: tampered },
  },
  'the stored approval is dated to after the sign-in ended': {
    change: { stored: { at: '2026-11-23T15:05:01Z' } },
    but: { grant: tampered },
  },
}

table(test, rows, row => {
  const expected = { show: row.reason, approve: row.reason, grant: row.reason, deny: row.reason }
  for (const [occasion, [reason]] of Object.entries(row.but ?? {})) Object.assign(expected, { [occasion]: reason })
  assert.equal(answersTo(row), expected)
})

test('every difference is seen in a row, and no row is equal where it says it differs', () => {
  const differing = Object.values(rows).flatMap(({ reason, but = {} }) =>
    Object.values(but).map(([other, because]) => ({ because, isEqual: other === reason })),
  )
  assert.equal(new Set(differing.map(({ because }) => because)), new Set(Object.keys(differences)))
  assert.not(differing.some(({ isEqual }) => isEqual))
})

test('the decision that is stored for an approval is the one that a grant is judged by', () => {
  const terms = { narrowing: { duration: '10m', grants: [1] }, comment: 'go on', salt }
  const waiting = { ...asked, metadata: { ...asked.metadata, creationTimestamp: start.toISOString() } }
  const claims = claimsOf(nonceOf(commitmentOf(waiting, terms)))
  const facts = {
    request: waiting,
    mapping: readMapping(stored),
    people: [],
    organisation,
    now: new Date(at),
    signIn: { claims, accessToken: new Secret('ya29.token'), audience: 'hallpass-client' },
  }
  const judged = judgeApproval({ occasion: 'approve', ...facts, terms, scopes: [cloud] })
  if ('refused' in judged) throw new Error(judged.refused.message)
  const decision = decisionOf(judged, terms, { hash: 'a'.repeat(64), now: facts.now })
  assert.equal(decision.who, { email: 'mo@example.com', googleSubject: '1234', slackUserID: 'U0MO' })
  const approved = { ...waiting, status: { ...waiting.status, decisions: [decision] } }
  assert.is(reasonOf(judgeApproval({ occasion: 'grant', ...facts, request: approved, decision })), undefined)
})

test.run()
