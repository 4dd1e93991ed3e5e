// Ports: the outside, in the domain's words. Adapters implement them; tests have fakes that pass the same contract.
// Every method rejects with Refused, Waiting or Broken, and with nothing else.
import type { AccessRequest, NewAccessRequest, RequestStatus, RoleMapping } from '../api/kinds.ts'
import type { AuditEntry } from './audit.ts'
import type { DisplayName } from './display-name.ts'
import type { SignedClaims } from './evidence.ts'
import type { Policy } from './policy.ts'
import type { ListedRole } from './role-table.ts'
import type { Secret } from './secret.ts'
import type { MessageView, News } from './view.ts'

/** The one source of time. */
export type Clock = { now(): Date }

/** Names of an object. `uid` guards against a namesake made after a deletion. */
export type Ref = { namespace: string; name: string }

/** Whom PagerDuty names right now. */
export type OnCall = {
  /** People on call at this level, each once; empty when nobody is. Cached for 30 s. */
  onCall(of: { escalationPolicy?: string; schedule?: string; level: number }): Promise<OnCallPerson[]>
  /** Name of the policy or schedule; undefined when PagerDuty does not know it. */
  describe(of: { escalationPolicy?: string; schedule?: string }): Promise<string | undefined>
}
/** `name` is absent when nothing of it reads as a name. */
export type OnCallPerson = { email: string; name?: DisplayName; source: string }

/** What Slack knows of people. It proves nothing, and is remembered for some minutes, except where it is said to be fresh. */
export type Directory = {
  byEmail(email: string): Promise<SlackPerson | undefined>
  byId(slackUserID: string): Promise<SlackPerson | undefined>
  /** Members of a user group, by Slack id; undefined when Slack knows no such group. */
  membersOf(userGroup: string): Promise<readonly string[] | undefined>
  /** Asked of Slack with every call: for what must not rest on a memory. */
  fresh: Pick<Directory, 'byId' | 'membersOf'>
  /** At a pace that leaves most of Slack's quota to those who ask or decide now: for what nobody waits for. */
  unhurried: Pick<Directory, 'membersOf'> & {
    /** Never rejects: who could not be looked up is counted. Those found are remembered, so that asking again goes on there. */
    byIds(slackUserIDs: readonly string[]): Promise<LookedUp>
  }
}
/** Whom Slack told of, in order, how many it did not tell of yet, and why. Accounts that it does not know are left out. */
export type LookedUp = { people: SlackPerson[]; missing: number; error?: Error }
export type SlackPerson = {
  slackUserID: string
  teamID: string
  email?: string
  /** Absent when nothing of it reads as a name. */
  name?: DisplayName
  /** Why this account may not take part: a guest, bot, stranger or deactivated account. */
  unfit?: 'guest' | 'bot' | 'stranger' | 'deactivated'
}

/** Where the one message is, and what it shows. */
export type MessageRef = { channel: string; ts: string }

/** Speaking in Slack. */
export type Chat = {
  /** Posts the message with metadata {uid}. Rejects with Broken({answered: false}) when it may have been posted. */
  post(channel: string, view: MessageView, links: Links): Promise<MessageRef & { permalink?: string }>
  /** Our message of this request in the channel since `since`, if a crash kept us from recording it. */
  find(channel: string, uid: string, since: Date): Promise<(MessageRef & { permalink?: string }) | undefined>
  /** Takes away every other message of ours about this request since `since`: one that Slack posted late. */
  removeOthers(message: MessageRef, uid: string, since: Date): Promise<void>
  update(message: MessageRef, view: MessageView, links: Links): Promise<void>
  /** Mentions the requester once in the message's thread, or by direct message when they are not in the channel. */
  tell(message: MessageRef | undefined, view: MessageView, news: News): Promise<void>
}
/** Addresses that buttons open. */
export type Links = { approve?: string }

/** One resource's IAM policy, read and written with a person's own token. */
export type PolicyService = {
  /** The policy at version 3. */
  read(resource: string, token: Secret): Promise<Policy>
  /**
   * Writes the whole policy. `conflict` when somebody else wrote in between (409, 412). Refused when Google says no.
   * Broken({answered: false}) when it is not known whether the write took effect.
   */
  write(resource: string, policy: Policy, token: Secret, requestReason: string): Promise<Policy | 'conflict'>
  /** Whether Google says that this token may write the policy. A courtesy: the write is the true check. */
  mayWrite(resource: string, token: Secret): Promise<boolean>
}

/** Custom roles of projects and organisations, with their permissions. */
export type CustomRoles = {
  /**
   * The role as IAM has it, a deleted one too; `absent` when IAM knows none of this name. Remembered for some minutes.
   * Refused("CustomRoleUnreadable") when our identity may not read it.
   */
  read(role: string): Promise<ListedRole | 'absent'>
}

