// Logs that earlier releases wrote, and that every later one must read: the files are never written again, and one more comes
// with each version of the vocabulary. Each has the same six requests.
import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { eventsIn } from '../../src/audit/log-entries.ts'
import { grantsInForceFromEntries } from '../../src/audit/who.ts'
import { schemaVersion } from '../../src/domain/audit/audit.ts'
import { eventSchema } from '../../src/reference/event-schema.ts'
import { streamOf } from '../builders/history.ts'
import { suite } from '../suite.ts'

const test = suite('logs of every version')
const textOf = (version: number): string =>
  readFileSync(new URL(`golden/log-v${version}.ndjson`, import.meta.url), 'utf8')

/** Which of the requests gave access at an instant, and until when. */
async function held(version: number, at: string): Promise<string[]> {
  const events = eventsIn(streamOf(textOf(version)), { count: 0 })
  const { grants, incomplete } = await grantsInForceFromEntries(events, { at: new Date(at) })
  assert.is(incomplete, 0)
  for (const { person, approvedBy } of grants)
    assert.equal([person, approvedBy], ['dana@example.com', 'mo@example.com'])
  return [...new Set(grants.map(({ request, until }) => `${request.slice(-1)} ${until.toISOString().slice(11, 19)}`))]
}

/** The six: granted, narrowed to ten minutes, denied, withdrawn, ended after five minutes, and still in force. */
const answers: Record<string, string[]> = {
  '2026-11-23T14:02:30Z': [],
  '2026-11-23T14:05:00Z': ['1 14:33:20', '2 14:14:20'],
  '2026-11-23T14:10:00Z': ['1 14:33:20', '2 14:14:20', '5 14:12:20', '6 14:38:20'],
  '2026-11-23T14:20:00Z': ['1 14:33:20', '6 14:38:20'],
  '2026-11-23T14:36:00Z': ['6 14:38:20'],
  '2026-11-23T15:00:00Z': [],
}

for (let version = 1; version <= schemaVersion; version++)
  for (const [at, answer] of Object.entries(answers))
    test(`version ${version}: who had access at ${at}`, async () => assert.equal(await held(version, at), answer))

test('the newest of these logs is of the version that is written now, and of the published form', () => {
  const entries = textOf(schemaVersion)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { jsonPayload: unknown })
  for (const { jsonPayload } of entries) {
    const { data, error } = eventSchema.safeParse(jsonPayload)
    assert.is(error?.message, undefined, JSON.stringify(jsonPayload))
    assert.is(data?.schemaVersion, schemaVersion)
  }
})

test.run()
