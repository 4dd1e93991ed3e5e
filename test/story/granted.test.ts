// The main story on a real API server with the official clients: asked, approved through the real login, granted, used,
// ended, accounted for; and what the world looks like at each point.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import {
  approve,
  ask,
  cast,
  endEarly,
  entriesOf,
  message,
  press,
  reached,
  stored,
  thread,
  until,
} from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { suite } from '../suite.ts'
import { asAuditor, quickWorld } from './world.ts'

const test = suite('a request that is granted', { timeoutMs: 120_000 })
const { dana, mo } = cast
const project = 'projects/prod-eu'
const roles = ['roles/cloudsql.client', 'roles/logging.viewer']

let world: World
let name = ''
let first = ''
let uid = ''
let before: ReturnType<World['google']['policies']['read']>

test.before(async () => {
  world = await quickWorld()
  before = world.google.policies.read(project)
})
test.after(async () => world.stop())

test('the engineer is answered with what was stored, within the time that Slack gives', async () => {
  const asked = await ask(world, dana, '/prod-db 8s INC-1234 replaying <@U0MO> *the* batch')
  assert.match(asked.answer, /^Asked for prod-db, 8 seconds\./)
  name = asked.name ?? ''
  first = name
  assert.match(name, /^prod-db-[a-z2-7]{12}$/)
  uid = (await stored(world, name))?.metadata.uid ?? ''
  assert.ok(uid)
})

test('the manager on call is tagged in one message that says who, what, where, how long and why', async () => {
  const posted = await message(world, name, 'approve')
  const shown = JSON.stringify(posted.blocks)
  for (const said of ['Dana Engineer', 'prod-db', '8 seconds', ...roles, project, '<@U0MO>, you are on call'])
    assert.ok(shown.includes(said), said)
  assert.ok(shown.includes('&lt;@U0MO&gt;'), 'what the engineer typed mentions nobody')
})

test('the manager approves through the page and Google, and reads the result', async () => {
  const page = await approve(world, name, mo, { comment: 'go ahead' })
  assert.match(page.url.pathname, /^\/approve\/outcome$/)
  assert.match(page.text, /Granting|Granted until/)
})

test('there is one binding per grant, for the right person, role and time, written by the manager', async () => {
  const { status } = await reached(world, name, 'Provisioned')
  const text = `request.time >= timestamp("${status?.startsAt}") && request.time < timestamp("${status?.expiresAt}")`
  const own = (world.google.policies.read(project)?.bindings ?? []).filter(({ condition }) =>
    condition?.title?.includes(uid),
  )
  assert.equal(own.map(({ role }) => role).sort(), roles)
  for (const { members, condition } of own) {
    assert.equal(members, ['user:dana@example.com'])
    assert.is(condition?.expression, text)
  }
  assert.is(Date.parse(status?.expiresAt ?? '') - Date.parse(status?.startsAt ?? ''), 8000)
  const writes = world.google.calls.filter(({ method }) => method === 'SetIamPolicy')
  assert.is(writes.length, 1, 'the grants on one policy share one write')
  for (const { principal, reasonHeader } of writes) {
    assert.is(principal, mo.email)
    assert.is(reasonHeader, `hallpass ${uid}`)
  }
})

test('the engineer can use it inside the time and not before it', async () => {
  const { status } = (await stored(world, name)) ?? {}
  const start = Date.parse(status?.startsAt ?? '')
  for (const role of roles) {
    assert.is(world.google.holds(dana.email, role, project, new Date(start + 1000)), true)
    assert.is(world.google.holds(dana.email, role, project, new Date(start - 1000)), false)
  }
})

test('the sealed token is gone as soon as it was used', async () => {
  await until('no sealed token is left', async () => {
    const path = '/api/v1/namespaces/hallpass-tokens/secrets'
    type Secrets = { items: { metadata: { name: string } }[] }
    const { items } = await world.cluster.transport.request<Secrets>({ method: 'GET', path })
    return items.every(({ metadata }) => metadata.name.startsWith('evidence-')) ? true : undefined
  })
})

test('kubectl says on one screen who has what, who said yes and until when', async () => {
  const { status } = (await stored(world, name)) ?? {}
  const table = kubectl('get', 'accessrequests', '-n', 'hallpass')
  assert.match(table, /^NAME +PHASE +REQUESTER +MAPPING +DECIDED BY +BEGINS +EXPIRES +AGE/)
  for (const said of [name, 'Provisioned', dana.email, mo.email, status?.expiresAt ?? '-'])
    assert.ok(table.includes(said))
  for (const line of table.split('\n')) assert.ok(line.length <= 120, line)
  const story = kubectl('describe', 'accessrequest', name, '-n', 'hallpass')
  assert.match(story, /Approved by mo@example\.com \(Mo Manager\)/)
  const events = kubectl('events', `--for=accessrequest/${name}`, '-n', 'hallpass')
  for (const told of [story.slice(story.indexOf('\nEvents:')), events])
    assert.match(told, /Normal +Requested[^]*Normal +Approved[^]*Normal +Granted/, told)
})

