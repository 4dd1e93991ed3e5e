// More time: a request after or during another one, and the limit in sequence, which counts the person's requests and
// never what a request says of another.
import * as assert from 'uvu/assert'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { Broken } from '../../src/domain/outcome.ts'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('more time')

/** Two hours in sequence at most, an hour at once. */
const limited = (maxConsecutive: string | undefined = '2h'): Operator =>
  operator({
    spec: {
      duration: { default: '30m', max: '1h', min: '1m', ...(maxConsecutive && { maxConsecutive }) },
      emergency: { channel: 'C0EMERGENCY', reviewers: { emails: ['ana@example.com'] } },
    },
  })

type More = Parameters<Operator['ask']>[0] & { delay?: number }

/** Another request of Dana's, after `delay` seconds, pending. */
async function ask(op: Operator, { delay = 0, ...more }: More = {}): Promise<void> {
  op.clock.forward(delay)
  op.ref.name = `prod-db-${String(op.cluster.stored.size + 1).repeat(12)}`
  await op.ask({ seconds: 3600, ...more })
  await op.look()
}

/** The same, approved by Mo and granted or refused. */
async function have(op: Operator, more: More = {}): Promise<string> {
  await ask(op, more)
  await op.approve()
  await op.look()
  return result(op)
}

async function result(op: Operator): Promise<string> {
  const { status } = await op.now()
  return status?.phase === 'Failed' ? ((await op.condition('Approved'))?.reason ?? 'no reason') : (status?.phase ?? '')
}

test('more time begins when the earlier access ends: two bindings, no gap, both on record', async () => {
  const op = limited(undefined)
  await have(op)
  const first = await op.now()
  const until = first.status?.expiresAt ?? ''
  const follows = { name: first.metadata.name, uid: first.metadata.uid }
  assert.is(await have(op, { delay: 3000, notBefore: until, forged: { follows } }), 'Provisioned')
  const second = await op.now()
  assert.is(second.status?.startsAt, until)
  assert.is(second.status?.expiresAt, instant(after(new Date(until), 3600)))
  assert.is(op.ours().length, 4, 'two roles, each twice')
  assert.is(new Set(op.ours().map(({ condition }) => condition?.title)).size, 2)
  assert.equal(second.status?.earlier?.held, { times: 2, duration: '2h', within: '24h' })
  const requested = op.auditLog.entries().filter(({ payload }) => payload['event'] === 'Requested')
  const details = requested.at(-1)?.payload['details'] as Record<string, string>
  assert.equal([details['follows'], details['heldInAll']], [follows.name, '2h'])
})

test('the people asked read which time it is, and how much comes together', async () => {
  const op = limited()
  for (let hour = 0; hour < 2; hour++) await have(op, { delay: 3600 })
  await ask(op, { delay: 3600 })
  assert.equal(op.chat.posted.at(-1)?.view.earlier?.held, { times: 3, duration: '3h', within: '24h' })
})

test('a first request does not say it, and one after a denial does not either', async () => {
  const op = limited()
  await ask(op)
  await op.decide('Denied')
  await op.look()
  await ask(op, { delay: 60 })
  assert.is((await op.now()).status?.earlier?.held, undefined)
})

test('up to the limit access is granted; what is more is refused with the time from which it is possible', async () => {
  const op = limited()
  const began = op.clock.now()
  assert.equal([await have(op), await have(op, { delay: 3600 })], ['Provisioned', 'Provisioned'])
  assert.is(await have(op, { delay: 3600, seconds: 600 }), 'MaxConsecutive')
  const failed = await op.condition('Approved')
  const again = instant(after(began, 24 * 3600))
  assert.match(failed?.message ?? '', `Nothing is left now; 10 minutes can begin at ${again}.`)
  assert.is(op.ours().length, 2, 'what the refused request asked for was not written')
  assert.equal([...op.sealedTokens.stored.keys()], [], 'the approver’s sign-in is not kept')
  op.clock.forward(22 * 3600 + 600)
  assert.is(await have(op, { seconds: 600 }), 'Provisioned', 'at the time that was said')
})

test('an approver can shorten a request so that it fits', async () => {
  const op = limited()
  await have(op)
  await have(op, { delay: 3600, seconds: 1800 })
  await ask(op, { delay: 1800 })
  await op.approve({ narrowing: { duration: '30m' } })
  await op.look()
  assert.is(await result(op), 'Provisioned')
})

test('a mapping without the limit grants any number', async () => {
  const op = limited('')
  for (let n = 0; n < 5; n++) assert.is(await have(op, { delay: 3600 }), 'Provisioned')
})

