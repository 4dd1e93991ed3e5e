// An approver who tampers: with the form, the cookie, the state, the code, the time. And one whose rights end in between.
import * as assert from 'uvu/assert'
import { parse } from 'node-html-parser'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { cast, message, openApproval, reached, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { declare, quickWorld } from '../story/world.ts'
import { suite, table } from '../suite.ts'
import {
  accounted,
  asked,
  bindingsOf,
  foreign,
  noSecretSeen,
  nothingWritten,
  project,
  routed,
  standing,
  together,
  why,
} from './ground.ts'

const test = suite('an approver who tampers', { timeoutMs: 60_000 })
const { dana, mo, ana } = cast

let world: World
let before = ''

test.before(async () => {
  world = await quickWorld()
  before = foreign(world)
})
test.after(async () => world.stop())

let count = 0
/** A request that waits, each with a mapping of its own, so that several can. */
async function waiting(seconds = 5): Promise<AccessRequest> {
  const name = `mapping-${++count}`
  await declare(world, name)
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
  const [name = '', value = ''] = answer.headers.getSetCookie()[0]?.split(';')[0]?.split('=') ?? []
  return { google: answer.headers.get('location') ?? (await answer.text()), cookie: `${name}=${value}`, name, value }
}

/** Google's redirect for somebody who signs in there. */
const signIn = ({ google }: Begun, { email }: { email: string } = mo): URL =>
  world.google.signIn(google, { account: email })

async function comeBack(to: URL, cookie: string): Promise<{ status: number; where: string; text: string }> {
  const answer = await fetch(to, { redirect: 'manual', headers: { cookie, 'sec-fetch-site': 'cross-site' } })
  const text = parse(await answer.text()).structuredText
  return { status: answer.status, where: answer.headers.get('location') ?? '', text }
}

function changed({ name, value }: Begun, change: (login: Record<string, unknown>) => void): string {
  const login = JSON.parse(Buffer.from(value, 'base64url').toString()) as Record<string, unknown>
  change(login)
  return `${name}=${Buffer.from(JSON.stringify(login)).toString('base64url')}`
}

async function undecided(request: AccessRequest): Promise<void> {
  assert.is((await standing(world, request)).status?.decisions, undefined)
  nothingWritten(world, request)
}

/** Attacks that do not disturb one another. */
const facts: Record<string, () => Promise<void>> = {}
const fact = (sentence: string, check: () => Promise<void>): void => void (facts[sentence] = check)

fact('a form that asks for more than was asked begins no login', async () => {
  const request = await waiting()
  for (const fields of [
    [
      ['grants', '0'],
      ['duration', '100h'],
    ],
    [['grants', '9']],
    [
      ['grants', '0'],
      ['duration', '5s'],
      ['duration', '4h'],
    ],
    [['grants', '-1']],
    [
      ['grants', '0'],
      ['t', 'another'],
    ],
    [
      ['grants[]', '0'],
      ['grants[0][role]', 'roles/owner'],
    ],
    [
      ['comment', 'x'.repeat(600)],
      ['grants', '0'],
    ],
  ] as [string, string][][]) {
    const { google } = await begin(request, fields)
    assert.ok(!google.startsWith(world.google.url), JSON.stringify(fields))
  }
  await undecided(request)
})

fact('a form without its token, from another site, or in another type begins no login', async () => {
  const request = await waiting()
  const t = new URL(await linkOf(request)).searchParams.get('t') ?? ''
  const body = new URLSearchParams({ t, form: 'A'.repeat(43), grants: '0' })
  for (const [headers, sent] of [
    [{ 'sec-fetch-site': 'same-origin' }, body],
    [{ 'sec-fetch-site': 'cross-site', cookie: `hallpass-form=${'A'.repeat(43)}` }, body],
    [{ origin: 'http://evil.example', cookie: `hallpass-form=${'A'.repeat(43)}` }, body],
    [{ origin: 'null', cookie: `hallpass-form=${'A'.repeat(43)}` }, body],
    [
      {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
        cookie: `hallpass-form=${'A'.repeat(43)}`,
      },
      JSON.stringify(Object.fromEntries(body)),
    ],
  ] as [Record<string, string>, URLSearchParams | string][]) {
    const answer = await fetch(`${world.authUrl}/approve`, { method: 'POST', redirect: 'manual', headers, body: sent })
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status))
  }
  await undecided(request)
})

fact('a cookie that was changed between the form and the return approves nothing', async () => {
  const [request, other] = [await waiting(), await waiting()]
  const ticketOfOther = new URL(await linkOf(other)).searchParams.get('t')
  const changes: Record<string, (login: Record<string, unknown>) => void> = {
    'more grants': login => delete login['g'],
    longer: login => delete login['d'],
    'another request': login => (login['t'] = ticketOfOther),
    'another comment': login => (login['c'] = 'as agreed'),
    'another salt': login => (login['k'] = 'A'.repeat(43)),
  }
  for (const [what, change] of Object.entries(changes)) {
    const begun = await begin(request, [
      ['grants', '0'],
      ['duration', '3s'],
      ['comment', 'less'],
    ])
    const back = await comeBack(signIn(begun), changed(begun, change))
    assert.match(back.text, /does not belong to this request as it stands|not accepted/, what)
  }
  await undecided(request)
  nothingWritten(world, other)
  assert.is((await standing(world, other)).status?.decisions, undefined)
})

