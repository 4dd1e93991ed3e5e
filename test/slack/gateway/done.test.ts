// [I'm done] and the list of access that somebody may end: what is stored, who may say it, and what people read.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { attacks } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite } from '../../suite.ts'
import { Office } from '../delivery.ts'

const test = suite('being done in Slack')
const offered = mapping()
type Status = NonNullable<AccessRequest['status']>
const granted = (status: Status = {}): AccessRequest =>
  request(offered, {
    status: {
      phase: 'Provisioned',
      approvedBy: 'mo@example.com',
      startsAt: '2026-11-23T14:00:00Z',
      expiresAt: '2026-11-23T14:30:00Z',
      message: {
        channel: 'C0',
        intentAt: '2026-11-23T13:59:00Z',
        ts: '1.2',
        permalink: 'https://example.slack.com/p1',
      },
      ...status,
    },
  })
const { namespace, name, uid } = granted().metadata
const value = encodeTarget({ namespace, name, uid })
const by = (id: string): object => ({ user: { id, team_id: 'T0HOME' } })

async function inOffice<T>(work: (office: Office) => Promise<T>, stored = granted()): Promise<T> {
  const office = await new Office([offered]).open()
  office.requests.put(stored)
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}
const endings = (office: Office): NonNullable<Status['endings']> => office.requests.all()[0]?.status?.endings ?? []
const said = (office: Office): { text: string; replace: boolean } => {
  const last = office.screens.said.at(-1)
  return { text: last?.answer.text ?? '', replace: last?.replace ?? false }
}

test('the holder says that they are done, reads who is asked, and the message in the channel stays', () =>
  inOffice(async office => {
    await office.click({ action_id: 'done', value }, by('U0DANA'))
    const who = { email: 'dana@example.com', slackUserID: 'U0DANA' }
    const id = endings(office)[0]?.id ?? ''
    assert.match(id, /^done-[0-9a-f]{12}$/)
    assert.equal(endings(office), [{ id, verdict: 'Done', who, at: '2026-11-23T14:02:00Z' }])
    const { text, replace } = said(office)
    assert.is(replace, false)
    assert.match(text, 'Hallpass has no right to remove it, so mo@example.com (Mo Manager) is asked to.')
    assert.match(text, 'It ends by itself at <!date^')
    await office.click({ action_id: 'done', value }, by('U0DANA'))
    assert.is(endings(office).length, 1)
    assert.match(said(office).text, /^Noted/)
  }))

test('when Slack does not know the approver, the holder reads who is asked in their place', () =>
  inOffice(
    async office => {
      await office.click({ action_id: 'done', value }, by('U0DANA'))
      assert.match(said(office).text, 'so mo@example.com (Mo Manager) is asked to.')
    },
    granted({ approvedBy: 'ana@example.com' }),
  ))

test('in the list, the button goes and the list stays', () =>
  inOffice(async office => {
    const before = await office.command('/access mine', { user_id: 'U0DANA' })
    assert.match(before.raw, '"action_id":"done:0"')
    await office.click({ action_id: 'done:0', value }, by('U0DANA'))
    assert.is(said(office).replace, true)
    assert.match(said(office).text, /^Noted.*\n• \*prod-db\*, until/)
    assert.not.match((await office.command('/access mine', { user_id: 'U0DANA' })).raw, '"done:0"')
  }))

test('the people who were asked find access that they may end, until it has ended', () =>
  inOffice(async office => {
    const list = async (user: string): Promise<{ text: string; raw: string }> =>
      office.command('/access mine', { user_id: user })
    const { text, raw } = await list('U0MO')
    assert.match(text, /^Access that you may end early:\n• dana@example\.com \(Dana Engineer\) has \*prod-db\* until/)
    assert.match(raw, '"url":"https://example.slack.com/p1"')
    assert.match((await list('U0OTTO')).text, 'You have no access')
    office.clock.forward(1800)
    assert.match((await list('U0MO')).text, 'You have no access')
  }))

const evidenced = { id: 'r', verdict: 'Revoked', who: {}, at: '', evidence: {} as never } as const
attacks<{ who: string; status?: Status; forward?: number; target?: string }>(
  test,
  {
    'somebody else says that the holder is done … Only the person who has this access, 0 stored': { who: 'U0OTTO' },
    'the approver says that the holder is done … Only the person who has this access, 0 stored': { who: 'U0MO' },
    'the holder is done before anything is granted … There is no access to end, 0 stored': {
      who: 'U0DANA',
      status: { phase: 'Approved' },
    },
    'the holder is done after the end … There is no access to end, 0 stored': { who: 'U0DANA', forward: 1800 },
    'the holder is done with what was ended early … There is no access to end, 0 stored': {
      who: 'U0DANA',
      status: { phase: 'Revoked' },
    },
    'the holder is done while somebody ends it … Somebody has already signed in to end, 1 stored': {
      who: 'U0DANA',
      status: { endings: [evidenced] },
    },
    'the button names another object under the same name … This request no longer exists, 0 stored': {
      who: 'U0DANA',
      target: encodeTarget({ namespace, name, uid: '33333333-0000-4000-8000-000000000001' }),
    },
  },
  async ({ who, status = {}, forward = 0, target = value }) =>
    inOffice(async office => {
      office.clock.forward(forward)
      await office.click({ action_id: 'done', value: target }, by(who))
      const start =
        /^(Only the person who has this access|There is no access to end|Somebody has already signed in to end|This request no longer exists)/
      return `${start.exec(said(office).text)?.[1]}, ${endings(office).length} stored`
    }, granted(status)),
)

test.run()
