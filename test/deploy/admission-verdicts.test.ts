// An ended request stays ended, and a decision has the current time. The table of verdicts in the domain and the one in
// the admission policy are compared cell by cell on a real API server; so is the clock that no writer can set.
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision } from '../../src/api/kinds.ts'
import { takes, type Verdict, verdicts } from '../../src/domain/approval/verdicts.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { everyPhase, requestAt } from './at-phase.ts'
import { judge, mergePatch, statusOf } from './judge.ts'
import {
  approval,
  denial,
  denialAtDoor,
  instant,
  patchStatus,
  requestIn,
  requestsPath,
  startFixture,
  type Who,
  withdrawal,
  withdrawalAtDoor,
  type Fixture,
} from './fixture.ts'

const test = suite('admission of verdicts', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

/** A decision as this writer would record it. */
const decisionBy = (verdict: Verdict, writer: Who): Decision =>
  writer === 'auth'
    ? { Approved: approval, Denied: denialAtDoor, Withdrawn: withdrawalAtDoor }[verdict]
    : { Approved: approval, Denied: denial, Withdrawn: withdrawal }[verdict]
const writers: Who[] = ['gateway', 'auth', 'controller', 'robot']

/** Whether the policy allows this writer to record this verdict; nothing is stored. */
async function isTaken(seen: AccessRequest, verdict: Verdict, writer: Who): Promise<boolean> {
  const answer = await patchStatus(
    fixture.as[writer],
    seen,
    { decisions: [decisionBy(verdict, writer)] },
    { dryRun: true },
  ).catch((error: unknown) => error as { status?: number })
  if ('metadata' in answer) return true
  assert.is(answer.status, 403)
  return false
}

for (const phase of everyPhase)
  for (const isSettled of [false, true])
    test(`the table of the policy is the domain's: ${phase}${isSettled ? ', settled' : ''}`, async () => {
      const seen = await requestAt(fixture, phase, isSettled)
      for (const verdict of Object.keys(verdicts) as Verdict[])
        for (const writer of writers)
          assert.is(
            await isTaken(seen, verdict, writer),
            verdicts[verdict].writers.some(one => one === writer) && takes(seen, verdict),
            `${writer} records ${verdict}`,
          )
    })

attacks<[Who, Verdict]>(
  test,
  {
    'auth approves a request that was deleted … 403': ['auth', 'Approved'],
    'the gateway denies a request that was deleted … 403': ['gateway', 'Denied'],
    'auth denies a request that was deleted … 403': ['auth', 'Denied'],
    'the gateway withdraws a request that was deleted … 403': ['gateway', 'Withdrawn'],
  },
  async ([writer, verdict]) => {
    const seen = await requestIn(fixture, 'pending')
    const path = `${requestsPath}/${seen.metadata.name}`
    await fixture.as.admin.request({ method: 'DELETE', path })
    const deleted = await fixture.as.admin.request<AccessRequest>({ method: 'GET', path })
    const act = patchStatus(fixture.as[writer], deleted, { decisions: [decisionBy(verdict, writer)] })
    return statusOf(judge(act, { refused: /deleted request is withdrawn/ }).then(() => act))
  },
)

/** A request that waits, and was asked on the web by this Google account of Dana. */
const onTheWeb = (): Promise<AccessRequest> =>
  requestIn(fixture, 'pending', {
    origin: 'web',
    requester: { email: 'dana@example.com', googleSubject: 'g-dana' },
  })
const inSlack = (): Promise<AccessRequest> => requestIn(fixture, 'pending')

test('who asked on the web withdraws there, also under a changed address of the account', async () => {
  const who = { email: 'dana.new@example.com', googleSubject: 'g-dana' }
  const { status } = await patchStatus(fixture.as.auth, await onTheWeb(), { decisions: [{ ...withdrawal, who }] })
  assert.equal(status?.decisions?.[0]?.who, who)
})

type Claim = { as: 'gateway' | 'auth'; seen: () => Promise<AccessRequest>; decision: Decision; says: RegExp }
const eachDoor = /The gateway names no Google account, and auth names exactly the Google account/
const ownDenial = /Nobody denies their own request/
const ownAccount = /Only the account that asked withdraws/
attacks<Claim>(
  test,
  ending('403', {
    'auth denies in the name of a Slack account': {
      as: 'auth',
      seen: inSlack,
      decision: { ...denialAtDoor, who: { ...denialAtDoor.who, slackUserID: 'U0MO' } },
      says: eachDoor,
    },
    'auth denies in the name of an address alone': { as: 'auth', seen: inSlack, decision: denial, says: eachDoor },
    'auth denies in nobody’s name': { as: 'auth', seen: inSlack, decision: { ...denial, who: {} }, says: eachDoor },
    'the gateway denies in the name of a Google account': {
      as: 'gateway',
      seen: inSlack,
      decision: denialAtDoor,
      says: eachDoor,
    },
    'the requester denies at the door': {
      as: 'auth',
      seen: inSlack,
      decision: { ...denialAtDoor, who: withdrawalAtDoor.who },
      says: ownDenial,
    },
    'the requester denies at the door, with another address of the account': {
      as: 'auth',
      seen: onTheWeb,
      decision: { ...denialAtDoor, who: { email: 'dana.new@example.com', googleSubject: 'g-dana' } },
      says: ownDenial,
    },
    'the requester denies in Slack': {
      as: 'gateway',
      seen: inSlack,
      decision: { ...denial, who: { email: 'dana@example.com', slackUserID: 'U0DANA' } },
      says: ownDenial,
    },
    'auth withdraws in the name of somebody else': {
      as: 'auth',
      seen: inSlack,
      decision: { ...withdrawal, who: denialAtDoor.who },
      says: ownAccount,
    },
    'auth withdraws for an account that has the requester’s old address': {
      as: 'auth',
      seen: onTheWeb,
      decision: { ...withdrawal, who: { email: 'dana@example.com', googleSubject: 'g-other' } },
      says: ownAccount,
    },
  }),
  async ({ as, seen, decision, says }) => {
    const act = patchStatus(fixture.as[as], await seen(), { decisions: [decision] })
    return statusOf(judge(act, { refused: says }).then(() => act))
  },
)

attacks<{ as: Who; status: object }>(
  test,
  ending('403', {
    'the gateway counts an attempt on a settled request': { as: 'gateway', status: { attempts: { count: 1 } } },
    'auth counts an attempt on a settled request': { as: 'auth', status: { attempts: { count: 1 } } },
    'the gateway sends an empty patch to a settled request': { as: 'gateway', status: {} },
    'a robot sends an empty patch to a settled request': { as: 'robot', status: {} },
  }),
  async ({ as, status }) => statusOf(patchStatus(fixture.as[as], await requestIn(fixture, 'settled'), status)),
)

const minutes = (count: number): string => instant(count * 60_000)
const untimely = { refused: /within five minutes of its time, by the API server's clock/ }

table<{ decision: Decision }>(
  test,
  {
    'a decision may be four minutes old': { decision: { ...denial, at: minutes(-4) } },
    'a clock may be four minutes ahead': { decision: { ...denial, at: minutes(4) } },
  },
  async ({ decision }) =>
    judge(patchStatus(fixture.as.gateway, await requestIn(fixture, 'pending'), { decisions: [decision] }), {}),
)

attacks<{ as: 'gateway' | 'auth'; decision: Decision; dryRun?: boolean }>(
  test,
  ending('403', {
    'the gateway dates a denial back by six minutes': { as: 'gateway', decision: { ...denial, at: minutes(-6) } },
    'the gateway dates a withdrawal ahead by six minutes': {
      as: 'gateway',
      decision: { ...withdrawal, at: minutes(6) },
    },
    'auth dates an approval back into the window': { as: 'auth', decision: { ...approval, at: minutes(-60) } },
    'auth dates an approval ahead by an hour': { as: 'auth', decision: { ...approval, at: minutes(60) } },
    'auth dates an approval back in a dry run': {
      as: 'auth',
      decision: { ...approval, at: minutes(-60) },
      dryRun: true,
    },
  }),
  async ({ as, decision, dryRun = false }) => {
    const act = patchStatus(fixture.as[as], await requestIn(fixture, 'pending'), { decisions: [decision] }, { dryRun })
    return statusOf(judge(act, untimely).then(() => act))
  },
)

/** managedFields that claim that this decision was recorded then, if clients could set them. */
const claim = (decision: Decision, time: string, manager = 'forged'): object => ({
  manager,
  operation: 'Update',
  apiVersion: 'hallpass.dev/v1alpha1',
  time,
  subresource: 'status',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:status': { 'f:decisions': { [`k:{"id":"${decision.id}"}`]: { '.': {}, 'f:id': {} } } } },
})

const old = { ...denial, at: minutes(-30) }

attack(test, 'the gateway sends managedFields that date its denial back … 403', async () => {
  const { metadata } = await requestIn(fixture, 'pending')
  const body = { metadata: { managedFields: [claim(old, old.at)] }, status: { decisions: [old] } }
  const act = mergePatch(fixture.as.gateway, `${requestsPath}/${metadata.name}/status`, body)
  return statusOf(judge(act, untimely).then(() => act))
})

attack(
  test,
  'an administrator has written the time of a future decision of the gateway … 403 for that time, 200 for the present',
  async () => {
    const { metadata } = await requestIn(fixture, 'pending')
    const path = `${requestsPath}/${metadata.name}`
    const managedFields = [claim(old, old.at), claim(old, old.at, 'node')]
    await mergePatch(fixture.as.admin, path, { metadata: { managedFields } })
    const decide = (decision: Decision): Promise<string> =>
      statusOf(mergePatch(fixture.as.gateway, `${path}/status`, { status: { decisions: [decision] } }))
    return `${await decide(old)} for that time, ${await decide(denial)} for the present`
  },
)

attack(test, 'an administrator empties the managedFields of a request … 403', async () => {
  const { metadata } = await requestIn(fixture, 'pending')
  const act = mergePatch(fixture.as.admin, `${requestsPath}/${metadata.name}`, { metadata: { managedFields: [{}] } })
  return statusOf(judge(act, { refused: /managedFields of a request cannot be emptied/ }).then(() => act))
})

async function applied(who: Who, decision: Decision): Promise<string> {
  const { metadata, apiVersion, kind } = await requestIn(fixture, 'pending')
  return statusOf(
    fixture.as[who].request({
      method: 'PATCH',
      path: `${requestsPath}/${metadata.name}/status`,
      query: { fieldManager: 'applied', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion, kind, metadata: { name: metadata.name }, status: { decisions: [decision] } },
    }),
  )
}

attacks<[Who, Decision]>(
  test,
  ending('403', {
    'the gateway applies by force a denial that is dated back': ['gateway', old],
    'the gateway applies an approval by force': ['gateway', approval],
    'a robot applies a denial by force': ['robot', denial],
  }),
  ([who, decision]) => applied(who, decision),
)

test('a forced server-side apply of a correct decision is accepted', async () => {
  assert.is(await applied('gateway', denial), '200')
})

test.run()
