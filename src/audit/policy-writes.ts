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
import { SeenEvents } from './seen-events.ts'

/** What a binding is known by: the same members come and go under this key. */
type Held = { added: Change; since: number; until: number }

/** The answer from policy writes, in any order and with repeats. */
export async function grantsInForceFromPolicyWrites(
  entries: AsyncIterable<unknown>,
  query: Query,
): Promise<AccessReport> {
  const writes = new PolicyWrites(query, 'since any write')
  for await (const entry of entries) writes.take(entry)
  return writes.report()
}

/** Takes policy writes one by one. Keeps only those that can be in the answer, because a log has millions of them. */
export class PolicyWrites {
  readonly #query: Query
  readonly #reaches: 'since any write' | 'since a write of Hallpass'
  readonly #changes = new Map<string, Change[]>()
  readonly #repeats = new Set<string>()
  readonly #requests = new SeenEvents()
  #since = Number.POSITIVE_INFINITY
  #unreadable = 0

  /** `reaches`: since when the entries cover what is asked. A file may have older ones of other places. */
  constructor(query: Query, reaches: 'since any write' | 'since a write of Hallpass') {
    this.#query = query
    this.#reaches = reaches
  }

  /** Whether the entry is a write of Hallpass's bindings, or may be one. Any entry can be given. */
  take(entry: unknown): boolean {
    if (typeof entry !== 'object' || entry === null || !('protoPayload' in entry)) return false
    const changes = changesIn(entry)
    const ours = changes.filter(({ title }) => isUidTitle(title))
    const isOdd = changes.length === 0 && isUnreadable(entry)
    if (isOdd) this.#unreadable++
    const [first] = this.#reaches === 'since a write of Hallpass' ? ours : changes
    if (first) this.#since = Math.min(this.#since, Date.parse(first.at))
    for (const { action, title } of ours) if (action === 'ADD') this.#requests.note(title, 1)
    this.#keep(ours.filter(change => isAsked(change, this.#query)))
    return isOdd || ours.length > 0
  }

  /** The answer. */
  report(): AccessReport {
    const held = [...this.#changes.values()].flatMap(heldIn)
    const grants = held.flatMap(one => grantOf(one, this.#query))
    const notes = this.#unreadable > 0 ? [unreadableNote(this.#unreadable)] : []
    const { requests } = this.#requests
    return {
      query: this.#query,
      source: 'google',
      grants: sorted(grants),
      requests,
      ...sinceOf(this.#since),
      notes,
    }
  }

  #keep(ours: readonly Change[]): void {
    const [first] = ours
    if (!first) return
    const repeat = `${first.id} ${first.at} ${first.resource}`
    if (this.#repeats.has(repeat)) return
    if (first.id !== '') this.#repeats.add(repeat)
    for (const one of ours) {
      const known = this.#changes.get(keyOf(one))
      if (known) known.push(one)
      else this.#changes.set(keyOf(one), [one])
    }
  }
}

// A binding never gives more than the times in its condition, if Hallpass has written it.
function isAsked({ resource, member, expression }: Change, query: Query): boolean {
  if (query.resource && query.resource !== resource) return false
  if (!isAskedPerson(query, personIn(member))) return false
  const times = timesIn(expression)
  return times === undefined || isAskedAbout(query, times.startsAt, times.expiresAt)
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
