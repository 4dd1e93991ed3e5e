// One approval for several days, on a real API server: one binding that holds in each of its times and never between them,
// and that is ended early as a whole.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { approve, ask, cast, endEarly, message, openApproval, reached } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { suite } from '../suite.ts'
import { declare, quickWorld } from './world.ts'

const test = suite('one approval for several days', { timeoutMs: 120_000 })
const { dana, mo } = cast
const hourMs = 3_600_000
let world: World

test.before(async () => {
  world = await quickWorld()
  const approval = { window: '30m', fallback: { emails: [mo.email] } }
  const duration = { min: '1s', default: '30m', max: '4h' }
  await declare(world, 'nights', { approval, duration: { ...duration, recurring: { maxDays: 3 } } })
  await declare(world, 'once', { approval, duration })
})
test.after(async () => world.stop())

const clock = (at: number): string => new Date(at).toISOString().slice(11, 16)
const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
const holds = (at: number): boolean =>
  world.google.holds(dana.email, 'cloudsql.instances.connect', 'projects/prod-eu', new Date(at))

// It must not block: the operator lives in this process and has a lease to renew.
async function who(at: number): Promise<string> {
  const main = join(import.meta.dirname, '../../src/cli/hallpass.ts')
  const env = { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath }
  const run = promisify(execFile)
  return (await run(process.execPath, [main, 'who', '--at', new Date(at).toISOString()], { env })).stdout
}

test('it is asked, approved once, held in each of its times and not between them, and ended as a whole', async () => {
  const now = Date.now()
  // It is open now, for an hour more, and again on the next day.
  const [from, to] = [now - hourMs, now + hourMs]
  const last = day(to + 24 * hourMs)
  const { name = '', answer } = await ask(
    world,
    dana,
    `/access nights ${clock(from)}-${clock(to)} until ${last} UTC INC-1 migration`,
  )
  assert.match(answer, /the rest of this (?:night|day) and the next (?:night|day), /)
  const { window, duration } = (await world.requests.get({ namespace: 'hallpass', name }))?.spec ?? {}
  assert.equal([window?.zone, window?.from, window?.to, duration], ['UTC', clock(from), clock(to), '2h'])
  assert.match(JSON.stringify((await message(world, name, 'approve')).blocks), /the last until/)
  assert.match((await openApproval(world, name)).page.text, /Between these times the access is closed by IAM/)
  const page = await approve(world, name, mo)
  assert.ok(/Granting|Granted: /.test(page.text), page.text)
  const { status } = await reached(world, name, 'Provisioned')
  assert.is(status?.expiresAt, window?.until)
  const begins = Date.parse(status?.startsAt ?? '')
  assert.equal(
    [
      begins + 1000,
      to + 2 * 60_000,
      begins + 12 * hourMs,
      now + 24 * hourMs,
      Date.parse(window?.until ?? '') + 1000,
    ].map(holds),
    [true, false, false, true, false],
  )
  assert.match(await who(begins + 1000), new RegExp(`${dana.email} .*${name}`))
  assert.match(await who(now + 24 * hourMs), new RegExp(`${dana.email} .*${name}`))
  assert.not.match(await who(begins + 12 * hourMs), name)
  await endEarly(world, name, mo)
  await reached(world, name, 'Revoked')
  assert.equal([begins + 1000, now + 24 * hourMs].map(holds), [false, false])
})

test('within the hours of a mapping it holds only while both are open', async () => {
  const now = Date.now()
  // The window is open from an hour before until an hour from now; the hours close in half an hour.
  const [from, to, closes] = [now - hourMs, now + hourMs, now + hourMs / 2]
  await declare(world, 'within', {
    approval: { window: '30m', fallback: { emails: [mo.email] } },
    duration: { min: '1s', default: '30m', max: '4h', recurring: { maxDays: 3 } },
    hours: { zone: 'UTC', spans: [{ from: clock(now - 2 * hourMs), to: clock(closes) }] },
  })
  const last = day(to + 24 * hourMs)
  const { name = '', answer } = await ask(
    world,
    dana,
    `/access within ${clock(from)}-${clock(to)} until ${last} UTC INC-5 migration`,
  )
  assert.ok(/It works only every day .* \(UTC\): in these times from .*, and once more\./.test(answer), answer)
  const { page } = await openApproval(world, name)
  assert.match(page.text, /It works only every day .* \(UTC\): in these times from/)
  await approve(world, name, mo)
  const { status } = await reached(world, name, 'Provisioned')
  const begins = Date.parse(status?.startsAt ?? '') + 1000
  const end = Date.parse(`${new Date(closes).toISOString().slice(0, 16)}Z`)
  const looked = [begins, end - 1, end, to - 5 * 60_000, end + 24 * hourMs - 1, end + 24 * hourMs]
  assert.equal(looked.map(holds), [true, true, false, false, true, false])
  assert.match(await who(end - 1000), name)
  assert.not.match(await who(to - 5 * 60_000), name)
  await endEarly(world, name, mo)
  await reached(world, name, 'Revoked')
  assert.is(holds(begins), false)
})

test('a mapping that does not declare it, and more days than it allows, are refused with a sentence', async () => {
  const none = await ask(world, dana, '/access once 22:00-02:00 until tomorrow UTC INC-2')
  assert.match(none.answer, /cannot be asked for on several days at once/)
  const last = day(Date.now() + 6 * 24 * hourMs)
  const many = await ask(world, dana, `/access nights 22:00-23:00 until ${last} UTC INC-3`)
  assert.match(many.answer, /can be asked for on at most 3 days at once/)
  const long = await ask(world, dana, '/access nights 12:00-23:00 until tomorrow UTC INC-4')
  assert.match(long.answer, /lasts at most 4 hours; you asked for 11 hours/)
})

test.run()
