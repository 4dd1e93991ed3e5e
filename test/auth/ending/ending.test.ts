// A sign-in for ending access: what is stored of it, whom it is refused, and that the controller carries out exactly this.
import { randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import type { Dependencies } from '../../../src/auth/dependencies.ts'
import type { SignedIn } from '../../../src/auth/login/sign-in.ts'
import { purposeRows } from '../../../src/auth/login/purposes.ts'
import { store } from '../../../src/auth/login/storing.ts'
import { commitmentOf } from '../../../src/domain/approval/approval.ts'
import { nonceOf, type Purpose } from '../../../src/domain/approval/digest.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { endingCommitment } from '../../../src/domain/ending/revoking.ts'
import { attack, attacks } from '../../attacks.ts'
import { type Operator, operator, prodEu } from '../../controller/fakes.ts'
import type { SignIn } from '../../fakes/login.ts'
import { suite, table } from '../../suite.ts'

const test = suite('a sign-in that ends access')

async function granted(): Promise<Operator> {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(60)
  return op
}

/** Auth's services, over what the controller works on. */
function auth(op: Operator): Dependencies {
  const { clock, cluster: requests, mappings, login, tokenSeal: tokens, sealedTokens, policies } = op
  const ports = { clock, requests, mappings, login, verifier: login, tokens, sealedTokens, policies }
  return {
    ...ports,
    people: [],
    hostedDomains: ['example.com'],
    externalRequesters: [],
    oauthClientID: login.clientID,
    log: { info: () => undefined, warn: () => undefined },
  } as unknown as Dependencies
}

type Way = {
  /** What Google signed. */
  signed?: Purpose
  /** What the ticket is for. */
  ticket?: Purpose
  comment?: string
  mayWrite?: boolean
  person?: Partial<SignIn>
}

/** Somebody has come back from Google, with this ticket and this nonce. */
async function signedIn(op: Operator, email: string, way: Way = {}): Promise<SignedIn> {
  const { signed = 'revoke', ticket = 'revoke', comment, mayWrite = true, person } = way
  const request = await op.now()
  const random = (): string => randomBytes(32).toString('base64url')
  const terms = { salt: random(), comment, narrowing: undefined }
  const nonce = nonceOf(signed === 'revoke' ? endingCommitment(request, terms) : commitmentOf(request, terms))
  const verifier = random()
  const url = op.login.authorizeUrl({ state: random(), nonce, codeVerifier: verifier, access: 'cloud' })
  const { code } = op.login.signIn(url, { email, hd: 'example.com', ...person })
  const tokens = await op.login.exchange(code, verifier)
  if (mayWrite) for (const admins of op.policies.admins.values()) admins.add(tokens.accessToken.reveal())
  const { namespace, name, uid } = request.metadata
  return {
    login: { ...terms, purpose: ticket, state: random(), verifier, nonce, ticket: '' },
    ticket: { namespace, name, uid, purpose: ticket, expiresAt: op.clock.now() },
    opened: { request, mapping: undefined },
    tokens,
    claims: await op.login.verify(tokens.idToken, op.login.clientID, op.clock.now()),
  }
}

/** Stores it, as the row of its ticket's purpose does. */
async function keep(back: SignedIn, deps: Dependencies): Promise<unknown> {
  const { about, words } = purposeRows[back.ticket.purpose]
  return about && store(back, { recording: about.recording, words, deps })
}

const reasonOf = async (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'stored',
    (error: unknown) => (error instanceof Refused ? error.refusal.reason : String(error)),
  )

table<{ email: string; comment?: string }>(
  test,
  {
    'the approver ends it': { email: 'mo@example.com' },
    'somebody whom nobody asked, with the right, ends it': { email: 'ana@example.com', comment: 'all done' },
    'the requester ends it, with the right': { email: 'dana@example.com' },
  },
  async ({ email, comment }) => {
    const op = await granted()
    await keep(await signedIn(op, email, { ...(comment && { comment }) }), auth(op))
    const [stored] = (await op.now()).status?.endings ?? []
    assert.is(stored?.verdict, 'Revoked')
    assert.is(stored?.who.email, email)
    assert.is(stored?.comment, comment)
    await op.look()
    assert.is(await op.phase(), 'Revoked')
    assert.equal(op.ours(), [])
    const left = [...op.sealedTokens.stored.keys()].map(name => name.split('-')[0])
    assert.equal(left, ['evidence'], 'the token is gone, and its evidence waits to be published')
  },
)

const nothing = async (op: Operator): Promise<void> => {
  assert.equal((await op.now()).status?.endings ?? [], [])
  assert.is((await op.now()).status?.decisions?.length, 1)
  assert.is(op.ours().length, 2)
}

attacks<[email: string, way: Way]>(
  test,
  {
    'somebody without the right ends access … NoRights, nothing stored': ['otto@example.com', { mayWrite: false }],
    'the holder without the right ends access … NoRights, nothing stored': ['dana@example.com', { mayWrite: false }],
    'an account of another organisation ends access … OutsideOrganisation, nothing stored': [
      'mo@other.example',
      { person: { hd: 'other.example' } },
    ],
    'a private account ends access … OutsideOrganisation, nothing stored': [
      'mo@example.com',
      { person: { claims: { hd: '' } } },
    ],
    'a sign-in for approving comes back with a ticket for ending … EvidenceForAnother, nothing stored': [
      'mo@example.com',
      { signed: 'approve' },
    ],
    'a sign-in for ending comes back with a ticket for approving … EvidenceForAnother, nothing stored': [
      'mo@example.com',
      { ticket: 'approve' },
    ],
    'a sign-in without access to Google Cloud … ScopeNotGranted, nothing stored': [
      'mo@example.com',
      { person: { scopes: ['openid'] } },
    ],
  },
  async ([email, way]) => {
    const op = await granted()
    const reason = await reasonOf(keep(await signedIn(op, email, way), auth(op)))
    await nothing(op)
    return `${reason}, nothing stored`
  },
)

attack(test, 'two people end the same access … the first stored, the second AlreadyEnding', async () => {
  const op = await granted()
  const [first, second] = [await signedIn(op, 'mo@example.com'), await signedIn(op, 'ana@example.com')]
  const results = [await reasonOf(keep(first, auth(op))), await reasonOf(keep(second, auth(op)))]
  assert.is((await op.now()).status?.endings?.length, 1)
  return `the first ${results[0]}, the second ${results[1]}`
})

attack(test, 'ended access is ended again … NotInForce', async () => {
  const op = await granted()
  await keep(await signedIn(op, 'mo@example.com'), auth(op))
  await op.look()
  return reasonOf(keep(await signedIn(op, 'ana@example.com'), auth(op)))
})

attack(test, 'a sign-in is sent twice … 1 entry', async () => {
  const op = await granted()
  const back = await signedIn(op, 'mo@example.com')
  await keep(back, auth(op))
  assert.is(
    await reasonOf(keep({ ...back, opened: { ...back.opened, request: await op.now() } }, auth(op))),
    'AlreadyEnding',
  )
  return `${(await op.now()).status?.endings?.length} entry`
})

attack(test, 'access is ended for the ninth time … EndedTooOften', async () => {
  const op = await granted()
  const { endings, endingsRefused } = {
    endings: Array.from({ length: 8 }, (_, i) => ({ id: `r${i}`, verdict: 'Revoked' as const, who: {}, at: '' })),
    endingsRefused: Array.from({ length: 8 }, (_, i) => ({ id: `r${i}`, reason: 'NotRemoved', message: 'no', at: '' })),
  }
  op.cluster.forge(op.ref, { endings, endingsRefused })
  return reasonOf(keep(await signedIn(op, 'mo@example.com'), auth(op)))
})

test('the rights are asked where access is held, and nothing is asked before the rules agree', async () => {
  const op = await granted()
  const asked: string[] = []
  const mayWrite = op.policies.mayWrite.bind(op.policies)
  op.policies.mayWrite = async (resource, token) => (asked.push(resource), mayWrite(resource, token))
  await reasonOf(keep(await signedIn(op, 'mo@example.com', { signed: 'approve' }), auth(op)))
  assert.equal(asked, [])
  await keep(await signedIn(op, 'mo@example.com'), auth(op))
  assert.equal(asked, [prodEu])
})

test('a cluster whose schema does not know the entry is said to be older', async () => {
  const op = await granted()
  const deps = auth(op)
  const patchStatus = op.cluster.patchStatus.bind(op.cluster)
  op.cluster.patchStatus = async (seen, { endings: _endings, ...patch }) => patchStatus(seen, patch)
  const error = await keep(await signedIn(op, 'mo@example.com'), deps).catch((failed: unknown) => failed)
  assert.instance(error, Broken)
  assert.match((error as Broken).message, /CRDs are older/)
})

test.run()
