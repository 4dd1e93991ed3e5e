// Every combination of facts: a grant is never accepted where the callback would have refused the approval, and no
// occasion is more lenient than the rules that each place had for itself before there was one list.
import * as assert from 'uvu/assert'
import type { AccessRequest, Approver, Narrowing, RequestStatus } from '../../src/api/kinds.ts'
import { type Approved, commitmentOf, judgeApproval, type SignedTerms } from '../../src/domain/approval/approval.ts'
import { refuseOutsideRequester } from '../../src/domain/people/belonging.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { nonceOf } from '../../src/domain/approval/digest.ts'
import { decideBy, type DecisionFacts, type Occasion, refuseDecision } from '../../src/domain/approval/eligibility.ts'
import { accessTokenHash, type SignedClaims } from '../../src/domain/approval/evidence.ts'
import { isSamePerson, type People } from '../../src/domain/people/identity.ts'
import { type Mapping, readMapping, snapshotDifference } from '../../src/domain/mapping/mapping.ts'
import { Secret } from '../../src/domain/secret.ts'
import { mapping } from '../builders/mapping.ts'
import { organisation } from '../builders/organisation.ts'
import { request } from '../builders/request.ts'
import { start } from '../fakes/clock.ts'
import { suite } from '../suite.ts'

const test = suite('every combination of facts about a decision', { timeoutMs: 60_000 })
const stored = readMapping(mapping())
const asked = request(mapping())
const salt = 'S'.repeat(43)
const cloud = 'https://www.googleapis.com/auth/cloud-platform'
const second = 1000
const closes = decideBy({ ...asked.spec, approval: stored.approval }, start)

const approver = (email: string, slackUserID?: string): Approver => ({
  email,
  ...(slackUserID && { slackUserID }),
  level: 1,
  why: 'on call',
  at: start.toISOString(),
})

/** What may differ, each with its values. */
const choices = {
  signedIn: ['mo@example.com', 'ana@example.com', 'dana@example.com', 'Dana+x@example.com', 'mo@evil.example'],
  approvers: [
    [],
    [approver('mo@example.com', 'U0MO')],
    [approver('mo@example.com', 'U0DANA'), approver('dana@example.com')],
  ],
  allowed: [undefined, { emails: ['ana@example.com', 'dana@example.com'] }],
  onlyOnCall: [false, true],
  people: [[], [['dana@example.com', 'mo@example.com']]] as People[],
  requester: ['dana@example.com', 'dana@elsewhere.example'],
  mapping: [
    stored,
    undefined,
    { ...stored, grants: stored.grants.slice(0, 1) },
    { ...stored, requesters: { emails: [], domains: [], slackUserGroups: [], googleGroups: [] } },
  ] as (Mapping | undefined)[],
  decidedAt: [new Date(closes.getTime() - second), closes],
  phase: [undefined, 'Failed', 'TimedOut'] as RequestStatus['phase'][],
  narrowing: [undefined, { duration: '9h' }, { grants: [7] }] as (Narrowing | undefined)[],
}
type Facts = { [K in keyof typeof choices]: (typeof choices)[K][number] }

function* combinations(): Generator<Facts> {
  const names = Object.keys(choices) as (keyof Facts)[]
  const total = names.reduce((product, name) => product * choices[name].length, 1)
  for (let n = 0; n < total; n++) {
    let rest = n
    const facts: Partial<Record<keyof Facts, unknown>> = {}
    for (const name of names) {
      facts[name] = choices[name][rest % choices[name].length]
      rest = Math.floor(rest / choices[name].length)
    }
    yield facts as Facts
  }
}

function requestOf({ approvers, allowed, onlyOnCall, requester, phase }: Facts): AccessRequest {
  const approval = { ...stored.approval, onlyOnCall, ...(allowed && { allowed }) }
  return {
    ...asked,
    metadata: { ...asked.metadata, creationTimestamp: start.toISOString() },
    spec: { ...asked.spec, approval, requester: { email: requester, slackUserID: 'U0DANA' } },
    status: { ...asked.status, approvers, ...(phase && { phase }) },
  }
}

/** The mapping, with the approval rules of the request, so that other differences decide. */
function mappingOf({ mapping: given }: Facts, { spec }: AccessRequest): Mapping | undefined {
  return given && { ...given, approval: spec.approval }
}

function claimsOf(email: string, nonce: string, at: Date): SignedClaims {
  const iat = Math.floor(at.getTime() / second)
  return {
    iss: 'https://accounts.google.com',
    aud: 'hallpass-client',
    sub: email,
    email,
    email_verified: true,
    hd: email.split('@')[1] ?? '',
    iat,
    exp: iat + 3600,
    nonce,
    at_hash: accessTokenHash('ya29.token'),
  }
}

