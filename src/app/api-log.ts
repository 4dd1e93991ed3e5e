// Logs the API server's refusals. Only the log gets the API server's own messages; people get messages of Hallpass.
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import { shortLine } from '../domain/text.ts'
import { type ApiError, isAdmissionFailure } from '../kube/api-error.ts'
import type { Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { Call } from '../kube/transport.ts'

/** Refusals that are not part of normal work, unlike a conflict or an absent object. */
const unusual = [400, 403, 413, 422]
/** The longest quotation of the API server, which may quote what was sent. */
const maxSaid = 400

/** Logs refusals with the API server's message, and counts admission policies that failed to evaluate. */
export function noteRefusals({
  log,
  metrics,
}: {
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
}): (call: Call, error: ApiError) => void {
  return ({ method, path, query }, error) => {
    // A dry run asks whether a write would be refused; its caller handles the answer.
    if (query?.['dryRun'] !== undefined || !unusual.includes(error.status)) return
    const { status, reason } = error
    const said = shortLine(error.said ?? '', maxSaid)
    const facts = { method, path, status, reason, said }
    if (!isAdmissionFailure(error)) return log.warn('api-server: a call was refused', facts)
    metrics.count('hallpass_admission_failures_total')
    log.error('api-server: an admission policy failed to evaluate; the call is tried again', facts)
  }
}
