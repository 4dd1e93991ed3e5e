// Tales that end otherwise, each on the real API server with the official clients: what the person reads, what is stored,
// and that nothing was granted.
import * as assert from 'uvu/assert'
import type { Policy } from '../../src/domain/granting/policy.ts'
import { useOf } from '../../src/domain/granting/policy-limits.ts'
import { Visitor } from '../../src/sandbox/visitor.ts'
import {
  approve,
  ask,
  cast,
  deny,
  message,
  openApproval,
  reached,
  stored,
  thread,
  until,
} from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { suite } from '../suite.ts'
import { declare, judged, quickWorld, readiness } from './world.ts'

const test = suite('requests that end otherwise', { timeoutMs: 120_000 })
const { dana, mo, ana, otto } = cast
const project = 'projects/prod-eu'
let world: World

test.before(async () => {
  world = await quickWorld()
  const levels = [[{ user: 'PDANA' }], [{ user: 'PANA' }]]
  world.pagerduty.state.policies.set('PENGINEERS', { id: 'PENGINEERS', name: 'Engineers', levels })
})
test.after(async () => world.stop())

/** Asks and gives the name; fails with the answer when nothing was stored. A new mapping reaches the gateway by its watch. */
async function asked(line: string, who: (typeof cast)[keyof typeof cast] = dana): Promise<string> {
  let said = await ask(world, who, line)
  await until('the gateway knows the mapping', async () => {
    if (!/not something you can ask|has a problem/.test(said.answer)) return true
    said = await ask(world, who, line)
    return undefined
  })
  assert.ok(said.name, said.answer)
  return said.name ?? ''
}

async function nothingGranted(name: string): Promise<void> {
  const uid = (await stored(world, name))?.metadata.uid ?? 'gone'
  assert.ok(!JSON.stringify(world.google.policies.read(project)).includes(uid), 'nothing was granted')
}

// The first of all, because Google judges members only when they are new to a policy.
test('what the organisation policy refuses fails with its reason, and leaves nothing half done', async () => {
  await declare(world, 'policy', {})
  const { seeds } = world.google
  const name = await asked('/access policy 5s INC-12 outsider')
  seeds.allowedMemberDomains = ['elsewhere.example']
  await approve(world, name, mo)
  const failed = await reached(world, name, 'Failed')
  seeds.allowedMemberDomains = ['example.com']
  const why = failed.status?.conditions?.find(({ type }) => type === 'Provisioned')?.message ?? ''
  assert.match(why, /organisation|permitted/i)
  await nothingGranted(name)
})

test('a denial stops it, and the engineer reads why', async () => {
  const name = await asked('/prod-db INC-1 denied')
  await deny(world, name, mo, 'use the replica')
  await reached(world, name, 'Denied')
  const said = await until('Dana is told', async () => (await thread(world, name))[0])
  assert.match(said, /denied by mo@example\.com \(Mo Manager\).*use the replica/)
  await nothingGranted(name)
})

test('somebody who was not asked cannot deny', async () => {
  const name = await asked('/prod-db INC-2 not yours')
  const { ts } = await message(world, name, 'deny')
  await world.slack.desktop.clickButton({ user: otto.id, channel: 'C0PRODACCESS', ts, actionID: 'deny' })
  const said = await until('Otto is told why', () => world.slack.state.ephemerals(otto.id).at(-1))
  assert.match(said.text, /You cannot decide this request: it waits for mo@example\.com \(Mo Manager\)/)
  assert.is((await stored(world, name))?.status?.phase, 'Pending')
  await withdraw(name)
})

test('the engineer withdraws it', async () => {
  const name = await asked('/prod-db INC-3 withdrawn')
  await withdraw(name)
  await reached(world, name, 'Withdrawn')
  await nothingGranted(name)
})

test('the same thing asked again links to what waits', async () => {
  const name = await asked('/prod-db INC-4 twice')
  await message(world, name, 'approve')
  const again = await ask(world, dana, '/prod-db INC-4 twice')
  assert.match(again.answer, /You already asked for prod-db/)
  assert.is(again.name, name)
  await withdraw(name)
})

test('one delivery that Slack repeats is one request', async () => {
  world.slack.sender.isTwice = true
  const name = await asked('/prod-db INC-5 repeated')
  world.slack.sender.isTwice = false
  const { items } = await world.requests.list({ namespace })
  assert.is(items.filter(({ spec }) => spec.reason === 'INC-5 repeated').length, 1)
  await withdraw(name)
})

