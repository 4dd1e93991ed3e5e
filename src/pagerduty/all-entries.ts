// Reads all pages of `GET /oncalls`, for now or for a window.
import { Refused } from '../domain/outcome.ts'
import { idOf, type Of, type Question } from './asking.ts'
import { type Entry, hasMore, readEntries } from './entries.ts'

const pageSize = 100
/** A thousand entries for one policy or schedule is a mistake; PagerDuty itself ends at ten thousand. */
const maxPages = 10

/** Every entry of the policy or schedule. Refused("PagerDutyTooMany") when there are more than a thousand. */
export async function allEntries({
  of,
  ask,
  signal,
}: Question<Of & { window?: { since: Date; until: Date } }>): Promise<Entry[]> {
  const { window } = of
  const filter = {
    ...(of.escalationPolicy
      ? { 'escalation_policy_ids[]': [of.escalationPolicy] }
      : { 'schedule_ids[]': [of.schedule ?? ''] }),
    ...(window && { since: window.since.toISOString(), until: window.until.toISOString() }),
  }
  const entries: Entry[] = []
  for (let page = 0; page < maxPages; page += 1) {
    const query = { ...filter, 'include[]': ['users'], limit: String(pageSize), offset: String(page * pageSize) }
    const data = await ask({ path: '/oncalls', query, doing: 'list who is on call', signal })
    entries.push(...readEntries(data))
    if (!hasMore(data)) return entries
  }
  throw new Refused(
    'PagerDutyTooMany',
    `PagerDuty lists more than ${maxPages * pageSize} on-call entries for "${idOf(of)}".`,
  )
}
