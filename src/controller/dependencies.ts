// The services and settings of the reconciler. It contains no logic of the lifecycle.
import type { LRUCache } from 'lru-cache'
import type { Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { Alerts } from '../domain/calling/alerts.ts'
import type { KeyMutex } from './key-mutex.ts'
import type { ExternalRequester } from '../domain/people/belonging.ts'
import type { People } from '../domain/people/identity.ts'
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import type { PageLimits, PageRoute } from '../domain/calling/paging.ts'
import type {
  AuditLog,
  Chat,
  Clock,
  Directory,
  Events,
  LatestRequests,
  LiveMappings,
  Mappings,
  OnCall,
  Pager,
  PolicyService,
  Sealer,
  SealedTokens,
  SignatureVerifier,
  Unsealer,
} from '../domain/ports.ts'
import type { GoogleGroups } from '../domain/people/group-reader.ts'
import type { SealedContent } from '../domain/approval/sealed-token.ts'

/** The services and settings that a reconciler is made from. */
export type ReconcilerOptions = {
  clock: Clock
  requests: LatestRequests
  mappings: Pick<Mappings, 'get'>
  /**
   * Read before an approval counts and before each grant is written, because a watch may be out of date for a minute
   * and a half.
   */
  liveMappings: LiveMappings
  onCall: Pick<OnCall, 'onCall'>
  directory: Directory
  googleGroups: GoogleGroups
  chat: Chat
  /** The second channel, for emergencies. */
  alerts: Alerts
  pager: Pager
  /** The routes that mappings may page through. */
  pageRoutes: readonly PageRoute[]
  pageLimits: PageLimits
  policies: Pick<PolicyService, 'read' | 'write'>
  verifier: SignatureVerifier
  /** Seals the tickets of login links. */
  tickets: Sealer
  /** Opens sealed tokens. */
  tokens: Unsealer
  sealedTokens: Pick<SealedTokens, 'read' | 'delete'>
  auditLog: AuditLog
  /** Only in a sandbox: how soon after a sign-in its evidence is published. */
  evidenceAfterSeconds?: number | undefined
  events: Events
  people: People
  /** Workspace domains that approvers and requesters must belong to; an empty list accepts nobody. */
  hostedDomains: readonly string[]
  /** Partners who may ask too. */
  externalRequesters: readonly ExternalRequester[]
  oauthClientID: string
  /** The janitor's identity at Google; undefined without a janitor. It is only named here. */
  janitor?: string | undefined
  /** The address of Hallpass for approvers' browsers, such as `https://hallpass.example.com`. */
  publicUrl: string
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
  /** Whether this process leads. Checked immediately before each change outside. */
  mayAct: () => boolean
  /** Waits between two attempts at one policy, in milliseconds. */
  pause?: (ms: number) => Promise<unknown>
  /** How long an edit of a policy waits for earlier ones. */
  longestWaitMs?: number
}

/** The services of every step: only usable while leading, with edits of one policy one after another. */
export type Dependencies = Omit<ReconcilerOptions, 'pause' | 'longestWaitMs'> & {
  pause(ms: number): Promise<unknown>
  /**
   * Runs `work` after all earlier work on the same resource has ended, so that this process never conflicts with itself.
   * Waiting when that takes long, because the worker should serve other requests.
   */
  lockPolicy: KeyMutex
  /**
   * Runs `work` after all earlier acceptances for the same mapping, `namespace/name`, have ended, so that two at once cannot
   * both pass as the last that fits.
   */
  lockSequence: KeyMutex
  /** The same for pages of requests for the same mapping. */
  lockPages: KeyMutex
  /**
   * Requests (uids) whose intent to post was stored by this process, and which have no post since: Slack cannot have a
   * message of them, so no search is needed. Forgetting one costs one search.
   */
  unposted: LRUCache<string, true>
  /** What this process has told people (uid and news), whether it is recorded or not. */
  told: LRUCache<string, true>
  /**
   * Until when PagerDuty may still take a trigger of a request (uid) that it did not answer. It is not stored: after a crash in
   * just this time, people resolve such a page in PagerDuty.
   */
  unansweredPages: LRUCache<string, Date>
  /** Who is looking at a request (uid), as its message shows it; it changes too often to be stored. */
  lookers: LRUCache<string, string>
  /** ID tokens of earlier approvals (uid and hash), so that each is opened once. Forgetting one costs one call of KMS. */
  idTokens: LRUCache<string, Pick<SealedContent, 'idToken' | 'salt'>>
  /** Aborts when the time for this reconcile is over: the current step ends soon, and no new step starts. */
  signal: AbortSignal
}
