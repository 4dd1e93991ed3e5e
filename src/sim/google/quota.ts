// Resource Manager's quota of reads and writes a minute. It belongs to the project of the OAuth client, so all people who
// sign in there share it (https://cloud.google.com/resource-manager/quotas).
import { errorInfo, GoogleFailure } from './failure.ts'

type Kind = 'read' | 'write'

const names: Record<Kind, { metric: string; label: string; limit: string }> = {
  read: { metric: 'read_requests', label: 'Read requests', limit: 'ReadRequestsPerMinutePerProject' },
  write: { metric: 'write_requests', label: 'Write requests', limit: 'WriteRequestsPerMinutePerProject' },
}
const consumer = 'projects/123'

/** Calls of each minute of the clock. Nothing is limited until a number is set. */
export class Quota {
  readonly perMinute: Record<Kind, number> = { read: Infinity, write: Infinity }
  /** The calls that were refused. */
  refused = 0
  readonly #taken: Record<Kind, { minute: number; calls: number }> = {
    read: { minute: 0, calls: 0 },
    write: { minute: 0, calls: 0 },
  }

  /** Counts a call, or refuses it with 429. A refused call does not count. */
  take(kind: Kind, at: Date): void {
    const minute = Math.floor(at.getTime() / 60_000)
    const taken = this.#taken[kind]
    const calls = taken.minute === minute ? taken.calls : 0
    if (calls >= this.perMinute[kind]) {
      this.refused += 1
      throw exhausted(kind, this.perMinute[kind])
    }
    this.#taken[kind] = { minute, calls: calls + 1 }
  }
}

function exhausted(kind: Kind, value: number): GoogleFailure {
  const service = 'cloudresourcemanager.googleapis.com'
  const { metric, label, limit } = names[kind]
  return new GoogleFailure(
    'RESOURCE_EXHAUSTED',
    `Quota exceeded for quota metric '${label}' and limit '${label} per minute' of service '${service}' for consumer 'project_number:123'.`,
    [
      errorInfo('RATE_LIMIT_EXCEEDED', 'googleapis.com', {
        consumer,
        service,
        quota_metric: `${service}/${metric}`,
        quota_limit_value: String(value),
        quota_limit: limit,
      }),
    ],
  )
}
