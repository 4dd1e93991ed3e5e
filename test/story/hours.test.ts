// A mapping with hours, on a real API server: Google keeps the hours, who may ask outside of them is told when they open,
// and nobody gets more time by way of a zone, of a day, or of an edit in between.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { titleOf } from '../../src/domain/granting/policy.ts'
import { closesAt, isOpen, opensAt } from '../../src/domain/hours/opening.ts'
import type { Hours } from '../../src/domain/hours/span.ts'
import { sayMoment } from '../../src/domain/hours/local-time.ts'
import { approve, ask, cast, endEarly, message, openApproval, reached } from '../../src/sandbox/plays.ts'
import { readSample } from '../../src/sandbox/town.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { attack, attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { declare, judged, quickWorld, readiness } from './world.ts'

const test = suite('access in certain hours', { timeoutMs: 120_000 })
const { dana, mo } = cast
const resource = 'projects/prod-eu'
const permission = 'cloudsql.instances.connect'
let world: World
test.before(async () => {
  world = await quickWorld()
})
test.after(async () => world.stop())

/** The hour of UTC that many hours from now. */
const hourFromNow = (hours: number): string =>
  `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 13)}:00`
const utc = (from: number, to: number): Hours => ({
  zone: 'UTC',
  spans: [{ from: hourFromNow(from), to: hourFromNow(to) }],
})
/** Open for at least two hours, and closed for at least eight. */
const openNow = (): Hours => utc(-1, 3)
const closedNow = (): Hours => utc(10, 14)
const stored = (hours: Hours): NonNullable<RoleMapping['spec']['hours']> => structuredClone(hours)

async function offer(name: string, hours: Hours, spec: Partial<RoleMapping['spec']> = {}): Promise<RoleMapping> {
  const approval = { window: '30m', fallback: { emails: [mo.email] } }
  const duration = { min: '1s', default: '30m', max: '12h' }
  return declare(world, name, { hours: stored(hours), approval, duration, ...spec })
}

function who(at: Date): string {
  const main = join(import.meta.dirname, '../../src/cli/hallpass.ts')
  const env = { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath }
  const { stdout, stderr } = spawnSync(process.execPath, [main, 'who', '--at', at.toISOString()], { env })
  return `${stdout.toString()}${stderr.toString()}`
}
const holds = (at: Date): boolean => world.google.holds(dana.email, permission, resource, at)

test('access works while the hours are open, ends with them, and who says the same', async () => {
  const hours = openNow()
  const mapping = await offer('nights', hours)
  assert.is(readiness(mapping)?.status, 'True', readiness(mapping)?.message)
  assert.match(mapping.status?.duration?.hours ?? '', /^every day \d\d:00 to \d\d:00.* \(UTC\)$/)
  const { name = '', answer } = await ask(world, dana, '/access nights 8h INC-1 the batch')
  assert.match(answer, /It works only every day .* \(UTC\): in this time from .* until /)
  const { page } = await openApproval(world, name)
  assert.match(page.text, /It works only every day .* \(UTC\): in this time from /)
  const done = await approve(world, name, mo)
  assert.match(done.text, /Granting|Granted until/)
  const { status } = await reached(world, name, 'Provisioned')
  const [startsAt, expiresAt] = [status?.startsAt, status?.expiresAt].map(at => new Date(at ?? ''))
  const closes = closesAt([hours], startsAt as Date) as Date
  assert.ok(closes < (expiresAt as Date))
  const before = new Date(closes.getTime() - 1000)
  assert.equal([before, closes].map(holds), [true, false])
  assert.match(who(before), new RegExp(`${name}[^]*grants? in force[^]*only in certain hours`))
  assert.match(who(before), new RegExp(`${closes.toISOString().slice(11, 19)}\\+`))
  assert.match(who(closes), /^0 grants in force/)
  assert.match((await message(world, name)).text, /It works only every day/)
})

test('access with hours ends early, and leaves nothing', async () => {
  await offer('early', openNow())
  const { name = '' } = await ask(world, dana, '/access early 1h INC-1 short')
  await message(world, name, 'approve')
  await approve(world, name, mo)
  const { metadata } = await reached(world, name, 'Provisioned')
  const entries = (): number =>
    (world.google.policies.read(resource)?.bindings ?? []).filter(one => one.condition?.title === titleOf(metadata.uid))
      .length
  assert.ok(entries() > 0)
  await endEarly(world, name, mo)
  await reached(world, name, 'Revoked')
  assert.is(entries(), 0)
})

test('outside of its hours, a request that never meets them is told when they open', async () => {
  const hours = closedNow()
  await offer('later', hours)
  const opens = opensAt([hours], new Date()) as Date
  const { name, answer } = await ask(world, dana, '/access later 30m INC-1 too early')
  assert.is(name, undefined)
  assert.ok(
    answer.includes(`It opens next on ${sayMoment(opens, 'UTC')}. To begin then, ask for it "at opening"`),
    answer,
  )
  const help = await ask(world, dana, '/access help')
  assert.ok(help.answer.includes(`it opens next on ${sayMoment(opens, 'UTC')}`), help.answer)
})

