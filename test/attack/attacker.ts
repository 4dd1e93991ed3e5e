// The tools of attackers, and the questions that every attack ends with: stolen identities of Hallpass, sign-ins begun
// elsewhere, forged objects.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision, Narrowing, NewAccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { nonceOf, sha256, specDigest } from '../../src/domain/digest.ts'
import { encodeSealed, sealedTokenAad, sealedTokenName } from '../../src/domain/sealed-token.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createLogin } from '../../src/google/login.ts'
import { createSealer } from '../../src/google/seal.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { ask, entriesOf, type Player, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { identity } from '../google/fixture.ts'

export const project = 'projects/prod-eu'
export const requestsPath = `/apis/hallpass.dev/v1alpha1/namespaces/${namespace}/accessrequests`
export const tokensPath = '/api/v1/namespaces/hallpass-tokens/secrets'

/** A process's own place in the cluster, in an attacker's hands. */
export async function stolen(world: World, name: 'gateway' | 'auth' | 'controller'): Promise<Transport> {
  const token = await world.cluster.serviceAccountToken('hallpass-system', `hallpass-${name}`, 3600)
  const { server, ca } = world.cluster
  return createTransport({ server, ca, token: async () => token })
}

// Answers are distinguished by their recipient, so one request waits for the other.
let turn: Promise<unknown> = Promise.resolve()

/** Asks and gives the stored request; retried while the gateway does not know the mapping yet. */
export async function asked(world: World, who: Player, line: string): Promise<AccessRequest> {
  const mine = turn.then(() => askNow(world, who, line))
  turn = mine.catch(() => undefined)
  return reached(world, await mine, 'Pending')
}

async function askNow(world: World, who: Player, line: string): Promise<string> {
  const said = await until(`"${line}" is taken`, async () => {
    const { name, answer } = await ask(world, who, line)
    return name || !/not something you can ask|has a problem/.test(answer) ? { name, answer } : undefined
  })
  assert.ok(said.name, said.answer)
  return said.name ?? ''
}

/** The request, which must exist. */
export async function standing(world: World, { metadata: { name } }: AccessRequest): Promise<AccessRequest> {
  const request = await stored(world, name)
  if (!request) throw new Error(`"${name}" is gone`)
  return request
}

/** Waits until somebody has been asked to approve. */
export async function routed(world: World, { metadata: { name } }: AccessRequest): Promise<AccessRequest> {
  return until(`somebody is asked about "${name}"`, async () => {
    const request = await stored(world, name)
    return request?.status?.approvers?.length ? request : undefined
  })
}

/** Bindings that name this request, in any policy that could hold one. */
export function bindingsOf(world: World, { metadata: { uid } }: AccessRequest): Binding[] {
  return world.google.seeds.resources.flatMap(({ name }) =>
    (world.google.policies.read(name)?.bindings ?? []).filter(({ condition }) => condition?.title?.includes(uid)),
  )
}

/** Checks that no grant of this request is in a policy and nobody ever wrote for it, and says so. */
export function nothingWritten(world: World, request: AccessRequest): 'nothing written' {
  assert.equal(bindingsOf(world, request), [], 'there is no binding')
  const writes = world.google.calls.filter(
    ({ method, reasonHeader }) => method === 'SetIamPolicy' && reasonHeader?.includes(request.metadata.uid),
  )
  assert.is(writes.length, 0, 'no policy was written')
  return 'nothing written'
}

/** All other people’s bindings, as text. */
export function foreign(world: World): string {
  const { bindings = [], auditConfigs } = world.google.policies.read(project) ?? {}
  return JSON.stringify([bindings.filter(({ condition }) => !condition?.title?.startsWith('hallpass ')), auditConfigs])
}

/** Waits until the request is settled, and demands an account of it without gaps that begins and ends as it should. */
export async function accounted(world: World, request: AccessRequest, ...events: string[]): Promise<string[]> {
  const { uid, name } = request.metadata
  await until(`"${name}" is settled`, async () => (await stored(world, name))?.status?.settled ?? undefined, 40)
  const entries = entriesOf(world, uid)
  assert.equal(
    entries.map(({ insertId }) => insertId),
    entries.map((_, i) => `${uid}-${String(i + 1).padStart(4, '0')}`),
    'no number is missing',
  )
  const said = entries.map(({ event }) => event)
  assert.is(said[0], 'Requested')
  for (const event of events) assert.ok(said.includes(event), `${event} among ${said.join(' ')}`)
  return said
}

/** What the message of a condition says. */
export function why(request: AccessRequest, type: string): string {
  return request.status?.conditions?.find(condition => condition.type === type)?.message ?? ''
}

type SignedIn = { idToken: string; accessToken: string; salt: string; decision: Decision }

/** Somebody signs in to Google for exactly this request, in a flow that the attacker runs. */
export async function signedInFor(
  world: World,
  request: AccessRequest,
  { email, narrowing, comment }: { email: string; narrowing?: Narrowing; comment?: string },
): Promise<SignedIn> {
  const { uid } = request.metadata
  const salt = randomBytes(32).toString('base64url')
  const nonce = nonceOf({ purpose: 'approve', uid, specDigest: specDigest(request.spec), narrowing, comment, salt })
  const { id, secret } = world.google.seeds.client
  const login = createLogin({
    clock: world.google.clock,
    clientID: id,
    clientSecret: new Secret(secret),
    redirectUri: `${world.authUrl}/oauth/callback`,
    rootUrl: world.google.url,
  })
  const codeVerifier = randomBytes(32).toString('base64url')
  const back = world.google.signIn(login.authorizeUrl({ state: 'attack', nonce, codeVerifier }), { account: email })
  const { idToken, accessToken } = await login.exchange(back.searchParams.get('code') ?? '', codeVerifier)
  const text = idToken.reveal()
  const decision = decisionWith({ idToken: text, salt, ...(narrowing && { narrowing }), ...(comment && { comment }) })
  return { idToken: text, accessToken: accessToken.reveal(), salt, decision }
}