fact('a state or a code of another login, none, or another browser’s approves nothing', async () => {
  const [request, other] = [await waiting(), await waiting()]
  const [one, two] = [await begin(request), await begin(other)]
  const [back, elsewhere] = [signIn(one), signIn(two)]
  assert.match((await comeBack(back, '')).where, /not-here/)
  assert.match((await comeBack(back, two.cookie)).where, /not-here/)
  const swapped = new URL(back)
  swapped.searchParams.set('code', elsewhere.searchParams.get('code') ?? '')
  assert.match((await comeBack(swapped, one.cookie)).text, /did not complete the sign-in/)
  const twice = new URL(elsewhere)
  twice.searchParams.append('state', back.searchParams.get('state') ?? '')
  assert.match((await comeBack(twice, two.cookie)).where, /not-here/)
  const bare = new URL(elsewhere)
  bare.searchParams.delete('code')
  assert.is((await comeBack(bare, two.cookie)).status, 403)
  await undecided(request)
  await undecided(other)
})

fact('approving twice, at once and again with the same code, is one approval and one binding a grant', async () => {
  const request = await waiting(4)
  const [one, two] = [await begin(request), await begin(request)]
  const [back, again] = [signIn(one), signIn(two, ana)]
  await Promise.all([comeBack(back, one.cookie), comeBack(back, one.cookie), comeBack(again, two.cookie)])
  await reached(world, request.metadata.name, 'Provisioned')
  assert.is((await standing(world, request)).status?.decisions?.length, 1)
  assert.is(bindingsOf(world, request).length, 2)
  const late = await comeBack(back, one.cookie)
  assert.match(late.text, /ranted|decided|sign-in/)
  const ended = await reached(world, request.metadata.name, 'Expired')
  await accounted(world, ended, 'Approved', 'Granted', 'Expired')
})

fact('a sign-in that was begun in time and comes back after the window approves nothing', async () => {
  await declare(world, 'narrow', { approval: { window: '10s', fallback: { emails: [mo.email] } } })
  const request = await routed(world, await asked(world, dana, '/access narrow 5s late'))
  const begun = await begin(request)
  const back = signIn(begun)
  await reached(world, request.metadata.name, 'TimedOut', 20)
  assert.match((await comeBack(back, begun.cookie)).text, /expired|too late|ended|over/i)
  await undecided(request)
})

together(test, facts, async check => check())

type Between = { act: (request: AccessRequest) => void | Promise<void>; says: RegExp; undo?: () => void }
table<Between>(
  test,
  {
    'the token revoked between approval and write': {
      act: () => world.google.tokens.revokeAllOf(mo.email),
      says: /sign-in|token|sign in/i,
    },
    'the right to grant taken away between approval and write': {
      act: () => rights(({ role }) => role !== 'roles/resourcemanager.projectIamAdmin'),
      undo: () => restore(),
      says: /permission|right|Grant/i,
    },
    'the mapping changed between approval and write': {
      act: async ({ spec: { roleMapping } }) => {
        const mapping = await world.mappings.get({ namespace, name: roleMapping })
        await world.mappings.patch(mapping, { spec: { duration: { min: '1s', default: '1s', max: '2s' } } })
      },
      says: /no longer|now allows at most/,
    },
  },
  async ({ act, says, undo }) => {
    const request = await waiting()
    world.google.faults.add({ route: 'POST /v3/projects/*:getIamPolicy', latencyMs: 1500 })
    const begun = await begin(request)
    await comeBack(signIn(begun), begun.cookie)
    await reached(world, request.metadata.name, 'Approved')
    await act(request)
    const failed = await reached(world, request.metadata.name, 'Failed')
    undo?.()
    assert.match(why(failed, 'Provisioned'), says)
    assert.equal(bindingsOf(world, request), [])
    await accounted(world, failed, 'Approved', 'Failed')
  },
)

let kept: ReturnType<World['google']['policies']['read']>
function rights(keep: (binding: { role: string }) => boolean): void {
  kept = world.google.policies.read(project)
  if (kept) world.google.policies.replace(project, { ...kept, bindings: kept.bindings.filter(keep) })
}
function restore(): void {
  if (kept) world.google.policies.replace(project, kept)
}

test('a token revoked between two writes leaves a doubt that is said, and IAM ends what was written', async () => {
  const request = await waiting(6)
  world.google.faults.add(
    { route: 'POST /v3/projects/*:getIamPolicy', latencyMs: 1 },
    { route: 'POST /v3/projects/*:getIamPolicy', latencyMs: 1500 },
  )
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
  await accounted(world, ended, 'GrantInDoubt', 'Expired')
})

test('somebody else’s approval page shows no token, and a ticket that was cut or lengthened opens nothing', async () => {
  const request = await waiting()
  const { page } = await openApproval(world, request.metadata.name)
  assert.not.match(page.document.toString(), /ya29|eyJ|sim-token|GOCSPX/)
  const link = await linkOf(request)
  const middle = Math.floor((link.indexOf('t=') + link.length) / 2)
  const flipped = `${link.slice(0, middle)}${link[middle] === 'A' ? 'B' : 'A'}${link.slice(middle + 1)}`
  for (const url of [
    flipped,
    link.slice(0, -6),
    `${link}AAAA`,
    `${link}&t=x`,
    flipped.replace('/approve?', '/approve/outcome?'),
  ])
    assert.ok((await fetch(url)).status >= 400, url.slice(0, 60))
  await undecided(request)
})

test('what is foreign stands as before, and no secret was shown', async () => {
  assert.is(foreign(world), before)
  await noSecretSeen(world)
})

test.run()
