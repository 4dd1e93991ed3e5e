import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { Broken, Refused, Waiting } from '../../../src/domain/outcome.ts'
import { ownerOf, reasons } from '../../../src/domain/refusals.ts'
import type { Owner } from '../../../src/domain/refusals/row.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import { Office } from '../delivery.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'

const test = suite('denying and withdrawing in Slack')
const offered = mapping({ spec: { approval: { window: '30m', onCall: { escalationPolicy: 'PABC123' } } } })
const ours = (status: AccessRequest['status'] = {}): AccessRequest => request(offered, { status })
const { namespace, name, uid } = ours().metadata
const value = encodeTarget({ namespace, name, uid })
const deny = { action_id: 'deny', value }
const withdraw = { action_id: 'withdraw', value }

async function inOffice(
  work: (office: Office) => Promise<void>,
  stored: AccessRequest | undefined = ours(),
  options: Partial<GatewayOptions> = {},
): Promise<void> {
  const office = await new Office([offered], options).open()
  if (stored) office.requests.put(stored)
  try {
    await work(office)
  } finally {
    await office.close()
  }
}
const decisions = (office: Office): NonNullable<NonNullable<AccessRequest['status']>['decisions']> =>
  office.requests.all()[0]?.status?.decisions ?? []
const said = (office: Office): string => office.screens.said.at(-1)?.answer.text ?? ''
const by = (id: string, team = 'T0HOME'): object => ({ user: { id, team_id: team } })
const comment = (text: string): object => ({
  callback_id: 'deny',
  private_metadata: value,
  state: { values: { comment: { comment: { type: 'plain_text_input', value: text } } } },
})

test('Deny opens a form for the approver, and its submission is a decision', () =>
  inOffice(async office => {
    assert.is((await office.click(deny)).raw, '')
    assert.is(office.screens.forms['trigger-of-click']?.callback_id, 'deny')
    const reply = await office.submit(comment('use the\nreplica <!here>'))
    // The message in the channel says it, so the form only closes.
    assert.equal(reply.body, { response_action: 'clear' })
    assert.equal(office.screens.said, [])
    const [decision, ...more] = decisions(office)
    assert.is(more.length, 0)
    assert.match(decision?.id ?? '', /^denied-[0-9a-f]{12}$/)
    assert.equal(
      { ...decision, id: '' },
      {
        id: '',
        verdict: 'Denied',
        who: { email: 'mo@example.com', slackUserID: 'U0MO' },
        at: '2026-11-23T14:02:00Z',
        comment: 'use the replica @here',
      },
    )
  }))

test('a form that is sent twice is one decision, answered the same', () =>
  inOffice(async office => {
    const first = await office.submit(comment('no'))
    const second = await office.submit(comment('no'))
    assert.is(second.raw, first.raw)
    assert.is(decisions(office).length, 1)
  }))

test('denying again from another form is refused', () =>
  inOffice(async office => {
    await office.submit(comment('no'))
    const again = await office.submit({ ...comment('no'), id: 'V0OTHER' })
    assert.match(again.raw, 'already denied by mo@example.com')
    assert.is(decisions(office).length, 1)
  }))

