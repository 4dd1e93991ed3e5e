// Ports: interfaces to the outside in the domain's words. Adapters implement them; tests have fakes that pass the same
// contract. Every method rejects only with Refused, Waiting or Broken.
import type { AccessRequest, NewAccessRequest, RequestStatus, RoleMapping } from '../api/kinds.ts'
import type { AuditEntry } from './audit/audit.ts'
import type { Gap } from './mapping/coverage.ts'
import type { DisplayName } from './people/display-name.ts'
import type { EndNote } from './ending/end-notes.ts'
import type { SignedClaims } from './approval/evidence.ts'
import type { Refusal } from './outcome.ts'
import type { PageEvent } from './calling/page-event.ts'
import type { Policy } from './granting/policy.ts'
import type { ListedRole } from './mapping/role-table.ts'
import type { Secret } from './secret.ts'
import type { MessageView, News } from './view/view.ts'

/** The only source of time. */
export type Clock = { now(): Date }

/** Names of an object. `uid` protects against another object of the same name after a deletion. */
export type Ref = { namespace: string; name: string }

/** Who is on call in PagerDuty now. */
export type OnCall = {
  /** People on call at this level, each once; empty when nobody is. Cached for 30 s. */
  onCall(of: { escalationPolicy?: string; schedule?: string; level: number }): Promise<OnCallPerson[]>
  /** The policy, from this level on, or the schedule; undefined when PagerDuty does not know it. Cached for 30 s. */
  describe(of: { escalationPolicy?: string; schedule?: string; level?: number }): Promise<Duty | undefined>
  /**
   * Ids of the services that page by this policy, or by the policies of this schedule; undefined when PagerDuty does not
   * show them. Cached for 30 s.
   */
  services(of: { escalationPolicy?: string; schedule?: string }): Promise<string[] | undefined>
}
/** A policy or schedule. `coverage` is absent when PagerDuty lists more turns than are read. */
export type Duty = {
  name: string
  coverage?: {
    /** Names of the people on call now, at the first level that has any. */
    now: string[]
    /** The next time in the coming days when nobody is on call; absent when somebody always is. */
    gap?: Gap
  }
}
/** `name` is absent when no part of it is a name. */
export type OnCallPerson = { email: string; name?: DisplayName; source: string }

/** Pages people through PagerDuty's Events API. */
export type Pager = {
  /**
   * Sends one event to the service of a route, under the route's own key. Refused("PageRouteUnknown") when the settings
   * have no such route, Refused("PageRefused") when PagerDuty does not take it.
   */
  send(route: string, event: PageEvent): Promise<void>
}

/** Slack's information about people. It proves nothing, and is cached for some minutes, except for `fresh` calls. */
export type Directory = {
  byEmail(email: string): Promise<SlackPerson | undefined>
  byId(slackUserID: string): Promise<SlackPerson | undefined>
  /** Members of a user group, by Slack id; undefined when the group does not exist. */
  membersOf(userGroup: string): Promise<readonly string[] | undefined>
  /** Asks Slack at every call: for checks that must not use a cache. */
  fresh: Pick<Directory, 'byId' | 'membersOf'>
  /** At a rate that leaves most of Slack's quota to people who ask or decide now: for work that nobody waits for. */
  unhurried: Pick<Directory, 'membersOf'> & {
    /**
     * Never rejects: people who could not be looked up are counted. Found people are cached, so that the next call
     * continues there.
     */
    byIds(slackUserIDs: readonly string[]): Promise<LookedUp>
  }
}
/** The people that Slack returned, in order, how many are still missing, and why. Unknown accounts are left out. */
export type LookedUp = { people: SlackPerson[]; missing: number; error?: Error }
export type SlackPerson = {
  slackUserID: string
  teamID: string
  email?: string
  /** Absent when no part of it is a name. */
  name?: DisplayName
  /** Their time zone, a place of the IANA database; absent when Slack names none that is known. */
  zone?: string
  /** Why this account may not take part: a guest, bot, stranger or deactivated account. */
  unfit?: 'guest' | 'bot' | 'stranger' | 'deactivated'
}

/** The place of the one message, and its content. */
export type MessageRef = { channel: string; ts: string }

