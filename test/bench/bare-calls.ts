// The outside calls of an approval, bare: what the services accept at the least, with as little code around it as can be,
// and under the identities of the processes that really make them.
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { request } from 'undici'
import { sealedTokenType } from '../../src/api/kinds.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createLogin } from '../../src/google/login.ts'
import { watchEvents } from '../../src/kube/watch.ts'
import { cast } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import type { CallName, CallTimes } from './graph.ts'
import type { Stage } from './stage.ts'

const project = 'projects/prod-eu'
const redirectPath = '/oauth/callback'

/** Makes each call once, next to a request that is granted already, which `name` and `uid` say. `server` is the API server. */
export async function bareCalls(
  stage: Stage,
  server?: string,
): Promise<(about: { name: string; uid: string; grants: number }) => Promise<CallTimes>> {
  const { world } = stage
  const [asAuth, asController] = await Promise.all([stage.as('auth', server), stage.as('controller', server)])
  const secrets = '/api/v1/namespaces/hallpass-tokens/secrets'
  return async ({ name, uid, grants }) => {
    const bare: Partial<CallTimes> = {}
    const timed = async <T>(call: CallName, work: () => Promise<T>): Promise<T> => {
      const began = performance.now()
      const result = await work()
      bare[call] = performance.now() - began
      return result
    }
    const objects = `/apis/hallpass.dev/v1alpha1/namespaces/${namespace}`
    const path = `${objects}/accessrequests/${name}/status`
    const write = (attempts: number): Promise<unknown> =>
      asController.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body: { status: { attempts: { count: attempts } } },
      })
    const signedIn = signIn(world)
    const token = await timed('exchange the code', () => exchange(world, signedIn))
    const { auth, controller } = defaultIdentities
    const ticket = await kms(world, 'ticket', 'encrypt', { plaintext: encoded(300) }, controller.token)
    await timed('decrypt the ticket', () => kms(world, 'ticket', 'decrypt', ticket, auth.token))
    await timed('read the request', () => asAuth.request({ method: 'GET', path: `${objects}/accessrequests/${name}` }))
    const permissions = ['resourcemanager.projects.setIamPolicy']
    await timed('test permissions', () => google(world, `/v3/${project}:testIamPermissions`, { permissions }, token))
    await timed('look at the policy', () => readPolicy(world, token))
    const sealed = await timed('encrypt the token', () =>
      kms(world, 'token', 'encrypt', { plaintext: encoded(1800) }, auth.token),
    )
    const secret = `token-${uid}-${randomBytes(8).toString('hex')}`
    const body = {
      metadata: { name: secret },
      immutable: true,
      type: sealedTokenType,
      data: { sealed: sealed.ciphertext },
    }
    await timed('create the Secret', () => asAuth.request({ method: 'POST', path: secrets, body }))
    const seen = await watching(world, name)
    await timed('append the approval', () => write(2))
    await timed('watch latency', () => seen())
    await timed('look up the requester', () => lookUp(world))
    await timed('read the mapping', () =>
      asController.request({ method: 'GET', path: `${objects}/rolemappings/prod-db` }),
    )
    const read = { method: 'GET', path: `${secrets}/${secret}` } as const
    await timed('read the Secret', () => asController.request(read))
    await timed('decrypt the token', () => kms(world, 'token', 'decrypt', sealed, controller.token))
    await timed('write the status', () => write(3))
    const before = world.google.policies.read(project)
    const policy = await timed('read the policy', () => readPolicy(world, token))
    await timed('write the policy', () => addBindings(world, { policy, grants, token }))
    if (before) world.google.policies.replace(project, before)
    await asController.request({ method: 'DELETE', path: `${secrets}/${secret}` })
    return bare as CallTimes
  }
}

