// From the API server's answers to the three outcomes, by status and reason alone.
import { after } from '../domain/duration.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import { shortLine } from '../domain/text.ts'
import { ApiError } from '../kube/api-error.ts'

/** What was tried, in words that go after "cannot": `store request "hallpass/x"`. */
export type Doing = { now: Date; doing: string }

/** Longest quotation of the API server in a sentence for people. */
const maxSaid = 400

/** The outcome of a failed call, to be thrown. */
export function outcomeOf(error: unknown, { now, doing }: Doing): Refused | Waiting | Broken {
  if (error instanceof Refused || error instanceof Waiting || error instanceof Broken) return error
  if (!(error instanceof ApiError)) return new Broken(`Cannot ${doing}: ${String(error)}`, { cause: error })
  const { status, reason, said, retryAfterSeconds } = error
  if (status === 429)
    return new Waiting(after(now, retryAfterSeconds ?? 1), `The API server asked to wait before trying to ${doing}.`)
  if (status === 0) {
    const answered = reason === 'NotSent'
    return new Broken(`Cannot ${doing}: the API server does not answer.`, { answered, cause: error })
  }
  // A 5xx may come after the write: etcd was slow, or something in between gave up.
  if (status >= 500)
    return new Broken(`Cannot ${doing}: the API server answered ${status}.`, { answered: false, cause: error })
  if (status === 403) return new Refused('NotPermitted', sentence(doing, said), { cause: error })
  if ([400, 404, 413, 422].includes(status)) return new Refused('NotAccepted', sentence(doing, said), { cause: error })
  // 401 among them: tokens rotate while we run.
  return new Broken(`Cannot ${doing}: the API server answered ${status} (${reason}).`, { cause: error })
}

/** Runs `work`; whatever it throws becomes an outcome. */
export async function asOutcome<T>(doing: () => Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw outcomeOf(error, doing())
  }
}

/** The same for what is read page by page. */
export async function* eachAsOutcome<T>(doing: () => Doing, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items
  } catch (error) {
    throw outcomeOf(error, doing())
  }
}

function sentence(doing: string, said = 'it gave no reason'): string {
  const quoted = shortLine(said, maxSaid)
  return `Cannot ${doing}; the API server says: ${quoted}${said.length > maxSaid ? '…' : ''}`
}
