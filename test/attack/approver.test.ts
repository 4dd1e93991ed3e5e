// An approver who tampers: with the form, the cookie, the state, the code, the time. And one whose rights end in between.
import * as assert from 'uvu/assert'
import { parse } from 'node-html-parser'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { cast, message, openApproval, reached, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { limitTo } from '../../src/sim/google/seeds.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { declare, quickWorld } from '../story/world.ts'
import { goesOnTo } from '../../src/sandbox/browser-rules.ts'
import { attack, attacks, attacksTogether, type Sentence } from '../attacks.ts'
import { suite } from '../suite.ts'
import {
  accounted,
  asked,
  bindingsOf,
  foreign,
  nothingWritten,
  project,
  routed,
  standing,
  verdictOn,
  why,
} from './attacker.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('an approver who tampers', { timeoutMs: 60_000 })
const { dana, mo, ana } = cast

let world: World
let before = ''

test.before(async () => {
  world = await quickWorld()
  addProject(other)
  before = foreign(world)
})
test.after(async () => world.stop())

const other = 'projects/prod-us'
/** A second project whose policy Mo may set. */
function addProject(name: string): void {
  const role = 'roles/resourcemanager.projectIamAdmin'
  const added = { name, parent: 'folders/10', bindings: [{ role, members: [`user:${mo.email}`] }] }
  world.google.seeds.resources.push(added)
  world.google.policies.define(added)
}

let count = 0
/** A waiting request, each with its own mapping, so that there can be several. */
async function waiting(seconds = 5, spec: Partial<RoleMapping['spec']> = {}): Promise<AccessRequest> {
  const name = `mapping-${++count}`
  await declare(world, name, spec)
  return routed(world, await asked(world, dana, `/access ${name} ${seconds}s tampering`))
}

/** A login that was begun: where Google is, and the cookie that goes with it. */
type Begun = { google: string; cookie: string; name: string; value: string }

async function linkOf({ metadata: { name } }: AccessRequest): Promise<string> {
  const { blocks } = await message(world, name, 'approve')
  const [url] = /http:\/\/127[^"]+\/approve\?t=[^"]+/.exec(JSON.stringify(blocks)) ?? []
  return url ?? ''
}

async function begin(request: AccessRequest, fields: [string, string][] = []): Promise<Begun> {
  const page = await fetch(await linkOf(request))
  const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const form = parse(await page.text())
  const hidden = form
    .querySelectorAll('input[type=hidden]')
    .map((input): [string, string] => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? ''])
  const chosen: [string, string][] =
    fields.length > 0
      ? fields
      : [
          ['grants', '0'],
          ['grants', '1'],
        ]
  const answer = await fetch(`${world.authUrl}/approve`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams([...hidden, ...chosen]),
  })
  const set = answer.headers.getSetCookie().find(line => line.startsWith('hallpass-login-')) ?? ''
  const [name = '', value = ''] = set.split(';')[0]?.split('=') ?? []
  const next = await fetch(new URL(answer.headers.get('location') ?? '/', world.authUrl), {
    redirect: 'manual',
    headers: { cookie: `${name}=${value}` },
  })
  const text = await next.text()
  return { google: goesOnTo(text, new URL(world.authUrl))?.href ?? text, cookie: `${name}=${value}`, name, value }
}

/** Google's redirect for somebody who signs in there. */
const signIn = ({ google }: Begun, { email }: { email: string } = mo): URL =>
  world.google.signIn(google, { account: email })

/** Google's return, and the page that says what came of a sign-in without an approval. */
async function comeBack(to: URL, cookie: string): Promise<{ status: number; where: string; text: string }> {
  const headers = { cookie, 'sec-fetch-site': 'cross-site' }
  let answer = await fetch(to, { redirect: 'manual', headers })
  const where = answer.headers.get('location') ?? ''
  if (where.startsWith('/approve/result')) {
    const kept = answer.headers.getSetCookie().map(line => line.split(';')[0])
    answer = await fetch(new URL(where, world.authUrl), { headers: { cookie: kept.join('; ') } })
  }
  return { status: answer.status, where, text: parse(await answer.text()).structuredText }
}

function changed({ name, value }: Begun, change: (login: Record<string, unknown>) => void): string {
  const [text = '', signature] = value.split('.')
  const login = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
  change(login)
  return `${name}=${Buffer.from(JSON.stringify(login)).toString('base64url')}.${signature}`
}

async function undecided(request: AccessRequest): Promise<string> {
  return `${await verdictOn(world, request)}, ${nothingWritten(world, request)}`
}

