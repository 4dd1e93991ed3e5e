// Three witnesses of the same past: the cluster, Hallpass's log and Google's own audit log. At every instant each of them
// says what the simulated Google really allowed then.
import * as assert from 'uvu/assert'
import type { AccessReport, GrantInForce, Query } from '../../src/audit/access-report.ts'
import { differences } from '../../src/audit/compare.ts'
import { eventsAmong } from '../../src/audit/log-entries.ts'
import { policyWritesFilter } from '../../src/audit/log-filters.ts'
import { grantsInForceFromPolicyWrites } from '../../src/audit/policy-writes.ts'
import { grantsInForceFromGoogle, grantsInForceFromLogging } from '../../src/audit/remote.ts'
import { grantsInForce, grantsInForceFromEntries } from '../../src/audit/who.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { each, noon } from '../builders/history.ts'
import { suite } from '../suite.ts'
import { auditLog, evening, everyEnd, type Life, offers, Past, people, times } from './past.ts'

const test = suite('witnesses')
const places = ['projects/prod-eu', 'projects/prod-us']

/** Numbers that look random and are the same each time. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function anyLife(random: (below: number) => number): Life {
  const one = <T>(of: readonly T[]): T => of[random(of.length)] as T
  const seconds = 60 + random(600)
  const grants = random(2) === 0 ? [one(offers)] : offers.slice(random(2), 2 + random(2))
  const later = random(4) === 0 ? random(120) : 0
  return {
    person: one(people),
    grants: grants.length > 0 ? grants : [one(offers)],
    asked: random(900),
    seconds,
    later,
    ...(random(3) === 0 && { hours: one(times) }),
    ...(random(4) === 0 && { window: evening }),
    end: one(everyEnd),
    endedAfter: 1 + random(seconds),
  }
}

type Truth = { at: Date; held: Set<string> }
const keyOf = ({ person, resource, role }: Pick<GrantInForce, 'person' | 'resource' | 'role'>): string =>
  `${person} ${role} ${resource}`

/** What Google allows now by the policies as they stand, at an instant. */
function truthAt({ google }: Past, at: Date): Set<string> {
  const all = people.flatMap(person => offers.map(({ resource, role }) => ({ person, resource, role })))
  return new Set(all.filter(({ person, role, resource }) => google.holds(person, role, resource, at)).map(keyOf))
}

// A grant in doubt counts as held, so it may be more than what was really there, and never less.
function assertTrue(what: string, grants: readonly GrantInForce[], { at, held }: Truth): void {
  const said = new Set(grants.map(keyOf))
  const sure = new Set(grants.filter(({ isUncertain }) => !isUncertain).map(keyOf))
  const missed = [...held].filter(key => !said.has(key))
  const invented = [...sure].filter(key => !held.has(key))
  assert.equal({ missed, invented }, { missed: [], invented: [] }, `${what} at ${at.toISOString()}`)
}

const inForce = ({ grants }: AccessReport, at: Date): GrantInForce[] =>
  grants.filter(({ from, until }) => from <= at && at < until)

for (const [seed, size] of [
  [20_261_124, 50],
  [7, 12],
  [8, 12],
  [9, 7],
  [10, 3],
  [11, 1],
] as const)
  test(`all three say what was allowed, with ${size} requests (${seed})`, async () => {
    const past = await Past.open()
    try {
      const random = dice(seed)
      const truths: Truth[] = []
      const lives = Array.from({ length: size }, () => anyLife(random))
      await past.happen(lives, at => void truths.push({ at, held: truthAt(past, at) }))
      const whole: Query = { at: noon, to: after(noon, 7200) }
      const events = await Array.fromAsync(
        eventsAmong(past.reader.entries({ in: ['projects/hallpass-ops'], filter: '' }), { count: 0 }),
      )
      const writes = await Array.fromAsync(past.reader.entries({ in: places, filter: policyWritesFilter(whole) }))
      const spans = {
        cluster: await grantsInForce(each(past.requests), whole),
        log: await grantsInForceFromEntries(each(events), whole),
        google: await grantsInForceFromPolicyWrites(each(writes), whole),
      }
      for (const [n, truth] of truths.entries()) {
        const query = { at: truth.at }
        for (const [what, span] of Object.entries(spans))
          assertTrue(`the span of ${what}`, inForce(span, truth.at), truth)
        assertTrue('the cluster', (await grantsInForce(each(past.requests), query)).grants, truth)
        assertTrue('the log', (await grantsInForceFromEntries(each(events), query)).grants, truth)
        if (n % 7 === 0) assertTrue('Google', (await grantsInForceFromPolicyWrites(each(writes), query)).grants, truth)
        if (n % 41 !== 5) continue
        assertTrue('Logging, asked', (await fromLogging(past, query))?.grants ?? [], truth)
        const google = await grantsInForceFromGoogle(past.reader, places, { query, now: past.clock.now() })
        assertTrue('Google, asked', google.grants, truth)
      }
      const named = Object.entries(spans).map(([name, report]) => ({ name, report }))
      assert.equal(differences(named, whole), [])
      if (size === 50) assert.ok(truths.filter(({ held }) => held.size > 2).length > 100, 'too little happened')
    } finally {
      await past.google.close()
    }
  })

// Before the first event nothing is known, and that is said.
async function fromLogging(past: Past, query: Query): Promise<AccessReport | undefined> {
  return grantsInForceFromLogging(past.reader, auditLog, query).catch((error: unknown) => {
    assert.match(String(error), /begins at .* so it does not say who had access before/)
    return undefined
  })
}

test.run()
