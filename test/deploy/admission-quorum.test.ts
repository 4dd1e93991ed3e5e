// Several people approve one request: what the API server accepts behind the first approval, and from whom.
import type { AccessRequest, Decision } from '../../src/api/kinds.ts'
import { attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import {
  approval,
  denial,
  newRequest,
  patchStatus,
  requestsPath,
  startFixture,
  type Who,
  withdrawal,
  type Fixture,
} from './fixture.ts'
import { judge, statusOf } from './judge.ts'

const test = suite('admission of several approvals', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const second = approvalBy('ana@example.com', 2)
const third = approvalBy('otto@example.com', 3)

/** An approval of another person, from another sign-in. */
function approvalBy(email: string, n: number): Decision {
  const { evidence } = approval
  if (!evidence) throw new Error('the approval has no evidence')
  const [sub, hash] = [String(n), String(n).repeat(64)]
  return {
    ...approval,
    id: `a${n}`,
    who: { email, googleSubject: sub },
    evidence: { ...evidence, hash, claims: { ...evidence.claims, sub, email } },
  }
}

/** A request that two people must approve, with the decisions that stand. */
async function waitingForTwo(decided: readonly [Who, Decision][]): Promise<AccessRequest> {
  const { spec, ...rest } = newRequest()
  const body = { ...rest, spec: { ...spec, approval: { ...spec.approval, required: 2 } } }
  let seen = await fixture.as.gateway.request<AccessRequest>({ method: 'POST', path: requestsPath, body })
  for (const [who, decision] of decided)
    seen = await patchStatus(fixture.as[who], seen, { decisions: [...(seen.status?.decisions ?? []), decision] })
  return seen
}

type Appending = { after: readonly [Who, Decision][]; as: Who; decisions: Decision[]; refused?: RegExp }
const oneOfTwo: readonly [Who, Decision][] = [['auth', approval]]

table<Appending>(
  test,
  {
    'a second person approves': { after: oneOfTwo, as: 'auth', decisions: [approval, second] },
    'somebody denies after the first approval': { after: oneOfTwo, as: 'gateway', decisions: [approval, denial] },
    'the requester withdraws after the first approval': {
      after: oneOfTwo,
      as: 'gateway',
      decisions: [approval, withdrawal],
    },
  },
  async ({ after, as, decisions }) => judge(patchStatus(fixture.as[as], await waitingForTwo(after), { decisions }), {}),
)

attacks<Appending>(
  test,
  ending('403', {
    'auth stores two approvals together': { after: [], as: 'auth', decisions: [approval, second], refused: /decided/ },
    'auth stores an approval of the same account under another address': {
      after: oneOfTwo,
      as: 'auth',
      decisions: [
        approval,
        { ...second, evidence: approval.evidence, who: { email: 'mo.two@example.com' } } as Decision,
      ],
      refused: /another person/,
    },
    'auth stores the same evidence as the second approval': {
      after: oneOfTwo,
      as: 'auth',
      decisions: [approval, { ...approval, id: 'a9' }],
      refused: /another person/,
    },
    'auth stores a second approval of the same address': {
      after: oneOfTwo,
      as: 'auth',
      decisions: [approval, { ...second, who: { email: 'mo@example.com' } }],
      refused: /another person/,
    },
    'auth stores a third approval behind the two that are needed': {
      after: [...oneOfTwo, ['auth', second]],
      as: 'auth',
      decisions: [approval, second, third],
      refused: /decided already/,
    },
    'the gateway denies behind the two approvals that are needed': {
      after: [...oneOfTwo, ['auth', second]],
      as: 'gateway',
      decisions: [approval, second, denial],
      refused: /decided already/,
    },
    'auth approves behind a denial that came after the first approval': {
      after: [...oneOfTwo, ['gateway', denial]],
      as: 'auth',
      decisions: [approval, denial, second],
      refused: /decided already/,
    },
    'the gateway approves as the second person': {
      after: oneOfTwo,
      as: 'gateway',
      decisions: [approval, second],
      refused: /Auth records approvals, with a Google login/,
    },
    'the controller adds the approval that is missing': {
      after: oneOfTwo,
      as: 'controller',
      decisions: [approval, second],
      refused: /records no decisions/,
    },
  }),
  async ({ after, as, decisions, refused }) => {
    const act = patchStatus(fixture.as[as], await waitingForTwo(after), { decisions })
    return statusOf(judge(act, refused ? { refused } : {}).then(() => act))
  },
)

attacks<Appending>(
  test,
  ending('422', {
    'auth inserts an approval before the first': { after: oneOfTwo, as: 'auth', decisions: [second, approval] },
    'auth replaces the first approval': { after: oneOfTwo, as: 'auth', decisions: [second] },
    'auth removes the first of two approvals': {
      after: [...oneOfTwo, ['auth', second]],
      as: 'auth',
      decisions: [second],
    },
    'auth changes what the first approver chose': {
      after: oneOfTwo,
      as: 'auth',
      decisions: [{ ...approval, narrowing: { grants: [0] } }, second],
    },
  }),
  async ({ after, as, decisions }) => statusOf(patchStatus(fixture.as[as], await waitingForTwo(after), { decisions })),
)

test.run()