/** Makes the two calls once that the approval page cannot do without. `server` is the API server. Gives milliseconds. */
export async function barePage(stage: Stage, server: string): Promise<(name: string) => Promise<number>> {
  const { world } = stage
  const asAuth = await stage.as('auth', server)
  const { auth, controller } = defaultIdentities
  const ticket = await kms(world, 'ticket', 'encrypt', { plaintext: encoded(300) }, controller.token)
  return async name => {
    const path = `/apis/hallpass.dev/v1alpha1/namespaces/${namespace}/accessrequests/${name}`
    const began = performance.now()
    await kms(world, 'ticket', 'decrypt', ticket, auth.token)
    await asAuth.request({ method: 'GET', path })
    return performance.now() - began
  }
}

type SignedIn = { code: string; verifier: string }

function signIn({ google, authUrl }: World): SignedIn {
  const verifier = randomBytes(32).toString('base64url')
  const { id, secret } = google.seeds.client
  const redirectUri = `${authUrl}${redirectPath}`
  const { clock, url: rootUrl } = google
  const login = createLogin({ clock, clientID: id, clientSecret: new Secret(secret), redirectUri, rootUrl })
  const address = login.authorizeUrl({ state: 'bench', nonce: 'bench', codeVerifier: verifier, access: 'cloud' })
  const back = google.signIn(address, { account: cast.mo.email })
  return { code: back.searchParams.get('code') ?? '', verifier }
}

async function exchange({ google: { seeds, url }, authUrl }: World, { code, verifier }: SignedIn): Promise<string> {
  const fields = {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    client_id: seeds.client.id,
    client_secret: seeds.client.secret,
    redirect_uri: `${authUrl}${redirectPath}`,
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await request(`${url}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields).toString(),
  })
  const { access_token: token } = (await answer.body.json()) as { access_token?: string }
  if (!token) throw new Error(`The code was not exchanged: ${answer.statusCode}.`)
  return token
}

type Kms = { ciphertext?: string }

function kms(
  world: World,
  key: keyof typeof defaultKeys,
  verb: 'encrypt' | 'decrypt',
  { plaintext, ciphertext }: { plaintext?: string; ciphertext?: string },
  token: string,
): Promise<Kms> {
  return google(world, `/v1/${defaultKeys[key]}:${verb}`, plaintext ? { plaintext } : { ciphertext }, token)
}

async function google<T>({ google: { url } }: World, path: string, body: object, token: string): Promise<T> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const answer = await request(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${text}`)
  return JSON.parse(text) as T
}

type Policy = { bindings: object[] }

async function readPolicy(world: World, token: string): Promise<Policy> {
  return google<Policy>(world, `/v3/${project}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } }, token)
}

type Edit = { policy: Policy; grants: number; token: string }

async function addBindings(world: World, { policy, grants, token }: Edit): Promise<void> {
  const added = Array.from({ length: grants }, (_, grant) => ({
    role: 'roles/logging.viewer',
    members: [`user:${cast.otto.email}`],
    condition: { title: `bench ${grant}`, expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
  }))
  const body = { policy: { ...policy, version: 3, bindings: [...policy.bindings, ...added] } }
  await google(world, `/v3/${project}:setIamPolicy`, body, token)
}

/** What Slack says about the person who asked. */
async function lookUp({ slack }: World): Promise<void> {
  const headers = { authorization: `Bearer ${slack.botToken}` }
  const answer = await request(`${slack.apiUrl}users.info?user=${cast.dana.id}`, { headers })
  const { ok } = (await answer.body.json()) as { ok: boolean }
  if (!ok) throw new Error('Slack does not know the person who asked.')
}

function encoded(bytes: number): string {
  return randomBytes(bytes).toString('base64')
}

/** Opens a watch on one request; the result waits for its next change. */
async function watching(world: World, name: string): Promise<() => Promise<void>> {
  const {
    cluster: { transport },
    requests,
  } = world
  const ending = new AbortController()
  const { metadata } = await requests.list({ namespace })
  const query = { watch: true, fieldSelector: `metadata.name=${name}`, resourceVersion: metadata.resourceVersion }
  const path = requests.path(namespace)
  const events = watchEvents(path, await transport.stream(path, query, ending.signal))
  const first = events.next()
  return async () => {
    await first
    ending.abort()
    await events.next().catch(() => undefined)
  }
}
