// Maps the API server's answers to the three outcomes, only by status, reason and causes. People get messages of
// Hallpass: the API server's own messages are for its operators, quote what was sent, and go to the log.
import { passingOf } from '../domain/failed-answer.ts'
import { Broken, patientUntil, Refused, Waiting } from '../domain/outcome.ts'
import { ApiError, deniedBy, isAdmissionFailure, policyIn, refusedFields } from '../kube/api-error.ts'

/** The action, in words that can follow "cannot": `store request "hallpass/x"`. */
export type Doing = { now: Date; doing: string }

/** The outcome to throw for a failed call. */
export function outcomeOf(error: unknown, { now, doing }: Doing): Refused | Waiting | Broken {
  if (error instanceof Refused || error instanceof Waiting || error instanceof Broken) return error
  // Only its kind is told: the text of an error that nobody expected may quote anything.
  if (!(error instanceof ApiError))
    return new Broken(`Cannot ${doing}: an unexpected error occurred (${kindOf(error)}).`, { cause: error })
  const { status, reason, retryAfterSeconds } = error
  if (status === 0) {
    const answered = reason === 'NotSent'
    return new Broken(`Cannot ${doing}: the API server does not answer.`, { answered, cause: error })
  }
  const passing = passingOf(status)
  if (passing === 'wait')
    return new Waiting(
      patientUntil(now, retryAfterSeconds ?? 1),
      `The API server asked to wait before trying to ${doing}.`,
    )
  // The write may have happened: etcd was slow, or a proxy in between gave up.
  if (passing)
    return new Broken(`Cannot ${doing}: the API server answered ${status}.`, { answered: false, cause: error })
  // The input is not the cause. It lasts until the policy is applied again or corrected, and nothing notifies us of
  // that.
  if (isAdmissionFailure(error)) return new Broken(`Cannot ${doing}: ${whyFailed(error)}`, { cause: error })
  if (error.said === undefined && [400, 403, 422].includes(status))
    return new Broken(
      `Cannot ${doing}: something between Hallpass and the API server, such as a proxy, answered ${status}.`,
      { cause: error },
    )
  if (status === 403) return new Refused('NotPermitted', `Cannot ${doing}: ${whyNotPermitted(error)}`, { cause: error })
  const why = whyNotAccepted(error)
  if (why !== undefined) return new Refused('NotAccepted', `Cannot ${doing}: ${why}`, { cause: error })
  // This includes 401, because tokens rotate while the process runs.
  return new Broken(`Cannot ${doing}: the API server answered ${status} (${reason}).`, { cause: error })
}

/** Runs `work`; everything it throws becomes an outcome. */
export async function asOutcome<T>(doing: () => Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw outcomeOf(error, doing())
  }
}

/** The same for results that are read page by page. */
export async function* eachAsOutcome<T>(doing: () => Doing, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items
  } catch (error) {
    throw outcomeOf(error, doing())
  }
}

const kindOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)

function whyNotPermitted(error: ApiError): string {
  const policy = deniedBy(error)
  return policy === undefined
    ? 'Kubernetes does not allow it for this identity.'
    : `the admission policy "${policy}" does not allow it.`
}

function whyFailed(error: ApiError): string {
  const policy = policyIn(error)
  return policy === undefined
    ? 'an admission policy of the cluster failed to evaluate.'
    : `the admission policy "${policy}" failed, or it refused without the reason "Forbidden".`
}

/** The most fields that a sentence names. */
const mostFields = 3

function whyNotAccepted(error: ApiError): string | undefined {
  switch (error.status) {
    case 400:
      return 'the API server cannot read it.'
    case 404:
      return 'the cluster does not have this namespace or this kind. Apply deploy/base.'
    case 413:
      return 'it is too large for the API server.'
    case 422:
      return `the API server does not accept ${refusedFields(error).slice(0, mostFields).join(', ')}.`
    default:
      return undefined
  }
}
