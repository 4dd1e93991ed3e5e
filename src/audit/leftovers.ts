// Which expired entries of Hallpass are left in IAM policies, and which request made each: from the requests and the policies
// as they are now. It changes nothing.
import type { AccessRequest } from '../api/kinds.ts'
import { type Leftover, leftoversIn, type Whose, whoseIs, type Written } from '../domain/granting/leftovers.ts'
import { policyCommand } from '../domain/granting/policy-command.ts'
import { resourceOf } from '../domain/mapping/resources.ts'
import { type Recorded, recordedBy, recordedIn } from './drift/record.ts'
import type { LoggedEvent } from './log-entries.ts'
import { NotCovered } from './not-covered.ts'
import type { Looked } from './looked.ts'

/** What is known from the requests: what each had written, and on which resources. */
export type Made = { written: ReadonlyMap<string, Written>; resources: ReadonlySet<string> }

/** What these requests of the cluster had written. Holds one request in memory at a time. */
export async function madeBy(requests: AsyncIterable<AccessRequest>): Promise<Made> {
  const made = new Making()
  for await (const request of requests) made.note(recordedIn(request))
  return made
}

/**
 * What these requests of the log had written, in these namespaces or in all, from its events in any order and with repeats. Throws NotCovered without any
 * event: nothing could be said about any entry.
 */
export async function madeByEvents(
  events: AsyncIterable<LoggedEvent>,
  namespaces: readonly string[] = [],
): Promise<Made> {
  const made = new Making()
  let count = 0
  for await (const event of events) {
    count++
    if (namespaces.length === 0 || namespaces.includes(event.namespace)) made.note(recordedBy(event))
  }
  if (count > 0) return made
  throw new NotCovered(
    'The log has no event of Hallpass that says what was granted. Check its name, your rights (roles/logging.viewer), and how long its bucket keeps entries.',
  )
}

type WrittenEntry = Written['entries'][number]

// Events about one request add to each other: who can write to the log cannot hide what a request had written.
class Making implements Made {
  readonly written = new Map<string, Written>()
  readonly resources = new Set<string>()

  note({ uid, namespace, name, entries }: Recorded): void {
    const before = this.written.get(uid)?.entries ?? []
    const more = entries
      .filter(entry => resourceOf(entry.resource) && !before.some(one => isSameEntry(one, entry)))
      .map(({ resource, role, member, expression }) => ({ resource, role, member, expression }))
    if (more.length === 0) return
    for (const { resource } of more) this.resources.add(resource)
    this.written.set(uid, { namespace, request: name, entries: [...before, ...more] })
  }
}

function isSameEntry(a: WrittenEntry, b: WrittenEntry): boolean {
  return a.resource === b.resource && a.role === b.role && a.member === b.member && a.expression === b.expression
}

/** An expired entry, the request that made it, and the command that removes it; null when that is not known. */
export type Found = Leftover & { request: { namespace: string; name: string } | null; command: string | null }

/** The answer. */
export type LeftoversReport = {
  /** Where the requests were read: `cluster`, `logging`, or `log` for exported entries. */
  source: 'cluster' | 'logging' | 'log'
  /** How many policies were read. */
  policies: number
  /** Sorted by resource, role, and end. */
  found: Found[]
  /** Entries that look like those of Hallpass although their request had something else written. */
  foreign: Leftover[]
  /** Policies that could not be read, and why. */
  unread: { resource: string; why: string }[]
}

/** Judges the policies that were read. */
export function leftoversReport(
  looked: readonly Looked[],
  { written, source }: Pick<Made, 'written'> & Pick<LeftoversReport, 'source'>,
  now: Date,
): LeftoversReport {
  const read = looked.flatMap(one => ('policy' in one ? [one] : []))
  const all = read.flatMap(({ resource, policy }) => leftoversIn(resource, policy, now))
  const judged = all.map(one => ({ one, whose: whoseIs(one, written.get(one.uid)) }))
  const of = (...wanted: Whose[]): Leftover[] =>
    judged.flatMap(({ one, whose }) => (wanted.includes(whose) ? [one] : []))
  return {
    source,
    policies: read.length,
    found: of('proved', 'unknown')
      .map(one => foundOf(one, written.get(one.uid)))
      .sort(byPlace),
    foreign: of('foreign'),
    unread: looked.flatMap(one => ('why' in one ? [{ resource: one.resource, why: one.why }] : [])),
  }
}

function foundOf(one: Leftover, made: Written | undefined): Found {
  return made
    ? { ...one, request: { namespace: made.namespace, name: made.request }, command: policyCommand('remove', one) }
    : { ...one, request: null, command: null }
}

function byPlace(a: Found, b: Found): number {
  const key = ({ resource, role, endedAt, uid }: Found): string =>
    [resource, role, endedAt.toISOString(), uid].join('\n')
  return key(a) < key(b) ? -1 : 1
}