/** Attacks that do not disturb one another. */
const facts: Record<Sentence, () => Promise<string>> = {}
const fact = (sentence: Sentence, tries: () => Promise<string>): void => void (facts[sentence] = tries)

type Fields = [string, string][]
const greedy: Record<string, Fields> = {
  'for longer than was asked': [
    ['grants', '0'],
    ['duration', '100h'],
  ],
  'for a grant that was never asked for': [['grants', '9']],
  'with two durations': [
    ['grants', '0'],
    ['duration', '5s'],
    ['duration', '4h'],
  ],
  'for a grant before the first': [['grants', '-1']],
  'with a second ticket': [
    ['grants', '0'],
    ['t', 'another'],
  ],
  'with fields in brackets that name another role': [
    ['grants[]', '0'],
    ['grants[0][role]', 'roles/owner'],
  ],
  'with a comment that is too long to be stored': [
    ['comment', 'x'.repeat(600)],
    ['grants', '0'],
  ],
}
for (const [how, fields] of Object.entries(greedy))
  fact(`the approval form comes back ${how} … no login begun, undecided, nothing written`, async () => {
    const request = await waiting()
    const { google } = await begin(request, fields)
    const begun = google.startsWith(world.google.url) ? 'a login begun' : 'no login begun'
    return `${begun}, ${await undecided(request)}`
  })

type Sent = { headers: Record<string, string>; asJson?: boolean }
const own = `hallpass-form=${'A'.repeat(43)}`
const unasked: Record<string, Sent> = {
  'without its cookie': { headers: { 'sec-fetch-site': 'same-origin' } },
  'from another site': { headers: { 'sec-fetch-site': 'cross-site', cookie: own } },
  'from another origin': { headers: { origin: 'http://evil.example', cookie: own } },
  'from an origin that hides itself': { headers: { origin: 'null', cookie: own } },
  'as JSON': {
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', cookie: own },
    asJson: true,
  },
}
for (const [how, { headers, asJson }] of Object.entries(unasked))
  fact(`the approval form is sent ${how} … refused, undecided, nothing written`, async () => {
    const request = await waiting()
    const t = new URL(await linkOf(request)).searchParams.get('t') ?? ''
    const body = new URLSearchParams({ t, form: 'A'.repeat(43), grants: '0' })
    const sent = asJson ? JSON.stringify(Object.fromEntries(body)) : body
    const { status } = await fetch(`${world.authUrl}/approve`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: sent,
    })
    return `${status >= 400 && status < 500 ? 'refused' : status}, ${await undecided(request)}`
  })

const changes: Record<string, (login: Record<string, unknown>, other: string) => void> = {
  'more grants': login => delete login['g'],
  'a longer duration': login => delete login['d'],
  'the ticket of another request': (login, other) => (login['t'] = other),
  'another comment': login => (login['c'] = 'as agreed'),
  'another salt': login => (login['k'] = 'A'.repeat(43)),
}
for (const [what, change] of Object.entries(changes))
  fact(`the login's cookie comes back with ${what} … refused, undecided, nothing written`, async () => {
    const [request, other] = [await waiting(), await waiting()]
    const ticketOfOther = new URL(await linkOf(other)).searchParams.get('t') ?? ''
    const begun = await begin(request, [
      ['grants', '0'],
      ['duration', '3s'],
      ['comment', 'less'],
    ])
    const back = await comeBack(
      signIn(begun),
      changed(begun, login => change(login, ticketOfOther)),
    )
    assert.is(await undecided(other), 'undecided, nothing written')
    const isRefused = /does not belong to this request in its present form|not accepted/.test(back.text)
    return `${isRefused ? 'refused' : back.text}, ${await undecided(request)}`
  })

