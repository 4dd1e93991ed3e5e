// A press of Approve, which opens a page and is delivered to the gateway: everybody sees who is looking, and nothing is
// decided.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { attacks } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'
import { Office } from '../delivery.ts'

const test = suite('a press of Approve')
const offered = mapping({ spec: { approval: { window: '30m', onCall: { escalationPolicy: 'PABC123' } } } })
const ana = { email: 'ana@example.com', slackUserID: 'U0ANA', level: 2, why: 'on call', at: start.toISOString() }
const ours = (status: AccessRequest['status'] = {}): AccessRequest => {
  const asked = request(offered)
  return { ...asked, status: { ...asked.status, approvers: [...(asked.status?.approvers ?? []), ana], ...status } }
}
const { namespace, name, uid } = ours().metadata
const value = encodeTarget({ namespace, name, uid })
const press = { action_id: 'approve', type: 'button', url: 'https://hallpass.example.com/approve?t=x', value }
const by = (id: string, team = 'T0HOME'): object => ({ user: { id, team_id: team } })

async function inOffice(work: (office: Office) => Promise<void>, stored = ours()): Promise<void> {
  const office = await new Office([offered]).open()
  office.requests.put(stored)
  try {
    await work(office)
  } finally {
    await office.close()
  }
}
const looking = (office: Office): string[] =>
  (office.requests.all()[0]?.status?.looking ?? []).map(({ slackUserID, at }) => `${slackUserID} ${at.slice(11, 19)}`)
const writesOf = (office: Office): { count: number } => {
  const writes = { count: 0 }
  office.requests.beforeWrite = async () => void writes.count++
  return writes
}

test('the first press is one write, decides nothing and needs no answer', () =>
  inOffice(async office => {
    const writes = writesOf(office)
    assert.is((await office.click(press)).status, 200)
    assert.equal(office.requests.all()[0]?.status?.looking, [
      { at: '2026-11-23T14:02:00Z', slackUserID: 'U0MO', email: 'mo@example.com' },
    ])
    assert.is(office.requests.all()[0]?.status?.decisions, undefined)
    assert.equal([writes.count, office.screens.said.length], [1, 0])
  }))

test('after the first of two approvals, another person’s press is recorded, and that of the first is not', () => {
  const asked = ours()
  const first = { id: 'a1', verdict: 'Approved' as const, who: { email: 'mo@example.com' }, at: start.toISOString() }
  const spec = { ...asked.spec, approval: { ...asked.spec.approval, required: 2 } }
  return inOffice(
    async office => {
      office.mappings.stored = [
        { ...offered, spec: { ...offered.spec, approval: { ...offered.spec.approval, required: 2 } } },
      ]
      await office.click(press)
      await office.click(press, by('U0ANA'))
      assert.equal(looking(office), ['U0ANA 14:02:00'])
    },
    { ...asked, spec, status: { ...asked.status, decisions: [first] } },
  )
})

test('a second press of the same person writes nothing for five minutes', () =>
  inOffice(async office => {
    const writes = writesOf(office)
    await office.click(press)
    office.clock.forward(299)
    await office.click(press)
    assert.is(writes.count, 1)
    office.clock.forward(1)
    await office.click(press)
    assert.equal(looking(office), ['U0MO 14:02:00', 'U0MO 14:07:00'])
  }))

test('who presses while somebody else is looking reads that', () =>
  inOffice(async office => {
    await office.click(press)
    office.clock.forward(60)
    await office.click(press, by('U0ANA'))
    assert.equal(looking(office), ['U0MO 14:02:00', 'U0ANA 14:03:00'])
    assert.is(office.screens.said.length, 1)
    const { answer, replace } = office.screens.said[0] ?? {}
    assert.match(answer?.text ?? '', /^mo@example\.com since .* is looking at the request for \*prod-db\* too\./)
    assert.is(replace, false)
  }))

const approved = { id: 'a', verdict: 'Approved' as const, who: { email: 'ana@example.com' }, at: start.toISOString() }
type Silent = { who?: object; status?: AccessRequest['status']; later?: number; action?: object }
const silent: Record<string, Silent> = {
  'a press on a decided request': { status: { decisions: [approved] } },
  'a press on a request that has ended': { status: { phase: 'TimedOut' } },
  'a press after the window': { later: 1800 },
  'a press on a message of an older version': { action: { action_id: 'approve', url: 'https://x.example' } },
}
table(test, silent, ({ who = {}, status, later = 0, action = press }) =>
  inOffice(async office => {
    office.clock.forward(later)
    await office.click(action, who)
    assert.equal([looking(office), office.screens.said.length], [[], 0])
  }, ours(status)),
)

test('a press that cannot be stored is told to nobody, because the page works', () =>
  inOffice(async office => {
    for (const fault of [new Broken('away'), new Refused('NotAccepted', 'an older policy')]) {
      office.requests.beforeWrite = async () => Promise.reject(fault)
      await office.click(press)
    }
    assert.equal([looking(office), office.screens.said.length], [[], 0])
  }))

test('after a conflict the press is judged again', () =>
  inOffice(async office => {
    let isFirst = true
    office.requests.beforeWrite = async () => {
      if (isFirst) office.requests.put(ours({ decisions: [approved] }))
      isFirst = false
    }
    await office.click(press)
    assert.equal(looking(office), [])
  }))

const presses = async (office: Office, times: number, who: object): Promise<void> => {
  for (let i = 0; i < times; i++) await office.click(press, who)
}
attacks<{ who: object; value?: string }>(
  test,
  {
    'the requester presses Approve forty times … 0 writes': { who: by('U0DANA') },
    'somebody who may not approve presses Approve forty times … 0 writes': { who: by('U0OTTO') },
    'a guest presses Approve forty times … 0 writes': { who: by('U0GIL') },
    'a stranger presses Approve forty times … 0 writes': { who: by('U0MO', 'T0OTHER') },
    'an approver presses Approve forty times … 1 writes': { who: by('U0MO') },
  },
  async ({ who }) => {
    let count = 0
    await inOffice(async office => {
      const writes = writesOf(office)
      await presses(office, 40, who)
      count = writes.count
      assert.is(office.screens.said.length, 0)
    })
    return `${count} writes`
  },
)
attacks<{ value: string }>(
  test,
  {
    'a press names another object with the same name … 0 writes': {
      value: value.replace(uid, uid.replace('2222', '3333')),
    },
    'a press names a path … 0 writes': { value: '{"ns":"../x","n":"y","u":"z"}' },
  },
  async ({ value: forged }) => {
    let count = 0
    await inOffice(async office => {
      const writes = writesOf(office)
      await office.click({ ...press, value: forged })
      count = writes.count
      assert.is(office.screens.said.length, 0)
    })
    return `${count} writes`
  },
)
attacks<{ minutes: number }>(
  test,
  { 'an approver presses Approve every minute for half an hour … 6 writes': { minutes: 30 } },
  async ({ minutes }) => {
    let count = 0
    await inOffice(async office => {
      const writes = writesOf(office)
      for (let i = 0; i < minutes; i++) {
        await office.click(press)
        office.clock.forward(60)
      }
      count = writes.count
    })
    return `${count} writes`
  },
)

test.run()
