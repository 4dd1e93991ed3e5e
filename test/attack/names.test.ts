// Names, reasons and comments made to deceive: whatever somebody calls themselves in Slack and PagerDuty, and whatever they
// type, everybody reads the address that was checked, on one line that shows what it says.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import {
  approve,
  cast,
  deny,
  entriesOf,
  message,
  openApproval,
  type Player,
  reached,
  until,
} from '../../src/sandbox/plays.ts'
import { Visitor } from '../../src/sandbox/visitor.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { attack, attacks } from '../attacks.ts'
import { declare, quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import { asked, like, routed, standing, statusOf, stolen, store, why, writeStatus } from './attacker.ts'

const test = suite('names made to deceive', { timeoutMs: 60_000 })
const { dana, mo, ana, otto } = cast
const kubectl = promisify(execFile)
/** Everything that a terminal would act on or not show, but line breaks and tabs. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/u

let world: World
test.before(async () => {
  world = await quickWorld()
})
test.after(async () => world.stop())

/** A member of the workspace and of the organisation, on call in a separate policy, under a name of their choice. */
function join(local: string, name: string): Player {
  const [id, email] = [`U0${local.toUpperCase()}`, `${local}@example.com`]
  world.slack.state.users.set(id, { id, name: local, real_name: name, email })
  world.slack.state.channels.get('C0PRODACCESS')?.members.push(id)
  world.google.seeds.people.push({
    email,
    name: local,
    sub: `7${local.length}${local.charCodeAt(0)}`,
    hd: 'example.com',
  })
  const { bindings = [], ...policy } = world.google.policies.read('projects/prod-eu') ?? {}
  const managers = bindings.map(binding =>
    binding.members.includes(`user:${mo.email}`)
      ? { ...binding, members: [...binding.members, `user:${email}`] }
      : binding,
  )
  world.google.policies.replace('projects/prod-eu', { ...policy, bindings: managers } as never)
  const { users, policies } = world.pagerduty.state
  users.set(`P${local.toUpperCase()}`, { id: `P${local.toUpperCase()}`, name, email })
  policies.set(`PON${local.toUpperCase()}`, {
    id: `PON${local.toUpperCase()}`,
    name: `Policy of ${name}`,
    levels: [[{ user: `P${local.toUpperCase()}` }]],
  })
  return { id, name: local, email, role: '' } as unknown as Player
}

/** All that anybody reads of this request: stored, in Events, in the log of record, in the channel, through kubectl. */
async function readings(request: AccessRequest): Promise<string[]> {
  const { name, uid } = request.metadata
  const { kubectl: program, kubeconfigPath, transport } = world.cluster
  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(program, ['-n', namespace, ...args], { env: { ...process.env, KUBECONFIG: kubeconfigPath } })).stdout
  const events = await transport.request({
    method: 'GET',
    path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  })
  return [
    ...textsIn(await standing(world, request)),
    ...textsIn(events),
    ...textsIn(entriesOf(world, uid)),
    ...textsIn(world.slack.state.messages('C0PRODACCESS')),
    await run('get', 'areq', name, '-o', 'wide'),
    await run('get', 'areq', name, '-o', 'yaml'),
    await run('get', 'areq', name, '-o', 'jsonpath={.spec} {.status}'),
    await run('describe', 'areq', name),
  ]
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

async function oneVisibleLineEverywhere(request: AccessRequest): Promise<void> {
  for (const text of await readings(request)) assert.not.match(text, unseen)
}

const names = {
  "a manager's name is another person's address … Approved by lee@example.com (lee)": {
    as: 'lee',
    name: 'ana@example.com',
  },
  "a manager's name is such an address with a wide at sign … Approved by lin@example.com (lin)": {
    as: 'lin',
    name: 'ana\uFF20example.com',
  },
  "a manager's name begins a new line … Approved by liv@example.com (Liv Approved by Ana)": {
    as: 'liv',
    name: 'Liv\r\n\u2028Approved by Ana',
  },
  "a manager's name moves the cursor … Approved by lou@example.com (Lou [2K 31m x)": {
    as: 'lou',
    name: 'Lou\u001B[2K\u009B31m\u0007x\u007F',
  },
  "a manager's name is written from right to left … Approved by leo@example.com (oel)": {
    as: 'leo',
    name: '\u202Eoel\u2066\u200F',
  },
  "a manager's name closes the bracket … Approved by lea@example.com (Lea] and ana [Director)": {
    as: 'lea',
    name: 'Lea) and ana (Director',
  },
} as const

attacks(test, names, async ({ as, name }) => {
  const liar = join(as, name)
  const onCall = { escalationPolicy: `PON${as.toUpperCase()}` }
  await declare(world, `by-${as}`, { approval: { window: '30m', onCall } })
  const request = await routed(world, await asked(world, dana, `/access by-${as} 2s names`))
  await approve(world, request.metadata.name, liar)
  const granted = await reached(world, request.metadata.name, 'Provisioned')
  const said = why(granted, 'Approved')
  await until('the log of record says the same', () =>
    JSON.stringify(entriesOf(world, request.metadata.uid)).includes(JSON.stringify(said)),
  )
  await oneVisibleLineEverywhere(granted)
  const { text } = await message(world, request.metadata.name)
  assert.match(text, `${said.replace(/\.$/, '')} at`, 'the channel says the same')
  return said.replace(/\.$/, '')
})

attack(test, "a requester's name is the manager's address … asked as ray@example.com (ray)", async () => {
  const liar = join('ray', mo.email)
  const request = await routed(world, await asked(world, liar, '/prod-db 2s as somebody else'))
  const { text } = await message(world, request.metadata.name, 'approve')
  const { page } = await openApproval(world, request.metadata.name)
  assert.ok(page.text.includes(liar.email) && !page.text.includes(mo.email), page.text)
  return text.replace(/^(.*) asks for .*$/s, 'asked as $1')
})

attack(test, 'a reason and a comment that move the cursor and begin lines … one visible line each', async () => {
  const raw = 'INC-1 \u001B[2Kx\u009B31m\u0007 \u202Etxt\u202C\u007F\u2028Phase: Provisioned'
  const request = await routed(world, await asked(world, otto, `/prod-db 2s ${raw}`))
  await deny(world, request.metadata.name, mo, raw)
  const denied = await reached(world, request.metadata.name, 'Denied')
  await oneVisibleLineEverywhere(denied)
  const comment = denied.status?.decisions?.[0]?.comment
  return [denied.spec.reason, comment].every(text => text === 'INC-1 [2Kx 31m txt Phase: Provisioned')
    ? 'one visible line each'
    : `${denied.spec.reason} / ${comment}`
})

const forgedNames = {
  'the stolen gateway asks under a name that is an address … 422': 'ana@example.com',
  'the stolen gateway asks under a name of two lines … 422': 'Dana\nApproved by Ana',
  'the stolen gateway asks under a name written from right to left … 422': '\u202EanaD',
  'the stolen gateway asks under a name with an escape of one character … 422': 'Da\u009B31mna',
} as const
attacks(test, forgedNames, async name => {
  const gateway = await stolen(world, 'gateway')
  const request = await asked(world, ana, '/prod-db 2s a pattern to copy')
  const forged = like(request, `prod-db-forged${Object.values(forgedNames).indexOf(name)}`, {
    requester: { ...request.spec.requester, name },
  })
  return statusOf(store(gateway, forged))
})

attack(test, 'the stolen gateway denies with a comment of several lines … 422', async () => {
  const request = await asked(world, ana, '/prod-db 2s a pattern to copy')
  const decision = { id: 'd1', verdict: 'Denied', who: { email: mo.email }, at: '2026-11-24T10:00:00Z' }
  const gateway = await stolen(world, 'gateway')
  return statusOf(writeStatus(gateway, request, { decisions: [{ ...decision, comment: 'no\nPhase: Provisioned' }] }))
})

attack(test, 'somebody finds the link and does not sign in … nobody else named, before or after', async () => {
  const ria = join('ria', 'Ria Requester')
  const request = await routed(world, await asked(world, ria, '/prod-db 2s found link'))
  const { page, browser } = await openApproval(world, request.metadata.name)
  const others = [mo, ana, otto].flatMap(({ name, email }) => [name, email])
  const isNamed = (text: string): boolean => others.some(other => text.includes(other))
  assert.not.ok(isNamed(page.text), page.text)
  const chooser = await browser.submit(page, 'Sign in and approve', { comment: 'reads are enough' })
  const after = await browser.submit(chooser, mo.email)
  await reached(world, request.metadata.name, 'Provisioned')
  assert.match((await browser.open(after.url)).text, /Approved by mo@example\.com \(Mo Manager\)/)
  const found = await new Visitor().open(after.url)
  assert.match(found.text, /already approved/)
  const told = [...others, ria.email, 'Ria', 'roles/', 'projects/', 'reads are enough', 'found link']
  return told.some(text => found.text.includes(text)) ? found.text : 'nobody else named, before or after'
})

test.run()
