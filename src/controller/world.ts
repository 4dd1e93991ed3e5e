// Everything that the reconciler meets outside, as ports. It does nothing by itself.
import type { Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { BoundedSet } from './bounded-set.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import type { ExternalRequester } from '../domain/belonging.ts'
import type { People } from '../domain/identity.ts'
import type { hallpassMetrics } from '../domain/metrics.ts'
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
  PolicyService,
  Sealer,
  SealedTokens,
  SignatureVerifier,
  Unsealer,
} from '../domain/ports.ts'

/** What the reconciler is composed of. */
export type ReconcilerOptions = {
  clock: Clock
  requests: LatestRequests
  mappings: Pick<Mappings, 'get'>
  /** Asked before an approval counts and before each grant is written: a watch may be silent for a minute and a half. */
  liveMappings: LiveMappings
  onCall: Pick<OnCall, 'onCall'>
  directory: Directory
  chat: Chat
  policies: Pick<PolicyService, 'read' | 'write'>
  verifier: SignatureVerifier
  /** Seals tickets, which login links carry. */
  tickets: Sealer
  /** Opens sealed tokens. */
  tokens: Unsealer
  sealedTokens: Pick<SealedTokens, 'read' | 'delete'>
  auditLog: AuditLog
  events: Events
  people: People
  /** Workspace domains that approvers and requesters must belong to; empty accepts none. */
  hostedDomains: readonly string[]
  /** Partners who may ask too. */
  externalRequesters: readonly ExternalRequester[]
  oauthClientID: string
  /** Where approvers' browsers reach Hallpass, such as `https://hallpass.example.com`. */
  publicUrl: string
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
  /** Whether this process leads. Asked immediately before everything that changes something outside. */
  mayAct: () => boolean
  /** Waits some milliseconds between two attempts at one policy. */
  pause?: (ms: number) => Promise<unknown>
  /** How long an edit of a policy waits for those before it. */
  longestTurnMs?: number
}

/** The outside as acts see it: fenced, with edits of one policy in turn. */
export type World = Omit<ReconcilerOptions, 'pause' | 'longestTurnMs'> & {
  pause(ms: number): Promise<unknown>
  /**
   * Runs `work` after all earlier work on the same resource has ended, so that this process never conflicts with itself.
   * Waiting when that takes long: the worker is of more use to others.
   */
  inTurn: OneAtATime
  /**
   * Requests (uids) whose intent to post this process has stored and for which it has said nothing since: no message of
   * theirs can be in Slack, so none is looked for.
   */
  unposted: BoundedSet
  /** Aborts when the time for this look at a request is over: what is under way ends soon, and nothing more is begun. */
  signal: AbortSignal
}
