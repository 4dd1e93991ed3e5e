// A failing right, key or service of Hallpass proves nothing against an approval: the request waits and says why, is
// granted when it is corrected in time, and otherwise ends as nobody's fault. Only what was opened and differs is
// tampering.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { Refused, Waiting } from '../../../src/domain/outcome.ts'
import type { Sealer, Unsealer } from '../../../src/domain/ports.ts'
import { createSealer, createUnsealer } from '../../../src/google/seal.ts'
import { foreignAnswer, foreignBodies, googleAnswer } from '../../sim/google/answers.ts'
import type { GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultIdentities, defaultKeys } from '../../../src/sim/google/seeds.ts'
import type { Fault } from '../../../src/sim/serve.ts'
import { attack } from '../../attacks.ts'
import { identity, openGoogle } from '../../google/fixture.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('what waits is no tampering')
const decrypts = 'POST /v1/*:decrypt'

/** The token key at a simulated KMS, as auth and the controller use it. */
function keyAt(google: GoogleSim, opensWith = defaultKeys.token): Sealer & Unsealer {
  const at = (token: string, key: string): Parameters<typeof createSealer>[0] => ({
    key,
    authClient: identity(token),
    clock: google.clock,
    rootUrl: google.url,
  })
  return {
    ...createSealer(at(defaultIdentities.auth.token, defaultKeys.token)),
    ...createUnsealer(at(defaultIdentities.controller.token, opensWith)),
  }
}

async function approved(more: Parameters<typeof operator>[1] = {}): Promise<Operator> {
  const op = operator({}, more)
  await op.ask()
  await op.look()
  await op.approve()
  return op
}

/** One round, whether it is thrown back to the queue or says when it comes again. */
const lookAnyway = async (op: Operator): Promise<void> => void (await op.look().catch(() => undefined))

/** Nothing was granted, refused or called tampering; the status and an Event say why, and what would help. */
async function waits(op: Operator, said: RegExp): Promise<void> {
  assert.is(await op.phase(), 'Pending')
  const condition = await op.condition('Approved')
  assert.is(condition?.status, 'Unknown')
  assert.match(condition?.message ?? '', said)
  assert.not.ok(op.log().includes('TamperingSeen'))
  const warnings = op.recorded.filter(({ type }) => type === 'Warning')
  assert.is(warnings.length, 1)
  assert.match(warnings[0]?.message ?? '', said)
}

async function isGranted(op: Operator): Promise<void> {
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.is((await op.condition('Approved'))?.status, 'True')
}

async function endsAsNobodysFault(op: Operator): Promise<void> {
  op.clock.forward(3600)
  await op.look()
  assert.is(await op.phase(), 'Failed')
  const condition = await op.condition('Approved')
  assert.is(condition?.reason, 'EvidenceExpired')
  assert.match(condition?.message ?? '', /neither your fault nor the approver’s.*tell the platform team/)
  assert.not.ok(op.log().includes('TamperingSeen'))
  assert.is(op.policies.written.length, 0)
}