test('silence ends it at the end of its window', async () => {
  const approval = { window: '10s', escalateAfter: '0s', onCall: { escalationPolicy: 'PMANAGERS' } }
  await declare(world, 'short-window', { approval })
  const name = await asked('/access short-window 5s INC-6 nobody answers')
  const late = await openApproval(world, name)
  await reached(world, name, 'TimedOut', 20)
  const page = await late.browser.submit(late.page, 'Sign in and approve')
  assert.match(page.text, /This link has expired/)
  await nothingGranted(name)
})

test('the requester is not asked although on call, and cannot approve it themselves', async () => {
  const approval = { window: '30m', onCall: { escalationPolicy: 'PENGINEERS' } }
  await declare(world, 'self', { approval })
  const name = await asked('/access self 5s INC-7 myself')
  const request = await until('Ana is asked', async () => {
    const found = await stored(world, name)
    return found?.status?.approvers?.length ? found : undefined
  })
  assert.equal(
    request.status?.approvers?.map(({ email }) => email),
    [ana.email],
  )
  const page = await approve(world, name, dana)
  assert.match(page.text, /You cannot approve this: you asked for it yourself/)
  await nothingGranted(name)
  assert.ok(((await stored(world, name))?.status?.attempts?.count ?? 0) >= 1, 'the attempt is counted')
  await withdraw(name)
})

test('a private account is refused and the manager goes on with the right one', async () => {
  const name = await asked('/prod-db 5s INC-8 wrong account')
  const { page, browser } = await openApproval(world, name)
  const chooser = await browser.submit(page, 'Sign in and approve')
  const refused = await browser.submit(chooser, 'mo@gmail.com')
  assert.match(refused.text, /You signed in as mo@gmail\.com/)
  const again = await browser.submit(refused, /another account/i)
  const done = await browser.submit(again, mo.email)
  assert.match(done.text, /Granting|Granted/)
  await reached(world, name, 'Expired', 30)
})

test('an account without the right to grant is told so before anything is written', async () => {
  await declare(world, 'no-rights', {
    approval: { window: '30m', fallback: { emails: [otto.email] } },
  })
  const name = await asked('/access no-rights 5s INC-9 powerless')
  const page = await approve(world, name, otto)
  assert.match(page.text, /projects\/prod-eu/)
  assert.match(page.text, /setIamPolicy|right/)
  assert.is((await stored(world, name))?.status?.phase, 'Pending')
  await nothingGranted(name)
  await withdraw(name)
})

test('a tick for Google Cloud that was removed is explained', async () => {
  const name = await asked('/prod-db 5s INC-10 no scope')
  const { page, browser } = await openApproval(world, name)
  const chooser = await browser.submit(page, 'Sign in and approve')
  const refused = await browser.submit(chooser, mo.email, { scope: '' })
  assert.match(refused.text, /Google Cloud/)
  await nothingGranted(name)
  await withdraw(name)
})

test('a mapping that changed in between is not granted', async () => {
  await declare(world, 'changing', {})
  const name = await asked('/access changing 5s INC-11 moving')
  const { page, browser } = await openApproval(world, name)
  const mapping = await world.mappings.get({ namespace, name: 'changing' })
  await world.mappings.patch(mapping, {
    spec: { grants: [{ resource: project, role: 'roles/cloudsql.viewer' }] },
  })
  await judged(world, 'changing')
  const refused = await until('the page says so', async () => {
    const shown = await browser.submit(page, 'Sign in and approve')
    return /no longer/.test(shown.text) ? shown : undefined
  })
  assert.match(refused.text, /no longer offers "roles\/cloudsql\.client" on "projects\/prod-eu"/)
  await nothingGranted(name)
  await withdraw(name)
})

test('a conflict on the policy is a whole new read, edit and write', async () => {
  const name = await asked('/prod-db 6s INC-13 conflicts')
  world.google.faults.add({
    route: 'POST /v3/projects/*:setIamPolicy',
    times: 2,
    status: 409,
    body: { error: { code: 409, message: 'There were concurrent policy changes.', status: 'ABORTED' } },
  })
  await approve(world, name, mo)
  const { metadata } = await reached(world, name, 'Provisioned')
  const own = world.google.policies
    .read(project)
    ?.bindings.filter(({ condition }) => condition?.title?.includes(metadata.uid))
  assert.is(own?.length, 2)
  await reached(world, name, 'Expired')
})

