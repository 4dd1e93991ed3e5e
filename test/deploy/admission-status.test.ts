// Who may write which part of a status, tried on a real API server under each identity's own token.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { byRbac, judge, mergePatch, onlyHallpassWrites, type Refused, statusOf } from './judge.ts'
import {
  approval,
  denial,
  instant,
  newRequest,
  requestsPath,
  mappingsPath,
  patchStatus,
  requestIn,
  startFixture,
  type State,
  type Who,
  withdrawal,
  type Fixture,
} from './fixture.ts'

const test = suite('admission of a status', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

type Write = Refused & { as: Who; on: State; status: object }
const changedDenial = { ...denial, comment: 'no' }
const selfApproval = { ...approval, who: { email: 'dana@example.com' } }
const ownEvidence = {
  ...approval,
  evidence: { ...approval.evidence, claims: { ...approval.evidence?.claims, email: 'Dana@Example.com' } },
}
const look = { at: denial.at, slackUserID: 'U0MO', email: 'mo@example.com' }
const attempts = { count: 1, last: [{ at: denial.at, who: 'otto@example.com', why: 'not asked' }] }

const writes: Record<string, Write> = {
  'the gateway appends a denial': { as: 'gateway', on: 'pending', status: { decisions: [denial] } },
  'the gateway appends a withdrawal': { as: 'gateway', on: 'pending', status: { decisions: [withdrawal] } },
  'the gateway may be faster than the controller': { as: 'gateway', on: 'new', status: { decisions: [withdrawal] } },
  'the gateway settles nothing, not even a request without a status': {
    as: 'gateway',
    on: 'new',
    status: { settled: true },
    refused: /cannot write status\.settled/,
  },
  'the gateway counts an attempt': { as: 'gateway', on: 'pending', status: { attempts } },
  'the gateway appends a denial and counts an attempt': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [denial], attempts },
  },
  'the gateway records who is looking': { as: 'gateway', on: 'pending', status: { looking: [look] } },
  'the gateway records who is looking before the controller has begun': {
    as: 'gateway',
    on: 'new',
    status: { looking: [look] },
  },
  'the gateway records one look in a write': {
    as: 'gateway',
    on: 'pending',
    status: { looking: [look, { ...look, slackUserID: 'U0ANA' }] },
    refused: /One write records one look/,
  },
  'the gateway records no look of another time': {
    as: 'gateway',
    on: 'pending',
    status: { looking: [{ ...look, at: instant(-360_000) }] },
    refused: /within five minutes of its time/,
  },
  'the gateway records no look of a time to come': {
    as: 'gateway',
    on: 'pending',
    status: { looking: [{ ...look, at: instant(360_000) }] },
    refused: /within five minutes of its time/,
  },
  'the gateway records no look together with a denial': {
    as: 'gateway',
    on: 'pending',
    status: { looking: [look], decisions: [denial] },
    refused: /no longer waits for a decision/,
  },
  'the gateway records no look at a granted request': {
    as: 'gateway',
    on: 'provisioned',
    status: { looking: [look] },
    refused: /no longer waits for a decision/,
  },
  'auth records no look': {
    as: 'auth',
    on: 'pending',
    status: { looking: [look] },
    refused: /cannot write status\.looking/,
  },
  'the controller records no look': {
    as: 'controller',
    on: 'pending',
    status: { looking: [look] },
    refused: /Only the gateway records/,
  },
  'the gateway appends no approval': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [approval] },
    refused: /Auth records approvals, with a Google login/,
  },
  'the gateway appends no approval without evidence': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [{ ...approval, evidence: undefined }] },
    refused: /Auth records approvals, with a Google login|approval carries evidence/,
  },
  'the gateway does not add a denial after an approval': {
    as: 'gateway',
    on: 'approved',
    status: { decisions: [approval, denial] },
    refused: /decided already/,
  },
  'the gateway does not insert a denial before an approval': {
    as: 'gateway',
    on: 'approved',
    status: { decisions: [denial, approval] },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not append two decisions together': {
    as: 'gateway',
    on: 'pending',
    status: { decisions: [denial, withdrawal] },
    refused: /decided already/,
  },
  'the gateway does not change a decision': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: [changedDenial] },
    refused: /written once/,
  },
  'the gateway does not remove a decision': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: [] },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not remove all decisions': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: null },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not exchange a decision for another': {
    as: 'gateway',
    on: 'denied',
    status: { decisions: [withdrawal] },
    refused: /cannot be moved or removed/,
  },
  'the gateway does not begin a request': {
    as: 'gateway',
    on: 'new',
    status: { phase: 'Pending' },
    refused: /cannot write status\.phase/,
  },
  'the gateway does not end a request': {
    as: 'gateway',
    on: 'pending',
    status: { phase: 'Denied', decisions: [denial] },
    refused: /cannot write status\.phase/,
  },
  'the gateway does not name approvers': {
    as: 'gateway',
    on: 'pending',
    status: { approvers: [{ email: 'otto@example.com', level: 1, why: 'says so', at: denial.at }] },
    refused: /cannot write status\.approvers/,
  },
  'the gateway does not settle a request': {
    as: 'gateway',
    on: 'pending',
    status: { settled: true },
    refused: /cannot write status\.settled/,
  },
  'the gateway does not forge the audit trail': {
    as: 'gateway',
    on: 'pending',
    status: { auditSeq: 7 },
    refused: /cannot write status\.auditSeq/,
  },
  'the gateway does not remove what the controller wrote': {
    as: 'gateway',
    on: 'provisioned',
    status: { startsAt: null },
    refused: /cannot write status\.startsAt|written once/,
  },
  'auth appends an approval with evidence': { as: 'auth', on: 'pending', status: { decisions: [approval] } },
  'auth counts an attempt': { as: 'auth', on: 'pending', status: { attempts } },
  'auth appends no denial of a Slack account': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [denial] },
    refused: /auth names exactly the Google account/,
  },
  'auth appends no withdrawal of a Slack account': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [withdrawal] },
    refused: /auth names exactly the Google account/,
  },
  'auth appends no approval without evidence': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [{ ...approval, evidence: undefined }] },
    refused: /carries evidence/,
  },
  'auth appends no approval without an approver': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [{ ...approval, who: {} }] },
    refused: /the approver's address/,
  },
  'auth does not let the requester approve': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [selfApproval] },
    refused: /Nobody approves their own request/,
  },
  'auth does not let the requester approve under another name': {
    as: 'auth',
    on: 'pending',
    status: { decisions: [ownEvidence] },
    refused: /Nobody approves their own request/,
  },
  'auth does not overrule a denial': {
    as: 'auth',
    on: 'denied',
    status: { decisions: [denial, approval] },
    refused: /decided already/,
  },
  'auth does not insert an approval before a denial': {
    as: 'auth',
    on: 'denied',
    status: { decisions: [approval, denial] },
    refused: /cannot be moved or removed/,
  },
  'auth does not approve twice': {
    as: 'auth',
    on: 'approved',
    status: { decisions: [approval, { ...approval, id: 'a2' }] },
    refused: /decided already/,
  },
  'auth does not change the phase of a request': {
    as: 'auth',
    on: 'pending',
    status: { phase: 'Approved', decisions: [approval] },
    refused: /cannot write status\.phase/,
  },
  'auth does not write the end of access': {
    as: 'auth',
    on: 'approved',
    status: { expiresAt: '2026-12-24T10:00:00Z' },
    refused: /cannot write status\.expiresAt/,
  },
  'auth does not write the approver': {
    as: 'auth',
    on: 'approved',
    status: { approvedBy: 'mo@example.com' },
    refused: /cannot write status\.approvedBy/,
  },
  'the controller begins a request': { as: 'controller', on: 'new', status: { phase: 'Pending' } },
  'the controller names approvers': {
    as: 'controller',
    on: 'pending',
    status: { approvers: [{ email: 'mo@example.com', level: 1, why: 'on call', at: denial.at }] },
  },
  'the controller follows a denial': { as: 'controller', on: 'denied', status: { phase: 'Denied' } },
  'the controller follows an approval': {
    as: 'controller',
    on: 'approved',
    status: { phase: 'Approved', approvedBy: 'mo@example.com' },
  },
  'the controller may count an attempt': { as: 'controller', on: 'pending', status: { attempts } },
  'the controller appends no denial': {
    as: 'controller',
    on: 'pending',
    status: { decisions: [denial] },
    refused: /records no decisions/,
  },
  'the controller appends no approval': {
    as: 'controller',
    on: 'pending',
    status: { decisions: [approval] },
    refused: /records no decisions/,
  },
  'the controller does not remove a decision': {
    as: 'controller',
    on: 'denied',
    status: { decisions: null },
    refused: /cannot be moved or removed/,
  },
  'the controller does not change a decision': {
    as: 'controller',
    on: 'denied',
    status: { phase: 'Denied', decisions: [changedDenial] },
    refused: /written once/,
  },
  'an administrator does not approve': {
    as: 'admin',
    on: 'pending',
    status: { decisions: [approval] },
    refused: onlyHallpassWrites,
  },
  'an administrator does not change the phase of a request': {
    as: 'admin',
    on: 'approved',
    status: { phase: 'Approved' },
    refused: onlyHallpassWrites,
  },
  'a robot with every right does not deny': {
    as: 'robot',
    on: 'pending',
    status: { decisions: [denial] },
    refused: onlyHallpassWrites,
  },
  'a robot with every right does not hide a request': {
    as: 'robot',
    on: 'provisioned',
    status: { settled: true },
    refused: onlyHallpassWrites,
  },
}
for (const [sentence, { as, on, status, ...rest }] of Object.entries(writes))
  test(sentence, async () => {
    const seen = await requestIn(fixture, on)
    await judge(patchStatus(fixture.as[as], seen, status), rest)
  })