const approved = {
  decisions: [{ id: 'a', verdict: 'Approved' as const, who: { email: 'ana@example.com' }, at: start.toISOString() }],
}
type Refusal = { click: object; who?: object; status?: AccessRequest['status']; later?: number; says: RegExp }
const refusals: Record<string, Refusal> = {
  'denying what one asked for': { click: deny, who: by('U0DANA'), says: /withdraw it instead/ },
  'denying without being an approver': {
    click: deny,
    who: by('U0OTTO'),
    says: /it waits for mo@example\.com \(Mo Manager\)/,
  },
  'denying after the approval': { click: deny, status: approved, says: /already approved by ana@example\.com/ },
  'denying after the window': { click: deny, later: 1800, says: /time to decide this request is over/ },
  'denying what failed before anybody decided': { click: deny, status: { phase: 'Failed' }, says: /already ended/ },
  'withdrawing what failed before anybody decided': {
    click: withdraw,
    who: by('U0DANA'),
    status: { phase: 'Failed' },
    says: /already ended/,
  },
  'denying as a guest': { click: deny, who: by('U0GIL'), says: /^Guests/ },
  'denying from another workspace': { click: deny, who: by('U0MO', 'T0OTHER'), says: /^Only members/ },
  'denying from a delivery of another workspace': {
    click: deny,
    who: { ...by('U0MO'), team: { id: 'T0OTHER' } },
    says: /^Only members/,
  },
  'withdrawing what somebody else asked for': { click: withdraw, says: /Only the person who asked/ },
  'withdrawing after the approval': { click: withdraw, who: by('U0DANA'), status: approved, says: /already approved/ },
  'a value that names another object with the same name': {
    click: { action_id: 'deny', value: value.replace(uid, uid.replace('2222', '3333')) },
    says: /no longer exists/,
  },
  'a value that Hallpass did not write': {
    click: { action_id: 'deny', value: '{"ns":"../x","n":"y","u":"z"}' },
    says: /no longer exists/,
  },
  'a value with more in it than we write': {
    click: { action_id: 'withdraw', value: value.replace('{', '{"as":"U0DANA",') },
    says: /no longer exists/,
  },
}
table(test, refusals, ({ click, who = {}, status, later = 0, says }) =>
  inOffice(async office => {
    office.clock.forward(later)
    const before = decisions(office).length
    await office.click(click, who)
    assert.match(said(office), says)
    assert.is(office.screens.said[0]?.replace, 'action_id' in click && click.action_id === 'withdraw')
    assert.equal(office.screens.forms, {})
    assert.is(decisions(office).length, before)
  }, ours(status)),
)

const submissions: Record<string, { who: object; says: string }> = {
  'the form of a requester is refused like the click': { who: by('U0DANA'), says: 'withdraw it instead' },
  'the form of a non-approver is refused like the click': {
    who: by('U0OTTO'),
    says: 'it waits for mo@example.com (Mo Manager)',
  },
  'the form of a stranger is refused like the click': { who: by('U0SAM'), says: 'Only members' },
}
table(test, submissions, ({ who, says }) =>
  inOffice(async office => {
    assert.match((await office.submit(comment('no'), who)).raw, says)
    assert.is(decisions(office).length, 0)
  }),
)

test('a conflict is judged again: an approval that came first wins', () =>
  inOffice(async office => {
    office.requests.beforeWrite = async () => {
      office.requests.beforeWrite = async () => undefined
      office.requests.put(ours(approved))
    }
    assert.match((await office.submit(comment('no'))).raw, 'already approved by ana@example.com')
    assert.equal(
      decisions(office).map(({ verdict }) => verdict),
      ['Approved'],
    )
  }))

test('a conflict with something else is overcome', () =>
  inOffice(async office => {
    let writes = 0
    office.requests.beforeWrite = async () => {
      if (++writes < 3) office.requests.put(ours({ routing: { at: start.toISOString(), level: writes } }))
    }
    assert.equal((await office.submit(comment('no'))).body, { response_action: 'clear' })
    assert.is(decisions(office).length, 1)
    assert.is(office.requests.all()[0]?.status?.routing?.level, 2)
  }))

test('conflicts without end are said, not hidden', () =>
  inOffice(async office => {
    office.requests.beforeWrite = async () => void office.requests.put(ours())
    assert.match((await office.submit(comment('no'))).raw, 'nothing has changed')
  }))

test('a denial that is slow to store is acknowledged in time, and its result follows', () =>
  inOffice(
    async office => {
      const stored = Promise.withResolvers<void>()
      office.requests.beforeWrite = () => stored.promise
      assert.match((await office.submit(comment('no'))).raw, 'Still storing your decision')
      stored.resolve()
      await office.settled()
      assert.match(
        JSON.stringify(office.screens.forms['V0FORM']),
        'You denied *prod-db* to dana@example.com (Dana Engineer)',
      )
      assert.is(decisions(office).length, 1)
    },
    ours(),
    { storeDeadlineMs: 30 },
  ))