/** Messages in Slack. */
export type Chat = {
  /** Posts the message with metadata {uid}. Rejects with Broken({answered: false}) when it may have been posted. */
  post(channel: string, view: MessageView, links: Links): Promise<PostedMessage>
  /** Hallpass's message of this request in the channel since `since`, if a crash prevented that it was recorded. */
  find(channel: string, uid: string, since: Date): Promise<(MessageRef & { permalink?: string }) | undefined>
  /** Deletes every other message of Hallpass about this request since `since`, which Slack posted late. */
  removeOthers(message: MessageRef, uid: string, since: Date): Promise<void>
  update(message: MessageRef, view: MessageView, links: Links): Promise<void>
  /** Mentions the requester once in the message's thread, or by direct message when they are not in the channel. */
  tell(message: MessageRef | undefined, view: MessageView, telling: Telling): Promise<void>
  /** Mentions one person once about ending the access, in the thread, or by direct message when they are not in the channel. */
  remind(message: MessageRef | undefined, view: MessageView, note: Reminding): Promise<void>
  /** Mentions people in a new note in the message's thread, because an edit notifies nobody. False without a thread. */
  mention(message: MessageRef, view: MessageView, people: MessageView['approvers']): Promise<boolean>
  /** Mentions people who have not answered, once more, in a note in the message's thread. False without a thread. */
  callAgain(message: MessageRef, view: MessageView, people: MessageView['approvers']): Promise<boolean>
  /** Reminds one person by direct message. */
  callAgainDirectly(slackUserID: string, view: MessageView, links: Links): Promise<void>
  /** Those of the people who are not in the channel, so that no mention there reaches them. */
  absentAmong(channel: string, slackUserIDs: readonly string[]): Promise<string[]>
  /** Asks one person to decide, by direct message. */
  ask(slackUserID: string, view: MessageView, links: Links): Promise<void>
}
/** A note, with the links of its buttons, and the commands for a person who may change the policies. */
export type Reminding = EndNote & { links: Links; commands: readonly string[] }
/** News, with the links of its buttons. */
export type Telling = { news: News; links?: Links }
/** A posted message; `absent` are those of the people asked who are not in the channel, if Slack said so. */
export type PostedMessage = MessageRef & { permalink?: string; absent?: readonly string[] }
/** The channels of mappings. */
export type Channels = {
  /** Why Hallpass cannot write to the channel; undefined when it can, as far as Slack shows. */
  faultOf(channel: string): Promise<Refusal | undefined>
}
/** Addresses for link buttons; `message` is that of the one message. */
export type Links = { approve?: string; revoke?: string; review?: string; message?: string }

/** One resource's IAM policy, read and written with a person's own token. */
export type PolicyService = {
  /** The policy at version 3. */
  read(resource: string, token: Secret): Promise<Policy>
  /**
   * Writes the whole policy. `conflict` when somebody else wrote in between (409, 412). Refused when Google refuses.
   * Broken({answered: false}) when it is not known whether the write took effect.
   */
  write(resource: string, policy: Policy, token: Secret, requestReason: string): Promise<Policy | 'conflict'>
  /**
   * Whether Google says that this token may read and write the policy, because nothing is written that was not read. An
   * early hint: the write is the real check.
   */
  mayWrite(resource: string, token: Secret): Promise<boolean>
}

/** Custom roles of projects and organisations, with their permissions. */
export type CustomRoles = {
  /**
   * The role in IAM, also a deleted one; `absent` when it does not exist. Cached for some minutes.
   * Refused("CustomRoleUnreadable") when Hallpass may not read it.
   */
  read(role: string): Promise<ListedRole | 'absent'>
}

/** KMS encryption with one key; AAD is text. */
export type Sealer = { seal(plaintext: string, aad: string): Promise<string> }
/**
 * The inverse of `Sealer`. Rejects with Refused("NotAuthentic") only when it was not sealed by that key with that AAD,
 * and with Refused("KeyDiffers") when its mark names another key. Any other Refused means that a right or a setting of
 * Hallpass is wrong, and says nothing about the sealed data.
 */
export type Unsealer = { unseal(sealed: string, aad: string): Promise<string> }

/** `access`: only who the person is, or also access to Google Cloud with the person's own rights, for an hour. */
export type AskedLogin = {
  state: string
  nonce: string
  codeVerifier: string
  access: 'identity' | 'cloud'
  loginHint?: string
}
/** Google's login (OAuth 2.0 code flow with PKCE). */
export type Login = {
  authorizeUrl(login: AskedLogin): string
  exchange(code: string, codeVerifier: string): Promise<{ accessToken: Secret; idToken: Secret; scopes: string[] }>
}
/** Verifies an ID token's signature, issuer, audience and time with Google's published keys. */
export type SignatureVerifier = {
  /**
   * Refused("EvidenceNotAuthentic") when the check fails; Refused("SigningKeyUnknown") when Google does not publish the
   * key, which says this too while the token is valid; Refused("EvidenceExpired") when it is valid but too old at
   * `now`. Errors never contain the token.
   */
  verify(idToken: Secret, audience: string, now: Date): Promise<SignedClaims>
}

