// Ask for more time: the form that the warning opens, the link that it carries, and the limit in sequence when somebody
// asks.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../../src/api/kinds.ts'
import { after, instant } from '../../../src/domain/asking/duration.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import type { Form } from '../../../src/slack/gateway/forms.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { attacks } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite } from '../../suite.ts'
import { Office } from '../delivery.ts'

const test = suite('more time, asked in Slack')
const db = mapping({ spec: { duration: { default: '30m', max: '1h', min: '1m', maxConsecutive: '2h' } } })
const logs = mapping({ name: 'logs', spec: { duration: { default: '30m', max: '1h', min: '1m' } } })
const dana = { user: { id: 'U0DANA', team_id: 'T0HOME' } }

async function inOffice<T>(work: (office: Office) => Promise<T>, options: Partial<GatewayOptions> = {}): Promise<T> {
  const office = await new Office([db, logs], options).open()
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}

const inSeconds = (seconds: number): string => instant(after(start, seconds))
/** The access of Dana's request, which ends in ten minutes and 42 seconds. */
const endsAt = inSeconds(642)
type Past = { status?: RequestStatus; email?: string; slackUserID?: string; name?: string; of?: typeof db }
function past({ status = {}, email, slackUserID, name = 'prod-db-earlier', of = db }: Past = {}): AccessRequest {
  const one = request(of)
  const { requester } = one.spec
  return {
    ...one,
    metadata: { ...one.metadata, name, creationTimestamp: inSeconds(-3600) },
    spec: {
      ...one.spec,
      requester: { ...requester, ...(email && { email }), ...(slackUserID && { slackUserID }) },
    },
    status: {
      ...one.status,
      phase: 'Provisioned',
      startsAt: inSeconds(-3000),
      expiresAt: endsAt,
      grants: one.spec.grants.map(({ resource, role }) => ({ resource, role, state: 'Written' })),
      ...status,
    },
  }
}

const pressed = ({ metadata: { namespace, name, uid } }: AccessRequest): object => ({
  action_id: 'ask-again',
  value: encodeTarget({ namespace, name, uid }),
})
const initialStart = (form: Form | undefined): number | undefined =>
  (form?.blocks.find(({ block_id }) => block_id === 'start')?.['element'] as { initial_date_time?: number } | undefined)
    ?.initial_date_time

type Filled = { metadata?: string | undefined; at?: number | undefined; duration?: string; of?: typeof db }
const filled = ({ metadata = '{"c":"C0SOMEWHERE"}', at, duration = '30m', of = db }: Filled = {}): object => ({
  callback_id: 'ask',
  private_metadata: metadata,
  state: {
    values: {
      mapping: { mapping: { type: 'static_select', selected_option: { value: of.metadata.uid } } },
      duration: { duration: { type: 'plain_text_input', value: duration } },
      reason: { reason: { type: 'plain_text_input', value: 'INC-1 still at it' } },
      start: { start: { type: 'datetimepicker', selected_date_time: at ?? null } },
    },
  },
})
const newest = (office: Office): AccessRequest['spec'] | undefined => office.requests.all().at(-1)?.spec

test('the form begins with the end of the access, and the request with its exact second', () =>
  inOffice(async office => {
    const earlier = office.requests.put(past())
    await office.click(pressed(earlier), { ...dana, trigger_id: 'T1' })
    const form = office.screens.forms['T1']
    const at = initialStart(form)
    assert.is(at, Date.parse(endsAt) / 1000 - 42)
    const words = JSON.stringify(form?.blocks)
    assert.match(words, 'Then your present access ends, so there is no gap.')
    assert.match(words, 'At most 1 hour, such as 30m, 2h or 1h30m. One person can have it for 2 hours within 24 hours.')
    const reply = await office.submit(filled({ metadata: form?.private_metadata, at }), dana)
    await office.settled()
    assert.is(reply.status, 200)
    const { name, uid } = earlier.metadata
    assert.equal([newest(office)?.notBefore, newest(office)?.follows], [endsAt, { name, uid }])
  }))

test('the person can begin at once or later instead, and the link stays', () =>
  inOffice(async office => {
    const earlier = office.requests.put(past())
    await office.click(pressed(earlier), { ...dana, trigger_id: 'T1' })
    const metadata = office.screens.forms['T1']?.private_metadata
    await office.submit(filled({ metadata }), dana)
    await office.settled()
    assert.equal([newest(office)?.notBefore, newest(office)?.follows?.name], [undefined, earlier.metadata.name])
  }))

test('choosing another mapping in between keeps the link in the form, and the request does not have it', () =>
  inOffice(async office => {
    await office.click(pressed(office.requests.put(past())), { ...dana, trigger_id: 'T1' })
    const metadata = office.screens.forms['T1']?.private_metadata
    const { state } = filled({ of: logs }) as { state: object }
    await office.click(
      { action_id: 'mapping', selected_option: { value: logs.metadata.uid } },
      { ...dana, response_url: null, view: { id: 'V1', hash: 'h', private_metadata: metadata, state } },
    )
    assert.is(office.screens.forms['V1']?.private_metadata, metadata)
    await office.submit(filled({ metadata, of: logs }), dana)
    await office.settled()
    assert.equal([newest(office)?.roleMapping, newest(office)?.follows], ['logs', undefined])
  }))

