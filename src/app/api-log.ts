// What the API server says when it refuses, for the log: the one place where its own sentences go. People are told ours.
import type { hallpassMetrics } from '../domain/metrics.ts'
import { shortLine } from '../domain/text.ts'
import { type ApiError, isAdmissionFailure } from '../kube/api-error.ts'
import type { Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { Call } from '../kube/transport.ts'

/** Noes that are not part of daily work, as a conflict or an absent object are. */
const unusual = [400, 403, 413, 422]
/** Longest quotation of the API server: it may quote what was sent. */
const maxSaid = 400

/** Logs refusals with the API server's sentence, and counts how often admission failed instead of judging. */
export function noteRefusals({
  log,
  metrics,
}: {
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
}): (call: Call, error: ApiError) => void {
  return ({ method, path, query }, error) => {
    // A dry run asks whether it would be refused; whoever asks judges the answer.
    if (query?.['dryRun'] !== undefined || !unusual.includes(error.status)) return
    const { status, reason } = error
    const said = shortLine(error.said ?? '', maxSaid)
    const facts = { method, path, status, reason, said }
    if (!isAdmissionFailure(error)) return log.warn('The API server refused a call', facts)
    metrics.count('hallpass_admission_failures_total')
    log.error('An admission policy failed instead of judging; the call is tried again', facts)
  }
}
