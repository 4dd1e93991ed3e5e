// The loop around a request: gather the facts, decide what is due, act, report. A key can come twice, late, or after a
// crash; every reconcile starts from the newest known state.
import type { AccessRequest } from '../api/kinds.ts'
import { type LifecycleFacts, nextLook, type OwedStep, type Step, stepsDue } from '../domain/lifecycle.ts'
import { readMapping } from '../domain/mapping/mapping.ts'
import type { StepName } from '../domain/audit/metric-labels.ts'
import { nextOf } from '../domain/next-steps.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Ref } from '../domain/ports.ts'
import { accept } from './granting/accept.ts'
import { account, release, settle } from './mapping/account.ts'
import { alert, showAlert } from './calling/alert.ts'
import { begin } from './granting/begin.ts'
import { callAgain } from './calling/call-again.ts'
import { call } from './calling/call.ts'
import { close, expire, failForged } from './ending/close.ts'
import { markUnknown } from './granting/conclude.ts'
import { count } from './granting/count.ts'
import { type Delivered, recordDeliveries } from './telling/deliver.ts'
import { endEarly } from './ending/end-early.ts'
import { askJanitor, heedJanitor } from './ending/janitor.ts'
import { grant } from './granting/grant.ts'
import { fenced } from './granting/fence.ts'
import { intend } from './granting/intent.ts'
import { createLinks, type LinksOf } from './telling/links.ts'
import { remind, show, tell } from './telling/message.ts'
import { post } from './telling/post.ts'
import { callReviewers } from './calling/call-reviewers.ts'
import { noteAttempt } from './telling/note-attempt.ts'
import { publish } from './telling/publish.ts'
import { page, raise } from './calling/page.ts'
import { createReporter, type Failure } from './mapping/report.ts'
import { awaitReview, closeReview, review } from './ending/review.ts'
import { refresh, route } from './calling/route.ts'
import type { ReconcilerOptions, Dependencies } from './dependencies.ts'
import type { Written } from './granting/write.ts'

/**
 * Reads one request and moves it one or more steps. Resolves to when to look again even if nothing changes. After
 * `signal` aborts it ends with the current step.
 */
export type Reconciler = { reconcile: (ref: Ref, signal?: AbortSignal) => Promise<Date | undefined> }

/** A whole request takes about 25 steps; more than this at once means that a step does not complete. */
const mostActs = 60
/** After this many conflicts in a row the reconcile ends and is repeated later. */
const mostConflicts = 5
const endless = new AbortController().signal

/**
 * A reconciler of requests. It throws only Broken, and only if nothing else is due earlier, for the queue's back-off.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const deps = fenced(options)
  const linksOf = createLinks(options)
  const report = createReporter(options)
  const lookedAt = new Map<string, Date>()

  const gather = (request: AccessRequest): LifecycleFacts => {
    const { namespace, uid } = request.metadata
    const mapping = deps.mappings.get({ namespace, name: request.spec.roleMapping })
    if (request.status?.phase !== 'Pending') lookedAt.delete(uid)
    const lookers = deps.lookers.get(uid)
    const { evidenceAfterSeconds } = deps
    const hasJanitor = deps.janitor !== undefined
    const own = { lookedAt: lookedAt.get(uid), lookers, evidenceAfterSeconds, hasJanitor }
    return { request, mapping: mapping && readMapping(mapping), ...own }
  }

  const take = async (look: Look, step: Exclude<Step, OwedStep>): Promise<Progress> => {
    const { facts, signal, failures, conflicts } = look
    if (searches.includes(step.do)) lookedAt.set(facts.request.metadata.uid, deps.clock.now())
    try {
      const result = await act({ ...deps, signal }, { ...facts, linksOf }, step)
      if (result !== 'conflict') return { request: result, failures, conflicts: 0 }
      return { request: await live(facts.request), failures, conflicts: conflicts + 1 }
    } catch (error) {
      return { request: await live(facts.request), failures: [...failures, { step: nameOf(step), error }], conflicts }
    }
  }

  const deliverAll = async ({ facts, signal, failures }: Look, steps: readonly OwedStep[]): Promise<Progress> => {
    const acting = { ...deps, signal }
    const deliveries = steps.map(step => ({ step, result: deliver(acting, { ...facts, linksOf }, step) }))
    const recorded = await recordDeliveries(acting, facts.request, deliveries)
    const failed = recorded.failures.map(({ step, error }) => ({ step: nameOf(step), error }))
    const isAccounted = steps.some(step => step.do === 'account') && !failed.some(({ step }) => step === 'account')
    // An event that did not fit into a full outbox fits now, and so its step can continue.
    const standing = isAccounted ? failures.filter(({ error }) => !(error instanceof Refused)) : failures
    const request = failed.length > 0 ? await live(facts.request) : recorded.request
    return { request, failures: [...standing, ...failed], conflicts: 0 }
  }

  const live = ({ metadata: { namespace, name } }: AccessRequest): Promise<AccessRequest | undefined> =>
    deps.requests.get({ namespace, name })

  return {
    reconcile: async (ref, signal = endless) => {
      const named = `Request "${ref.namespace}/${ref.name}"`
      let progress: Progress = { request: await deps.requests.latest(ref), failures: [], conflicts: 0 }
      for (let acts = 0; progress.request && acts < mostActs; acts++) {
        const { failures } = progress
        const facts = gather(progress.request)
        const due = stepsDue(facts, deps.clock.now()).filter(
          step => !failures.some(failed => failed.step === nameOf(step)),
        )
        const next = nextOf(due)
        if (!next) return report({ about: facts.request, failures, next: nextLook(facts, deps.clock.now()) })
        if (signal.aborted) throw new Broken(`The time to work on request "${ref.namespace}/${ref.name}" is over.`)
        const look = { ...progress, facts, signal }
        progress = 'do' in next ? await take(look, next) : await deliverAll(look, next)
        if (progress.conflicts === mostConflicts) throw new Broken(`${named} is changed by other writers repeatedly.`)
      }
      if (progress.request) throw new Broken(`${named} has too many steps at once.`)
      return undefined
    },
  }
}

/** Steps that ask who is on call. */
const searches: readonly Step['do'][] = ['begin', 'route', 'refresh']

