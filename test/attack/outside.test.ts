// Google, Slack and PagerDuty misbehaving: answers that lie, answers about somebody else, names made to deceive.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { approve, cast, message, openApproval, reached, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { declare, quickWorld } from '../story/world.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { accounted, asked, bindingsOf, foreign, nothingWritten, project, routed, verdictOn, why } from './attacker.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('an outside that misbehaves', { timeoutMs: 60_000 })
const { dana, mo, ana, otto } = cast
const roles = ['roles/cloudsql.client', 'roles/logging.viewer']

let world: World

test.before(async () => {
  world = await quickWorld()
})
test.after(async () => world.stop())

/** Granted ones, whose account is demanded when all is over. */
const granted: AccessRequest[] = []
let count = 0

/** A waiting request; with its own mapping when that differs from the sample. */
async function waiting(spec?: Parameters<typeof declare>[2]): Promise<AccessRequest> {
  if (!spec) return asked(world, dana, `/prod-db 5s outside ${++count}`)
  const name = `outside-${++count}`
  await declare(world, name, spec)
  return asked(world, dana, `/access ${name} 5s outside`)
}

async function grantedWhole(request: AccessRequest): Promise<'granted whole'> {
  const { status } = await reached(world, request.metadata.name, 'Provisioned')
  assert.equal(
    bindingsOf(world, request)
      .map(({ role }) => role)
      .sort(),
    roles,
  )
  assert.equal(
    status?.grants?.map(({ state }) => state),
    ['Written', 'Written'],
  )
  granted.push(request)
  return 'granted whole'
}

const read = 'POST /v3/projects/*:getIamPolicy'
const write = 'POST /v3/projects/*:setIamPolicy'
const now = (): NonNullable<ReturnType<World['google']['policies']['read']>> => {
  const policy = world.google.policies.read(project)
  if (!policy) throw new Error('no policy')
  return policy
}
const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in to the proxy</html>' }

/** What the controller reads next. Auth reads the policy before it, when the approver comes back from Google. */
function controllerReads(fault: Omit<Fault, 'route'>): void {
  world.google.faults.add({ route: read, latencyMs: 1 }, { route: read, ...fault })
}

const lies: Record<string, () => void> = {
  'a page instead of the policy': () => controllerReads({ ...html }),
  'a policy without an etag': () => controllerReads({ status: 200, body: { version: 3, bindings: [] } }),
  'nothing at all': () => controllerReads({ status: 200, body: '' }),
  'bindings that are no list': () =>
    controllerReads({ status: 200, body: { etag: 'x', version: 3, bindings: { role: 'x' } } }),
  'every binding twice': () => {
    const policy = now()
    controllerReads({ status: 200, body: { ...policy, bindings: [...policy.bindings, ...policy.bindings] } })
  },
  'a page in answer to the write': () => world.google.faults.add({ route: write, ...html }),
  'a write that is answered with the policy as it was': () =>
    world.google.faults.add({ route: write, times: 2, status: 200, body: now() }),
  'an empty policy with a stale etag': () =>
    controllerReads({ status: 200, body: { etag: 'BwAAAAAAAAA=', version: 3, bindings: [] } }),
}
const kept = (before: string): string => `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}`
attacks(test, ending('granted whole, foreign bindings as before', lies, 'Google answers '), async tell => {
  const request = await waiting()
  const before = foreign(world)
  tell()
  await approve(world, request.metadata.name, mo)
  const end = await grantedWhole(request)
  world.google.faults.clear()
  return `${end}, ${kept(before)}`
})

attack(
  test,
  'Google answers a policy with its conditions masked … Failed, nothing written, foreign bindings as before',
  async () => {
    const request = await waiting()
    const before = foreign(world)
    const { etag, bindings } = now()
    const masked = bindings.map(({ role, members, condition }) => ({
      role: condition ? `${role}_withcond_0123456789abcdef0123` : role,
      members,
    }))
    controllerReads({ times: 4, status: 200, body: { version: 1, etag, bindings: masked } })
    await approve(world, request.metadata.name, mo)
    const failed = await reached(world, request.metadata.name, 'Failed')
    world.google.faults.clear()
    assert.match(why(failed, 'Provisioned'), /not read with its conditions/)
    return `${failed.status?.phase}, ${nothingWritten(world, request)}, ${kept(before)}`
  },
)

attack(
  test,
  'Google answers a policy with an empty etag … Failed, nothing written, foreign bindings as before',
  async () => {
    const request = await waiting()
    const before = foreign(world)
    controllerReads({ times: 4, status: 200, body: { ...now(), etag: '' } })
    await approve(world, request.metadata.name, mo)
    const failed = await reached(world, request.metadata.name, 'Failed')
    world.google.faults.clear()
    assert.match(why(failed, 'Provisioned'), /etag/)
    return `${failed.status?.phase}, ${nothingWritten(world, request)}, ${kept(before)}`
  },
)