test('at opening, access is approved before and begins when the hours open', async () => {
  const opens = opensAt([closedNow()], new Date()) as Date
  const { name = '', answer } = await ask(world, dana, '/access later 30m at opening INC-1 tonight')
  assert.match(answer, new RegExp(`from .*${opens.toISOString().slice(11, 16)}.*UTC`))
  await approve(world, name, mo)
  const { spec, status } = await reached(world, name, 'Provisioned')
  assert.is(new Date(spec.notBefore ?? '').getTime(), opens.getTime())
  assert.is(spec.reason, 'INC-1 tonight')
  const end = new Date(status?.expiresAt ?? '')
  assert.equal([new Date(opens.getTime() - 1), opens, new Date(end.getTime() - 1), end].map(holds), [
    false,
    true,
    true,
    false,
  ])
})

test('the sample works at night, and its hours are those of the documentation', async () => {
  const { spec } = await readSample('prod-nights')
  const { command: _command, ...rest } = spec
  const mapping = await declare(world, 'sampled', rest)
  assert.is(readiness(mapping)?.status, 'True', readiness(mapping)?.message)
  const hours = spec.hours as Hours
  const { name = '', answer } = await ask(world, dana, '/access sampled 16h at opening on call')
  assert.match(answer, /It works only Monday to Friday 22:00 to 06:00 the next day, and Saturday and Sunday all day/)
  await approve(world, name, mo)
  const { status } = await reached(world, name, 'Provisioned')
  const span = { from: new Date(status?.startsAt ?? ''), until: new Date(status?.expiresAt ?? '') }
  const minutes = Array.from({ length: 16 * 4 }, (_, n) => new Date(span.from.getTime() + n * 900_000))
  assert.equal(
    minutes.map(holds),
    minutes.map(at => isOpen(hours, at)),
  )
})

test('hours and condition together, and hours of no zone, are refused when the mapping is declared', async () => {
  const role = 'roles/cloudsql.client'
  const day = 'request.time.getHours("UTC") >= 10 && request.time.getHours("UTC") < 12'
  const never = await offer(
    'never',
    { zone: 'UTC', spans: [{ from: '14:00', to: '15:00' }] },
    { grants: [{ resource, role, condition: day }] },
  )
  assert.match(readiness(never)?.message ?? '', /never holds while they are open/)
  const wrong = await offer('wrong', { zone: 'Europe/Berln', spans: [{ from: '14:00', to: '15:00' }] })
  assert.is(readiness(wrong)?.reason, 'HoursInvalid')
  assert.match(readiness(wrong)?.message ?? '', /"Europe\/Berln" is not a time zone/)
})

let count = 0
const night = { from: '22:00', to: '06:00' }
attacks<unknown>(
  test,
  {
    'a zone closes its quotes in the condition … refused by the schema': {
      zone: 'UTC") >= 0 || request.time.getHours("UTC',
      spans: [night],
    },
    'a zone has a line break … refused by the schema': { zone: 'UTC\n', spans: [night] },
    'a day is a part of a condition … refused by the schema': {
      zone: 'UTC',
      spans: [{ ...night, days: ['Mon || true'] }],
    },
    'a time is a part of a condition … refused by the schema': {
      zone: 'UTC',
      spans: [{ from: '22:00', to: '06 || 1' }],
    },
    'a time is the number that YAML makes of 22:00 … refused by the schema': {
      zone: 'UTC',
      spans: [{ from: 1320, to: 360 }],
    },
    'hours begin when they end, as if always open … refused by the schema': {
      zone: 'UTC',
      spans: [{ from: '00:00', to: '00:00' }],
    },
    'a zone that Google errs on … HoursInvalid': { zone: 'PST', spans: [night] },
    'a zone in letters that Google does not know … HoursInvalid': { zone: 'europe/berlin', spans: [night] },
    'hours that limit nothing, for the look of it … HoursInvalid': {
      zone: 'UTC',
      spans: [night, { from: '06:00', to: '22:00' }],
    },
    'hours with more operators than Google takes … HoursInvalid': {
      zone: 'UTC',
      spans: [
        { days: ['Mon', 'Wed', 'Fri'], from: '08:30', to: '12:15' },
        { days: ['Tue', 'Thu'], from: '13:30', to: '17:45' },
      ],
    },
  },
  async hours => {
    try {
      return readiness(await offer(`attack-${++count}`, hours as Hours))?.reason ?? 'not judged'
    } catch (error) {
      assert.match(String(error), /spec.hours/)
      return 'refused by the schema'
    }
  },
)

attack(test, 'the hours are opened wider between asking and approving … nothing granted', async () => {
  await offer('wider', openNow())
  const { name = '' } = await ask(world, dana, '/access wider 30m INC-1 more')
  await message(world, name, 'approve')
  const mapping = await world.mappings.get({ namespace, name: 'wider' })
  await world.mappings.replace({ ...mapping, spec: { ...mapping.spec, hours: stored(utc(-2, 9)) } })
  await judged(world, 'wider')
  const { page } = await openApproval(world, name)
  assert.match(page.text, /the hours of mapping "wider" have changed/)
  return world.google.policies.read(resource)?.bindings?.some(({ condition }) => condition?.description?.includes(name))
    ? 'granted'
    : 'nothing granted'
})

test.run()
