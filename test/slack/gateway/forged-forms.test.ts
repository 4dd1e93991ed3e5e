// Attackers who make Slack deliver values that no form of Hallpass contains, or who guess signatures.
import * as assert from 'uvu/assert'
import { attacks, ending } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { Office, type Reply } from '../delivery.ts'
import { mapping } from '../../builders/mapping.ts'
import { generous } from '../../builders/organisation.ts'
import { start } from '../../fakes/clock.ts'

const test = suite('forged forms and signatures')
const db = mapping()
const secret = mapping({ name: 'secret', spec: { requesters: { emails: ['ana@example.com'] } } })
const old = mapping({ name: 'old', isReady: false })

async function inOffice<T>(work: (office: Office) => Promise<T>): Promise<T> {
  const office = await new Office([db, secret, old], { limits: generous }).open()
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}

const stamp = start.getTime() / 1000
const hex = 'a'.repeat(64)
const headers: Record<string, Record<string, string>> = {
  'a signature of another version': { 'x-slack-signature': `v1=${hex}` },
  'a signature in capitals': { 'x-slack-signature': `V0=${hex.toUpperCase()}` },
  'a signature without its version': { 'x-slack-signature': hex },
  'a signature that was cut': { 'x-slack-signature': `v0=${hex.slice(0, 63)}` },
  'a signature that is too long': { 'x-slack-signature': `v0=${hex}00` },
  'a signature of zeros': { 'x-slack-signature': `v0=${'0'.repeat(64)}` },
  'an empty signature': { 'x-slack-signature': '' },
  'a timestamp with an exponent': { 'x-slack-request-timestamp': '1.7954424e9' },
  'a timestamp with a sign': { 'x-slack-request-timestamp': `+${stamp}` },
  'a timestamp in hexadecimal': { 'x-slack-request-timestamp': `0x${stamp.toString(16)}` },
  'a timestamp with a fraction': { 'x-slack-request-timestamp': `${stamp}.5` },
  'an empty timestamp': { 'x-slack-request-timestamp': '' },
  'two timestamps in one': { 'x-slack-request-timestamp': `${stamp}, ${stamp}` },
  'a timestamp of the year 1970': { 'x-slack-request-timestamp': '0' },
}
attacks(test, ending('401, 0 stored', headers, 'an ask is delivered with '), given =>
  inOffice(async office => {
    const { status } = await office.deliver(office.commandBody('/prod-db INC-1 x'), given)
    return `${status}, ${office.requests.all().length} stored`
  }),
)

type Filled = { uid?: unknown; duration?: unknown; reason?: unknown; start?: unknown; callback?: string }
const filled = ({ uid = db.metadata.uid, duration = '30m', reason = 'INC-1 x', ...more }: Filled): object => ({
  callback_id: more.callback ?? 'ask',
  private_metadata: '{"c":"C0SOMEWHERE"}',
  state: {
    values: {
      mapping: { mapping: { type: 'static_select', selected_option: { value: uid } } },
      duration: { duration: { type: 'plain_text_input', value: duration } },
      reason: { reason: { type: 'plain_text_input', value: reason } },
      start: { start: { type: 'datetimepicker', selected_date_time: more.start ?? null } },
    },
  },
})
const faultIn = ({ body }: Reply): string => {
  const [field] = Object.keys((body['errors'] ?? {}) as object)
  return field ? `a fault at ${field.split('-')[0]}` : 'told so'
}
const later = (seconds: number): number => stamp + seconds
attacks<Filled>(
  test,
  {
    'a form asks for what its sender may not … a fault at mapping, 0 stored': { uid: secret.metadata.uid },
    'a form asks for a mapping that is not ready … a fault at mapping, 0 stored': { uid: old.metadata.uid },
    'a form asks for a mapping that does not exist … a fault at mapping, 0 stored': {
      uid: '99999999-0000-4000-8000-000000000099',
    },
    'a form asks for a prototype … a fault at mapping, 0 stored': { uid: '__proto__' },
    'a form asks for a mapping by its name … a fault at mapping, 0 stored': { uid: 'prod-db' },
    'a form asks for a list of mappings … a fault at mapping, 0 stored': { uid: [db.metadata.uid] },
    'a form asks for longer than the mapping allows … a fault at duration, 0 stored': { duration: '5h' },
    'a form asks for no time … a fault at duration, 0 stored': { duration: '0m' },
    'a form asks for time before now … a fault at duration, 0 stored': { duration: '-30m' },
    'a form asks for a time with an exponent … a fault at duration, 0 stored': { duration: '1e9h' },
    'a form asks for more digits than a number holds … a fault at duration, 0 stored': {
      duration: `${'9'.repeat(400)}h`,
    },
    'a form asks for a time in wide digits … a fault at duration, 0 stored': { duration: '\uFF13\uFF10m' },
    'a form starts before now … a fault at start, 0 stored': { start: later(-3600) },
    'a form starts in a year … a fault at start, 0 stored': { start: later(365 * 86_400) },
    'a form starts beyond all dates … a fault at start, 0 stored': { start: 1e300 },
    'a form starts before 1970 … a fault at start, 0 stored': { start: -1 },
    'a form gives a reason that is too long … a fault at reason, 0 stored': { reason: `INC-1 ${'x'.repeat(500)}` },
    'a form gives no reason … a fault at reason, 0 stored': { reason: '' },
    'a form gives a reason of blanks alone … a fault at reason, 0 stored': { reason: ' \t\n\u00A0' },
    'a form comes back under an unknown name … told so, 0 stored': { callback: 'approve' },
    'a form to deny comes back without a request … told so, 0 stored': { callback: 'deny' },
  },
  fact =>
    inOffice(async office => {
      const reply = await office.submit(filled(fact), { user: { id: 'U0DANA', team_id: 'T0HOME' } })
      await office.settled()
      assert.is(reply.status, 200)
      return `${faultIn(reply)}, ${office.requests.all().length} stored`
    }),
)

test.run()
