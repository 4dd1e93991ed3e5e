// A past that really happened in the simulated Google: at no instant does an honest policy differ from the record, neither
// from that of the cluster nor from that of the log. And what two looks must both show.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { compareWithRecord } from '../../../src/audit/drift/drift.ts'
import { recordInFile } from '../../../src/audit/drift/logged-record.ts'
import { type DriftWorld, lookForDrift } from '../../../src/audit/drift/look.ts'
import { recordedIn, type Records } from '../../../src/audit/drift/record.ts'
import type { Looked } from '../../../src/audit/looked.ts'
import type { Policy } from '../../../src/domain/granting/policy.ts'
import { mapping } from '../../builders/mapping.ts'
import { dice } from '../../dice.ts'
import { suite } from '../../suite.ts'
import { evening, everyEnd, type Life, offers, Past, people, times } from '../past.ts'
import { eu, granted, now, policiesWith, say } from './stage.ts'

const test = suite('drift, honest')
const mappings = [mapping({ spec: { grants: offers.map(({ resource, role }) => ({ resource, role })) } })]

type Snapshot = { at: Date; looked: Looked[]; requests: AccessRequest[] }
const recordsOf = (requests: readonly AccessRequest[]): Records =>
  new Map(requests.map(one => [one.metadata.uid, recordedIn(one)]))

for (const seed of [3, 4])
  test(`at every instant of a past with 40 requests (${seed})`, async () => {
    const past = await Past.open()
    try {
      const roll = dice(seed)
      const one = <T>(of: readonly T[]): T => of[roll(of.length)] as T
      const lives = Array.from({ length: 40 }, (): Life => {
        const seconds = 60 + roll(600)
        const hours = roll(3) === 0 ? { hours: one(times) } : {}
        const window = roll(4) === 0 ? { window: evening } : {}
        const endedAfter = 1 + roll(seconds)
        return {
          person: one(people),
          grants: [one(offers)],
          asked: roll(900),
          seconds,
          ...hours,
          ...window,
          end: one(everyEnd),
          endedAfter,
        }
      })
      const seen: Snapshot[] = []
      await past.happen(lives, at => {
        const looked = ['projects/prod-eu', 'projects/prod-us'].map(resource => ({
          resource,
          policy: structuredClone(past.google.policies.read(resource)) as Policy,
        }))
        seen.push({ at, looked, requests: past.requests.filter(Boolean).map(request => structuredClone(request)) })
      })
      const entries = (await Array.fromAsync(past.reader.entries({ in: ['projects/hallpass-ops'], filter: '' }))) as {
        timestamp: string
      }[]
      let leftovers = 0
      for (const [n, { at, looked, requests }] of seen.entries()) {
        const base = { looked, coverage: {}, mappings, unread: [], now: at }
        const { findings } = compareWithRecord({ ...base, records: recordsOf(requests) })
        const lies = findings.filter(({ kind }) => kind !== 'leftover')
        leftovers += findings.length - lies.length
        assert.equal(lies.map(say), [], `the cluster at ${at.toISOString()}`)
        const then = entries.filter(({ timestamp }) => Date.parse(timestamp) <= at.getTime())
        if (n % 9 !== 0 || then.length === 0) continue
        const { records } = await recordInFile(stream(JSON.stringify(then)))
        const logged = compareWithRecord({ ...base, records }).findings
        assert.equal(logged.map(say), findings.map(say), `the log at ${at.toISOString()}`)
      }
      assert.ok(seen.length > 100 && leftovers > 10, 'too little happened')
    } finally {
      await past.google.close()
    }
  })

async function* stream(text: string): AsyncGenerator<string> {
  yield text
}

const dana = granted(1)

/** A world whose policies and record are these, one after the other, at each look. */
function moving(looks: { policy?: Policy; requests: AccessRequest[] }[]): DriftWorld {
  let [reads, records] = [0, 0]
  return {
    mappings: [],
    resources: [eu],
    policies: async resources => {
      assert.equal(resources, [eu])
      const policy = looks[Math.min(reads++, looks.length - 1)]?.policy
      return [policy ? { resource: eu, policy } : { resource: eu, why: 'Google is away.' }]
    },
    records: async () => ({
      records: recordsOf(looks[Math.min(records++, looks.length - 1)]?.requests ?? []),
      coverage: {},
    }),
    now: () => now,
  }
}
const policyOf = (...requests: AccessRequest[]): Policy => policiesWith(requests).get(eu) ?? {}

test('a grant that is under way at the first look is no finding', async () => {
  const { findings } = await lookForDrift(
    moving([
      { policy: policyOf(), requests: [dana] },
      { policy: policyOf(dana), requests: [dana] },
    ]),
  )
  assert.equal(findings, [])
})

test('what both looks show is a finding, and what only the second shows is not', async () => {
  const otto = granted(2, { requester: { email: 'otto@example.com' } })
  const { findings } = await lookForDrift(
    moving([
      { policy: policyOf(), requests: [dana] },
      { policy: policyOf(otto), requests: [dana] },
    ]),
  )
  assert.equal(
    findings.map(({ kind }) => kind),
    ['missing'],
  )
})

test('a policy that cannot be read again denies nothing, and is named', async () => {
  const { findings, unread } = await lookForDrift(
    moving([{ policy: policyOf(), requests: [dana] }, { requests: [dana] }]),
  )
  assert.equal(
    findings.map(({ kind }) => kind),
    ['missing'],
  )
  assert.equal(unread, [{ what: `the policy of "${eu}"`, why: 'Google is away.', resource: eu }])
})

test.run()
