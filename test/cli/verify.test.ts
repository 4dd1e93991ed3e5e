// What an auditor types with exported files: the answer, its exit code, and a clear error without an answer. Also the
// archive of Google's certificates, which is filled from the simulated Google.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { honestLog, newKey, uidOf } from '../audit/verify/honest-log.ts'
import { attack } from '../attacks.ts'
import { openGoogle } from '../google/fixture.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('hallpass verify')
const program = join(import.meta.dirname, '../../bin/hallpass.js')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-verify-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const key = newKey()
const log = honestLog(6, key)
const lines = log.map(entry => JSON.stringify(entry))
const keys = put('keys.json', JSON.stringify({ [key.kid]: key.pem }))

function put(name: string, content: string | Buffer): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}
const verify = (files: string[], more: string[] = [], stdin = '') =>
  hallpass(['verify', ...files, '--keys', keys, ...more], { stdin })

const noise = ['{"textPayload":"hello"}', '{"jsonPayload":{"schema":"other/v1"}}', 'null']
const forms: Record<string, string[]> = {
  'one entry a line': [put('lines.json', lines.join('\n'))],
  'a list': [put('list.json', JSON.stringify(log, null, 2))],
  'a compressed file': [put('lines.json.gz', gzipSync(lines.join('\n')))],
  'two files, in any order, with repeats and entries of other systems': [
    put('second.json', [...noise, ...lines.slice(20).toReversed()].join('\n')),
    put('first.json.gz', gzipSync(lines.slice(0, 25).join('\n'))),
  ],
}
table(test, forms, async files => {
  const { code, out, err } = await verify(files)
  assert.is(code, 0, out + err)
  assert.match(out, /^Nothing is wrong with 6 requests, 4 sign-ins and 4 policy writes in \d+ entries until 2026-/)
})

test('what is wrong is named, with exit code 1, as text and as JSON', async () => {
  const file = put('gap.json', lines.filter(line => !line.includes(`${uidOf(0)}-0002`)).join('\n'))
  const text = await verify([file])
  assert.is(text.code, 1)
  assert.match(text.out, `missing  request hallpass/prod-db-000000000000 (${uidOf(0)}): event number 2 of 6\n`)
  assert.match(text.out, 'missing: An entry that must be there is not.\n1 thing is wrong with 6 requests')
  const json = await verify([file], ['-o', 'json'])
  const { schema, findings } = JSON.parse(json.out) as { schema: string; findings: { kind: string }[] }
  assert.equal([json.code, schema, findings.map(({ kind }) => kind)], [1, 'hallpass/verify/v1', ['missing']])
})

test('sign-ins for another OAuth client than the one that is expected are findings', async () => {
  const file = put('clients.json', lines.join('\n'))
  assert.is((await verify([file], ['--client', 'hallpass-client'])).code, 0)
  assert.is((await verify([file], ['--client', 'other', '--client', 'hallpass-client'])).code, 0)
  const { code, out } = await verify([file], ['--client', 'other'])
  assert.is(code, 1)
  assert.match(out, 'the evidence of mo@example.com: it is for the OAuth client "hallpass-client"')
  assert.match(out, '4 things are wrong')
})

