// Everything outside the controller, as ports, and the fence around it: a process that no longer leads changes nothing.
import { setTimeout as pause } from 'node:timers/promises'
import type { Log, Metrics } from '../kube/environment.ts'
import type { ExternalRequester } from '../domain/belonging.ts'
import type { People } from '../domain/identity.ts'
import { Broken, Waiting } from '../domain/outcome.ts'
import type {
  AuditLog,
  Chat,
  Clock,
  Directory,
  Events,
  LiveMappings,
  Mappings,
  OnCall,
  PolicyService,
  Requests,
  Sealer,
  SealedTokens,
  SignatureVerifier,
  Unsealer,
} from '../domain/ports.ts'

/** What the reconciler is composed of. */
export type ReconcilerOptions = {
  clock: Clock
  requests: Pick<Requests, 'get' | 'history' | 'patchStatus' | 'patchFinalizers'>
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
  metrics: Metrics
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
  inTurn: <T>(resource: string, work: () => Promise<T>) => Promise<T>
  /** Aborts when the time for this look at a request is over: what is under way ends soon, and nothing more is begun. */
  signal: AbortSignal
}

/** Edits of one policy follow each other within a second or so, unless Google is slow. */
const turnMs = 5_000

/** Puts the fence around the ports. */
export function fenced(options: ReconcilerOptions): Omit<World, 'signal'> {
  const { requests, chat, policies, sealedTokens, auditLog, mayAct } = options
  const fence =
    <A extends unknown[], R>(change: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!mayAct()) throw new Broken('This process no longer leads, so it changes nothing.')
      return change(...args)
    }
  return {
    ...options,
    requests: {
      get: ref => requests.get(ref),
      history: of => requests.history(of),
      patchStatus: fence((seen, patch) => requests.patchStatus(seen, patch)),
      patchFinalizers: fence((seen, finalizers) => requests.patchFinalizers(seen, finalizers)),
    },
    chat: {
      find: (channel, uid, since) => chat.find(channel, uid, since),
      post: fence((channel, view, links) => chat.post(channel, view, links)),
      removeOthers: fence((message, uid, since) => chat.removeOthers(message, uid, since)),
      update: fence((message, view, links) => chat.update(message, view, links)),
      tell: fence((message, view, news) => chat.tell(message, view, news)),
    },
    policies: {
      read: (resource, token) => policies.read(resource, token),
      write: fence((resource, policy, token, why) => policies.write(resource, policy, token, why)),
    },
    sealedTokens: { read: name => sealedTokens.read(name), delete: fence(name => sealedTokens.delete(name)) },
    auditLog: { write: fence(entries => auditLog.write(entries)) },
    pause: options.pause ?? pause,
    inTurn: turns(options),
  }
}

function turns({ clock, longestTurnMs = turnMs }: ReconcilerOptions): World['inTurn'] {
  const last = new Map<string, Promise<unknown>>()
  return async (resource, work) => {
    const before = last.get(resource)
    const mine = Promise.withResolvers<void>()
    // Who comes later waits for all before, also when this one has given up.
    const all = Promise.all([before, mine.promise])
    last.set(resource, all)
    void all.then(() => last.get(resource) === all && last.delete(resource))
    try {
      if (before && !(await endsWithin(before, longestTurnMs)))
        throw new Waiting(
          new Date(clock.now().getTime() + longestTurnMs),
          `Another change of the IAM policy of "${resource}" is under way and takes long.`,
        )
      return await work()
    } finally {
      mine.resolve()
    }
  }
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController()
  const { signal } = over
  try {
    return await Promise.race([work.then(() => true), pause(ms, false, { signal })])
  } finally {
    over.abort()
  }
}
