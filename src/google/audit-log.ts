// Writes the audit log to Cloud Logging: implements the audit port. Either all entries of a write are stored or none,
// and a repeat is the same entry. Only an entry that Google can never accept is refused; every other failure may pass.
import { GoogleAuth, type AuthClient } from 'google-auth-library'
import { logging_v2 } from 'googleapis/build/src/apis/logging/v2.js'
import type { AuditEntry } from '../domain/audit/audit.ts'
import { Broken, Refused, type Waiting } from '../domain/outcome.ts'
import type { AuditLog, Clock } from '../domain/ports.ts'
import { failedAnswer, headerOf } from './answer.ts'
import { callerFault, ownIdentityFault } from './caller.ts'
import { setupFault } from './forbidden.ts'
import { guardIdentity, renewed } from './identity.ts'
import { passingOutcome } from './passing.ts'
import { callTimeoutMs, inTime, withoutSlash } from './transport.ts'

type AuditLogOptions = {
  /** Project whose log `hallpass` is written. */
  project: string
  /** The process's own identity. */
  authClient: AuthClient
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
  /** Logging judges entries as it would when they are stored, and stores nothing. */
  isDryRun?: boolean
}

/** Logging refuses until somebody gives a right or changes a setting. No event may be dropped for it, so it is no refusal. */
export class LogDenied extends Broken {}

/** Half of Logging's 10 MB; an entry has at most 50 KB. */
const entriesPerWrite = 100

/** The audit port; entries go to `projects/P/logs/hallpass` in the order given. */
export function createAuditLog({
  project,
  authClient,
  clock,
  rootUrl,
  timeoutMs = callTimeoutMs,
  isDryRun = false,
}: AuditLogOptions): AuditLog {
  const identity = guardIdentity(authClient)
  const api = new logging_v2.Logging({
    auth: new GoogleAuth({ authClient: identity }),
    ...(rootUrl && { rootUrl: `${withoutSlash(rootUrl)}/` }),
  })
  const writeOnce = async (entries: readonly AuditEntry[]): Promise<void> => {
    const requestBody = {
      logName: `projects/${project}/logs/hallpass`,
      resource: { type: 'global', labels: { project_id: project } },
      entries: entries.map(logEntry),
      partialSuccess: false,
      ...(isDryRun && { dryRun: true }),
    }
    try {
      const options = { retry: false, signal: AbortSignal.timeout(timeoutMs) }
      // A repeat is the same entry: it has the same id and time.
      const write = renewed(identity, () => api.entries.write({ requestBody }, options))
      if (!isTaken(await inTime(write, timeoutMs, 'Cloud Logging')))
        throw new Broken('What answered was not Cloud Logging.', { answered: false })
    } catch (error) {
      throw outcomeOf(error, project, clock.now())
    }
  }
  return {
    write: async entries => {
      for (let start = 0; start < entries.length; start += entriesPerWrite)
        await writeOnce(entries.slice(start, start + entriesPerWrite))
    },
  }
}

/** An entry in Logging's format: one operation per request, so that a log viewer groups its events. */
function logEntry({ insertId, at, severity, uid, payload, isFirst, isLast }: AuditEntry): logging_v2.Schema$LogEntry {
  const { event, requester, roleMapping } = payload
  const labels = { uid, event, requester, mapping: roleMapping }
  return {
    insertId,
    timestamp: at.toISOString(),
    severity,
    jsonPayload: payload,
    labels: Object.fromEntries(
      Object.entries(labels).flatMap(([name, value]) =>
        typeof value === 'string' ? [[`hallpass.dev/${name}`, value]] : [],
      ),
    ),
    operation: { id: uid, producer: 'hallpass.dev', first: isFirst, last: isLast },
  }
}

type Answer = { status: number; headers: unknown; data: unknown }

// A proxy in between may answer 200 itself, and an entry that is wrongly treated as stored is lost. Logging answers 200
// with {} as JSON: WriteLogEntriesResponse has no field.
function isTaken({ status, headers, data }: Answer): boolean {
  const isJson = /^application\/json\b/i.test(String(headerOf(headers, 'content-type')))
  const isEmpty = typeof data === 'object' && data !== null && !Array.isArray(data) && Object.keys(data).length === 0
  return status === 200 && isJson && isEmpty
}

// A missing right is not a refusal here: it can be corrected while Hallpass runs, and until then no event may be
// dropped.
function outcomeOf(error: unknown, project: string, now: Date): Refused | Waiting | Broken {
  if (error instanceof Broken) return error
  const answer = failedAnswer(error)
  const passing = passingOutcome(answer, { whom: 'Cloud Logging', doing: 'store audit events', now })
  if (passing) return passing
  const { status, rpc, sentence } = answer
  const what = `the log "hallpass" of project "${project}"`
  const called = { service: 'logging.googleapis.com', project: `"projects/${project}"`, what }
  const fault = setupFault(answer, called) ?? ownIdentityFault(answer, 'Cloud Logging')
  if (fault) return new LogDenied(fault.message)
  if (status === 400)
    return new Refused('EntryNotAccepted', `Cloud Logging did not accept an audit entry: ${sentence ?? rpc}`)
  if (callerFault(answer))
    return new LogDenied(
      `Cloud Logging does not accept the identity with which Hallpass writes to ${what} (${status}).`,
    )
  if (status === 403 || status === 404)
    return new LogDenied(
      `Cloud Logging does not let Hallpass write to ${what} (${status}). Grant the controller roles/logging.logWriter there.`,
    )
  return new Broken(`Cloud Logging answered ${status} when asked to store audit events.`)
}