test('the end comes at its instant, by itself', async () => {
  const { status } = await reached(world, name, 'Expired')
  assert.is(status?.endedAt, status?.expiresAt)
  const [start, end] = [Date.parse(status?.startsAt ?? ''), Date.parse(status?.expiresAt ?? '')]
  for (const role of roles) {
    assert.is(world.google.holds(dana.email, role, project, new Date(end - 1)), true)
    assert.is(world.google.holds(dana.email, role, project, new Date(end)), false, 'the end itself is too late')
    assert.is(world.google.holds(dana.email, role, project, new Date(start)), true)
  }
})

test('the engineer was told of the grant and of the end, once each, and the message tells how it ended', async () => {
  const said = await until('two things are said', async () => {
    const lines = await thread(world, name)
    return lines.length >= 2 ? lines : undefined
  })
  assert.is(said.length, 2)
  assert.match(said[0] ?? '', /you have prod-db until/)
  assert.match(said[1] ?? '', /ended/)
  const shown = await until('the message tells the end', async () => {
    const text = JSON.stringify((await message(world, name)).blocks)
    return text.includes('Ended at') ? text : undefined
  })
  assert.ok(!shown.includes('"action_id":"approve"'), 'nothing is left to press')
})

test('every step is in Cloud Logging, without a gap, and the request is settled', async () => {
  await until('it is settled', async () => ((await stored(world, name))?.status?.settled ? true : undefined))
  const entries = entriesOf(world, uid)
  assert.equal(
    entries.map(({ insertId }) => Number(insertId.split('-').at(-1))),
    entries.map((_, i) => i + 1),
  )
  const events = entries.map(({ event }) => event)
  for (const event of ['Requested', 'Routed', 'Approved', 'Granted', 'Expired'])
    assert.ok(events.includes(event), event)
})

test('hallpass who answers for an instant inside, and finds nobody after', async () => {
  const { status } = (await stored(world, name)) ?? {}
  const inside = who(status?.startsAt ?? '')
  assert.match(inside, /PERSON +RESOURCE +ROLE +FROM +UNTIL +APPROVED BY +REQUEST/)
  for (const role of roles) assert.ok(inside.includes(role))
  assert.ok(inside.includes(dana.email) && inside.includes(mo.email) && inside.includes(name))
  assert.match(inside, /2 grants in force/)
  assert.match(who(status?.expiresAt ?? ''), /[Nn]o grant|0 grants|Nobody/)
})

test('all other bindings are unchanged', async () => {
  const after = world.google.policies.read(project)
  const foreign = (after?.bindings ?? []).filter(({ condition }) => !condition?.title?.startsWith('hallpass '))
  const plain = (bindings: unknown[]): string[] => bindings.map(binding => JSON.stringify(binding)).sort()
  assert.equal(plain(foreign), plain(before?.bindings ?? []))
  assert.equal(after?.auditConfigs, before?.auditConfigs)
})

const own = (): unknown[] =>
  (world.google.policies.read(project)?.bindings ?? []).filter(({ condition }) => condition?.title?.includes(uid))

test('the engineer is done: nothing is removed, and the manager is asked once, with the exact commands', async () => {
  name = (await ask(world, dana, '/prod-db 10m INC-1235 one more batch')).name ?? ''
  await approve(world, name, mo)
  const { metadata, status } = await reached(world, name, 'Provisioned')
  uid = metadata.uid
  const said = await press(world, name, 'done', dana)
  assert.match(said, /Hallpass has no right to remove it, so mo@example\.com \(Mo Manager\) is asked to/)
  const note = await until('the note', async () => (await thread(world, name)).find(text => text.includes('is done')))
  assert.match(note, /^mo@example\.com \(Mo Manager\), dana@example\.com \(Dana Engineer\) is done with prod-db\./)
  const { ts } = await message(world, name)
  const shown = JSON.stringify(world.slack.state.messages('C0PRODACCESS').filter(({ threadTs }) => threadTs === ts))
  assert.match(shown, /<@U0MO>, .*Remove now.*\/revoke\?t=.*gcloud projects remove-iam-policy-binding prod-eu/)
  assert.ok(shown.includes('request.time &lt; timestamp(') && shown.includes(status?.expiresAt ?? '-'), shown)
  assert.is(own().length, 2)
})

