// Every recipe of docs/cookbook, on a real API server: declared as its file has it, asked for, approved by the people that it
// names, and in the policy exactly as the command on the page would write it.
import * as assert from 'uvu/assert'
import { policyCommand } from '../../src/domain/granting/policy-command.ts'
import { approve, ask, cast, message, type Player, reached, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { printedFor, type Recipe, recipes } from '../docs/cookbook.ts'
import { suite } from '../suite.ts'
import { judged, quickWorld, readiness } from './world.ts'

const test = suite('the cookbook', { timeoutMs: 120_000 })
const { dana, mo, ana } = cast
const pat = { id: 'U0PAT', email: 'pat@partner.example' }
let world: World

/** The role that owns the resource of a recipe, who approves, and what the person who asks types. */
const played: Record<
  string,
  { owner: string; approvers: readonly Pick<Player, 'email'>[]; reason: string; when?: string }
> = {
  'folder-of-projects': { owner: 'roles/resourcemanager.folderAdmin', approvers: [mo], reason: 'slow answers' },
  'weekend-migration': {
    owner: 'roles/resourcemanager.projectIamAdmin',
    approvers: [mo, ana],
    when: tomorrow(),
    reason: 'CHG-77 a new version',
  },
  'nights-on-call': {
    owner: 'roles/resourcemanager.projectIamAdmin',
    approvers: [mo],
    // Now, if the story is played at night.
    when: 'at opening',
    reason: 'on call tonight',
  },
  'one-bucket': { owner: 'roles/storage.legacyBucketOwner', approvers: [ana], reason: 'the report of May' },
  'one-secret': { owner: 'roles/secretmanager.admin', approvers: [mo, ana], reason: 'PAY-12 a payout hangs' },
  partner: { owner: 'roles/resourcemanager.projectIamAdmin', approvers: [mo], reason: 'CASE-1234 a slow query' },
}

/** Tomorrow at 22:00, as people type it. */
function tomorrow(): string {
  const day = new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10)
  return `at ${day} 22:00 UTC`
}

test.before(async () => {
  const until = '2099-12-31T18:00:00Z'
  world = await quickWorld({ externalRequesters: [{ email: pat.email, until }] })
  const { users, channels } = world.slack.state
  users.set(pat.id, { id: pat.id, name: 'pat', real_name: 'Pat Partner', email: pat.email, is_restricted: true })
  channels.get('C0PRODACCESS')?.members.push(pat.id)
  world.google.seeds.people.push({ email: pat.email, name: 'Pat Partner', sub: '100000000000000000099' })
  // As an administrator of the organisation permits it.
  world.google.seeds.allowedMemberDomains?.push('partner.example')
})
test.after(async () => world.stop())

test('each recipe is played', () => {
  assert.equal(recipes.map(({ name }) => name).sort(), Object.keys(played).sort())
})

for (const recipe of recipes)
  test(`${recipe.name}: declared, granted, and written as the page says`, async () => {
    const { owner = '', approvers = [], reason = '', when = '' } = played[recipe.name] ?? {}
    await declare(recipe, owner)
    const { metadata, spec } = recipe.mapping
    const asker = spec.requesters?.emails?.includes(pat.email) ? pat : dana
    const line = `/access ${metadata.name} 1m ${when} ${reason}`
    let said = ''
    const name = await until('the request is stored', async () => {
      const { name: made, answer } = await ask(world, asker, line)
      said = answer
      return made
    }).catch((error: unknown) => {
      throw new Error(`${String(error)} ${said}`)
    })
    await message(world, name, 'approve')
    assert.is(approvers.length, spec.approval.required ?? 1)
    for (const approver of approvers) {
      const { text } = await approve(world, name, approver)
      assert.ok(/Granting|Granted|approv/.test(text), text)
    }
    const request = await reached(world, name, 'Provisioned')
    const places = [...new Set(spec.grants.map(({ resource }) => resource))]
    const written = places.flatMap(resource => entriesIn(resource, request.metadata.uid))
    assert.is(written.length, spec.grants.length)
    // Not by what Hallpass computes, but by the text of the page.
    const printed = printedFor(recipe, request)
    assert.equal(
      printed.map(({ words: _words, ...entry }) => entry).sort(byRole),
      written.map(({ resource: _resource, ...entry }) => entry).sort(byRole),
    )
    for (const entry of written) {
      const { words = '' } = printed.find(({ role }) => role === entry.role) ?? {}
      assert.ok(
        policyCommand('add', entry).startsWith(`gcloud ${words} `),
        `${words} is the command for ${entry.resource}`,
      )
    }
  })

const byRole = (a: { role: string }, b: { role: string }): number => (a.role < b.role ? -1 : 1)

async function declare({ name, mapping }: Recipe, role: string): Promise<void> {
  const { apiVersion, kind, metadata, spec } = mapping
  const bindings = [{ role, members: [`user:${mo.email}`, `user:${ana.email}`] }]
  for (const resource of new Set(spec.grants.map(grant => grant.resource))) {
    const place = relativeOf(resource)
    const before = world.google.policies.read(place)?.bindings ?? []
    if (before.length > 0) world.google.policies.replace(place, { bindings: [...before, ...bindings] })
    else world.google.policies.define({ name: place, bindings })
  }
  await world.mappings.create({ apiVersion, kind, metadata: { ...metadata, namespace }, spec } as never)
  const { status, message: says } = readiness(await judged(world, metadata.name)) ?? {}
  assert.is(status, 'True', `${name}: ${says}`)
}

function relativeOf(resource: string): string {
  return resource.replace(/^\/\/[^/]+\//, '')
}

function entriesIn(resource: string, uid: string): Parameters<typeof policyCommand>[1][] {
  const { bindings = [] } = world.google.policies.read(relativeOf(resource)) ?? {}
  return bindings.flatMap(({ role, members: [member = ''], condition }) =>
    condition?.title?.includes(uid) && condition.expression !== undefined
      ? [{ resource, role, member, condition: { ...condition, expression: condition.expression } }]
      : [],
  )
}

test.run()
