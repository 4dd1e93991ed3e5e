// An operator's outside in memory: a cluster with the API server's rules, Slack, sealed tokens, and everything else that the
// controller meets, with a hook before and after every call.
import { randomBytes } from 'node:crypto'
import type {
  AccessRequest,
  Decision,
  Ending,
  Evidence,
  Narrowing,
  NewAccessRequest,
  RequestSpec,
  RequestStatus,
} from '../../src/api/kinds.ts'
import { createReconciler, type Reconciler } from '../../src/controller/reconcile.ts'
import type { ReconcilerOptions } from '../../src/controller/dependencies.ts'
import type { Alerts, Calling } from '../../src/domain/calling/alerts.ts'
import type { ExternalRequester } from '../../src/domain/people/belonging.ts'
import { newRequest } from '../../src/domain/asking/asking.ts'
import { nonceOf, type Purpose, sha256, specDigest } from '../../src/domain/approval/digest.ts'
import { instant } from '../../src/domain/asking/duration.ts'
import { accessTokenHash } from '../../src/domain/approval/evidence.ts'
import { parseEmail } from '../../src/domain/people/identity.ts'
import type { PageRoute } from '../../src/domain/calling/paging.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type {
  Chat,
  LatestRequests,
  Links,
  MessageRef,
  PostedMessage,
  Ref,
  Requests,
  Sealer,
  SealedTokens,
  StatusPatch,
  Telling,
  Unsealer,
} from '../../src/domain/ports.ts'
import { approvalsDigest } from '../../src/domain/approval/quorum.ts'
import { encodeEvidence, evidenceAad, evidenceName } from '../../src/domain/approval/kept-evidence.ts'
import { encodeSealed, sealedTokenAad, sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import type { Review } from '../../src/domain/review/reviews.ts'
import type { MessageView, News } from '../../src/domain/view/view.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { MemoryGoogleGroups } from '../fakes/google-groups.ts'
import { MemoryAuditLog } from '../fakes/audit-log.ts'
import { firstStatus, isIn } from '../fakes/requests.ts'
import { ManualClock } from '../fakes/clock.ts'
import { MemoryLogin } from '../fakes/login.ts'
import { MemoryOnCall } from '../fakes/on-call.ts'
import { MemoryPager } from '../fakes/pager.ts'
import { MemoryPolicies } from '../fakes/policies.ts'
import { MemorySeal } from '../fakes/seal.ts'
import { mapping } from '../builders/mapping.ts'
import { MemoryDirectory } from '../fakes/directory.ts'
import { MemoryMappings } from '../fakes/mappings.ts'

const moves: Record<string, string[]> = {
  '': ['Pending', 'Withdrawn', 'Failed'],
  Pending: ['Approved', 'Denied', 'TimedOut', 'Withdrawn', 'Failed'],
  Approved: ['Provisioned', 'Revoked', 'Withdrawn', 'Failed'],
  Provisioned: ['Expired', 'Revoked', 'Failed'],
}
const once = ['startsAt', 'expiresAt', 'endedAt', 'approvedBy'] as const

/** Requests with resource versions, merge patches, finalizers, and the CRD's rules about what may follow what. */
export class MemoryCluster implements Requests, LatestRequests {
  readonly stored = new Map<string, AccessRequest>()
  /** Run before each status patch: somebody else writes first. */
  beforePatch: () => void = () => undefined
  readonly #clock: ManualClock
  #serial = 0
  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  async get({ namespace, name }: Ref): Promise<AccessRequest | undefined> {
    return structuredClone(this.stored.get(`${namespace}/${name}`))
  }

  latest(ref: Ref): Promise<AccessRequest | undefined> {
    return this.get(ref)
  }

  async create(request: NewAccessRequest): Promise<{ created: AccessRequest }> {
    const uid = `22222222-0000-4000-8000-${String(this.stored.size + 1).padStart(12, '0')}`
    const metadata = {
      ...request.metadata,
      uid,
      resourceVersion: '',
      generation: 1,
      creationTimestamp: instant(this.#clock.now()),
    }
    return { created: this.#put({ ...structuredClone(request), metadata, status: { ...firstStatus } }) }
  }

  async patchStatus(seen: AccessRequest, patch: StatusPatch): Promise<AccessRequest | 'conflict'> {
    this.beforePatch()
    const stored = await this.get(seen.metadata)
    if (stored?.metadata.resourceVersion !== seen.metadata.resourceVersion) return 'conflict'
    const status = merged(stored.status ?? {}, patch) as RequestStatus
    refuseMove(stored.status ?? {}, status)
    return structuredClone(this.#put({ ...stored, status }))
  }

  async patchFinalizers(seen: AccessRequest, finalizers: string[]): Promise<AccessRequest | 'conflict' | 'gone'> {
    const stored = await this.get(seen.metadata)
    if (!stored) return 'gone'
    if (stored.metadata.resourceVersion !== seen.metadata.resourceVersion) return 'conflict'
    const put = this.#put({ ...stored, metadata: { ...stored.metadata, finalizers } })
    if (!put.metadata.deletionTimestamp || finalizers.length > 0) return structuredClone(put)
    this.stored.delete(key(put.metadata))
    return 'gone'
  }

  async delete({ metadata }: AccessRequest): Promise<void> {
    const stored = await this.get(metadata)
    if (!stored) return
    if (!stored.metadata.finalizers?.length) this.stored.delete(key(metadata))
    else this.#put({ ...stored, metadata: { ...stored.metadata, deletionTimestamp: instant(this.#clock.now()) } })
  }

  async ofRequester(): Promise<AccessRequest[]> {
    return [...this.stored.values()]
  }

  async history(of: Parameters<Requests['history']>[0]): Promise<AccessRequest[]> {
    return [...this.stored.values()].filter(request => isIn(of, request))
  }

  async *all(): AsyncGenerator<AccessRequest> {
    yield* this.stored.values()
  }

  /** Writes as somebody with all rights on status would: by hand, past every rule. */
  forge(ref: Ref, status: Partial<RequestStatus>): void {
    const stored = this.stored.get(key(ref))
    if (stored) this.#put({ ...stored, status: { ...stored.status, ...status } })
  }

  #put(request: AccessRequest): AccessRequest {
    const put = { ...request, metadata: { ...request.metadata, resourceVersion: String(++this.#serial) } }
    this.stored.set(key(put.metadata), put)
    return put
  }
}

const key = ({ namespace, name }: Ref): string => `${namespace}/${name}`

/** A JSON merge patch (RFC 7386). */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = merged(result[name], value)
  }
  return JSON.parse(JSON.stringify(result))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function refuseMove(before: RequestStatus, after: RequestStatus): void {
  const isMove = before.phase !== after.phase
  if (isMove && !moves[before.phase ?? '']?.includes(after.phase ?? ''))
    throw new Refused(
      'NotAccepted',
      `a request cannot go from ${before.phase ?? 'nothing'} to ${after.phase ?? 'nothing'}`,
    )
  for (const field of once)
    if (before[field] && before[field] !== after[field]) throw new Refused('NotAccepted', `${field} is written once`)
  const kept = new Set(after.approvers?.map(({ email }) => email))
  if (before.approvers?.some(({ email }) => !kept.has(email)))
    throw new Refused('NotAccepted', 'who was asked stays listed')
  if ((after.audit?.length ?? 0) > 20) throw new Refused('NotAccepted', 'events wait for the log; no more fit')
}

/** Slack: one workspace's messages, what was told, and silence on demand. */
export class MemoryChat implements Chat {
  readonly posted: { channel: string; ts: string; uid: string; at: Date; view: MessageView; links: Links }[] = []
  readonly told: { news: News; thread: string | undefined; links?: Links }[] = []
  readonly reminded: Parameters<Chat['remind']>[2][] = []
  /** Who was notified, and by what: a mention in a new message or a note, or a direct message. */
  readonly notified: string[] = []
  /** Slack accounts that are not in the channel. */
  readonly absent = new Set<string>()
  isSilent = false
  refusal: Refused | undefined
  readonly #clock: ManualClock
  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  async post(channel: string, view: MessageView, links: Links): Promise<PostedMessage> {
    this.#answer()
    const ts = `${Math.floor(this.#clock.now().getTime() / 1000)}.${String(this.posted.length).padStart(6, '0')}`
    this.posted.push({ channel, ts, uid: view.uid, at: this.#clock.now(), view, links })
    this.#notify('message', view.approvers)
    const absent = await this.absentAmong(
      channel,
      view.approvers.flatMap(({ slackUserID }) => slackUserID ?? []),
    )
    return { channel, ts, permalink: `https://slack.example.com/${ts}`, absent }
  }

  async find(channel: string, uid: string, since: Date): Promise<MessageRef | undefined> {
    this.#answer()
    return this.posted.find(post => post.channel === channel && post.uid === uid && post.at >= since)
  }

  async removeOthers({ channel, ts }: MessageRef, uid: string, since: Date): Promise<void> {
    this.#answer()
    const isOther = (post: (typeof this.posted)[number]): boolean =>
      post.channel === channel && post.uid === uid && post.at >= since && post.ts !== ts
    for (const other of this.posted.filter(isOther)) this.posted.splice(this.posted.indexOf(other), 1)
  }

  async update({ ts }: MessageRef, view: MessageView, links: Links): Promise<void> {
    this.#answer()
    const post = this.posted.find(one => one.ts === ts)
    if (!post) throw new Refused('MessageGone', 'The message was deleted.')
    Object.assign(post, { view, links })
  }

  async tell(message: MessageRef | undefined, { requester }: MessageView, { news, links }: Telling): Promise<void> {
    this.#answer()
    this.told.push({ news, thread: message?.ts, ...(links?.revoke && { links }) })
    this.#reach(message, requester)
  }

  async remind(
    message: MessageRef | undefined,
    _view: MessageView,
    note: Parameters<Chat['remind']>[2],
  ): Promise<void> {
    this.#answer()
    this.reminded.push(note)
    this.#reach(message, note.to)
  }

  #reach(message: MessageRef | undefined, { slackUserID: id }: { slackUserID?: string | undefined }): void {
    if (id) this.notified.push(`${id} by ${message && !this.absent.has(id) ? 'note' : 'direct message'}`)
  }

  async mention({ ts }: MessageRef, _view: MessageView, people: MessageView['approvers']): Promise<boolean> {
    this.#answer()
    if (!this.posted.some(post => post.ts === ts)) return false
    this.#notify('note', people)
    return true
  }

  async callAgain({ ts }: MessageRef, _view: MessageView, people: MessageView['approvers']): Promise<boolean> {
    return this.mention({ ts, channel: '' }, _view, people)
  }

  async callAgainDirectly(slackUserID: string): Promise<void> {
    return this.ask(slackUserID)
  }

  async absentAmong(_channel: string, ids: readonly string[]): Promise<string[]> {
    this.#answer()
    return ids.filter(id => this.absent.has(id))
  }

  async ask(slackUserID: string): Promise<void> {
    this.#answer()
    this.notified.push(`${slackUserID} by direct message`)
  }

  #notify(by: string, people: MessageView['approvers']): void {
    const there = people.flatMap(({ slackUserID: id }) => (id && !this.absent.has(id) ? [id] : []))
    this.notified.push(...there.map(id => `${id} by ${by}`))
  }

  #answer(): void {
    if (this.isSilent) throw new Broken('Slack does not answer.')
    if (this.refusal) throw this.refusal
  }
}

/** The second channel: its alerts, who was called to review, and refusals on demand. */
class MemoryAlerts implements Alerts {
  readonly posted: { channel: string; ts: string; uid: string; at: Date; view: MessageView; links: Links }[] = []
  /** `reviewAsked by note`, `U0SAM reviewReminded by direct message`. */
  readonly called: string[] = []
  isSilent = false
  refusal: Refused | undefined
  readonly #clock: ManualClock
  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  async post(channel: string, view: MessageView, links: Links): Promise<MessageRef> {
    this.#answer()
    const ts = `${Math.floor(this.#clock.now().getTime() / 1000)}.${String(this.posted.length).padStart(6, '0')}`
    this.posted.push({ channel, ts, uid: view.uid, at: this.#clock.now(), view, links })
    return { channel, ts }
  }

  async find(channel: string, uid: string, since: Date): Promise<MessageRef | undefined> {
    this.#answer()
    return this.posted.find(post => post.channel === channel && post.uid === uid && post.at >= since)
  }

  async removeOthers({ channel, ts }: MessageRef, uid: string): Promise<void> {
    this.#answer()
    const others = this.posted.filter(post => post.channel === channel && post.uid === uid && post.ts !== ts)
    for (const other of others) this.posted.splice(this.posted.indexOf(other), 1)
  }

  async update({ ts }: MessageRef, view: MessageView, links: Links): Promise<void> {
    this.#answer()
    const post = this.posted.find(one => one.ts === ts)
    if (!post) throw new Refused('MessageGone', 'The message was deleted.')
    Object.assign(post, { view, links })
  }

  async mention({ ts }: MessageRef, _view: MessageView, { call }: Calling): Promise<boolean> {
    this.#answer()
    if (!this.posted.some(post => post.ts === ts)) return false
    this.called.push(`${call} by note`)
    return true
  }

  async ask(slackUserID: string, _view: MessageView, { call }: Calling): Promise<void> {
    if (this.isSilent) throw new Broken('Slack does not answer.')
    this.called.push(`${slackUserID} ${call} by direct message`)
  }

  #answer(): void {
    if (this.isSilent) throw new Broken('Slack does not answer.')
    if (this.refusal) throw this.refusal
  }
}

class MemorySealedTokens implements SealedTokens {
  readonly stored = new Map<string, { sealed: string; createdAt: Date }>()
  readonly #clock: ManualClock
  constructor(clock: ManualClock) {
    this.#clock = clock
  }
  async create(name: string, _uid: string, sealed: string): Promise<void> {
    this.stored.set(name, { sealed, createdAt: this.#clock.now() })
  }
  async read(name: string): Promise<string | undefined> {
    return this.stored.get(name)?.sealed
  }
  async delete(name: string): Promise<void> {
    this.stored.delete(name)
  }
  async list(): Promise<{ name: string; createdAt: Date }[]> {
    return [...this.stored].map(([name, { createdAt }]) => ({ name, createdAt }))
  }
}

/** Called before and after each call of a port, by name; what it throws the call throws. `which` is the same both times. */
export type Hook = (call: string, moment: 'before' | 'after', which: object) => void | Promise<void>

/** The port with the hook around each of its calls. */
export function hooked<T extends object>(port: T, name: string, hook: Hook): T {
  return new Proxy(port, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property)
      if (property === 'fresh' || property === 'unhurried') return hooked(value as object, `${name}.${property}`, hook)
      if (typeof value !== 'function') return value
      const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        const which = {}
        await hook(`${name}.${String(property)}`, 'before', which)
        const result = await method(...args)
        await hook(`${name}.${String(property)}`, 'after', which)
        return result
      }
    },
  })
}

export const prodEu = 'projects/prod-eu'
/** Mo's access token, as Google knows it. */
export const moToken = 'ya29.mo'

type Approval = {
  email?: string
  narrowing?: Narrowing
  comment?: string
  token?: string
  /** What is odd about the recorded decision. */
  decision?: Partial<Decision>
  /** What is odd about the nonce's commitment. */
  uid?: string
  /** The approvals that the person saw before this one, if not all that are stored. */
  before?: readonly Decision[]
  /** Whether the access token is sealed with it; as auth does unless given. */
  keepsToken?: boolean
  claims?: Record<string, unknown>
  isSealed?: boolean
  /** Whether the evidence is kept for the log, as auth does since there is a log entry for it; `lost`: its Secret is not there. */
  keeps?: boolean | 'lost'
  /** The purpose that Google signed, if it is another. */
  purpose?: Purpose
  /** The purpose that the token was sealed for, if it is another than Google signed. */
  sealedFor?: Purpose
  /** What is odd about the recorded ending. */
  ending?: Partial<Ending>
}

type Signed = { evidence: Evidence }

/** Everything outside, and a controller over it that can be started again. */
export function operator(
  spec: Parameters<typeof mapping>[0] = {},
  real: {
    requests?: Requests & Partial<LatestRequests>
    sealedTokens?: SealedTokens
    tokenSeal?: Sealer & Unsealer
    now?: Date
    /** The identity of the janitor, where one is installed. */
    janitor?: string
  } = {},
) {
  const clock = new ManualClock(real.now)
  const onDuty = { window: '30m', escalateAfter: '10m', onCall: { escalationPolicy: 'PMANAGERS' } }
  const stored = mapping({ ...spec, spec: { approval: onDuty, ...spec?.spec } })
  const mappings = new MemoryMappings([stored])
  const outside = {
    clock,
    cluster: new MemoryCluster(clock),
    mappings,
    /** What the API server has; the watch, unless a test says otherwise, knows it at once. */
    liveMappings: { read: async (ref: Ref) => mappings.get(ref) },
    onCall: new MemoryOnCall(),
    directory: new MemoryDirectory(),
    googleGroups: new MemoryGoogleGroups(),
    chat: new MemoryChat(clock),
    alerts: new MemoryAlerts(clock),
    pager: new MemoryPager(),
    pageRoutes: [{ name: 'platform', namespaces: ['hallpass'] }] as PageRoute[],
    policies: new MemoryPolicies(),
    login: new MemoryLogin(clock),
    ticketSeal: new MemorySeal(),
    tokenSeal: new MemorySeal(),
    sealedTokens: new MemorySealedTokens(clock),
    auditLog: new MemoryAuditLog(),
    recorded: [] as { reason: string; message: string; type: string }[],
    leads: true,
    people: [] as string[][],
    hostedDomains: ['example.com'],
    externalRequesters: [] as ExternalRequester[],
  }
  for (const { resource } of stored.spec.grants)
    if (!outside.policies.stored.has(resource)) outside.policies.seed(resource, [moToken])

  const requests = real.requests ?? outside.cluster
  const worked: LatestRequests = {
    get: at => requests.get(at),
    // A watch that is never behind, unless a test has another one.
    latest: at => (requests.latest ? requests.latest(at) : requests.get(at)),
    history: of => requests.history(of),
    patchStatus: (seen, patch) => requests.patchStatus(seen, patch),
    patchFinalizers: (seen, finalizers) => requests.patchFinalizers(seen, finalizers),
  }
  const sealedTokens: SealedTokens = real.sealedTokens ?? outside.sealedTokens
  const tokenSeal: Sealer & Unsealer = real.tokenSeal ?? outside.tokenSeal

  const start = (hook: Hook = () => undefined): Reconciler => {
    const options: ReconcilerOptions = {
      clock,
      requests: hooked(worked, 'requests', hook),
      mappings: outside.mappings,
      liveMappings: hooked(outside.liveMappings, 'liveMappings', hook),
      onCall: hooked(outside.onCall, 'onCall', hook),
      directory: hooked(outside.directory, 'directory', hook),
      googleGroups: hooked(outside.googleGroups, 'googleGroups', hook),
      chat: hooked(outside.chat, 'chat', hook),
      alerts: hooked(outside.alerts, 'alerts', hook),
      pager: hooked(outside.pager, 'pager', hook),
      pageRoutes: outside.pageRoutes,
      pageLimits: { pagesPerPerson: 3, pagesPerMapping: 10 },
      policies: hooked(outside.policies, 'policies', hook),
      verifier: hooked(outside.login, 'verifier', hook),
      tickets: hooked(outside.ticketSeal, 'tickets', hook),
      tokens: hooked(tokenSeal, 'tokens', hook),
      sealedTokens: hooked(sealedTokens, 'sealedTokens', hook),
      auditLog: hooked(outside.auditLog, 'auditLog', hook),
      events: { record: (_about, event) => void outside.recorded.push(event) },
      people: outside.people,
      hostedDomains: outside.hostedDomains,
      externalRequesters: outside.externalRequesters,
      oauthClientID: outside.login.clientID,
      janitor: real.janitor,
      publicUrl: 'https://hallpass.example.com',
      log: silentLog,
      metrics: noMetrics,
      mayAct: () => outside.leads,
      pause: async () => undefined,
    }
    return createReconciler(options)
  }

  const ref = { namespace: 'hallpass', name: 'prod-db-aaaabbbbcccc' }
  /** What the gateway does for Dana, who has `email` in Slack; `forged` is what somebody else makes of the spec. */
  const ask = async (
    more: {
      seconds?: number
      notBefore?: string
      email?: string
      isEmergency?: boolean
      forged?: Partial<RequestSpec>
    } = {},
  ): Promise<AccessRequest> => {
    const email = parseEmail(more.email ?? 'dana@example.com')
    if (!email) throw new Error('not an e-mail address')
    outside.directory.change('U0DANA', { email })
    const { spec, ...request } = newRequest(readMapping(stored), {
      name: ref.name,
      seconds: more.seconds ?? 1800,
      requester: { email, slackUserID: 'U0DANA', name: 'Dana Engineer' },
      origin: 'slack',
      reason: 'INC-1234 replaying the failed payout batch',
      slack: { teamID: 'T0HOME', channelID: 'C0PRODACCESS', triggerDigest: 'a'.repeat(64) },
      ...(more.notBefore && { notBefore: more.notBefore }),
      ...(more.isEmergency && { isEmergency: true }),
    })
    const made = await requests.create({ ...request, spec: { ...spec, ...more.forged } })
    return 'created' in made ? made.created : made.exists
  }

  const now = async (): Promise<AccessRequest> => {
    const request = await requests.get(ref)
    if (!request) throw new Error('the request is gone')
    return request
  }

  const append = async (decision: Decision): Promise<void> => {
    const request = await now()
    await requests.patchStatus(request, { decisions: [...(request.status?.decisions ?? []), decision] })
  }

  /** A sign-in for a purpose as Google confirms it, sealed and stored as auth does it. */
  const signedIn = async (purpose: Purpose, approval: Approval): Promise<Pick<Decision, 'who' | 'at'> & Signed> => {
    const { email = 'mo@example.com', narrowing, comment, token = moToken, isSealed = true } = approval
    const request = await now()
    const uid = request.metadata.uid
    const salt = randomBytes(32).toString('base64url')
    const iat = Math.floor(clock.now().getTime() / 1000)
    const digest = specDigest(request.spec)
    const before = approval.before ?? request.status?.decisions ?? []
    const { required } = request.spec.approval
    const several = purpose === 'approve' && required > 1 && { before: approvalsDigest(before) }
    const terms = { narrowing, comment, salt, ...several }
    const nonce = nonceOf({ purpose, uid: approval.uid ?? uid, specDigest: digest, ...terms })
    const claims = {
      iss: 'https://accounts.google.com',
      aud: outside.login.clientID,
      sub: `sub-${email}`,
      email,
      hd: 'example.com',
      iat,
      exp: iat + 3600,
      nonce,
      ...approval.claims,
    }
    const idToken = outside.login.sign({ ...claims, email_verified: true, at_hash: accessTokenHash(token) })
    const hash = sha256(idToken)
    const { keepsToken = purpose === 'revoke' || (purpose === 'approve' && before.length + 1 >= required) } = approval
    const content = encodeSealed({ ...(keepsToken && { accessToken: token }), idToken, salt })
    const sealed = await tokenSeal.seal(content, sealedTokenAad(uid, hash, approval.sealedFor ?? purpose))
    if (isSealed) await sealedTokens.create(sealedTokenName(uid, hash), uid, sealed)
    const { keeps = false } = approval
    if (keeps === true) {
      const kept = await tokenSeal.seal(encodeEvidence({ idToken, salt }), evidenceAad(uid, hash, purpose))
      await sealedTokens.create(evidenceName(uid, hash), uid, kept)
    }
    const evidence = { hash, salt, claims, ...(keeps !== false && { kept: true }) }
    return { who: { email, googleSubject: claims.sub }, at: instant(clock.now()), evidence }
  }

  /** What auth does after Google has confirmed the approver. */
  const approve = async (approval: Approval = {}): Promise<Decision> => {
    const { narrowing, comment, purpose = 'approve' } = approval
    const signed = await signedIn(purpose, approval)
    const decision: Decision = {
      id: `approved-${signed.evidence.hash.slice(0, 12)}`,
      verdict: 'Approved',
      ...signed,
      ...(comment && { comment }),
      ...(narrowing && { narrowing }),
      ...approval.decision,
    }
    await append(decision)
    return decision
  }

  /** What auth does after Google has confirmed somebody who ends the access. */
  const revoke = async (ending: Approval = {}): Promise<Ending> => {
    const { comment, purpose = 'revoke' } = ending
    const signed = await signedIn(purpose, ending)
    const revocation: Ending = {
      id: `revoked-${signed.evidence.hash.slice(0, 12)}`,
      verdict: 'Revoked',
      ...signed,
      ...(comment && { comment }),
      ...ending.ending,
    }
    await end(revocation)
    return revocation
  }

  /** What auth does after Google has confirmed somebody who reviews an emergency. */
  const review = async (more: Approval & { review?: Partial<Review> } = {}): Promise<Review> => {
    const { comment, purpose = 'review' } = more
    const signed = await signedIn(purpose, { email: 'ana@example.com', token: 'ya29.ana', ...more })
    const stored: Review = {
      id: `reviewed-${signed.evidence.hash.slice(0, 12)}`,
      ...signed,
      ...(comment && { comment }),
      ...more.review,
    }
    const request = await now()
    await requests.patchStatus(request, { reviews: [...(request.status?.reviews ?? []), stored] })
    return stored
  }

  const end = async (ending: Ending): Promise<void> => {
    const request = await now()
    await requests.patchStatus(request, { endings: [...(request.status?.endings ?? []), ending] })
  }

  /** What the gateway does when Dana presses "I'm done". */
  const done = (): Promise<void> =>
    end({
      id: 'done',
      verdict: 'Done',
      who: { email: 'dana@example.com', slackUserID: 'U0DANA' },
      at: instant(clock.now()),
    })

  const decide = (verdict: 'Denied' | 'Withdrawn', comment?: string): Promise<void> =>
    append({
      id: verdict.toLowerCase(),
      verdict,
      who: verdict === 'Denied' ? { email: 'mo@example.com', slackUserID: 'U0MO' } : { email: 'dana@example.com' },
      at: instant(clock.now()),
      ...(comment && { comment }),
    })

  /** What the gateway does when Mo presses Approve. */
  const press = async (): Promise<void> => {
    const request = await now()
    const look = { at: instant(clock.now()), slackUserID: 'U0MO', email: 'mo@example.com' }
    await requests.patchStatus(request, { looking: [...(request.status?.looking ?? []), look] })
  }

  const process = { reconciler: start() }
  return {
    ...outside,
    outside,
    ref,
    start,
    ask,
    now,
    approve,
    revoke,
    review,
    done,
    decide,
    press,
    /** One reconcile, as the running process does it. */
    look: (signal?: AbortSignal) => process.reconciler.reconcile(ref, signal),
    /** The process dies and another one takes over. */
    restart: () => void (process.reconciler = start()),
    /** Our bindings in a policy. */
    ours: (resource = prodEu) =>
      (outside.policies.policy(resource).bindings ?? []).filter(({ condition }) =>
        condition?.title?.startsWith('hallpass '),
      ),
    condition: async (type: string) => (await now()).status?.conditions?.find(one => one.type === type),
    phase: async () => (await now()).status?.phase,
    /** Events of the log of record, in order. */
    log: () => outside.auditLog.entries().map(({ payload }) => String(payload['event'])),
  }
}

export type Operator = ReturnType<typeof operator>