/** The progress of a reconcile. */
type Progress = { request: AccessRequest | undefined; failures: Failure[]; conflicts: number }
type Look = Progress & { facts: LifecycleFacts; signal: AbortSignal }

function nameOf(step: Step): StepName {
  return step.do === 'tell' ? `tell ${step.news}` : step.do
}

type Acting = LifecycleFacts & { linksOf: LinksOf }

async function act(deps: Dependencies, facts: Acting, step: Exclude<Step, OwedStep>): Promise<Written | undefined> {
  const { request } = facts
  switch (step.do) {
    case 'begin':
      return begin(deps, facts)
    case 'route':
      return route(deps, facts)
    case 'refresh':
      return refresh(deps, request)
    case 'close':
      return close(deps, request, step)
    case 'accept':
      return accept(deps, request)
    case 'count':
      return count(deps, request, step.decision)
    case 'grant':
      return grant(deps, request)
    case 'end':
      return endEarly(deps, request, step.revocation)
    case 'askJanitor':
      return askJanitor(deps, request, step.wish)
    case 'heedJanitor':
      return heedJanitor(deps, request, step.removal)
    case 'expire':
      return expire(deps, request)
    case 'failForged':
      return failForged(deps, request)
    case 'markUnknown':
      return markUnknown(deps, request)
    case 'intend':
      return intend(deps, facts)
    case 'awaitReview':
      return awaitReview(deps, request)
    case 'review':
      return review(deps, request, step.review)
    case 'closeReview':
      return closeReview(deps, request)
    case 'raise':
      return raise(deps, facts)
    case 'noteAttempt':
      return noteAttempt(deps, request)
    case 'release':
      return release(deps, request)
    case 'settle':
      return settle(deps, request)
  }
}

async function deliver(deps: Dependencies, acting: Acting, step: OwedStep): Promise<Delivered> {
  switch (step.do) {
    case 'post':
      return post(deps, acting)
    case 'show':
      return show(deps, acting)
    case 'call':
      return call(deps, acting)
    case 'callAgain':
      return callAgain(deps, acting)
    case 'page':
      return page(deps, acting, step.action)
    case 'tell':
      return tell(deps, acting, step.news)
    case 'alert':
      return alert(deps, acting)
    case 'showAlert':
      return showAlert(deps, acting)
    case 'callReviewers':
      return callReviewers(deps, acting, step.call)
    case 'remind':
      return remind(deps, acting, step.note)
    case 'account':
      return account(deps, acting.request)
    case 'publish':
      return publish(deps, acting.request)
  }
}