type Mixed = (one: Begun, two: Begun) => Promise<{ status: number; where: string; text: string }>
const withCode = (to: URL, code: string): URL => {
  const changedUrl = new URL(to)
  changedUrl.searchParams.set('code', code)
  return changedUrl
}
const mixed: Record<Sentence, Mixed> = {
  'a login comes back without its cookie … not here': async one => comeBack(signIn(one), ''),
  "a login comes back with another login's cookie … not here": async (one, two) => comeBack(signIn(one), two.cookie),
  'a login comes back with the code of another … refused': async (one, two) =>
    comeBack(withCode(signIn(one), signIn(two).searchParams.get('code') ?? ''), one.cookie),
  'a login comes back with two states … not here': async (one, two) => {
    const back = signIn(two)
    back.searchParams.append('state', signIn(one).searchParams.get('state') ?? '')
    return comeBack(back, two.cookie)
  },
  'a login comes back without a code … refused': async one => {
    const back = signIn(one)
    back.searchParams.delete('code')
    return comeBack(back, one.cookie)
  },
  'a login comes back with two codes … refused': async (one, two) => {
    const back = signIn(one)
    back.searchParams.append('code', signIn(two).searchParams.get('code') ?? '')
    return comeBack(back, one.cookie)
  },
  'a login comes back with an error and a code … refused': async one => {
    const back = signIn(one)
    back.searchParams.set('error', 'access_denied')
    return comeBack(back, one.cookie)
  },
  'a login comes back with a state in another case … not here': async one => {
    const back = signIn(one)
    back.searchParams.set('state', (back.searchParams.get('state') ?? '').toUpperCase())
    return comeBack(back, one.cookie)
  },
}
for (const [sentence, mix] of Object.entries(mixed))
  fact(sentence as Sentence, async () => {
    const [request, other] = [await waiting(), await waiting()]
    const back = await mix(await begin(request), await begin(other))
    assert.is(await undecided(request), 'undecided, nothing written')
    assert.is(await undecided(other), 'undecided, nothing written')
    if (/not-here/.test(back.where)) return 'not here'
    return back.status >= 400 && back.status < 500 ? 'refused' : `${back.status} ${back.text}`
  })

fact('Mo and Ana approve at once, and again with the same code … 1 approval, 2 bindings for 2 grants', async () => {
  const request = await waiting(4)
  const [one, two] = [await begin(request), await begin(request)]
  const [back, again] = [signIn(one), signIn(two, ana)]
  await Promise.all([comeBack(back, one.cookie), comeBack(back, one.cookie), comeBack(again, two.cookie)])
  await reached(world, request.metadata.name, 'Provisioned')
  const approvals = (await standing(world, request)).status?.decisions?.length
  const end = `${approvals} approval, ${bindingsOf(world, request).length} bindings for 2 grants`
  const late = await comeBack(back, one.cookie)
  assert.match(late.text || late.where, /ranted|decided|sign-in|^\/approve\/outcome\?/)
  const ended = await reached(world, request.metadata.name, 'Expired')
  await accounted(world, ended, 'Approved', 'Granted', 'Expired')
  return end
})

fact('a sign-in is begun in time and comes back after the window … undecided, nothing written', async () => {
  await declare(world, 'narrow', { approval: { window: '10s', fallback: { emails: [mo.email] } } })
  const request = await routed(world, await asked(world, dana, '/access narrow 5s late'))
  const begun = await begin(request)
  const back = signIn(begun)
  await reached(world, request.metadata.name, 'TimedOut', 20)
  assert.match((await comeBack(back, begun.cookie)).text, /expired|too late|ended|over/i)
  return undecided(request)
})

attacksTogether(test, facts, async tries => tries())

type Between = { act: (request: AccessRequest) => void | Promise<void>; says: RegExp; undo?: () => void }
attacks<Between>(
  test,
  {
    'the token is revoked between approval and write … Failed, 0 bindings': {
      act: () => world.google.tokens.revokeAllOf(mo.email),
      says: /sign-in|token|sign in/i,
    },
    'the right to grant is removed between approval and write … Failed, 0 bindings': {
      act: () => rights(bindings => bindings.filter(({ role }) => role !== approverRole)),
      undo: () => restore(),
      says: /does not let the approver.*hallpass approver-rights --resource projects\/prod-eu/,
    },
    'the right to grant covers none of these roles any more at the write … Failed, 0 bindings': {
      act: () =>
        rights(bindings =>
          bindings.map(binding =>
            binding.role === approverRole
              ? { ...binding, condition: { title: 'limit', expression: limitTo(['roles/monitoring.viewer']) } }
              : binding,
          ),
        ),
      undo: () => restore(),
      says: /for the mapped roles.*hallpass approver-rights --resource projects\/prod-eu/,
    },
    'the mapping is changed between approval and write … Failed, 0 bindings': {
      act: async ({ spec: { roleMapping } }) => {
        const mapping = await world.mappings.get({ namespace, name: roleMapping })
        await world.mappings.patch(mapping, { spec: { duration: { min: '1s', default: '1s', max: '2s' } } })
      },
      says: /no longer|now allows at most/,
    },
  },
  async ({ act, says, undo }) => {
    const request = await waiting()
    delayReads(1, 1500)
    const begun = await begin(request)
    await comeBack(signIn(begun), begun.cookie)
    await reached(world, request.metadata.name, 'Approved')
    await act(request)
    const failed = await reached(world, request.metadata.name, 'Failed')
    undo?.()
    assert.match(why(failed, 'Provisioned'), says)
    await accounted(world, failed, 'Approved', 'Failed')
    return `${failed.status?.phase}, ${bindingsOf(world, request).length} bindings`
  },
)

