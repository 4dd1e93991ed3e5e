// Who may record that access ends early, when, and how often. The table in the domain and the one in the admission policy are
// compared cell by cell on a real API server.
import * as assert from 'uvu/assert'
import type { AccessRequest, Ending, RequestStatus } from '../../src/api/kinds.ts'
import { refuseDone } from '../../src/domain/ending/revoking.ts'
import { endingVerdicts, type EndingVerdict, takesEnding } from '../../src/domain/approval/verdicts.ts'
import { attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { everyPhase, requestAt } from './at-phase.ts'
import { approval, type Fixture, instant, patchStatus, requestIn, startFixture, type Who } from './fixture.ts'
import { judge, statusOf } from './judge.ts'

const test = suite('admission of early ends', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const { evidence } = approval
const revoked: Ending = {
  id: 'r1',
  verdict: 'Revoked',
  who: { email: 'ana@example.com', googleSubject: '1' },
  at: instant(),
  ...(evidence && { evidence }),
}
const done: Ending = {
  id: 'done',
  verdict: 'Done',
  who: { email: 'dana@example.com', slackUserID: 'U0DANA' },
  at: instant(),
}
const { evidence: _evidence, ...withoutEvidence } = revoked
/** The wish as auth records it: by the Google account that signed in. */
const doneAtDoor: Ending = { ...done, who: { email: 'dana@example.com', googleSubject: 'g-dana' } }
/** An ending as this writer would record it. */
const endingBy = (verdict: EndingVerdict, writer: Who): Ending =>
  verdict === 'Revoked' ? revoked : writer === 'auth' ? doneAtDoor : done
const writers: Who[] = ['gateway', 'auth', 'controller', 'robot', 'admin']

/** Whether the policy lets this writer record this ending; nothing is stored. */
async function isTaken(seen: AccessRequest, verdict: EndingVerdict, writer: Who): Promise<boolean> {
  const status = { endings: [...(seen.status?.endings ?? []), endingBy(verdict, writer)] }
  const answer = await patchStatus(fixture.as[writer], seen, status, { dryRun: true }).catch(
    (error: unknown) => error as { status?: number },
  )
  if ('metadata' in answer) return true
  assert.is(answer.status, 403)
  return false
}

async function compare(seen: AccessRequest): Promise<void> {
  for (const verdict of Object.keys(endingVerdicts) as EndingVerdict[])
    for (const writer of writers)
      assert.is(
        await isTaken(seen, verdict, writer),
        endingVerdicts[verdict].writers.some(one => one === writer) && takesEnding(seen.status ?? {}, verdict),
        `${writer} records ${verdict}`,
      )
}

for (const phase of everyPhase)
  for (const isSettled of [false, true])
    test(`the table of the policy is the domain's: ${phase}${isSettled ? ', settled' : ''}`, async () =>
      compare(await requestAt(fixture, phase, isSettled)))

const refusal = { id: 'r0', reason: 'NotRemoved', message: 'Google refused.', at: instant() }
const earlier = { ...revoked, id: 'r0' }

/** A granted request after these writes. */
async function after(...writes: [Who, RequestStatus][]): Promise<AccessRequest> {
  let stored = await requestIn(fixture, 'provisioned')
  for (const [who, status] of writes) stored = await patchStatus(fixture.as[who], stored, status)
  return stored
}

table<[Who, RequestStatus][]>(
  test,
  {
    'somebody is ending it': [['auth', { endings: [earlier] }]],
    'somebody could not end it': [
      ['auth', { endings: [earlier] }],
      ['controller', { endingsRefused: [refusal] }],
    ],
    'the holder is done': [['gateway', { endings: [{ ...done, id: 'd0' }] }]],
    'the holder is done, at the door': [['auth', { endings: [{ ...doneAtDoor, id: 'd0' }] }]],
  },
  async writes => compare(await after(...writes)),
)

test('a deleted request is ended too, because deleting it does not end the access', async () => {
  const seen = await after()
  const path = `/apis/hallpass.dev/v1alpha1/namespaces/hallpass/accessrequests/${seen.metadata.name}`
  await fixture.as.admin.request({ method: 'DELETE', path })
  const deleted = await fixture.as.admin.request<AccessRequest>({ method: 'GET', path })
  assert.is((await patchStatus(fixture.as.auth, deleted, { endings: [revoked] })).status?.endings?.length, 1)
})

/** Granted access that was asked for on the web, without a Slack account. */
const fromTheWeb = (): Promise<AccessRequest> =>
  requestIn(fixture, 'provisioned', {
    origin: 'web',
    requester: { email: 'dana@example.com', googleSubject: 'g-dana' },
  })

table<{ seen: () => Promise<AccessRequest>; slackUserID: string }>(
  test,
  {
    'who asked on the web is done in Slack, by the same address': { seen: fromTheWeb, slackUserID: 'U0DANA' },
    'the holder has a new Slack account with the same address': { seen: () => after(), slackUserID: 'U0DANA2' },
  },
  async ({ seen, slackUserID }) => {
    const who = { email: 'dana@example.com', slackUserID }
    const stored = await seen()
    assert.is(refuseDone(stored, who, new Date()), undefined)
    const { status } = await patchStatus(fixture.as.gateway, stored, { endings: [{ ...done, who }] })
    assert.equal(status?.endings?.[0]?.who, who)
  },
)

type Attack = {
  as: Who
  seen?: () => Promise<AccessRequest>
  first?: [Who, RequestStatus][]
  status: object
  says?: RegExp
}

async function tried({ as, seen, first = [], status, says }: Attack): Promise<string> {
  const act = patchStatus(fixture.as[as], await (seen?.() ?? after(...first)), status)
  return statusOf(judge(act, { refused: says ?? /./ }).then(() => act))
}

attacks<Attack>(
  test,
  ending('403', {
    'the gateway records that the wish of somebody else is the holder’s': {
      as: 'gateway',
      status: { endings: [{ ...done, who: { slackUserID: 'U0MO' } }] },
      says: /Only the holder is done/,
    },
    'the gateway records a wish without a Slack account': {
      as: 'gateway',
      status: { endings: [{ ...done, who: { email: 'dana@example.com' } }] },
      says: /Only the holder is done/,
    },
    'the gateway records the wish of somebody else for access that was asked for on the web': {
      as: 'gateway',
      seen: fromTheWeb,
      status: { endings: [{ ...done, who: { email: 'mo@example.com', slackUserID: 'U0MO' } }] },
      says: /Only the holder is done/,
    },
    'auth records the wish of somebody else at the door': {
      as: 'auth',
      status: { endings: [{ ...doneAtDoor, who: { email: 'mo@example.com', googleSubject: '1' } }] },
      says: /Only the holder is done/,
    },
    'auth records the wish of an account that has the holder’s old address': {
      as: 'auth',
      seen: fromTheWeb,
      status: { endings: [{ ...doneAtDoor, who: { email: 'dana@example.com', googleSubject: 'g-other' } }] },
      says: /Only the holder is done/,
    },
    'auth records a wish in the name of the holder’s Slack account': {
      as: 'auth',
      status: { endings: [done] },
      says: /Only the holder is done/,
    },
    'the gateway records a wish in the name of the holder’s Google account': {
      as: 'gateway',
      status: { endings: [{ ...done, who: { ...done.who, googleSubject: 'g-dana' } }] },
      says: /Only the holder is done/,
    },
    'auth records two early ends in one write': {
      as: 'auth',
      status: { endings: [revoked, { ...revoked, id: 'r2' }] },
      says: /One write records one ending/,
    },
    'auth records a second early end while one is carried out': {
      as: 'auth',
      first: [['auth', { endings: [earlier] }]],
      status: { endings: [earlier, revoked] },
      says: /one is carried out before the next/,
    },
    'auth says itself that its early end was refused, to record the next': {
      as: 'auth',
      first: [['auth', { endings: [earlier] }]],
      status: { endings: [earlier, revoked], endingsRefused: [refusal] },
      says: /cannot write status.endingsRefused/,
    },
    'auth dates an early end back by an hour': {
      as: 'auth',
      status: { endings: [{ ...revoked, at: instant(-3_600_000) }] },
      says: /within five minutes of its time/,
    },
    'the gateway dates a wish ahead by an hour': {
      as: 'gateway',
      status: { endings: [{ ...done, at: instant(3_600_000) }] },
      says: /within five minutes of its time/,
    },
    'auth records an early end and ends the request itself': {
      as: 'auth',
      status: { endings: [revoked], phase: 'Revoked' },
      says: /cannot write status.phase/,
    },
    'auth records an early end as a decision, too': {
      as: 'auth',
      status: { endings: [revoked], decisions: [approval, { ...approval, id: 'a2' }] },
    },
  }),
  tried,
)

attacks<Attack>(
  test,
  ending('422', {
    'auth records an early end without evidence': {
      as: 'auth',
      status: { endings: [withoutEvidence] },
      says: /carries evidence/,
    },
    'the gateway records a wish with evidence': {
      as: 'gateway',
      status: { endings: [{ ...done, evidence }] },
      says: /carries evidence/,
    },
    'auth changes a recorded early end': {
      as: 'auth',
      first: [['auth', { endings: [earlier] }]],
      status: { endings: [{ ...earlier, who: { email: 'otto@example.com' } }] },
      says: /written once/,
    },
    'auth takes a recorded early end back': {
      as: 'auth',
      first: [['auth', { endings: [earlier] }]],
      status: { endings: [] },
      says: /cannot be moved or removed/,
    },
    'the controller takes back that an early end was refused': {
      as: 'controller',
      first: [
        ['auth', { endings: [earlier] }],
        ['controller', { endingsRefused: [refusal] }],
      ],
      status: { endingsRefused: [] },
      says: /stays refused/,
    },
    'auth records an early end as a decision': {
      as: 'auth',
      status: { decisions: [approval, { ...revoked, id: 'x' }] },
      says: /verdict/,
    },
  }),
  tried,
)

test.run()