/** The audit log. Delivery is at least once; entries are idempotent by insertId and time. */
export type AuditLog = { write(entries: readonly AuditEntry[]): Promise<void> }

/** A question to Cloud Logging: the projects, folders, organisations or views to search, and a filter. */
export type LogQuery = {
  in: readonly string[]
  filter: string
  /** As many entries are enough. */
  most?: number
}

/** Reads entries of Cloud Logging with the rights of the person who asks. */
export type LogReader = {
  /**
   * The entries that match, oldest first, as Logging has them: nothing in them is checked. Rejects with Broken when
   * Logging refuses, does not answer, or never ends; the message says what is missing.
   */
  entries(query: LogQuery): AsyncIterable<unknown>
}

/**
 * A JSON merge patch of status (RFC 7386): null removes a field, also inside an object; a list is replaced as a whole.
 */
export type StatusPatch = { [K in keyof RequestStatus]?: Erasable<RequestStatus[K]> | null }
type Erasable<T> = T extends readonly unknown[] ? T : T extends object ? { [F in keyof T]: T[F] | null } : T

/** Access requests in the cluster. */
export type Requests = {
  get(ref: Ref): Promise<AccessRequest | undefined>
  /** `exists` returns the object that already has this name. */
  create(
    request: NewAccessRequest,
    signal?: AbortSignal,
  ): Promise<{ created: AccessRequest } | { exists: AccessRequest }>
  /** Merge patch of status against exactly this resourceVersion. */
  patchStatus(seen: AccessRequest, patch: StatusPatch): Promise<AccessRequest | 'conflict'>
  /** Replaces the finalizers, against exactly this resourceVersion. */
  patchFinalizers(seen: AccessRequest, finalizers: string[]): Promise<AccessRequest | 'conflict' | 'gone'>
  /** Requests of this person that are not settled, from the API server's cache, which is at most moments old. */
  ofRequester(namespace: string, email: string): Promise<AccessRequest[]>
  /**
   * All requests of these addresses, and of this Slack account when it is given, for one mapping that were created, or
   * whose access ended, since `since`, settled or not, each once and in its current version; without addresses those of
   * everybody. It reads every stored request, so call it once for each request, not in every reconcile.
   */
  history(of: {
    namespace: string
    roleMapping: string
    emails?: readonly string[]
    slackUserID?: string | undefined
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

/** The changes of one request, from a separate watch. */
export type RequestChanges = {
  /**
   * The request each time that it changes after `seen`. Ends when it is deleted, when the watch ends or breaks, and when the
   * signal aborts. Never rejects: a caller that needs to know more reads the request.
   */
  after(seen: AccessRequest, signal: AbortSignal): AsyncIterable<AccessRequest>
}

/** Requests that are not settled, from a watch: in memory, and moments old. Important checks use a direct `get`. */
export type AliveRequests = {
  ofRequester(namespace: string, email: string): AccessRequest[]
  /** Of an address or of a Slack account, in all namespaces. */
  ofPerson(id: string): AccessRequest[]
  /** Those that ask this address or Slack account to decide, in all namespaces. */
  ofApprover(id: string): AccessRequest[]
  /** Emergencies that name this address or Slack account as a reviewer, in all namespaces. */
  ofReviewer(id: string): AccessRequest[]
  /** Of a mapping, `namespace/name`. */
  ofMapping(mapping: string): AccessRequest[]
  /** Calls `hook` with each request that appears or changes while it is alive. */
  onSeen(hook: (request: AccessRequest) => void): void
}

/** Role mappings from a watch: in memory, and during an outage as old as the outage. */
export type Mappings = {
  get(ref: Ref): RoleMapping | undefined
  list(): RoleMapping[]
}

/** Role mappings read directly from the API server, for checks that must not use a cache. */
export type LiveMappings = { read(ref: Ref): Promise<RoleMapping | undefined> }

/** Sealed tokens, and the evidence that is kept until it is published: auth creates, controller reads and deletes. */
export type SealedTokens = {
  create(name: string, uid: string, sealed: string): Promise<void>
  read(name: string): Promise<string | undefined>
  delete(name: string): Promise<void>
  /** Names and creation times of the existing ones, for the sweeper. */
  list(): Promise<{ name: string; createdAt: Date }[]>
}

/** Kubernetes Events on a request or mapping, for `kubectl describe`. Best effort: never rejects, never waits. */
export type Events = {
  record(
    about: Pick<AccessRequest | RoleMapping, 'apiVersion' | 'kind' | 'metadata'>,
    event: { type: 'Normal' | 'Warning'; reason: string; message: string },
  ): void
}
