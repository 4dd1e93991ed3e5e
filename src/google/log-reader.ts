// Reads entries from Cloud Logging for a person, page by page, with that person's own rights. Every wait and every number
// of pages has a limit, so that a question always gets an answer or a reason.
import { setTimeout as pauseFor } from 'node:timers/promises'
import { GoogleAuth, type AuthClient } from 'google-auth-library'
import { logging_v2 } from 'googleapis/build/src/apis/logging/v2.js'
import { Broken, type Refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { Clock, LogQuery, LogReader } from '../domain/ports.ts'
import { at, type FailedAnswer, failedAnswer, headerOf } from './answer.ts'
import { callerFault } from './caller.ts'
import { setupFault } from './forbidden.ts'
import { guardIdentity, renewed } from './identity.ts'
import { passingOutcome } from './passing.ts'
import { inTime, withoutSlash } from './transport.ts'

export type LogReaderOptions = {
  /** The identity of the person who asks. */
  authClient: AuthClient
  clock: Clock
  /** Another address than Google's, for the sandbox and tests; the configuration has checked that it is loopback. */
  rootUrl?: string
  /** What a refusal means for the caller; a person is told what to do unless given. */
  refused?: (answer: FailedAnswer, places: readonly string[]) => Refusal | undefined
  pause?: (ms: number) => Promise<void>
  limits?: Partial<Limits>
}
type Limits = {
  /** A search may take long. */
  callMs: number
  /** All waits for one page together: Logging's quota is 60 calls a minute for a whole project. */
  waitMs: number
  /** Pages without an entry in sequence: Logging sends them when a search is not finished in time. */
  emptyPages: number
  pages: number
}
type Page = { entries: unknown[]; next: string | undefined }

const pageSize = 1000
const standard: Limits = { callMs: 60_000, waitMs: 180_000, emptyPages: 300, pages: 20_000 }
const narrower = 'Ask about a shorter time or one resource, or export the log and give the file with --source FILE.'

/** The port to Cloud Logging. */
export function createLogReader({ authClient, clock, rootUrl, ...options }: LogReaderOptions): LogReader {
  const { pause = async ms => pauseFor(ms), limits: given } = options
  const limits = { ...standard, ...given }
  const identity = guardIdentity(authClient)
  const api = new logging_v2.Logging({
    auth: new GoogleAuth({ authClient: identity }),
    ...(rootUrl && { rootUrl: `${withoutSlash(rootUrl)}/` }),
  })
  const onePage = async (query: LogQuery, pageToken: string | undefined): Promise<Page> => {
    const asked = { resourceNames: [...query.in], filter: query.filter, orderBy: 'timestamp asc' }
    const requestBody = {
      ...asked,
      pageSize: Math.min(query.most ?? pageSize, pageSize),
      ...(pageToken !== undefined && { pageToken }),
    }
    try {
      const call = renewed(identity, async () =>
        api.entries.list({ requestBody }, { retry: false, signal: AbortSignal.timeout(limits.callMs) }),
      )
      return pageIn(await inTime(call, limits.callMs, 'Cloud Logging'))
    } catch (error) {
      throw outcomeOf(error, query.in, { now: clock.now(), refused: options.refused })
    }
  }
  const patiently = async (query: LogQuery, token: string | undefined): Promise<Page> => {
    for (let [waited, tries] = [0, 1]; ; tries++)
      try {
        return await onePage(query, token)
      } catch (error) {
        const ms = error instanceof Error ? waitAfter(error, tries, clock.now()) : undefined
        if (ms === undefined) throw error
        if (waited + ms > limits.waitMs) throw tooLong(error as Error, waited)
        waited += ms
        await pause(ms)
      }
  }
  return {
    async *entries(query) {
      let [token, empty]: [string | undefined, number] = [undefined, 0]
      let left = query.most ?? Infinity
      for (let page = 1; page <= limits.pages; page++) {
        const { entries, next } = await patiently(query, token)
        yield* entries.slice(0, left)
        left -= entries.length
        if (next === undefined || left <= 0) return
        empty = entries.length > 0 ? 0 : empty + 1
        if (next === token || empty > limits.emptyPages) break
        token = next
      }
      throw new Broken(`Cloud Logging sends pages without an end. ${narrower}`)
    },
  }
}

/** How long to wait before the same call again; undefined when it would not help. */
function waitAfter(error: Error, tries: number, now: Date): number | undefined {
  if (error instanceof Waiting) return Math.max(1000, error.until.getTime() - now.getTime())
  return error instanceof Passing && tries <= 4 ? 1000 * 2 ** tries : undefined
}

/** A failure that may pass. */
class Passing extends Broken {}

function tooLong(error: Error, waited: number): Broken {
  if (!(error instanceof Waiting)) return new Broken(error.message)
  return new Broken(
    `Cloud Logging still asks to wait, after ${Math.round(waited / 1000)} s. Its quota is 60 reads a minute for a project, shared with everybody. ${narrower}`,
  )
}

type Answer = { status: number; headers: unknown; data: unknown }

// A proxy in between may answer 200 itself. An empty answer of Logging is {}.
function pageIn({ headers, data }: Answer): Page {
  const isJson = /^application\/json\b/i.test(String(headerOf(headers, 'content-type')))
  const [entries = [], next = ''] = [at(data, 'entries'), at(data, 'nextPageToken')]
  const isPage = Array.isArray(entries) && typeof next === 'string'
  if (!isJson || !isPage || !hasOnly(data, ['entries', 'nextPageToken']))
    throw new Broken('What answered was not Cloud Logging.', { answered: false })
  return { entries: entries as unknown[], next: next === '' ? undefined : next }
}

function hasOnly(data: unknown, fields: readonly string[]): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  return Object.keys(data).every(field => fields.includes(field))
}

function outcomeOf(
  error: unknown,
  places: readonly string[],
  { now, refused }: { now: Date; refused: LogReaderOptions['refused'] },
): Refused | Waiting | Broken {
  if (error instanceof Broken) return error.answered ? error : new Passing(error.message, { answered: false })
  const answer = failedAnswer(error)
  const passing = passingOutcome(answer, { whom: 'Cloud Logging', doing: 'read the log', now })
  if (passing instanceof Waiting) return passing
  if (passing) return new Passing(passing.message)
  const refusal = refused?.(answer, places)
  if (refusal) return new Refused(refusal.reason, refusal.message)
  const { status, rpc, sentence } = answer
  const what = `the logs of ${places.map(place => `"${place}"`).join(', ')}`
  const fault = setupFault(answer, { service: 'logging.googleapis.com', project: places[0] ?? '', what })
  if (fault) return new Broken(fault.message)
  if (callerFault(answer) === 'scope')
    return new Broken('Your access token lacks the scope "cloud-platform" or "logging.read". Sign in again with it.')
  if (callerFault(answer))
    return new Broken(
      `Google does not accept your credentials (${status}). Sign in again: gcloud auth application-default login`,
    )
  if (status === 403 || status === 404)
    return new Broken(
      `Google does not let you read ${what} (${status}). You need roles/logging.viewer there, and roles/logging.privateLogViewer for Data Access logs.`,
    )
  return new Broken(`Cloud Logging answered ${status} when asked to read ${what}: ${sentence ?? rpc ?? 'no reason'}`)
}