test('a write whose answer was lost is found again, not made twice', async () => {
  const name = await asked('/prod-db 6s INC-14 lost answer')
  world.google.faults.add({ route: 'POST /v3/projects/*:setIamPolicy', times: 1, reset: 'after' })
  await approve(world, name, mo)
  const { metadata, status } = await reached(world, name, 'Provisioned')
  const own = world.google.policies
    .read(project)
    ?.bindings.filter(({ condition }) => condition?.title?.includes(metadata.uid))
  assert.is(own?.length, 2)
  assert.equal(
    status?.grants?.map(({ state }) => state),
    ['Written', 'Written'],
  )
  await reached(world, name, 'Expired')
})

test('Slack being down delays no grant and no end; the engineer is told afterwards', async () => {
  const name = await asked('/prod-db 4s INC-15 silent Slack')
  const { page, browser } = await openApproval(world, name)
  world.slack.faults.add({ route: 'POST /api/chat.*', times: 1000, status: 503 })
  const chooser = await browser.submit(page, 'Sign in and approve')
  await browser.submit(chooser, mo.email)
  await reached(world, name, 'Expired')
  world.slack.faults.clear()
  const said = await until(
    'Dana is told in the end',
    async () => {
      const lines = await thread(world, name)
      return lines.some(line => /ended/.test(line)) ? lines : undefined
    },
    60,
  )
  assert.ok(said.length >= 1)
})

test('the log being down until after the end loses nothing', async () => {
  const name = await asked('/prod-db 3s INC-16 silent log')
  world.google.faults.add({ route: 'POST /v2/entries:write', times: 10_000, status: 503 })
  await approve(world, name, mo)
  const { metadata } = await reached(world, name, 'Expired')
  assert.is((await stored(world, name))?.status?.settled, false)
  world.google.faults.clear()
  await until('it is settled', async () => ((await stored(world, name))?.status?.settled ? true : undefined), 90)
  const entries = world.google.logs.entries().filter(({ insertId }) => insertId.startsWith(metadata.uid))
  const events = entries.map(({ jsonPayload }) => (jsonPayload as { event?: string }).event)
  for (const event of ['Requested', 'Approved', 'Granted', 'Expired']) assert.ok(events.includes(event), event)
})

test('deleting a request that waits withdraws it; deleting one that is granted neither hides nor ends it', async () => {
  const waiting = await asked('/prod-db INC-17 deleted early')
  await reached(world, waiting, 'Pending')
  await world.requests.delete({ namespace, name: waiting })
  await until('it is accounted for and gone', async () => ((await stored(world, waiting)) ? undefined : true))
  const granted = await asked('/prod-db 5s INC-18 deleted late')
  await approve(world, granted, mo)
  await reached(world, granted, 'Provisioned')
  await world.requests.delete({ namespace, name: granted })
  assert.is((await stored(world, granted))?.status?.phase, 'Provisioned')
  await until('it goes when it is settled', async () => ((await stored(world, granted)) ? undefined : true), 60)
})

test('a mapping that cannot end by itself, or gives further access, is not Ready and says why', async () => {
  const basic = await declare(world, 'basic', { grants: [{ resource: project, role: 'roles/viewer' }] })
  assert.is(readiness(basic)?.status, 'False')
  assert.match(readiness(basic)?.message ?? '', /Google accepts no condition on basic roles/)
  const { answer, name } = await ask(world, dana, '/access basic 5s INC-19 basic')
  assert.is(name, undefined)
  assert.match(answer, /cannot be asked for/)
  const mighty = await declare(world, 'mighty', {
    grants: [{ resource: project, role: 'roles/cloudtasks.queueAdmin' }],
  })
  assert.match(
    readiness(mighty)?.message ?? '',
    /^"roles\/cloudtasks.queueAdmin" .* sets IAM policies of Cloud Tasks queues/,
  )
  const unknown = await declare(world, 'nowhere', { approval: { onCall: { escalationPolicy: 'PNOWHERE' } } })
  assert.match(readiness(unknown)?.message ?? '', /PNOWHERE/)
})