test('an engineer without the right signs in to end it, and reads what is missing', async () => {
  const page = await endEarly(world, name, dana)
  assert.match(
    page.text,
    /You cannot end this access: on "projects\/prod-eu" your account does not have the permissions/,
  )
  assert.is(own().length, 2)
})

test('the manager ends it: with their own token, told and recorded', async () => {
  const writes = world.google.calls.length
  const page = await endEarly(world, name, mo, { comment: 'the batch is through' })
  assert.match(page.url.pathname, /^\/revoke\/outcome$/)
  assert.match(page.text, /being removed|This access ended at/)
  const { status } = await reached(world, name, 'Revoked')
  assert.equal(own(), [])
  const removals = world.google.calls.slice(writes).filter(({ method }) => method === 'SetIamPolicy')
  assert.equal(
    removals.map(({ principal }) => principal),
    [mo.email],
  )
  assert.ok(Date.parse(status?.endedAt ?? '') < Date.parse(status?.expiresAt ?? ''))
  const text = await until('the message tells the end', async () => {
    const said = JSON.stringify((await message(world, name)).blocks)
    return said.includes('Ended at') ? said : undefined
  })
  for (const part of [
    'by mo@example.com (Mo Manager)',
    ' minutes early',
    'the batch is through',
    'Google usually follows',
  ])
    assert.ok(text.includes(part), `${part} in ${text}`)
  assert.not.match(text, /"action_id":"(done|revoke)"/)
  await until('the engineer is told', async () =>
    (await thread(world, name)).find(line => line.includes('ended early')),
  )
  assert.match(kubectl('get', 'areq', name, '-n', 'hallpass'), /Revoked/)
  await until('the log has it', () => entriesOf(world, uid).find(({ event }) => event === 'Revoked'))
  assert.match(who(status?.endedAt ?? ''), /[Nn]o grant|0 grants|Nobody/)
})

test('cluster, log and Google agree about everything, and the story of a request is whole', async () => {
  const from = (await stored(world, name))?.metadata.creationTimestamp ?? ''
  const compared = await said('who', '--from', from, '--compare', '--in', project)
  assert.match(compared, /^No difference between .* between cluster, logging, google\.\n/)
  for (const source of ['cluster', 'logging', 'google'])
    assert.match(compared, new RegExp(`${source}: [1-9]\\d* grants? in force`))
  const logged = await said('who', '--at', '2020-01-01T00:00:00Z')
  assert.match(
    logged,
    /The log "projects\/hallpass-ops\/logs\/hallpass" begins at .*, so it does not say who had access before/,
  )
  const story = await said('history', name)
  assert.match(story, /All \d+ events are there, and each names the one before\./)
  assert.match(story, /Evidence of Approved by mo@example\.com: ID token with SHA-256 [0-9a-f]{64}, nonce /)
  assert.match(await said('did', first), /^dana@example\.com on projects\/prod-eu, .*silence is not idleness/s)
  assert.match(await said('report'), /^\d+ requests from .* granted/)
  assert.match(
    await said('explain', '--as', dana.email, '--mapping', 'prod-db', '--approver', dana.email),
    'SelfApproval',
  )
})

test('no token, code or secret is in any log, status or event', async () => {
  const printed = await Promise.all((['gateway', 'auth', 'controller'] as const).map(one => world.processes.log(one)))
  const events = kubectl('get', 'events', '-A', '-o', 'json')
  const everything = [
    ...printed,
    events,
    JSON.stringify(await stored(world, name)),
    JSON.stringify(world.google.logs.entries().filter(({ insertId }) => !insertId.includes('-evidence-'))),
  ]
  for (const text of everything) assert.not.match(text, /ya29|eyJhbGciOi|xoxb-|GOCSPX|sim-token|sandbox-signing-secret/)
  // ID tokens are published when nobody can use them any more; in this world that is sooner.
  const evidence = JSON.stringify(world.google.logs.entries().filter(({ insertId }) => insertId.includes('-evidence-')))
  assert.match(evidence, /eyJhbGciOi/)
  assert.not.match(evidence, /ya29/)
})

async function said(...words: string[]): Promise<string> {
  const { out, err } = await asAuditor(world, words)
  return `${out}${err}`
}

function kubectl(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(world.cluster.kubectl, args, {
    env: { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath },
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return stdout
}

function who(at: string): string {
  const program = join(import.meta.dirname, '../../src/cli/hallpass.ts')
  const { stdout, stderr } = spawnSync(process.execPath, [program, 'who', '--at', at], {
    env: { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath },
    encoding: 'utf8',
  })
  return `${stdout}${stderr}`
}

test.run()