test('looks are bounded: once in five minutes for a person, never changed or removed, six for a request', async () => {
  const { gateway } = fixture.as
  let request = await requestIn(fixture, 'pending')
  const store = async (looking: object[] | null): Promise<void> => {
    request = await patchStatus(gateway, request, { looking })
  }
  const looks = [look]
  await store(looks)
  await judge(store([look, { ...look, at: instant(1000) }]), { refused: /once in five minutes/ })
  await judge(store(null), { refused: /stays listed/ })
  await judge(store([{ ...look, email: 'ana@example.com' }]), { refused: /written once/ })
  for (let i = 1; i < 6; i++) {
    looks.push({ ...look, slackUserID: `U0CROWD${i}` })
    await store(looks)
  }
  await judge(store([...looks, { ...look, slackUserID: 'U0SEVENTH' }]), { refused: /at most 6 items/ })
})

const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Sound',
  message: 'It can be asked for.',
  lastTransitionTime: denial.at,
}
const judgements: Record<string, Refused & { as: Who }> = {
  'the controller writes the status of a mapping': { as: 'controller' },
  'the gateway does not write the status of a mapping': { as: 'gateway', refused: byRbac },
  'auth does not write the status of a mapping': { as: 'auth', refused: byRbac },
  'an administrator does not write the status of a mapping': {
    as: 'admin',
    refused: /only Hallpass's controller judges/,
  },
  'a robot does not write the status of a mapping': { as: 'robot', refused: /only Hallpass's controller judges/ },
}
for (const [sentence, { as, ...rest }] of Object.entries(judgements))
  test(sentence, async () => {
    const name = `mapping-${as}`
    const spec = {
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      requesters: { domains: ['example.com'] },
      approval: { onCall: { escalationPolicy: 'PMANAGERS' } },
      channel: 'C0PRODACCESS',
    }
    const body = { apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata: { name }, spec }
    await fixture.as.admin.request({ method: 'POST', path: mappingsPath, body })
    await judge(mergePatch(fixture.as[as], `${mappingsPath}/${name}/status`, { status: { conditions: [ready] } }), rest)
  })

attack(test, 'auth records an approval by the Google account that asked, under another address … 403', async () => {
  const { as } = fixture
  const { spec, ...rest } = newRequest()
  const requester = { email: 'dana@example.com', googleSubject: '1' }
  const body = { ...rest, spec: { ...spec, origin: 'web', requester, slack: undefined } }
  const asked = await as.auth.request<AccessRequest>({ method: 'POST', path: requestsPath, body })
  const pending = await patchStatus(as.controller, asked, { phase: 'Pending' })
  const other = { ...approval, who: { ...approval.who, googleSubject: '2' } }
  assert.is(await statusOf(patchStatus(as.auth, pending, { decisions: [other] })), '403', 'the evidence names it')
  return statusOf(patchStatus(as.auth, pending, { decisions: [approval] }))
})

test.run()