test('the requester withdraws, twice to the same effect, and the button goes', () =>
  inOffice(async office => {
    for (const _ of [1, 2]) await office.click(withdraw, by('U0DANA'))
    assert.is(said(office), 'You withdrew your request for *prod-db*.')
    assert.ok(office.screens.said.every(({ replace }) => replace))
    assert.equal(
      decisions(office).map(({ verdict }) => verdict),
      ['Withdrawn'],
    )
  }))

test('withdrawing from the list of mine leaves the rest of the list, without the button', () =>
  inOffice(async office => {
    const other = { ...ours(), metadata: { ...ours().metadata, name: 'other', uid: uid.replace('2222', '4444') } }
    office.requests.put(other)
    await office.click({ action_id: 'withdraw:3', value }, by('U0DANA'))
    const [shown] = office.screens.said
    assert.is(shown?.replace, true)
    assert.match(said(office), /^You withdrew your request for \*prod-db\*\.\n• \*prod-db\*, 30 minutes: waits for/)
    const buttons = JSON.stringify(shown?.answer.blocks)
    assert.match(buttons, other.metadata.uid)
    assert.not.match(buttons, uid)
    assert.is(decisions(office).length, 1)
  }))

test('a withdrawal that cannot be stored leaves the button', () =>
  inOffice(async office => {
    for (const fault of [new Broken('away'), new Waiting(start, 'busy')]) {
      office.requests.beforeWrite = async () => Promise.reject(fault)
      await office.click(withdraw, by('U0DANA'))
    }
    office.directory.isSilent = true
    await office.click(withdraw, by('U0DANA'))
    assert.equal(
      office.screens.said.map(({ replace }) => replace),
      [false, false, false],
    )
  }))

test('withdrawing in a form answers in the form', () =>
  inOffice(async office => {
    await office.click(withdraw, { ...by('U0DANA'), response_url: null, view: { id: 'V0RESULT' } })
    assert.match(JSON.stringify(office.screens.forms['V0RESULT']), 'You withdrew your request')
  }))

test('the click on Approve is acknowledged, and decides nothing', () =>
  inOffice(async office => {
    const reply = await office.click({ action_id: 'approve', value, url: 'https://hallpass.example.com/approve' })
    assert.is(reply.status, 200)
    assert.is(decisions(office).length, 0)
    assert.is(office.screens.said.length, 0)
  }))

test('a form that Slack no longer opens is answered in words', () =>
  inOffice(async office => {
    office.screens.isClosed = true
    await office.click(deny)
    assert.match(said(office), /form could not be opened, so nothing has changed. Please press Deny again\./)
  }))

test('of each reason the person is told the sentence, and whom to tell when others must act', () =>
  inOffice(async office => {
    const othersMustAct: readonly Owner[] = ['platformTeam', 'googleAdministrators', 'tampering']
    for (const reason of reasons) {
      office.logged.length = 0
      office.requests.beforeWrite = async () => Promise.reject(new Refused(reason, 'It is <said> here.'))
      await office.click(withdraw, by('U0DANA'))
      const isOthers = othersMustAct.includes(ownerOf(reason))
      const more = isOthers ? / Please tell (the platform team|your Google administrators) \(code (\w+)\)\./ : /^/
      const [found = '', , code] = more.exec(said(office)) ?? []
      assert.is(said(office), `It is &lt;said&gt; here.${found}`)
      assert.is(code, isOthers ? reason : undefined)
      assert.is(office.logged.length, isOthers ? 1 : 0, 'what the person cannot correct must reach a log')
    }
    assert.is(decisions(office).length, 0)
  }))

test.run()
