// Which expired entries of Hallpass are left in IAM policies, and which request made each: from the requests and the policies
// as they are now. It changes nothing.
import type { AccessRequest } from '../api/kinds.ts'
import { type Leftover, leftoversIn, type Whose, whoseIs, type Written } from '../domain/granting/leftovers.ts'
import { expressionOf } from '../domain/granting/policy.ts'
import { policyCommand } from '../domain/granting/policy-command.ts'
import { entriesOf } from '../domain/granting/removal-commands.ts'
import type { Looked } from './looked.ts'

/** What is known from the requests: what each had written, and on which resources. */
export type Made = { written: ReadonlyMap<string, Written>; resources: ReadonlySet<string> }

/** What these requests had written. Holds one request in memory at a time. */
export async function madeBy(requests: AsyncIterable<AccessRequest>): Promise<Made> {
  const written = new Map<string, Written>()
  const resources = new Set<string>()
  for await (const request of requests) {
    const { uid, namespace, name } = request.metadata
    const entries = entriesOf(request).map(({ resource, wanted }) => {
      resources.add(resource)
      return { resource, role: wanted.role, member: wanted.member, expression: expressionOf(wanted) }
    })
    if (entries.length > 0) written.set(uid, { namespace, request: name, entries })
  }
  return { written, resources }
}

/** An expired entry, the request that made it, and the command that removes it; null when that is not known. */
export type Found = Leftover & { request: { namespace: string; name: string } | null; command: string | null }

/** The answer. */
export type LeftoversReport = {
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
  { written }: Pick<Made, 'written'>,
  now: Date,
): LeftoversReport {
  const read = looked.flatMap(one => ('policy' in one ? [one] : []))
  const all = read.flatMap(({ resource, policy }) => leftoversIn(resource, policy, now))
  const judged = all.map(one => ({ one, whose: whoseIs(one, written.get(one.uid)) }))
  const of = (...wanted: Whose[]): Leftover[] =>
    judged.flatMap(({ one, whose }) => (wanted.includes(whose) ? [one] : []))
  return {
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