/** The decision that auth would store for this ID token, with any signature. */
export function decisionWith({
  idToken,
  salt,
  ...more
}: { idToken: string; salt: string } & Partial<Decision>): Decision {
  const { iss, aud, sub, email, hd, iat, exp, nonce } = JSON.parse(
    Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as NonNullable<Decision['evidence']>['claims']
  const hash = sha256(idToken)
  return {
    id: `approved-${hash.slice(0, 12)}`,
    verdict: 'Approved',
    who: { email, googleSubject: sub },
    at: new Date(iat * 1000).toISOString().replace(/\.\d+Z/, 'Z'),
    evidence: { hash, salt, claims: { iss, aud, sub, email, ...(hd && { hd }), iat, exp, nonce } },
    ...more,
  }
}

type Sealing = { uid: string; hash: string; accessToken: string; idToken: string; salt: string; aad?: string }

/** Seals as auth can, and stores the Secret as auth can. */
export async function sealAs(world: World, auth: Transport, what: Sealing): Promise<void> {
  const { uid, hash, accessToken, idToken, salt, aad = sealedTokenAad(uid, hash) } = what
  const sealer = createSealer({
    key: defaultKeys.token,
    authClient: identity(defaultIdentities.auth.token),
    clock: world.google.clock,
    rootUrl: world.google.url,
  })
  const sealed = await sealer.seal(encodeSealed({ accessToken, idToken, salt }), aad)
  await putSecret(auth, sealedTokenName(uid, hash), sealed)
}

/** Stores any text as a sealed token. */
export async function putSecret(auth: Transport, name: string, sealed: string): Promise<void> {
  await auth.request({
    method: 'POST',
    path: tokensPath,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'hallpass.dev/sealed-token',
      immutable: true,
      data: { sealed: Buffer.from(sealed).toString('base64') },
    },
  })
}

/** Merges into a status, with the identity of `transport`. */
export async function writeStatus(
  transport: Transport,
  { metadata: { name } }: AccessRequest,
  status: Partial<Record<keyof RequestStatus, unknown>>,
): Promise<AccessRequest> {
  return transport.request<AccessRequest>({
    method: 'PATCH',
    path: `${requestsPath}/${name}/status`,
    contentType: 'application/merge-patch+json',
    body: { status },
  })
}

/** Stores a request, with the identity of `transport`. */
export async function store(transport: Transport, request: NewAccessRequest): Promise<AccessRequest> {
  return transport.request<AccessRequest>({ method: 'POST', path: requestsPath, body: request })
}

/** A request like this one, under another name, with another spec. */
export function like(
  { apiVersion, kind, metadata, spec }: AccessRequest,
  name: string,
  more: Partial<AccessRequest['spec']> = {},
): NewAccessRequest {
  const finalizers = metadata.finalizers ?? []
  return { apiVersion, kind, metadata: { name, namespace, finalizers }, spec: { ...spec, ...more } } as NewAccessRequest
}

/** The HTTP status with which the API server answers; 200 when it does as told. */
export async function statusOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError) return String(error.status)
    throw error
  }
  return '200'
}

/** What is decided about the request: the verdict that counts, or `undecided`. */
export async function verdictOn(world: World, request: AccessRequest): Promise<string> {
  return (await standing(world, request)).status?.decisions?.[0]?.verdict ?? 'undecided'
}

/** Why the API server refuses; fails when it does not. */
export async function refusedBy(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('the API server allowed it')
}

/** Fails when a secret is readable in what people, viewers of the cluster and readers of logs see. */
export async function noSecretSeen(world: World): Promise<'no secret seen'> {
  const secrets = [
    ...Object.values(defaultIdentities).map(({ token }) => token),
    world.google.seeds.client.secret,
    world.slack.signingSecret,
    world.slack.botToken,
    'pd-sandbox-key',
    'ya29.',
    'eyJhbGciOi',
  ]
  for (const [place, text] of Object.entries(await everythingRead(world)))
    for (const secret of secrets) {
      const at = text.indexOf(secret)
      assert.ok(at < 0, `${place} shows a secret: …${text.slice(Math.max(0, at - 60), at + 20)}…`)
    }
  return 'no secret seen'
}

async function everythingRead(world: World): Promise<Record<string, string>> {
  const read = async (path: string): Promise<string> =>
    JSON.stringify(await world.cluster.transport.request({ method: 'GET', path }))
  const { folder } = world.processes
  const logs = await Promise.all(
    ['gateway', 'auth', 'controller'].map(name => readFile(join(folder, `${name}.log`), 'utf8')),
  )
  const metrics = await Promise.all(
    Object.values(world.healthUrls).map(async url => (await fetch(`${url}/metrics`)).text()),
  )
  return {
    'a log': logs.join('\n'),
    'the log of record': JSON.stringify(world.google.logs.entries()),
    'a request': await read(requestsPath),
    'an Event': await read(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`),
    Slack: JSON.stringify([...world.slack.state.channels.keys()].map(id => world.slack.state.messages(id))),
    'a metric': metrics.join('\n'),
  }
}