type Waits = { answer: Partial<Fault>; said: RegExp }
const waiting: Record<string, Waits> = {
  'no right to decrypt': {
    answer: googleAnswer('PERMISSION_DENIED', { reason: 'IAM_PERMISSION_DENIED' }),
    said: /Grant this process roles\/cloudkms\.cryptoKeyDecrypter/,
  },
  'the API is off': {
    answer: googleAnswer('PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
    said: /platform team must enable it/,
  },
  'no such key, or another location': { answer: googleAnswer('NOT_FOUND'), said: /Correct the key's name/ },
  'the version is disabled': { answer: googleAnswer('FAILED_PRECONDITION'), said: /Enable or restore that version/ },
  'the identity is not accepted': { answer: googleAnswer('UNAUTHENTICATED'), said: /does not accept the identity/ },
  'the quota is used up': { answer: googleAnswer('RESOURCE_EXHAUSTED'), said: /Cloud KMS asked to wait/ },
  'a server error': { answer: googleAnswer('UNAVAILABLE'), said: /Cloud KMS answered 503/ },
}
for (const status of [400, 403, 404, 407, 408, 413])
  for (const body of status === 400 ? foreignBodies : (['page'] as const))
    waiting[`${status} with ${body} of something in between`] = {
      answer: foreignAnswer(status, body),
      said: new RegExp(`Something between .* answered ${status}`),
    }

for (const [sentence, { answer, said }] of Object.entries(waiting))
  attack(test, `an approval is opened, and KMS says: ${sentence} … waits, then Provisioned`, async () => {
    const { google } = await openGoogle()
    try {
      const op = await approved({ tokenSeal: keyAt(google) })
      google.faults.add({ route: decrypts, times: 1000, ...answer })
      await lookAnyway(op)
      await waits(op, said)
      await lookAnyway(op)
      await waits(op, said)
      google.faults.clear()
      await isGranted(op)
      return `waits, then ${await op.phase()}`
    } finally {
      await google.close()
    }
  })

attack(test, 'an approval is opened, and KMS finds it not authentic … Failed, TamperingSeen', async () => {
  const { google } = await openGoogle()
  try {
    const op = await approved({ tokenSeal: keyAt(google) })
    google.faults.add({ route: decrypts, ...googleAnswer('INVALID_ARGUMENT') })
    await op.look()
    return [await op.phase(), ...op.log().filter(event => event === 'TamperingSeen')].join(', ')
  } finally {
    await google.close()
  }
})

test('a controller that was given another key than auth waits, and names the setting', async () => {
  const { google } = await openGoogle()
  try {
    const op = await approved({ tokenSeal: keyAt(google, defaultKeys.ticket) })
    await lookAnyway(op)
    await waits(op, /sealed with another KMS key.*google\.tokenKey/)
    assert.is(google.calls.filter(({ method }) => method === 'Decrypt').length, 0)
    await endsAsNobodysFault(op)
  } finally {
    await google.close()
  }
})

const denied = new Refused('KeyDenied', 'Cloud KMS does not let Hallpass decrypt. Grant the role.')
type Cause = { breaks: (op: Operator) => void; mends: (op: Operator) => void; said: RegExp }
const causes: Record<string, Cause> = {
  'a right that is missing': {
    breaks: op => (op.tokenSeal.refusal = denied),
    mends: op => (op.tokenSeal.refusal = undefined),
    said: /Grant the role/,
  },
  'a KMS that is silent': {
    breaks: op => (op.tokenSeal.isDown = true),
    mends: op => (op.tokenSeal.isDown = false),
    said: /Cloud KMS did not answer/,
  },
  'keys of Google that are too new': {
    breaks: op => {
      op.login.verify = async () => Promise.reject(new Waiting(new Date(op.clock.now().getTime() + 60_000), 'Not yet.'))
    },
    mends: op => void Reflect.deleteProperty(op.login, 'verify'),
    said: /^/,
  },
}
for (const [sentence, { breaks, mends, said }] of Object.entries(causes)) {
  test(`before it is accepted: ${sentence} makes it wait, and no longer`, async () => {
    const op = await approved()
    breaks(op)
    await lookAnyway(op)
    assert.is(await op.phase(), 'Pending')
    assert.match((await op.condition('Approved'))?.message ?? '', said)
    mends(op)
    await isGranted(op)
  })
  test(`after it was accepted: ${sentence} makes it wait, and no longer`, async () => {
    const op = await approved()
    // The process dies between accepting and granting.
    let isDead = false
    const dying = op.start((call, moment) => {
      isDead ||= call === 'requests.patchStatus' && moment === 'after'
      if (!isDead) return
      breaks(op)
      throw new Error('the process died')
    })
    await dying.reconcile(op.ref).catch(() => undefined)
    assert.is(await op.phase(), 'Approved')
    await lookAnyway(op)
    assert.is(await op.phase(), 'Approved')
    if (said.source !== '^') assert.match((await op.condition('Provisioned'))?.message ?? '', said)
    assert.not.ok(op.log().includes('TamperingSeen'))
    mends(op)
    await op.look()
    assert.is(await op.phase(), 'Provisioned')
    assert.is((await op.condition('Provisioned'))?.status, 'True')
  })
}

test('what nobody corrects ends with the sign-in, as nobody’s fault', async () => {
  const op = await approved()
  op.tokenSeal.refusal = denied
  for (let minute = 0; minute < 59; minute++) {
    await lookAnyway(op)
    op.clock.forward(60)
  }
  await waits(op, /Grant the role/)
  await endsAsNobodysFault(op)
})

test('what a person must change is looked at again within half a minute', async () => {
  const op = await approved()
  op.tokenSeal.refusal = denied
  const next = await op.look()
  assert.is(next?.getTime(), op.clock.now().getTime() + 30_000)
})

test('words that change from try to try are written once', async () => {
  const op = await approved()
  let round = 0
  op.tokenSeal.unseal = async () =>
    Promise.reject(new Refused('KeyDenied', `Cloud KMS does not let Hallpass decrypt, for the ${++round}. time.`))
  await lookAnyway(op)
  const { resourceVersion } = (await op.now()).metadata
  await lookAnyway(op)
  assert.is(round, 2)
  assert.is((await op.now()).metadata.resourceVersion, resourceVersion)
})

attack(test, 'a sign-in ends between two checks of one proof … Failed, without TamperingSeen', async () => {
  const op = await approved()
  // The last moment of the sign-in; opening takes until after it.
  op.clock.forward(3599.9)
  const unseal = op.tokenSeal.unseal.bind(op.tokenSeal)
  op.tokenSeal.unseal = async (sealed, aad) => {
    op.clock.forward(5)
    return unseal(sealed, aad)
  }
  await lookAnyway(op)
  await lookAnyway(op)
  assert.is(op.policies.written.length, 0)
  return `${await op.phase()}, ${op.log().includes('TamperingSeen') ? 'with' : 'without'} TamperingSeen`
})

attack(
  test,
  'the end of a sign-in is pushed out by hand, and the sign-in is over … Failed, TamperingSeen',
  async () => {
    const op = await approved()
    const [decision] = (await op.now()).status?.decisions ?? []
    if (!decision?.evidence) throw new Error('no evidence')
    const { evidence } = decision
    const claims = { ...evidence.claims, exp: evidence.claims.exp + 3600 }
    op.cluster.forge(op.ref, { decisions: [{ ...decision, evidence: { ...evidence, claims } }] })
    op.clock.forward(3700)
    await op.look()
    return [await op.phase(), ...op.log().filter(event => event === 'TamperingSeen')].join(', ')
  },
)

attack(
  test,
  'somebody with another key seals an approval and stores that its sign-in never ends … Failed, EvidenceExpired',
  async () => {
    const op = await approved()
    const [decision] = (await op.now()).status?.decisions ?? []
    if (!decision?.evidence) throw new Error('no evidence')
    const { evidence } = decision
    const claims = { ...evidence.claims, exp: Number.MAX_SAFE_INTEGER }
    op.cluster.forge(op.ref, { decisions: [{ ...decision, evidence: { ...evidence, claims } }] })
    op.tokenSeal.refusal = new Refused('KeyDiffers', 'This was sealed with another key.')
    await lookAnyway(op)
    await waits(op, /another key/)
    op.clock.forward(3700)
    await op.look().catch(() => undefined)
    return [await op.phase(), (await op.condition('Approved'))?.reason].join(', ')
  },
)

table<{ slowSeconds: number; phase: NonNullable<AccessRequest['status']>['phase'] }>(
  test,
  {
    'a clock of Hallpass that is a minute slow is tolerated': { slowSeconds: 60, phase: 'Provisioned' },
    'a slower one waits, and nobody is accused': { slowSeconds: 61, phase: 'Pending' },
  },
  async ({ slowSeconds, phase }) => {
    const op = await approved({})
    op.clock.forward(-slowSeconds)
    await lookAnyway(op)
    assert.is(await op.phase(), phase)
    assert.not.ok(op.log().includes('TamperingSeen'))
    if (phase === 'Pending') await waits(op, /the clock of Hallpass is slow/)
  },
)

test.run()