test('somebody else who presses it asks for themselves, now', () =>
  inOffice(async office => {
    const earlier = office.requests.put(past())
    await office.click(pressed(earlier), { trigger_id: 'T1' })
    const form = office.screens.forms['T1']
    assert.is(initialStart(form), undefined)
    assert.not.match(form?.private_metadata ?? '', earlier.metadata.name)
  }))

const linkTo = ({ metadata: { namespace: ns, name: n, uid: u } }: AccessRequest, more: object = {}): string =>
  JSON.stringify({ c: 'C0SOMEWHERE', f: { ns, n, u, ...more } })

attacks<{ earlier?: AccessRequest; more?: object; metadata?: string }>(
  test,
  {
    'a form links to the request of another person … stored without a link': {
      earlier: past({ email: 'ana@example.com', slackUserID: 'U0ANA' }),
    },
    'a form links to a request for another mapping … stored without a link': { earlier: past({ of: logs }) },
    'a form links to a request that was denied … stored without a link': {
      earlier: past({ status: { phase: 'Denied' } }),
    },
    'a form links to access that has ended … stored without a link': {
      earlier: past({ status: { expiresAt: inSeconds(-1) } }),
    },
    'a form links to a request of the same name in the past … stored without a link': {
      earlier: past(),
      more: { u: '22222222-0000-4000-8000-000000000099' },
    },
    'a form links into another namespace … stored without a link': { earlier: past(), more: { ns: 'kube-system' } },
    'a form links to a name that is a path … stored without a link': { earlier: past(), more: { n: '../secrets/x' } },
    'a form has a list of links … stored without a link': { metadata: '{"c":"C0SOMEWHERE","f":[]}' },
  },
  ({ earlier, more, metadata = earlier ? linkTo(earlier, more) : '' }) =>
    inOffice(async office => {
      if (earlier) office.requests.put(earlier)
      await office.submit(filled({ metadata }), dana)
      await office.settled()
      const spec = newest(office)
      return spec?.reason === 'INC-1 still at it' ? `stored ${spec.follows ? 'with' : 'without'} a link` : 'not stored'
    }),
)

/** Dana has had all of two hours, until a minute ago. */
const spent = { startsAt: inSeconds(-7260), expiresAt: inSeconds(-60), phase: 'Expired', settled: true } as const
const again = inSeconds(-7260 + 24 * 3600)
const told = `Nothing is left now; 30 minutes can begin at ${again}.`

test('who has had it for as long as is allowed is told so at once, with the time from which it is possible', () =>
  inOffice(async office => {
    office.requests.put(past({ status: spent }))
    const { text } = await office.command('/prod-db 30m INC-1 once more')
    assert.match(text, told)
    const reply = await office.submit(filled(), dana)
    assert.match(JSON.stringify(reply.body['errors']), told)
    assert.is(office.requests.all().length, 1)
  }))

test('many tries of one person cost the cluster one look in ten seconds', () =>
  inOffice(async office => {
    office.requests.put(past({ status: spent }))
    let looks = 0
    const history = office.requests.history.bind(office.requests)
    office.requests.history = async of => (looks++, history(of))
    for (let n = 0; n < 20; n++) assert.match((await office.command(`/prod-db 30m INC-1 ${n}`)).text, 'is left now')
    assert.is(looks, 1)
    office.clock.forward(10)
    await office.command('/prod-db 30m INC-1 later')
    assert.is(looks, 2)
  }))

test('room that a person got meanwhile is found when the look is ten seconds old', () =>
  inOffice(async office => {
    office.requests.put(past({ status: spent }))
    await office.command('/prod-db 30m INC-1 once more')
    office.requests.put(past({ status: { ...spent, startsAt: inSeconds(-3660) } }))
    assert.match((await office.command('/prod-db 30m INC-1 at once')).text, 'is left now', 'as it was a moment ago')
    office.clock.forward(10)
    assert.match((await office.command('/prod-db 30m INC-1 later')).text, /^Asked for/)
  }))

test('a mapping without the limit is asked for any number of times', () =>
  inOffice(async office => {
    office.requests.put(past({ status: spent, of: logs }))
    assert.match((await office.command('/logs 30m INC-1 once more')).text, /^Asked for/)
  }))

test('a delivery that is repeated after the access was granted finds its request', () =>
  inOffice(async office => {
    const body = office.commandBody('/prod-db 1h INC-1 x')
    await office.deliver(body)
    const [stored] = office.requests.all()
    if (!stored) throw new Error('not stored')
    office.requests.put({
      ...stored,
      status: { ...past().status, startsAt: instant(start), expiresAt: inSeconds(3600) },
    })
    assert.match((await office.deliver(body)).text, /^Asked for/)
  }))

attacks<{ before: Past; people?: string[][] }>(
  test,
  {
    'an asker had it under a listed address … not stored': {
      before: { email: 'dana.second@example.com', slackUserID: 'U0SECOND' },
      people: [['dana@example.com', 'dana.second@example.com']],
    },
    'an asker had another address in Slack then … not stored': { before: { email: 'dana.old@example.com' } },
    'an asker had another Slack account then … not stored': { before: { slackUserID: 'U0OLD' } },
    'another person had it … stored': { before: { email: 'ana@example.com', slackUserID: 'U0ANA' } },
  },
  ({ before, people = [] }) =>
    inOffice(
      async office => {
        office.requests.put(past({ status: spent, ...before }))
        await office.command('/prod-db 30m INC-1 once more')
        return office.requests.all().length > 1 ? 'stored' : 'not stored'
      },
      { people },
    ),
)

test.run()
