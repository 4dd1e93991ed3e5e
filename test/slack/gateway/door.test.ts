import { request as send } from 'node:http'
import * as assert from 'uvu/assert'
import { soon } from '../../soon.ts'
import { suite, table } from '../../suite.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { behindDoor } from '../../../src/slack/gateway/verify.ts'
import { Office, olderSecret } from '../delivery.ts'

const test = suite('the door of the gateway')
let office: Office
test.before(async () => {
  office = await new Office().open()
})
test.after(async () => office.close())

const now = (): number => Math.floor(office.clock.now().getTime() / 1000)
const stamp = (offset: number): Record<string, string> => ({ 'x-slack-request-timestamp': String(now() + offset) })
const body = (): string => office.commandBody('/access help')

type Fact = { deliver: () => Promise<{ status: number }>; status: number }
const facts: Record<string, Fact> = {
  'a recent signed delivery passes': { deliver: () => office.deliver(body()), status: 200 },
  'the secret that is being replaced still passes': {
    deliver: () => office.deliver(body(), {}, olderSecret),
    status: 200,
  },
  '300 s old is still now': { deliver: () => office.deliver(body(), stamp(-300)), status: 200 },
  '301 s old is stale': { deliver: () => office.deliver(body(), stamp(-301)), status: 401 },
  '300 s ahead is still now': { deliver: () => office.deliver(body(), stamp(300)), status: 200 },
  '301 s ahead is refused': { deliver: () => office.deliver(body(), stamp(301)), status: 401 },
  'another secret': { deliver: () => office.deliver(body(), {}, 'guess'), status: 401 },
  'no signature': { deliver: () => office.deliver(body(), { 'x-slack-signature': undefined }), status: 401 },
  'an empty signature': { deliver: () => office.deliver(body(), { 'x-slack-signature': 'v0=' }), status: 401 },
  'a signature of another version': {
    deliver: () => office.deliver(body(), { 'x-slack-signature': `v1=${'0'.repeat(64)}` }),
    status: 401,
  },
  'a timestamp that is no number': {
    deliver: () => office.deliver(body(), { 'x-slack-request-timestamp': 'NaN' }),
    status: 401,
  },
  'JSON instead of a form': {
    deliver: () => office.deliver('{"command":"/access"}', { 'content-type': 'application/json' }),
    status: 400,
  },
  'a form with a charset passes': {
    deliver: () => office.deliver(body(), { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }),
    status: 200,
  },
  'more than 128 KiB': { deliver: () => office.deliver(`command=/access&text=${'x'.repeat(140_000)}`), status: 413 },
  'a form that is neither command nor interaction': { deliver: () => office.deliver('a=b'), status: 400 },
  'a payload that is no JSON': { deliver: () => office.deliver('payload=%7Bnope'), status: 400 },
  'a payload that is null': { deliver: () => office.deliver('payload=null'), status: 400 },
  'an interaction of unknown type': {
    deliver: () => office.deliver('payload=%7B%22type%22%3A%22shortcut%22%7D'),
    status: 400,
  },
  "Slack's certificate check, which is not signed": {
    deliver: () => office.deliver('ssl_check=1&token=x', { 'x-slack-signature': undefined }),
    status: 200,
  },
  'another path': { deliver: () => fetch(office.url('/'), { method: 'POST', body: '' }), status: 404 },
  'a GET': { deliver: () => fetch(office.url()), status: 405 },
}
table(test, facts, async ({ deliver, status }) => {
  assert.is((await deliver()).status, status)
})

test('a body that is changed after it was signed is refused', async () => {
  const other = await fetch(office.url(), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(now()),
      'x-slack-signature': `v0=${'ab'.repeat(32)}`,
    },
    body: body(),
  })
  assert.is(other.status, 401)
})

test('a chunked body without length is cut off at the limit', async () => {
  const status = await new Promise<number | undefined>(resolve => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(now()),
      'x-slack-signature': `v0=${'ab'.repeat(32)}`,
    }
    const sent = send(office.url(), { method: 'POST', headers }, reply => resolve(reply.statusCode))
    sent.on('error', () => resolve(413))
    for (let i = 0; i < 5; i++) sent.write('x'.repeat(40_000))
    sent.end()
  })
  assert.is(status, 413)
})

/** Sends the head and a part of a body of 1,000 bytes. */
function sendPart(onStatus: (status: number | undefined) => void): ReturnType<typeof send> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1000' }
  const sent = send(office.url(), { method: 'POST', headers }, reply => onStatus(reply.statusCode))
  sent.on('error', () => undefined)
  sent.write('command=')
  return sent
}

test('a body that is broken off is refused immediately, and the gateway goes on', async () => {
  const sent = sendPart(() => undefined)
  setTimeout(() => sent.destroy(), 50)
  await soon(true, async () => office.logged.some(line => line.includes('broken off')))
  assert.is((await office.deliver(body())).status, 200)
})

test('a body that is not complete after three seconds is not waited for', async () => {
  const begun = performance.now()
  const status = await new Promise<number | undefined>(resolve => sendPart(resolve))
  assert.is(status, 408)
  assert.ok(performance.now() - begun < 5000)
})

test('a smuggled command in an unsigned certificate check does nothing', async () => {
  const smuggled = `${office.commandBody('/prod-db INC-1 let me in')}&ssl_check=1`
  const reply = await office.deliver(smuggled, { 'x-slack-signature': undefined })
  assert.is(reply.raw, '')
  assert.is(office.requests.all().length, 0)
})

test('a delivery with broken fields is answered in words, not with a crash', async () => {
  const reply = await office.deliver(office.commandBody('/access help', { user_id: 'nobody' }))
  assert.is(reply.status, 200)
  assert.match(reply.text, /areq-500/)
})

test('what is refused is logged without its body', async () => {
  assert.ok(office.logged.some(line => line.includes('wrong signature')))
  assert.not.ok(office.logged.some(line => line.includes('hooks.slack.com') || line.includes('U0DANA')))
})

test('without a signing secret there is no door', () => {
  const open = { clock: { now: () => new Date() }, path: '/', onRefused: () => undefined }
  assert.throws(() => behindDoor(() => undefined, { ...open, signingSecrets: [] }), /without a signing secret/)
  assert.throws(
    () => behindDoor(() => undefined, { ...open, signingSecrets: [new Secret('')] }),
    /without a signing secret/,
  )
})

test.run()