/** Delays one read of a policy, after so many. Auth reads each policy once, when the approver comes back from Google. */
function delayReads(before: number, latencyMs: number): void {
  const route = 'POST /v3/projects/*:getIamPolicy'
  world.google.faults.add({ route, times: before, latencyMs: 1 }, { route, latencyMs })
}

const approverRole = 'projects/prod-eu/roles/hallpassApprover'
let kept: ReturnType<World['google']['policies']['read']>
function rights(change: (bindings: Binding[]) => Binding[]): void {
  kept = world.google.policies.read(project)
  if (kept) world.google.policies.replace(project, { ...kept, bindings: change(kept.bindings) })
}
function restore(): void {
  if (kept) world.google.policies.replace(project, kept)
}

attack(test, 'the token is revoked between two writes … in doubt, said so, then Expired', async () => {
  const role = 'roles/cloudsql.client'
  const request = await waiting(6, { grants: [project, other].map(resource => ({ resource, role })) })
  // Auth looks at both policies at the return, and the controller reads the first one before it writes it.
  delayReads(3, 1500)
  const begun = await begin(request)
  await comeBack(signIn(begun), begun.cookie)
  await until('the first is written', () => bindingsOf(world, request).length === 1)
  world.google.tokens.revokeAllOf(mo.email)
  const doubtful = await reached(world, request.metadata.name, 'Provisioned')
  assert.match(why(doubtful, 'Complete'), /may hold part of/)
  const shown = await until('people read the doubt', async () => {
    const { blocks } = await message(world, request.metadata.name)
    return /may hold|cannot be ruled out|not known|doubt/i.test(JSON.stringify(blocks)) ? true : undefined
  })
  assert.ok(shown)
  const ended = await reached(world, request.metadata.name, 'Expired')
  assert.is(world.google.holds(dana.email, 'roles/cloudsql.client', project), false)
  const said = await accounted(world, ended, 'GrantInDoubt', 'Expired')
  return `${said.includes('GrantInDoubt') ? 'in doubt' : 'sure'}, ${shown ? 'said so' : 'not said'}, then ${ended.status?.phase}`
})

test('an approval page shows no token', async () => {
  const { page } = await openApproval(world, (await waiting()).metadata.name)
  assert.not.match(page.document.toString(), /ya29|eyJ|sim-token|GOCSPX/)
})

const middleOf = (link: string): number => Math.floor((link.indexOf('t=') + link.length) / 2)
const flipped = (link: string): string => {
  const at = middleOf(link)
  return `${link.slice(0, at)}${link[at] === 'A' ? 'B' : 'A'}${link.slice(at + 1)}`
}
attacks<(link: string) => string>(
  test,
  {
    'a ticket with one letter changed opens the page … 4xx': flipped,
    'a ticket that was cut opens the page … 4xx': link => link.slice(0, -6),
    'a ticket that was lengthened opens the page … 4xx': link => `${link}AAAA`,
    'two tickets open the page … 4xx': link => `${link}&t=x`,
    'a ticket with one letter changed opens the outcome … 4xx': link =>
      flipped(link).replace('/approve?', '/approve/outcome?'),
    'an empty ticket opens the page … 4xx': link => link.replace(/t=.*/, 't='),
    'a ticket as a list opens the page … 4xx': link => link.replace('t=', 't[]='),
    'a ticket as an object opens the page … 4xx': link => link.replace('t=', 't[uid]='),
    'a ticket of 20,000 letters opens the page … 4xx': link => link.replace(/t=.*/, `t=${'A'.repeat(20_000)}`),
    'a ticket of the other alphabet of base64 opens the page … 4xx': link =>
      link.replace(/t=.*/, 't=%2B%2F%2B%2F%3D%3D'),
    'a ticket of null bytes opens the page … 4xx': link => link.replace(/t=.*/, 't=%00%00%00%00'),
  },
  async change => {
    const request = await waiting()
    const { status } = await fetch(change(await linkOf(request)))
    assert.is(await undecided(request), 'undecided, nothing written')
    return status >= 400 && status < 500 ? '4xx' : String(status)
  },
)

attack(test, 'whatever an approver tampered with … foreign bindings as before, no secret seen', async () => {
  const seen = await noSecretSeen(world)
  return `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}, ${seen}`
})

test.run()
