// Reading the log back: what counts as an event, and what does not.
import * as assert from 'uvu/assert'
import { eventsIn, type LoggedEvent } from '../../src/audit/log-entries.ts'
import { suite } from '../suite.ts'
import { lived, request, streamOf } from '../builders/history.ts'

const test = suite('reading the log')
const { log } = lived(request(), [
  ['Requested', 0, {}],
  ['Granted', 1, {}],
])

async function read(text: string): Promise<{ events: LoggedEvent[]; skipped: number }> {
  const skipped = { count: 0 }
  const events = await Array.fromAsync(eventsIn(streamOf(text), skipped))
  return { events, skipped: skipped.count }
}

const forms: Record<string, string> = {
  'an indented list, as gcloud prints it': JSON.stringify(log, null, 2),
  'a list in one line': JSON.stringify(log),
  'one entry on each line, as a storage bucket keeps them': log.map(entry => `${JSON.stringify(entry)}\r\n`).join('\n'),
}
for (const [what, text] of Object.entries(forms))
  test(`the log may be ${what}`, async () => {
    const { events, skipped } = await read(text)
    assert.equal(
      events.map(({ seq, event, person }) => ({ seq, event, person })),
      [
        { seq: 1, event: 'Requested', person: 'dana@example.com' },
        { seq: 2, event: 'Granted', person: 'dana@example.com' },
      ],
    )
    assert.is(skipped, 0)
  })

test('an empty list is no events, and nothing at all is an error', async () => {
  assert.equal(await read('[]'), { events: [], skipped: 0 })
  for (const nothing of ['', '\n', ' \n\n']) {
    const error = await read(nothing).catch((thrown: unknown) => thrown)
    assert.match(String(error), 'there is nothing to read, not even an empty list')
  }
})

const good = (log[1] as { jsonPayload: { details: object } }).jsonPayload
const foreign: Record<string, unknown> = {
  'an entry of another program': { textPayload: 'hello' },
  'an entry of another schema': { jsonPayload: { ...good, schema: 'other/v1' } },
  'an entry without a request': { jsonPayload: { ...good, request: undefined } },
  'an entry whose times are not instants': {
    jsonPayload: { ...good, details: { ...good.details, expiresAt: 'never' } },
  },
  'a grant in a state that does not exist': {
    jsonPayload: { ...good, details: { 'grant.0': 'Gone roles/x projects/y' } },
  },
  'a sequence that would fill the memory': { jsonPayload: { ...good, seq: 1e9 } },
  'hours in a zone that no clock has': {
    jsonPayload: { ...good, hours: { zone: 'Mars/Olympus', spans: [{ from: '08:00', to: '12:00' }] } },
  },
  'no entry at all': null,
}
for (const [what, entry] of Object.entries(foreign))
  test(`${what} is counted and not believed`, async () => {
    assert.equal(await read(JSON.stringify([entry])), { events: [], skipped: 1 })
  })

test('what is not JSON is named by its line', async () => {
  for (const [text, where] of [
    ['{"a":1}\nnope\n', /line 2 is not JSON/],
    ['[{"a":1},\n', /the list has no end: it was cut off/],
  ] as const)
    await read(text).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, where),
    )
})

test.run()