// Google judges a limited right by all that the write changes, so a change of a role that the approver may not touch looks
// like the approver's own.
const theirs: Record<string, string> = {
  'a binding of a mapped role': 'roles/logging.viewer',
  'a binding of a role that the approver may not touch': 'roles/monitoring.editor',
}
attacks(
  test,
  ending('granted whole, their change stays', theirs, 'somebody else adds, between our read and write, '),
  async role => {
    const request = await waiting()
    world.google.faults.add({ route: write, latencyMs: 800 })
    const reads = (): number => world.google.calls.filter(({ method }) => method === 'GetIamPolicy').length
    const before = reads()
    await approve(world, request.metadata.name, mo)
    await until('the policy was read and the write is under way', async () => reads() > before + 1 || undefined)
    const theirs: Binding = { role, members: ['user:otto@example.com'] }
    world.google.policies.replace(project, { ...now(), bindings: [...now().bindings, theirs] })
    const end = await grantedWhole(request)
    const stands = now().bindings.some(
      binding => binding.role === role && !binding.condition && binding.members.includes('user:otto@example.com'),
    )
    return `${end}, their change ${stands ? 'stays' : 'is lost'}`
  },
)

attack(
  test,
  'entries that look like Hallpass’s are in the policy … granted whole, only our own expired ones of this role gone',
  async () => {
    const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    const time = (from: string, to: string): string =>
      `request.time >= timestamp("${from}T00:00:00Z") && request.time < timestamp("${to}T00:00:00Z")`
    const entry = (n: number, expression: string, more: Partial<Binding> = {}): Binding => ({
      role: 'roles/cloudsql.client',
      members: ['user:otto@example.com'],
      ...more,
      condition: { title: `hallpass ${uuid(n)}`, description: 'x', expression },
    })
    const past = time('2020-01-01', '2020-01-02')
    const goes = Array.from({ length: 25 }, (_, n) => entry(n, past))
    const stays = [
      entry(100, time('2020-01-01', '2099-01-02')),
      entry(101, 'request.time < timestamp("2020-01-02T00:00:00Z")'),
      entry(102, past, { role: 'roles/monitoring.viewer' }),
      entry(103, past, { members: ['user:otto@example.com', 'user:ana@example.com'] }),
      entry(104, `(true) || (true) && ${past}`),
      entry(105, `(resource.name == ")") || true || (false) && ${past}`),
      entry(106, `true || ${past}`),
      { ...entry(107, past), condition: { title: 'hallpass for the auditors', description: 'x', expression: past } },
    ]
    world.google.policies.replace(project, { ...now(), bindings: [...now().bindings, ...goes, ...stays] })
    const request = await waiting()
    await approve(world, request.metadata.name, mo)
    const end = await grantedWhole(request)
    const left = JSON.stringify(now())
    for (const { condition } of goes) assert.ok(!left.includes(condition?.title ?? ''), `${condition?.title} is gone`)
    for (const { condition } of stays)
      assert.ok(
        now().bindings.some(
          found => found.condition?.title === condition?.title && found.condition?.expression === condition?.expression,
        ),
        condition?.expression,
      )
    return `${end}, only our own expired ones of this role gone`
  },
)

attack(
  test,
  'somebody plants an entry under our very title … granted until the promised end, the plant of another stays',
  async () => {
    const request = await waiting()
    const title = `hallpass ${request.metadata.uid}`
    const planted: Binding[] = [
      {
        role: roles[0] ?? '',
        members: ['user:dana@example.com'],
        condition: { title, expression: 'request.time < timestamp("2099-01-01T00:00:00Z")' },
      },
      { role: roles[0] ?? '', members: ['user:otto@example.com'], condition: { title, expression: 'true' } },
    ]
    world.google.policies.replace(project, { ...now(), bindings: [...now().bindings, ...planted] })
    await approve(world, request.metadata.name, mo)
    const { status } = await reached(world, request.metadata.name, 'Provisioned')
    const own = bindingsOf(world, request).filter(({ members }) => members.includes('user:dana@example.com'))
    for (const { condition } of own)
      assert.ok(condition?.expression?.includes(status?.expiresAt ?? 'x'), condition?.expression)
    assert.ok(
      bindingsOf(world, request).some(({ members }) => members.includes('user:otto@example.com')),
      'the other’s stays',
    )
    world.google.policies.replace(project, {
      ...now(),
      bindings: now().bindings.filter(({ condition }) => condition?.title !== title),
    })
    granted.push(request)
    return `granted until the promised end, the plant of another stays`
  },
)