test('a crash before the acceptance was answered counts the request once', async () => {
  const op = limited()
  await have(op)
  await ask(op, { delay: 3600 })
  await op.approve()
  let isDead = false
  const dies = (call: string, moment: string): void => {
    isDead ||= call === 'requests.patchStatus' && moment === 'after'
    if (isDead) throw new Broken('the process died')
  }
  await op
    .start(dies)
    .reconcile(op.ref)
    .catch(() => undefined)
  assert.is((await op.now()).status?.phase, 'Approved')
  op.restart()
  await op.look()
  assert.is(await result(op), 'Provisioned')
})

/** Dana has had two hours: each row tries to get another one, and returns what came of it. */
const tries: Record<string, (op: Operator) => Promise<string>> = {
  'an asker omits the link to the earlier request … MaxConsecutive': op => have(op),
  'an asker links to a request that does not exist … MaxConsecutive': op =>
    have(op, { forged: { follows: { name: 'prod-db-none', uid: '22222222-0000-4000-8000-999999999999' } } }),
  'an asker pauses for a minute … MaxConsecutive': op => have(op, { delay: 60 }),
  'an asker pauses for most of a day … MaxConsecutive': op => have(op, { delay: 20 * 3600 }),
  'an asker changes the address in Slack … MaxConsecutive': op => have(op, { email: 'dana.second@example.com' }),
  'an asker uses a second Slack account with a listed address … MaxConsecutive': async op => {
    op.people.push(['dana@example.com', 'dana.engineer@example.com'])
    // The gateway stores the Google address of the row.
    const requester = { email: 'dana@example.com', slackUserID: 'U0SECOND', name: 'Dana Engineer' }
    const [dana] = op.directory.people.filter(({ slackUserID }) => slackUserID === 'U0DANA')
    if (dana)
      op.directory.people.push({ ...dana, slackUserID: 'U0SECOND', email: 'dana.engineer@example.com' as never })
    return have(op, { forged: { requester } })
  },
  'an asker asks for access that begins later the same day … MaxConsecutive': op =>
    have(op, { notBefore: instant(after(op.clock.now(), 12 * 3600)) }),
  'an asker has the earlier request deleted while its access is in force … MaxConsecutive': async op => {
    await op.cluster.delete(await op.now())
    await op.look()
    return have(op)
  },
  'an asker asks on the web instead of in Slack … MaxConsecutive': op =>
    have(op, { forged: { origin: 'web', requester: { email: 'dana@example.com', googleSubject: '117' } } }),
  'an asker calls it an emergency … MaxConsecutive': op => have(op, { isEmergency: true }),
  'somebody marks the earlier request as settled … MaxConsecutive': async op => {
    op.cluster.forge(op.ref, { settled: true })
    return have(op)
  },
  'an asker was denied in between, and asks again … MaxConsecutive': async op => {
    await ask(op)
    await op.decide('Denied')
    await op.look()
    return have(op)
  },
  'another person asks after the whole time of the first … Provisioned': op =>
    have(op, {
      forged: { requester: { email: 'otto@example.com', slackUserID: 'U0OTTO', name: 'Otto Other' as never } },
    }),
}
attacks(test, tries, async another => {
  const op = limited()
  await have(op)
  await have(op, { delay: 1800, notBefore: (await op.now()).status?.expiresAt ?? '' })
  // The last second of the second hour.
  op.clock.forward(1800 + 3599)
  return another(op)
})

attacks<{ seconds: number; order: 'together' | 'reversed' }>(
  test,
  {
    'two requests that do not fit together are accepted at the same moment … 1 granted, 1 refused': {
      seconds: 3600,
      order: 'together',
    },
    'the younger of two requests that do not fit together is looked at first … 1 granted, 1 refused': {
      seconds: 3600,
      order: 'reversed',
    },
    'two requests that fit together are accepted at the same moment … 2 granted, 0 refused': {
      seconds: 1800,
      order: 'together',
    },
  },
  async ({ seconds, order }) => {
    const op = limited()
    await have(op)
    op.clock.forward(3600)
    const refs: { namespace: string; name: string }[] = []
    // The second begins when the first ends.
    const starts = { 'prod-db-aaaaaaaaaaaa': 0, 'prod-db-bbbbbbbbbbbb': seconds }
    for (const [name, delay] of Object.entries(starts)) {
      op.ref.name = name
      await op.ask({ seconds, ...(delay > 0 && { notBefore: instant(after(op.clock.now(), delay)) }) })
      await op.look()
      await op.approve()
      refs.push({ ...op.ref })
    }
    if (order === 'reversed') refs.reverse()
    const running = op.start()
    await Promise.all(refs.map(ref => running.reconcile(ref).catch(() => undefined)))
    const ends = await Promise.all(refs.map(async ref => (await op.cluster.get(ref))?.status?.phase))
    const count = (phase: string): number => ends.filter(end => end === phase).length
    return `${count('Provisioned')} granted, ${count('Failed')} refused`
  },
)

test.run()
