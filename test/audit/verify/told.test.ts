// The forms of entries: the usual one is checked by hand, and must be read exactly as the schema reads it.
import * as assert from 'uvu/assert'
import { entriesIn } from '../../../src/audit/entries.ts'
import { readKeyRing } from '../../../src/audit/verify/key-ring.ts'
import { toldBySchema, toldIn } from '../../../src/audit/verify/told.ts'
import { Verification } from '../../../src/audit/verify/verification.ts'
import { attacks } from '../../attacks.ts'
import { streamOf } from '../../builders/history.ts'
import { suite } from '../../suite.ts'
import { honestLog, inMemory, type Logged, newKey } from './honest-log.ts'

const test = suite('what an entry tells')
const key = newKey()
const log = honestLog(12, key)
const steps = log.filter(({ jsonPayload }) => jsonPayload?.['schema'] === 'hallpass/audit/v1')

const values: unknown[] = [
  null,
  true,
  0,
  1.5,
  10_001,
  '',
  'x'.repeat(400),
  [],
  {},
  [{ resource: 'a', role: 'b', condition: 'c', more: 1 }],
  [{ resource: 'a', role: 'b', condition: null }],
  Array.from({ length: 11 }, () => ({ resource: 'a', role: 'b' })),
  { namespace: 'a', name: 'b', uid: 'c', more: 1 },
  { namespace: 'a', name: 'b' },
  { window: '30m', more: { deep: [1] } },
  { window: 'a while' },
  { window: '0s' },
  { startsAt: '2026-02-29T00:00:00Z' },
  { startsAt: '2028-02-29T00:00:00Z', more: 'x' },
  { endedAt: '2026-11-31T00:00:00Z' },
  { reviewBy: '2026-11-30T24:00:00Z' },
  { more: 1 },
  JSON.parse('{"__proto__":"x"}'),
  '2026-11-23T08:00:00Z',
  '2026-11-23T08:00:00.123456789Z',
  '2026-11-23T08:00:00+01:00',
  '2026-11-23T08:00Z',
  '2026-04-31T08:00:00Z',
  '2026-13-01T08:00:00Z',
  '0s',
  { zone: 'UTC', spans: [{ from: '22:00', to: '23:00' }] },
]

test('every value of every field is read as the schema reads it', () => {
  const [step] = steps
  if (!step) throw new Error('no step')
  const fields = [...Object.keys(step.jsonPayload ?? {}), 'hours', 'window', 'emergency', 'more']
  for (const entry of steps) same(entry)
  for (const value of values) {
    for (const field of ['insertId', 'timestamp', 'receiveTimestamp']) same({ ...step, [field]: value })
    for (const field of fields.filter(name => name !== 'schema'))
      same({ ...step, jsonPayload: { ...step.jsonPayload, [field]: value } })
  }
  for (const field of fields.filter(name => name !== 'schema')) {
    const { [field]: _left, ...jsonPayload } = step.jsonPayload ?? {}
    same({ ...step, jsonPayload })
  }
})

/** The order of fields does not matter. */
function same(entry: Logged): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
  assert.equal(plain(toldIn(entry)), plain(toldBySchema(entry, 'hallpass/audit/v1')), JSON.stringify(entry))
}

/** The text of the log with each entry written in another way. */
const written = (write: (text: string) => string): string =>
  log.map(entry => `${write(JSON.stringify(entry))}\n`).join('')
const honest = summary(written(text => text))

async function summary(text: string): Promise<string> {
  const trusted = { ring: readKeyRing(JSON.stringify({ [key.kid]: key.pem })) }
  const verification = new Verification(trusted, inMemory)
  for await (const entry of entriesIn(streamOf(text))) verification.push(entry)
  const { read, findings } = verification.result()
  return JSON.stringify({ read, findings })
}

attacks<string>(
  test,
  {
    'the words of Hallpass are written with escapes … read the same': written(text =>
      text.replaceAll('hallpass', String.raw`\u0068all\u0070ass`).replaceAll('"schema"', String.raw`"sc\u0068ema"`),
    ),
    'the uid and its key are written with escapes … read the same': written(text =>
      text.replaceAll('"uid":"2', String.raw`"\u0075id" : "\u0032`),
    ),
    'another payload comes before the one that counts … read the same': written(text =>
      text.replace('"jsonPayload":', '"jsonPayload":{"schema":"other/v1","request":{"uid":"x"}},"jsonPayload":'),
    ),
    'slashes are escaped, and there is space everywhere … read the same': written(text =>
      text.replaceAll('hallpass/', String.raw`hallpass\/`).replaceAll(/"(jsonPayload|schema|request)":/g, '\n"$1" :\t'),
    ),
  },
  async text => ((await summary(text)) === (await honest) ? 'read the same' : 'read in another way'),
)

test.run()
