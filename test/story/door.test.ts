// The second door on a real API server with the real clients: people take back, deny, ask urgently, ask for more time, are done,
// end and review, each with the session or with a separate sign-in, and Slack tells the others.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { cast, reached, stored, thread, until } from '../../src/sandbox/plays.ts'
import { type Visited, Visitor } from '../../src/sandbox/visitor.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { noSecretSeen } from '../attack/secrets.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { declare, quickWorld } from './world.ts'

const test = suite('deciding without Slack', { timeoutMs: 120_000 })
const { dana, mo, ana, otto } = cast
let world: World

test.before(async () => {
  world = await quickWorld()
  await declare(world, 'calm', { approval: { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' } } })
})
test.after(async () => world.stop())

const browsers = new Map<string, Visitor>()

/** The page of the door, as this person, with a sign-in when the browser has none. */
async function door({ email }: { email: string }): Promise<{ browser: Visitor; page: Visited }> {
  const browser = browsers.get(email) ?? new Visitor()
  browsers.set(email, browser)
  const page = await browser.open(`${world.authUrl}/`)
  if (page.text.includes(`You signed in as ${email}`)) return { browser, page }
  const chooser = await browser.submit(page, 'Sign in with Google')
  return { browser, page: await browser.submit(chooser, new RegExp(`(?<!\\w)${email.replaceAll('.', '\\.')}`)) }
}

/** Follows the link of this text about the request. */
async function follow(
  { browser, page }: { browser: Visitor; page: Visited },
  text: string,
  name: string,
): Promise<Visited> {
  const link = page.document.querySelectorAll('a').find(a => a.text.startsWith(text) && a.text.includes(name))
  if (!link) throw new Error(`No link "${text}" about ${name}: ${page.text}`)
  return browser.open(new URL(link.getAttribute('href') ?? '', page.url))
}

/** Asks at the door; the name of the request. */
async function ask(fields: Record<string, string>, mapping = 'prod-db'): Promise<string> {
  const { browser } = await door(dana)
  const form = await browser.open(`${world.authUrl}/ask?for=${namespace}/${mapping}`)
  const asked = await browser.submit(form, 'Ask', { duration: '5m', ...fields })
  return new URL(asked.url).searchParams.get('asked')?.split('/')[1] ?? asked.text
}

/** The door once its watch shows this. */
async function doorWith(who: { email: string }, words: string | RegExp): Promise<{ browser: Visitor; page: Visited }> {
  return until(`the door says ${String(words)} to ${who.email}`, async () => {
    const now = await door(who)
    return (typeof words === 'string' ? now.page.text.includes(words) : words.test(now.page.text)) ? now : undefined
  })
}

const whoOf = ({ status }: AccessRequest): object | undefined => status?.decisions?.at(-1)?.who

test('the requester takes it back, and the message says so', async () => {
  const name = await ask({ reason: 'INC-1 never mind' })
  const { browser, page } = await doorWith(dana, name)
  const after = await browser.submit(page, new RegExp(`^Withdraw.*${name}`))
  assert.match(after.text, 'You withdrew your request for prod-db.')
  const { spec, ...ended } = await reached(world, name, 'Withdrawn')
  assert.equal(whoOf({ spec, ...ended }), { email: dana.email, googleSubject: spec.requester.googleSubject })
})

test('the approver denies with a comment, and the requester is told in the thread who did and why', async () => {
  const name = await ask({ reason: 'INC-2 the batch' })
  const form = await follow(await doorWith(mo, name), 'Deny', name)
  assert.match(form.text, 'Deny production access to')
  const { browser } = await door(mo)
  const after = await browser.submit(form, 'Deny', { comment: 'use the replica' })
  assert.match(after.text, 'You denied prod-db to dana@example.com')
  const ended = await reached(world, name, 'Denied')
  assert.equal([ended.status?.decidedBy, ended.status?.decisions?.[0]?.comment], [mo.email, 'use the replica'])
  const said = await until('the thread says so', async () =>
    (await thread(world, name)).find(text => text.includes('use the replica')),
  )
  assert.match(said, /mo@example\.com/)
})

attack(test, 'somebody whom nobody asked opens the form that denies … No request of this name', async () => {
  const name = await ask({ reason: 'INC-3 the batch' })
  const { browser } = await door(otto)
  const page = await browser.open(`${world.authUrl}/deny?for=${namespace}/${name}`)
  assert.is((await stored(world, name))?.status?.decisions, undefined)
  const own = await doorWith(dana, name)
  await own.browser.submit(own.page, new RegExp(`^Withdraw.*${name}`))
  return /No request of this name/.exec(page.text)?.[0] ?? page.text
})

// Before anything is granted: the sandbox publishes the evidence of a grant in the log after seconds, instead of after an hour.
attack(test, 'secrets are looked for in everything that people, logs and metrics show … no secret seen', async () =>
  noSecretSeen(world),
)

test('access that was asked for and approved there is continued, then its holder is done, and the approver ends it', async () => {
  const name = await ask({ reason: 'INC-4 long' }, 'calm')
  const asked = await follow(await doorWith(mo, name), 'Open', name)
  const { browser } = await door(mo)
  await browser.submit(await browser.submit(asked, 'Sign in and approve'), mo.email)
  const { status } = await reached(world, name, 'Provisioned')
  const more = await follow(await doorWith(dana, 'is granted until'), 'Ask for more time', name)
  assert.match(more.text, 'There is no gap.')
  const own = await door(dana)
  const next = await own.browser.submit(more, 'Ask')
  const follows = await stored(world, next.url.searchParams.get('asked')?.split('/')[1] ?? '')
  assert.equal([follows?.spec.follows?.name, follows?.spec.notBefore], [name, status?.expiresAt])
  const again = await doorWith(dana, 'I’m done')
  const done = await again.browser.submit(again.page, new RegExp(`done.*${name}`))
  assert.match(done.text, 'mo@example.com (Mo Manager) is asked to')
  await until('the approver is mentioned', async () =>
    (await thread(world, name)).find(text => /is done|are done/.test(text)),
  )
  const ending = await follow(await doorWith(mo, 'End it early'), 'End it early', name)
  const chooser = await browser.submit(ending, 'Sign in and end access')
  await browser.submit(chooser, mo.email)
  const ended = await reached(world, name, 'Revoked')
  assert.equal(
    ended.status?.endings?.map(({ verdict, who }) => [verdict, who.email, who.slackUserID]),
    [
      ['Done', dana.email, undefined],
      ['Revoked', mo.email, undefined],
    ],
  )
})

test('an emergency is asked for with the tick, approved by whom only emergencies name, and reviewed', async () => {
  const name = await ask({ reason: 'INC-5 all writes fail', emergency: 'emergency', duration: '5m' })
  assert.is((await stored(world, name))?.spec.emergency, true)
  const asked = await follow(await doorWith(ana, name), 'Open', name)
  const { browser } = await door(ana)
  await browser.submit(await browser.submit(asked, 'Sign in and approve'), /(?<!\w)ana@example\.com/)
  await reached(world, name, 'Provisioned')
  const ending = await follow(await doorWith(ana, 'End it early'), 'End it early', name)
  await browser.submit(await browser.submit(ending, 'Sign in and end access'), /(?<!\w)ana@example\.com/)
  await reached(world, name, 'Revoked')
  assert.not.match((await door(ana)).page.text, 'To review')
  const form = await follow(await doorWith(otto, 'To review'), 'Review', name)
  const own = await door(otto)
  await own.browser.submit(await own.browser.submit(form, 'Sign in and sign off'), otto.email)
  await until('it is reviewed', async () => ((await stored(world, name))?.status?.reviewedBy ? true : undefined))
  assert.is((await stored(world, name))?.status?.reviewedBy, otto.email)
})

test.run()
