// Grants on the resource itself, on a real API server: on each type of resource, expired and ended early, with what expired
// before; and a bucket whose owner approves without a right on anything else.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { expressionOf, titleOf } from '../../src/domain/granting/policy.ts'
import { approve, ask, cast, endEarly, message, openApproval, reached, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { addResource, onlyOwner, relativeOf, type Sample, samples } from '../builders/resources.ts'
import { suite } from '../suite.ts'
import { declare, quickWorld, readiness } from './world.ts'

const test = suite('grants on the resource itself', { timeoutMs: 120_000 })
const { dana, mo, ana } = cast
const wide: readonly Sample[] = [samples.project, samples.folder, samples.organisation]
const { bucket, ...more } = samples
const others: readonly Sample[] = [bucket, ...Object.values(more).filter(sample => !wide.includes(sample))]
let world: World

const grantsOn = (list: readonly Sample[]): { resource: string; role: string }[] =>
  list.map(({ name: resource, role }) => ({ resource, role }))
const holding = (list: readonly Sample[], at?: Date): string[] =>
  list.filter(one => world.google.holds(dana.email, one.gives, relativeOf(one), at)).map(({ name }) => name)
const justAfter = (at: string): Date => new Date(Date.parse(at) + 1000)
const approval = { window: '30m', fallback: { emails: [mo.email] } }

const expired = expressionOf({
  startsAt: new Date('2026-11-23T13:00:00Z'),
  expiresAt: new Date('2026-11-23T13:30:00Z'),
})
const old = (role: string, title: string): Binding => ({
  role,
  members: [`user:${dana.email}`],
  condition: { title, expression: expired },
})

/** An expired entry of the same role, one of another role, and one of somebody else that looks similar. */
function addLeftovers(one: Sample): void {
  const { bindings = [] } = world.google.policies.read(relativeOf(one)) ?? {}
  const left = [
    old(one.role, titleOf(leftoverUid)),
    old('roles/logging.viewer', titleOf(leftoverUid)),
    old(one.role, `${titleOf(leftoverUid)} by hand`),
  ]
  world.google.policies.replace(relativeOf(one), { bindings: [...bindings, ...left] })
}

const leftoverUid = '22222222-0000-4000-8000-000000000001'

function withoutLeftover(one: Sample): Binding[] {
  const { bindings = [] } = world.google.policies.read(relativeOf(one)) ?? {}
  return bindings.filter(({ role, condition }) => !(role === one.role && condition?.title === titleOf(leftoverUid)))
}

const oldBucket: Sample = { ...bucket, name: '//storage.googleapis.com/projects/_/buckets/old-archive' }

test.before(async () => {
  world = await quickWorld()
  onlyOwner(world.google)
  for (const sample of [...wide, ...others]) addResource(world.google, sample)
  await declare(world, 'everywhere', { grants: grantsOn(wide), approval })
  await declare(world, 'things', { grants: grantsOn(others), approval, allowPrivileged: true })
  await declare(world, 'archive', { grants: grantsOn([bucket]), approval })
  await declare(world, 'wrong-owner', {
    grants: grantsOn([bucket]),
    approval: { window: '30m', fallback: { emails: [ana.email] } },
  })
  addResource(world.google, oldBucket, { isUniform: false })
  await declare(world, 'old-archive', { grants: grantsOn([oldBucket]), approval })
})
test.after(async () => world.stop())

function who(at: string, resource: string): string {
  const main = join(import.meta.dirname, '../../src/cli/hallpass.ts')
  const env = { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath }
  const { stdout, stderr } = spawnSync(process.execPath, [main, 'who', '--at', at, '--resource', resource], { env })
  return `${stdout.toString()}${stderr.toString()}`
}

async function granted(line: string): Promise<{ name: string; startsAt: string; expiresAt: string }> {
  const { name = '', answer } = await ask(world, dana, line)
  assert.ok(name, answer)
  await message(world, name, 'approve')
  const page = await approve(world, name, mo)
  assert.match(page.text, /Granting|Granted until/)
  const { status } = await reached(world, name, 'Provisioned')
  const { startsAt = '', expiresAt = '' } = status ?? {}
  return { name, startsAt, expiresAt }
}

for (const [mapping, list] of [
  ['everywhere', wide],
  ['things', others],
] as const) {
  test(`${mapping}: each is granted and expires by itself, and takes along what expired before of its own role`, async () => {
    for (const one of list) addLeftovers(one)
    const before = list.map(one => withoutLeftover(one))
    const { name, expiresAt } = await granted(`/access ${mapping} 4s INC-1 all of them`)
    assert.equal(
      holding(list, new Date(Date.parse(expiresAt) - 1)),
      list.map(one => one.name),
    )
    assert.equal(holding(list, new Date(expiresAt)), [])
    const { metadata, status } = await reached(world, name, 'Expired')
    assert.equal(
      status?.grants?.map(({ resource, state }) => [resource, state]),
      list.map(one => [one.name, 'Written']),
    )
    list.forEach((one, n) => {
      const kept = world.google.policies.read(relativeOf(one))?.bindings ?? []
      assert.equal(
        kept.filter(({ condition }) => !condition?.title?.includes(metadata.uid)),
        before[n],
      )
      assert.is(kept.length, (before[n]?.length ?? 0) + 1)
    })
    const metrics = await (await fetch(`${world.healthUrls.controller}/metrics`)).text()
    for (const { name: resource } of list)
      assert.ok(metrics.includes(`hallpass_policy_leftovers{resource="${resource}",role="roles/logging.viewer"} 1`))
  })

  test(`${mapping}: each is ended early by the person who approved`, async () => {
    const { name, startsAt } = await granted(`/access ${mapping} 30m INC-2 ended early`)
    assert.is(holding(list, justAfter(startsAt)).length, list.length)
    await endEarly(world, name, mo)
    const { status } = await reached(world, name, 'Revoked')
    assert.equal(holding(list, justAfter(startsAt)), [])
    assert.ok(status?.grants?.every(({ state }) => state === 'Removed'))
  })
}

test('the owner of a bucket, who has no right on the project, approves; everything speaks of the bucket', async () => {
  assert.not(world.google.holds(mo.email, 'resourcemanager.projects.setIamPolicy', 'projects/prod-eu'))
  const callsBefore = world.google.calls.length
  const { name = '' } = await ask(world, dana, '/access archive 5s INC-3 the exports')
  const shown = JSON.stringify((await message(world, name, 'approve')).blocks)
  assert.ok(shown.includes(bucket.name), shown)
  assert.ok((await openApproval(world, name)).page.text.includes(bucket.name))
  const refused = await approve(world, name, mo)
  assert.match(refused.text, /Granting|Granted until/)
  const { metadata, status } = await reached(world, name, 'Provisioned')
  assert.equal(holding([bucket], justAfter(status?.startsAt ?? '')), [bucket.name])
  const told = who(status?.startsAt ?? '', bucket.name)
  for (const said of [bucket.name, bucket.role, dana.email, mo.email]) assert.ok(told.includes(said), told)
  const writes = world.google.calls
    .slice(callsBefore)
    .filter(({ method, resource }) => method === 'SetIamPolicy' && /buckets/.test(resource))
  assert.equal(
    writes.map(({ principal }) => principal),
    [mo.email],
  )
  await reached(world, name, 'Expired')
  const entry = await until('the log has its end', () =>
    world.google.logs.entries().find(({ insertId, jsonPayload }) => {
      const { event } = jsonPayload as { event?: string }
      return insertId.startsWith(metadata.uid) && event === 'Granted'
    }),
  )
  assert.ok(JSON.stringify(entry).includes(`"resource":"${bucket.name}"`))
})

test('whom the bucket does not know as its owner is told what is missing on the bucket', async () => {
  const { name = '' } = await ask(world, dana, '/access wrong-owner 5s INC-4')
  await message(world, name, 'approve')
  const page = await approve(world, name, ana)
  for (const said of [bucket.name, 'storage.buckets.setIamPolicy', 'approver-rights wrong-owner'])
    assert.ok(page.text.includes(said), page.text)
})

test('a bucket without uniform access is refused on the page, before the approval is stored', async () => {
  const { name = '' } = await ask(world, dana, '/access old-archive 5s INC-5')
  await message(world, name, 'approve')
  const page = await approve(world, name, mo)
  assert.ok(page.text.includes('turn on uniform bucket-level access'), page.text)
  assert.equal(holding([oldBucket]), [])
})

test('a service account that belongs to another project makes a mapping not ready', async () => {
  const name = '//iam.googleapis.com/projects/prod-eu/serviceAccounts/replay@prod-us.iam.gserviceaccount.com'
  const mapping = await declare(world, 'foreign', {
    grants: [{ resource: name, role: 'roles/iam.serviceAccountUser' }],
  })
  const { reason, message: says } = readiness(mapping) ?? {}
  assert.is(reason, 'ResourceOfAnotherProject')
  assert.ok(says?.includes('"prod-us"'))
})

test.run()
