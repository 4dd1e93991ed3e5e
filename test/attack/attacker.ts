// The tools of attackers, and the questions that every attack ends with: stolen identities of Hallpass, and what is
// stored and granted.
import * as assert from 'uvu/assert'
import type { AccessRequest, NewAccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { ask, entriesOf, type Player, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'

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
