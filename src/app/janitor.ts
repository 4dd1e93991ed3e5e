// Composes the janitor: it watches requests, and removes what it is asked to. It is a separate process, with the one identity of
// Hallpass that may change IAM policies.
import { setTimeout as sleep } from 'node:timers/promises'
import { removalDue } from '../domain/ending/removal.ts'
import { createOwnToken } from '../google/own-token.ts'
import { createPolicyService } from '../google/policy-service.ts'
import { createJanitor } from '../janitor/janitor.ts'
import { refOf } from '../kube/cache.ts'
import type { Elector } from '../kube/elector.ts'
import { createManager } from '../kube/manager.ts'
import type { Queue } from '../kube/queue.ts'
import type { Recorder } from '../kube/recorder.ts'
import { createAliveRequests } from '../store/alive-requests.ts'
import { type Found, probesOfJanitor } from '../store/enforcement.ts'
import { createRequests } from '../store/requests.ts'
import { createEnforcement } from './enforcement.ts'
import { janitorScopes, ownIdentity } from './google.ts'
import type { Host, Part } from './host.ts'
import { managedPart } from './managed-part.ts'
import { counted } from './outside-calls.ts'

/** How many requests are worked on together. Two for one policy conflict, and one of them reads it again. */
const workers = 4

/** Creates the janitor. It does nothing before it runs. */
export async function composeJanitor(host: Host): Promise<Part> {
  const { clock, transport, metrics, kubeLog: log, timers, config } = host
  const { namespaces, sandbox } = config
  const alive = createAliveRequests({ transport, namespaces, timers, log, metrics })
  const probes = probesOfJanitor({ ...config, transport, clock })
  const enforcement = createEnforcement({ process: 'janitor', probes, timers, log, metrics })
  const isProved = once(async () => (await Promise.all(probes.map(({ find }) => find()))).every(isEnforced))
  const google = sandbox?.google ? { rootUrl: sandbox.google } : {}
  const policies = createPolicyService({ clock, whose: 'the janitor', ...google })
  const janitor = createJanitor({
    clock,
    requests: createRequests({ transport, clock }),
    policies: counted(policies, { service: 'resourceManager', metrics }),
    token: createOwnToken(await ownIdentity(sandbox, janitorScopes)),
    isHeld: async () => (await isProved()) && enforcement.notReady() === undefined,
    log,
    metrics,
    pause: async ms => sleep(ms),
  })
  const manager = createManager({
    caches: { requests: alive },
    controllers: { removal: { workers, reconcile: (key, signal) => janitor.reconcile(refOf(key), signal) } },
    feed: ({ removal }) => feed(alive, removal, clock),
    elector: alone,
    recorder: silent,
    timers,
    log,
    metrics,
  })
  return managedPart(manager, enforcement)
}

/** A process is ready before there is a request to try a write on. This one has seen its write refused before it acts. */
const isEnforced = (found: Found): boolean => found === 'enforced'

/** Asks until the answer is yes. */
function once(ask: () => Promise<boolean>): () => Promise<boolean> {
  let isYes = false
  return async () => (isYes ||= await ask())
}

/** No lease: two janitors at once do no harm. */
const alone: Elector = {
  run: async (_stop, lead) => {
    await lead(new AbortController().signal)
    return 'stopped'
  },
  mayAct: () => true,
}

/** It writes no Events: the controller tells what has come of it. */
const silent: Recorder = { record: () => undefined, drain: async () => undefined }

// Only what waits for the janitor is read from the API server again.
function feed(alive: ReturnType<typeof createAliveRequests>, queue: Queue, clock: Host['clock']): void {
  const look = (key: string): void => {
    const request = alive.get(refOf(key))
    if (request && removalDue(request, clock.now())) queue.add(key)
  }
  alive.onChange(look)
  for (const { metadata } of alive.list()) look(`${metadata.namespace}/${metadata.name}`)
}