/** Whether the callback stores the approval, and whether the controller grants on it a minute later. */
function judged(facts: Facts): { isStored: boolean; isGranted: boolean } {
  const waiting = requestOf(facts)
  const terms: SignedTerms = { narrowing: facts.narrowing, salt }
  const claims = claimsOf(facts.signedIn, nonceOf(commitmentOf(waiting, terms)), facts.decidedAt)
  const signIn = { claims, accessToken: new Secret('ya29.token'), audience: 'hallpass-client' }
  const shared = { mapping: mappingOf(facts, waiting), people: facts.people, organisation, signIn }
  const approve = { ...shared, request: waiting, now: facts.decidedAt, terms, scopes: [cloud] }
  const { email_verified: _verified, at_hash: _hash, ...kept } = claims
  const decision: Approved = {
    id: 'approved-1',
    verdict: 'Approved',
    who: { email: claims.email.toLowerCase(), googleSubject: claims.sub },
    at: facts.decidedAt.toISOString(),
    ...(facts.narrowing && { narrowing: facts.narrowing }),
    evidence: { hash: 'a'.repeat(64), salt, claims: kept },
  }
  const approved = { ...waiting, status: { ...waiting.status, decisions: [decision] } }
  const grant = { ...shared, request: approved, now: after(facts.decidedAt, 60), decision }
  return {
    isStored: !('refused' in judgeApproval({ occasion: 'approve', ...approve })),
    isGranted: !('refused' in judgeApproval({ occasion: 'grant', ...grant })),
  }
}

/** The phases that the callback does not accept, which the grant is not asked about: the approval was stored before. */
const ended: readonly RequestStatus['phase'][] = ['Failed', 'TimedOut']

test('the controller grants only what the callback would have stored', () => {
  const counts = { all: 0, stored: 0, granted: 0 }
  for (const facts of combinations()) {
    const { isStored, isGranted } = judged(facts)
    counts.all += 1
    counts.stored += Number(isStored)
    counts.granted += Number(isGranted)
    const isExpected = isGranted === isStored || (isGranted && ended.includes(facts.phase))
    if (!isExpected) assert.equal({ isStored, isGranted }, { isStored, isGranted: isStored }, JSON.stringify(facts))
  }
  assert.ok(counts.stored >= 10 && counts.stored < counts.all / 10, JSON.stringify(counts))
  assert.is(counts.granted, 3 * counts.stored, 'in two of three phases it has ended')
})

/** The rules as page, gateway and controller had them before, each for itself. */
const before: Record<Occasion, (facts: DecisionFacts) => boolean> = {
  show: facts => isOpen(facts) && inWindow(facts) && isOffered(facts) && isInside(facts),
  approve: facts => before.show(facts) && !isSelf(facts) && isNamed(facts),
  grant: facts => inWindow(facts) && !isSelf(facts) && isOffered(facts) && isInside(facts) && isNamed(facts),
  deny: facts => isOpen(facts) && inWindow(facts) && !isSelf(facts) && isNamed(facts),
  withdraw: facts => isSelf(facts) && isOpen(facts) && inWindow(facts),
}
const isOpen = ({ request: { status, metadata } }: DecisionFacts): boolean =>
  !metadata.deletionTimestamp && !status?.settled && !status?.decisions?.length && !ended.includes(status?.phase)
const inWindow = ({ now }: DecisionFacts): boolean => now < closes
const isSelf = ({ request: { spec }, person, people }: DecisionFacts): boolean =>
  isSamePerson(spec.requester, person, people)
const isOffered = ({ request: { spec }, mapping: given }: DecisionFacts): boolean => !snapshotDifference(spec, given)
const isInside = ({ request: { spec }, now }: DecisionFacts): boolean =>
  !refuseOutsideRequester(spec, organisation, { now })
const isNamed = ({ request: { spec, status }, person, people }: DecisionFacts): boolean =>
  (status?.approvers ?? []).some(one => isSamePerson(one, person, people)) ||
  (!spec.approval.onlyOnCall &&
    (spec.approval.allowed?.emails ?? []).some(email => isSamePerson({ email }, person, people)))

test('no occasion accepts what the rules before did not accept, and none refuses more', () => {
  for (const facts of combinations()) {
    if (facts.narrowing) continue
    const waiting = requestOf(facts)
    for (const slackUserID of ['U0MO', 'U0DANA', undefined]) {
      const person = { email: facts.signedIn.toLowerCase(), ...(slackUserID && { slackUserID }) }
      const shared = { people: facts.people, organisation, now: facts.decidedAt, person }
      const asking: DecisionFacts = { ...shared, request: waiting, mapping: mappingOf(facts, waiting) }
      for (const [occasion, accepts] of Object.entries(before) as [Occasion, (facts: DecisionFacts) => boolean][])
        if ((refuseDecision(occasion, asking) === undefined) !== accepts(asking))
          assert.unreachable(`${occasion}: ${JSON.stringify({ ...facts, slackUserID })}`)
    }
  }
})

test.run()
