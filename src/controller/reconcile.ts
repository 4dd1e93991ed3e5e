// The loop around a request: gather what is, decide what is due, act, report. A key can come twice, late, or after a crash;
// every round looks at the stored state anew.
import type { AccessRequest } from '../api/kinds.ts'
import { nextLook, type Seen, type Step, stepsDue } from '../domain/lifecycle.ts'
import { readMapping } from '../domain/mapping.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Ref } from '../domain/ports.ts'
import { accept } from './accept.ts'
import { account, release, settle } from './account.ts'
import { begin } from './begin.ts'
import { close, disown, expire } from './close.ts'
import { doubt } from './conclude.ts'
import { grant } from './grant.ts'
import { fenced } from './fence.ts'
import { createLinks, type LinksOf } from './links.ts'
import { post, show, tell } from './message.ts'
import { createReporter, type Failure } from './report.ts'
import { refresh, route } from './route.ts'
import type { ReconcilerOptions, World } from './world.ts'
import type { Written } from './write.ts'

/**
 * Looks at one request and moves it on. Resolves to when to look again though nothing changes. Once `signal` has aborted it
 * ends with what is under way.
 */
export type Reconciler = { reconcile: (ref: Ref, signal?: AbortSignal) => Promise<Date | undefined> }

/** A whole story takes some 25 acts; more than this in one go means that an act does not make its step undue. */
const mostActs = 60
/** Whoever writes first this often in a row is given way to. */
const mostConflicts = 5
const endless = new AbortController().signal

/** A reconciler of requests. Throws only what is Broken and not due at another instant anyway, for the queue's back-off. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const world = fenced(options)
  const linksOf = createLinks(options)
  const report = createReporter(options)
  const lookedAt = new Map<string, Date>()

  const gather = (request: AccessRequest): Seen => {
    const { namespace, uid } = request.metadata
    const mapping = world.mappings.get({ namespace, name: request.spec.roleMapping })
    if (request.status?.phase !== 'Pending') lookedAt.delete(uid)
    return { request, mapping: mapping && readMapping(mapping), lookedAt: lookedAt.get(uid) }
  }

  const perform = async (seen: Seen, step: Step, signal: AbortSignal): Promise<Written | undefined> => {
    if (step.do === 'route' || step.do === 'refresh') lookedAt.set(seen.request.metadata.uid, world.clock.now())
    return act({ ...world, signal }, { ...seen, linksOf }, step)
  }

  return {
    reconcile: async (ref, signal = endless) => {
      let failures: Failure[] = []
      let conflicts = 0
      let request = await world.requests.get(ref)
      for (let acts = 0; request && acts < mostActs; acts++) {
        const seen = gather(request)
        const step = stepsDue(seen, world.clock.now()).find(due => !failures.some(({ step }) => step === nameOf(due)))
        if (!step) return report({ about: request, failures, next: nextLook(seen, world.clock.now()) })
        if (signal.aborted) throw new Broken(`The time for request "${ref.namespace}/${ref.name}" is over for now.`)
        try {
          const result = await perform(seen, step, signal)
          // An event that did not fit into a full outbox fits now, and with it the step that it belongs to.
          if (step.do === 'account') failures = failures.filter(({ error }) => !(error instanceof Refused))
          conflicts = result === 'conflict' ? conflicts + 1 : 0
          request = result === 'conflict' ? await world.requests.get(ref) : result
        } catch (error) {
          failures.push({ step: nameOf(step), error })
          request = await world.requests.get(ref)
        }
        if (conflicts === mostConflicts)
          throw new Broken(`Request "${ref.namespace}/${ref.name}" is changed by others again and again.`)
      }
      if (request) throw new Broken(`Request "${ref.namespace}/${ref.name}" does not come to rest.`)
      return undefined
    },
  }
}

function nameOf(step: Step): string {
  return step.do === 'tell' ? `tell ${step.news}` : step.do
}

type Acting = Seen & { linksOf: LinksOf }

async function act(world: World, seen: Acting, step: Step): Promise<Written | undefined> {
  const { request } = seen
  switch (step.do) {
    case 'begin':
      return begin(world, request)
    case 'route':
      return route(world, request)
    case 'refresh':
      return refresh(world, request)
    case 'close':
      return close(world, request, step)
    case 'accept':
      return accept(world, request)
    case 'grant':
      return grant(world, request)
    case 'expire':
      return expire(world, request)
    case 'disown':
      return disown(world, request)
    case 'doubt':
      return doubt(world, request)
    case 'post':
      return post(world, seen)
    case 'show':
      return show(world, seen)
    case 'tell':
      return tell(world, seen, step.news)
    case 'account':
      return account(world, request)
    case 'release':
      return release(world, request)
    case 'settle':
      return settle(world, request)
  }
}