test('entries that do not say when they were received are counted, and late ones are told', async () => {
  const [first = '', ...others] = lines
  const entry = JSON.parse(first) as object
  const { code, out } = await verify([
    put('receipt.json', [JSON.stringify({ ...entry, receiveTimestamp: undefined }), ...others].join('\n')),
  ])
  assert.is(code, 0)
  assert.match(out, 'Not covered: 1 entry does not say when the log received it')
  const late = lines.map(line => line.replace(/"receiveTimestamp":"2026-11-23/, '"receiveTimestamp":"2026-11-25'))
  const told = await verify([put('late.json', late.join('\n'))])
  assert.is(told.code, 0)
  assert.match(
    told.out,
    /\d+ entries came more than a day after being due, first of mapping hallpass\/prod-db: look for an outage/,
  )
})

test('what the files do not cover is said', async () => {
  const own = lines.filter(line => !line.includes('protoPayload') && !line.includes('hallpass/evidence'))
  const { out } = await verify([put('own.json', own.join('\n'))])
  assert.match(out, "Not covered: these files have no policy writes of Google's")
  assert.match(out, 'Not covered: these files have no evidence')
})

const unanswered: Record<string, { files: () => string[]; says: RegExp }> = {
  'an export that was cut in the middle of a line': {
    files: () => [put('cut.json', lines.join('\n').slice(0, -40))],
    says: /"[^"]*cut\.json": The log entries cannot be read: .*cut off/,
  },
  'a compressed export that was cut': {
    files: () => [put('cut.json.gz', gzipSync(lines.join('\n')).subarray(0, 2_000))],
    says: /cut\.json\.gz": The log entries cannot be read: the compressed file was cut off/,
  },
  'a file without entries of Hallpass': {
    files: () => [put('other.json', noise.join('\n'))],
    says: /None of 3 entries is of Hallpass/,
  },
  'an empty file': { files: () => [put('empty.json', '')], says: /empty\.json": .*nothing to read/ },
  'a file that is not there': { files: () => [join(folder, 'nowhere.json')], says: /nowhere\.json/ },
  'an entry in a form that is not known': {
    files: () => [
      put('later.json', JSON.stringify({ ...log[0], jsonPayload: { schema: 'hallpass/audit/v1', event: 'X' } })),
    ],
    says: /^$/,
  },
}
table(test, unanswered, async ({ files, says }) => {
  const { code, err } = await verify(files())
  assert.is(code, 2)
  assert.match(err, says)
})

const long = put(
  'long.json',
  honestLog(1000, key)
    .map(entry => JSON.stringify(entry))
    .join('\n'),
)

test('a log that does not fit into memory is kept in the folder that is named, and nothing is left there', async () => {
  const temp = mkdtempSync(join(folder, 'temp-'))
  const { code, out } = await verify([long], ['--temp', temp])
  assert.is(code, 0, out)
  assert.match(out, 'Nothing is wrong with 1000 requests')
  assert.equal(readdirSync(temp), [])
})

test('without a place to keep it, the error says what to do, with exit code 2', async () => {
  const { code, out, err } = await verify([long], ['--temp', join(folder, 'nowhere')])
  assert.equal([code, out], [2, ''])
  assert.match(err, /cannot be written to ".*nowhere": it does not exist. Name another folder with --temp/)
})

test('a full disk is an error that says so, with exit code 2', () => {
  // No file may be longer than 100 KiB, which Linux says in the same way.
  const command = `ulimit -f 100 && exec "${process.execPath}" "${program}" verify "${long}" --keys "${keys}" --temp "${folder}"`
  const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' })
  assert.is(status, 2, stderr)
  assert.match(stderr, /Temporary data cannot be written to ".*": a file may not be that large\. Name another folder/)
  assert.equal(
    readdirSync(folder).filter(name => name.startsWith('hallpass-')),
    [],
  )
})

table(
  test,
  {
    'certificates that are no JSON': { text: 'keys', says: /it is not a JSON object of certificates by key id/ },
    'a certificate that cannot be read': { text: '{"a":"b"}', says: /the certificate of key "a" cannot be read/ },
  },
  async ({ text, says }) => {
    const words = ['verify', put('lines2.json', lines.join('\n')), '--keys', put('bad-keys.json', text)]
    const { code, err } = await hallpass(words)
    assert.is(code, 2)
    assert.match(err, says)
    assert.match(err, 'Make the file with hallpass keys archive.')
  },
)

attack(test, 'an entry hides a finding behind control characters … printed visibly', async () => {
  const entry = JSON.parse(lines.find(line => line.includes(`${uidOf(1)}-0003`)) ?? '') as {
    jsonPayload: { request: { name: string } }
  }
  entry.jsonPayload.request.name = 'x\u001B[2K\u001B[1A'
  const { out } = await verify([put('hidden.json', [...lines, JSON.stringify(entry)].join('\n'))])
  return out.includes('\u001B') ? 'a control character is printed' : 'printed visibly'
})

test('the archive gets what Google publishes, keeps what it had, and never changes a certificate', async () => {
  const { google } = await openGoogle()
  try {
    const environment = {
      configPath: put(
        'config.yaml',
        `iAmASandbox: { acceptLoopbackEndpoints: true, google: ${JSON.stringify(google.url)} }\n`,
      ),
      secretsPath: folder,
    }
    put('google-access-token', 'sim-token')
    const file = join(folder, 'archive.json')
    const first = await hallpass(['keys', 'archive', file], { environment })
    assert.is(first.out, `2 certificates added; "${file}" has 2.\n`, first.err)
    await google.signing.rotate()
    const second = await hallpass(['keys', 'archive', file], { environment })
    assert.is(second.out, `1 certificate added; "${file}" has 3.\n`)
    const again = await hallpass(['keys', 'archive', file], { environment })
    assert.is(again.out, `0 certificates added; "${file}" has 3.\n`)
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    const [kid = ''] = Object.keys(await google.signing.certs())
    writeFileSync(file, JSON.stringify({ ...kept, [kid]: key.pem }))
    const other = await hallpass(['keys', 'archive', file], { environment })
    assert.is(other.code, 1)
    assert.match(other.err, /Google publishes another certificate for key .* Nothing was written: find out why/)
  } finally {
    await google.close()
  }
})

test('a file that is no archive is not overwritten', async () => {
  const file = put('notes.txt', 'my notes')
  const { code, err } = await hallpass(['keys', 'archive', file])
  assert.is(code, 1)
  assert.match(err, /notes\.txt" is not an archive of certificates: .* Nothing was written\./)
  assert.is(readFileSync(file, 'utf8'), 'my notes')
})

test.run()