test('a custom role counts by what Google says that it permits', async () => {
  const named = (id: string): string => `${project}/roles/${id}`
  world.google.seeds.customRoles?.push(
    { name: named('connect'), title: 'Connect', stage: 'GA', includedPermissions: ['cloudsql.instances.connect'] },
    { name: named('mint'), title: 'Mint', stage: 'GA', includedPermissions: ['iam.serviceAccounts.getAccessToken'] },
  )
  const said = async (id: string): Promise<string> => {
    const declared = await declare(world, `custom-${id}`, { grants: [{ resource: project, role: named(id) }] })
    return `${readiness(declared)?.status} ${readiness(declared)?.reason}: ${readiness(declared)?.message}`
  }
  assert.is(await said('connect'), 'True Checked: This mapping can be requested.')
  assert.match(await said('mint'), /^False PrivilegedRole: .*roles\/mint" .* makes tokens of service accounts/)
  assert.match(await said('missing'), /^False RoleDeleted: .*roles\/missing" .* does not exist/)
})

const refusals: Record<string, { line: string; answer: RegExp }> = {
  'an unknown mapping suggests the near ones': { line: '/access prod-bd 5s INC-1 x', answer: /Did you mean .*prod-db/ },
  'too long says how long at most': {
    line: '/prod-db 9h INC-1 x',
    answer: /lasts at most 4 hours; you asked for 9 hours/,
  },
  'a missing reason is asked for': { line: '/prod-db 5m', answer: /needs a reason/ },
}
for (const [sentence, { line, answer }] of Object.entries(refusals))
  test(sentence, async () => {
    const said = await ask(world, dana, line)
    assert.is(said.name, undefined)
    assert.match(said.answer, answer)
  })

test('a ticket for another purpose, garbage, or none opens nothing', async () => {
  for (const ticket of ['', 'garbage', 'A'.repeat(400)]) {
    const page = await new Visitor().open(`${world.authUrl}/approve?t=${ticket}`)
    assert.ok(page.status >= 400, String(page.status))
    assert.not.match(page.text, /stack|Error:|at file/)
  }
})

test('a policy without room stops the approver at the return; after somebody has made room, it is granted', async () => {
  const name = await asked('/prod-db 5s INC-15 no room')
  const all = world.google.policies.read(project)
  assert.ok(all)
  // Without what ended in earlier tests: the write would remove it, and so have room.
  const before = {
    ...all,
    bindings: all.bindings.filter(({ condition }) => !condition?.title?.startsWith('hallpass ')),
  }
  const { members: has } = useOf(before as Policy, new Date())
  const members = Array.from({ length: 1500 - has }, (_, n) => `user:p${n}@example.com`)
  const crowd = [{ role: 'roles/browser', members }]
  world.google.policies.replace(project, { ...before, bindings: [...before.bindings, ...crowd] })
  const refused = await approve(world, name, mo)
  world.google.policies.replace(project, before)
  assert.match(refused.text, /until the platform team corrects the IAM policy/)
  assert.match(refused.text, /The IAM policy of "projects\/prod-eu" is full: Google allows 1500 members/)
  assert.equal((await stored(world, name))?.status?.decisions ?? [], [])
  await nothingGranted(name)
  const viewer = { role: 'roles/logging.viewer', members: [`user:${dana.email}`] }
  world.google.policies.replace(project, { ...before, bindings: [...before.bindings, viewer] })
  await approve(world, name, mo)
  await reached(world, name, 'Provisioned')
  const told = await until('Dana is told', async () =>
    (await thread(world, name)).find(said => /already has/.test(said)),
  )
  world.google.policies.replace(project, before)
  assert.match(told, /already has roles\/logging\.viewer on projects\/prod-eu without a time limit/)
  const metrics = await (await fetch(`${world.healthUrls.controller}/metrics`)).text()
  assert.match(metrics, /^hallpass_policy_used_ratio\{resource="projects\/prod-eu",limit="members"\} 0\.\d+$/m)
  // A mapping is checked every five minutes, and when it changes.
  const at = { namespace, name: 'prod-db' }
  await world.mappings.patch(await world.mappings.get(at), { metadata: { annotations: { looked: 'now' } } })
  const seen = await until('the mapping says how full its policy is', async () => {
    const { status } = await world.mappings.get(at)
    return status?.policies ? status : undefined
  })
  assert.ok(seen.policies?.some(({ resource, members }) => resource === project && members > 0))
  assert.is(seen.conditions?.find(({ type }) => type === 'PolicyRoom')?.status, 'True')
})

test('no identity of Hallpass ever tried to write a policy', () => {
  const writers = world.google.calls.filter(({ method }) => method === 'SetIamPolicy').map(({ principal }) => principal)
  assert.ok(writers.length > 0)
  assert.equal([...new Set(writers)], [mo.email])
})

async function withdraw(name: string): Promise<void> {
  const own = world.slack.state.ephemerals(dana.id).findLast(({ blocks }) => JSON.stringify(blocks).includes(name))
  assert.ok(own, 'the answer with the button stays')
  await world.slack.desktop.clickButton({
    user: dana.id,
    channel: 'C0PRODACCESS',
    ts: own?.ts ?? '',
    actionID: 'withdraw',
  })
  await reached(world, name, 'Withdrawn')
}

test.run()