/** KMS encryption with one key; AAD is text. */
export type Sealer = { seal(plaintext: string, aad: string): Promise<string> }
/**
 * The inverse of `Sealer`. Rejects with Refused("NotAuthentic") when it was not sealed by that key with that AAD, and only
 * then; with Refused("KeyDiffers") when it says of itself that it was sealed with another key. Any other Refused is a right or
 * a setting of ours that is wrong, and says nothing about the seal.
 */
export type Unsealer = { unseal(sealed: string, aad: string): Promise<string> }

/** Google's login (OAuth 2.0 code flow with PKCE). */
export type Login = {
  authorizeUrl(login: { state: string; nonce: string; codeVerifier: string; loginHint?: string }): string
  exchange(code: string, codeVerifier: string): Promise<{ accessToken: Secret; idToken: Secret; scopes: string[] }>
}
/** Proof of an ID token's signature, issuer, audience and time, against Google's published keys. */
export type SignatureVerifier = {
  /**
   * Refused("EvidenceNotAuthentic") when the proof fails; Refused("EvidenceExpired") when it holds and is too old at `now`.
   * Never an error that holds the token.
   */
  verify(idToken: Secret, audience: string, now: Date): Promise<SignedClaims>
}

/** The log of record. At least once; entries are idempotent by insertId and time. */
export type AuditLog = { write(entries: readonly AuditEntry[]): Promise<void> }

/** A JSON merge patch of status (RFC 7386): null takes a field away, also inside an object; a list is replaced whole. */
export type StatusPatch = { [K in keyof RequestStatus]?: Erasable<RequestStatus[K]> | null }
type Erasable<T> = T extends readonly unknown[] ? T : T extends object ? { [F in keyof T]: T[F] | null } : T

/** Access requests in the cluster. */
export type Requests = {
  get(ref: Ref): Promise<AccessRequest | undefined>
  /** `exists` gives the object that already has this name. */
  create(
    request: NewAccessRequest,
    signal?: AbortSignal,
  ): Promise<{ created: AccessRequest } | { exists: AccessRequest }>
  /** Merge patch of status against this very resourceVersion. */
  patchStatus(seen: AccessRequest, patch: StatusPatch): Promise<AccessRequest | 'conflict'>
  /** Replaces the finalizers, against this very resourceVersion. */
  patchFinalizers(seen: AccessRequest, finalizers: string[]): Promise<AccessRequest | 'conflict' | 'gone'>
  /** Requests of this person that are alive (not settled), as the API server's cache has them: at most moments ago. */
  ofRequester(namespace: string, email: string): Promise<AccessRequest[]>
  /**
   * What these addresses have asked of one mapping since `since`, settled or not, as it is now. It looks at every request
   * that is kept, so it is for once a request, not for every look.
   */
  history(of: {
    namespace: string
    roleMapping: string
    emails: readonly string[]
    since: Date
  }): Promise<AccessRequest[]>
  /** All requests, settled ones too, page by page. */
  all(namespaces: readonly string[]): AsyncIterable<AccessRequest>
}

/** Requests for the one process that works on them. */
export type LatestRequests = Pick<Requests, 'get' | 'history' | 'patchStatus' | 'patchFinalizers'> & {
  /**
   * The newest that this process knows: from its watch, or the answer to its own last write when the watch is behind it.
   * Moments old at most, while the watch is sound; read from the API server when neither knows.
   */
  latest(ref: Ref): Promise<AccessRequest | undefined>
}

/** Requests that are alive, from a watch: never slower than memory, and moments old. What counts is judged on a live `get`. */
export type Standing = {
  ofRequester(namespace: string, email: string): AccessRequest[]
  /** Of an address or of a Slack account, in all namespaces. */
  ofPerson(id: string): AccessRequest[]
  /** Of a mapping, `namespace/name`. */
  ofMapping(mapping: string): AccessRequest[]
  /** Calls `hook` with each request that appears or changes while it is alive. */
  onSeen(hook: (request: AccessRequest) => void): void
}

/** Role mappings in the cluster, from a watch: never slower than memory, and as old as an outage is long. */
export type Mappings = {
  get(ref: Ref): RoleMapping | undefined
  list(): RoleMapping[]
}

/** Role mappings as the API server has them now, for what must not rest on a memory. */
export type LiveMappings = { read(ref: Ref): Promise<RoleMapping | undefined> }

/** Sealed tokens: auth creates, controller reads and deletes. */
export type SealedTokens = {
  create(name: string, uid: string, sealed: string): Promise<void>
  read(name: string): Promise<string | undefined>
  delete(name: string): Promise<void>
  /** Names and birth of those that stand, for sweeping. */
  list(): Promise<{ name: string; createdAt: Date }[]>
}

/** Kubernetes Events on a request or mapping, for `kubectl describe`. Best effort: never rejects, never waits. */
export type Events = {
  record(
    about: Pick<AccessRequest | RoleMapping, 'apiVersion' | 'kind' | 'metadata'>,
    event: { type: 'Normal' | 'Warning'; reason: string; message: string },
  ): void
}
