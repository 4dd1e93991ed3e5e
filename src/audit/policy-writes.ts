// Who had access, as Google itself recorded it: the policy writes in Cloud Audit Logs (Admin Activity), which nobody can
// leave out, change or forge. Only bindings with a title of Hallpass count; anybody can set that title, so this shows
// forged ones as well.
import { isUidTitle, timesIn } from '../domain/granting/policy.ts'
import { hoursIn } from '../domain/hours/reading.ts'
import {
  type AccessReport,
  type GrantInForce,
  isAskedAbout,
  isAskedPerson,
  never,
  type Query,
  sayOf,
  sinceOf,
  sorted,
  workingIn,
} from './access-report.ts'
import { type Change, changesIn, isUnreadable } from './around.ts'

/** What a binding is known by: the same members come and go under this key. */
type Held = { added: Change; since: number; until: number }

/** The answer from policy writes, in any order and with repeats. Keeps only the writes of Hallpass's bindings. */
export async function grantsInForceFromPolicyWrites(
  entries: AsyncIterable<unknown>,
  query: Query,
): Promise<AccessReport> {
  const changes = new Map<string, Change[]>()
  let [since, unreadable] = [Number.POSITIVE_INFINITY, 0]
  const repeats = new Set<string>()
  for await (const entry of entries) {
    if (isUnreadable(entry)) unreadable++
    const [first, ...more] = changesIn(entry)
    if (!first) continue
    since = Math.min(since, Date.parse(first.at))
    const ours = [first, ...more].filter(({ title }) => isUidTitle(title))
    const repeat = `${first.id} ${first.at} ${first.resource}`
    if (ours.length === 0 || repeats.has(repeat)) continue
    if (first.id !== '') repeats.add(repeat)
    for (const one of ours) changes.set(keyOf(one), [...(changes.get(keyOf(one)) ?? []), one])
  }
  const held = [...changes.values()].flatMap(heldIn)
  const grants = held.flatMap(one => grantOf(one, query))
  const requests = new Set(held.map(({ added }) => added.title)).size
  const notes = unreadable > 0 ? [unreadableNote(unreadable)] : []
  return { query, source: 'google', grants: sorted(grants), requests, ...sinceOf(since), notes }
}

function keyOf({ resource, role, member, title, expression }: Change): string {
  return JSON.stringify([resource, role, member, title, expression])
}

/** The times at which the binding was in the policy. */
function heldIn(changes: readonly Change[]): Held[] {
  const held: Held[] = []
  for (const change of changes.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const at = Date.parse(change.at)
    const open = held.findLast(({ until }) => until === Infinity)
    if (change.action === 'ADD' && !open) held.push({ added: change, since: at, until: Infinity })
    if (change.action === 'REMOVE' && open) open.until = at
  }
  return held
}

// IAM gives the role while the binding is in the policy and its condition holds.
function grantOf({ added, since, until }: Held, query: Query): GrantInForce[] {
  const { resource, role, member, title, description, expression, by } = added
  if (query.resource && query.resource !== resource) return []
  const person = personIn(member)
  if (!isAskedPerson(query, person)) return []
  const times = timesIn(expression)
  const from = new Date(Math.max(since, times?.startsAt.getTime() ?? 0))
  const end = new Date(Math.min(until, (times?.expiresAt ?? never).getTime()))
  if (end <= from || !isAskedAbout(query, from, end)) return []
  const [, namespace = '', name = ''] = /^([a-z0-9-]+)\/([a-z0-9.-]+), asked by /.exec(description) ?? []
  const uid = title.slice(title.indexOf(' ') + 1)
  const writer = by === '' ? {} : { approvedBy: by }
  const foreign = times ? {} : { isForeign: true as const }
  const hours = hoursIn(times?.condition ?? '')
  const more = { ...writer, namespace, request: name || uid, uid, isUncertain: false, ...foreign, ...sayOf(hours) }
  return workingIn({ from, until: end }, hours, query).map(period => ({ person, resource, role, ...period, ...more }))
}

// Google shows a deleted account as `deleted:user:dana@example.com?uid=123`.
function personIn(member: string): string {
  const [, email] = /^(?:deleted:)?user:([^?]+)/.exec(member) ?? []
  return email ?? member
}

function unreadableNote(count: number): string {
  return count === 1
    ? '1 policy change does not say which roles it gave, so it is not in this answer: read it in the log.'
    : `${count.toLocaleString('en-US')} policy changes do not say which roles they gave, so they are not in this answer: read them in the log.`
}
