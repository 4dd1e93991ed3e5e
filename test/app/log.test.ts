// The log: lines that Cloud Logging reads, and that print no secret.
import { Writable } from 'node:stream'
import * as assert from 'uvu/assert'
import { createLog, kubeLogOf } from '../../src/app/log.ts'
import { Secret } from '../../src/domain/secret.ts'
import { suite } from '../suite.ts'

const test = suite('the log')

function written(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  const to = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })
  write(createLog('gateway', { to }))
  return lines.map(line => JSON.parse(line) as Record<string, unknown>)
}

test('a line has severity, time, message and process, as Cloud Logging reads them', () => {
  const [line] = written(log => log.warn({ status: 401 }, 'refused'))
  assert.is(line?.['severity'], 'WARNING')
  assert.is(line?.['message'], 'refused')
  assert.is(line?.['process'], 'gateway')
  assert.is(line?.['status'], 401)
  assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT/)
})

test('the message comes before the fields, for people who read the line, and no field replaces it', () => {
  const lines: string[] = []
  const to = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })
  createLog('gateway', { to }).warn({ reason: 'Guest', message: 'another' }, 'gateway: refused')
  assert.match(lines.join(''), /"process":"gateway","message":"gateway: refused","reason":"Guest"\}\n$/)
})

test('what is called like a secret is not printed, however deep in the facts', () => {
  const [line] = written(log =>
    log.error({ token: 'ya29.abc', login: { code: 'c0de', ticket: 't1', state: 's1' }, kept: 'x' }, 'odd'),
  )
  const text = JSON.stringify(line)
  for (const secret of ['ya29.abc', 'c0de', 't1', 's1']) assert.not.match(text, secret)
  assert.is(line?.['kept'], 'x')
})

test('a Secret prints as [secret] whatever it is called', () => {
  const [line] = written(log => log.info({ anything: new Secret('xoxb-1') }, 'seen'))
  assert.is(line?.['anything'], '[secret]')
})

test('nothing in a line moves a reader’s cursor, and its content stays the same', () => {
  const said = 'ESC \u001B[2K CSI \u009B31m DEL \u007F turned \u202Etxt tag \u{E0041} line\u2028sep'
  const lines: string[] = []
  const to = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })
  createLog('gateway', { to }).warn({ why: said }, said)
  const [line = ''] = lines
  assert.match(line, /^[^\n]*\n$/)
  assert.not.match(line.trimEnd(), /\p{C}|\u2028/u)
  assert.is((JSON.parse(line) as { why?: string }).why, said)
})

test("the runtime's log is the same log", () => {
  const lines = written(log => {
    const kube = kubeLogOf(log)
    kube.info('watching', { kind: 'accessrequests' })
    kube.warn('interrupted')
    kube.error('failed')
  })
  assert.equal(
    lines.map(({ severity, message }) => [severity, message]),
    [
      ['INFO', 'watching'],
      ['WARNING', 'interrupted'],
      ['ERROR', 'failed'],
    ],
  )
})

test.run()