attack(
  test,
  'Slack answers an address with somebody else’s account … told why, undecided, nothing written',
  async () => {
    const otherUser = {
      id: otto.id,
      team_id: 'T0HALLPASS',
      name: 'otto',
      profile: { real_name: 'Otto Other', email: otto.email },
    }
    world.slack.faults.add({
      route: 'POST /api/users.lookupByEmail',
      times: 3,
      status: 200,
      body: { ok: true, user: otherUser },
    })
    const request = await routed(
      world,
      await waiting({ approval: { window: '30m', fallback: { emails: ['manager@example.com'] } } }),
    )
    world.slack.faults.clear()
    assert.equal(
      request.status?.approvers?.map(({ slackUserID }) => slackUserID),
      [undefined],
    )
    const { ts } = await message(world, request.metadata.name, 'deny')
    await world.slack.desktop.clickButton({ user: otto.id, channel: 'C0PRODACCESS', ts, actionID: 'deny' })
    const said = await until('Otto is told why', () => world.slack.state.ephemerals(otto.id).at(-1))
    const told = /You cannot decide this request/.test(said.text) ? 'told why' : said.text
    return `${told}, ${await verdictOn(world, request)}, ${nothingWritten(world, request)}`
  },
)

attack(
  test,
  'PagerDuty names the requester, look-alikes and strangers … nobody unfit asked, undecided, nothing written',
  async () => {
    const { users, policies } = world.pagerduty.state
    const add = (id: string, name: string, email: string): void => void users.set(id, { id, name, email })
    add('PCYR', 'Mo Manager', 'm\u043E@example.com')
    add('PNEAR', '<!channel> *Mo* \u202E\n<@U0DANA>', 'mo@examp1e.com')
    policies.set('PMIXED', {
      id: 'PMIXED',
      name: '<!here>\nPlatform',
      levels: [
        [{ user: 'PDANA' }, { user: 'PCYR' }],
        [{ user: 'PNEAR' }, { user: 'PANA' }],
      ],
    })
    const request = await routed(
      world,
      await waiting({ approval: { window: '30m', onCall: { escalationPolicy: 'PMIXED' } } }),
    )
    assert.equal(request.status?.approvers?.map(({ email }) => email).sort(), [ana.email, 'mo@examp1e.com'])
    const posted = await message(world, request.metadata.name, 'approve')
    for (const markup of ['<!channel>', '<!here>', '\u202E', '<@U0DANA>'])
      assert.ok(!JSON.stringify(posted).includes(markup), markup)
    world.google.seeds.people.push({ email: 'mo@examp1e.com', name: 'Mo Manager', sub: '666', hd: 'examp1e.com' })
    assert.match(
      (await approve(world, request.metadata.name, { email: 'mo@examp1e.com' } as never)).text,
      /not an account of example\.com/,
    )
    assert.match((await approve(world, request.metadata.name, mo)).text, /waits for|cannot/)
    return `nobody unfit asked, ${await verdictOn(world, request)}, ${nothingWritten(world, request)}`
  },
)

attack(
  test,
  'somebody takes a name that mentions, links and turns text around … no markup, granted to eve@example.com alone',
  async () => {
    const name =
      '<!channel> <@U0MO> *Approved by Mo*\n\u202Egnp.exe </title><script>alert(1)</script> \uD83D\uDE00'.repeat(3)
    world.slack.state.users.set('U0EVE', { id: 'U0EVE', name: 'eve', real_name: name, email: 'eve@example.com' })
    world.slack.state.channels.get('C0PRODACCESS')?.members.push('U0EVE')
    world.google.seeds.people.push({ email: 'eve@example.com', name: 'Eve', sub: '667', hd: 'example.com' })
    const request = await routed(world, await asked(world, { ...dana, id: 'U0EVE' } as never, '/prod-db 3s names'))
    const posted = JSON.stringify(await message(world, request.metadata.name, 'approve'))
    for (const markup of ['<!channel>', '\u202E', '<script', '\\nApproved']) assert.ok(!posted.includes(markup), markup)
    const { page } = await openApproval(world, request.metadata.name)
    assert.is(page.document.querySelectorAll('script').length, 0)
    assert.ok(!page.document.toString().includes('\u202E'))
    assert.ok(page.text.includes('eve@example.com'), 'the address is read next to the name')
    await approve(world, request.metadata.name, mo)
    await grantedWhole(request)
    const members = bindingsOf(world, request).flatMap(binding => binding.members)
    return `no markup, granted to ${[...new Set(members)].join().replaceAll('user:', '')} alone`
  },
)

test('all that was granted has ended, and is accounted for without a gap', async () => {
  assert.ok(granted.length >= 10)
  for (const request of granted) await accounted(world, request, 'Granted', 'Expired')
})

attack(test, 'whatever the outside answered … no secret seen', async () => noSecretSeen(world))

test.run()
