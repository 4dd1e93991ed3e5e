// The cluster is lost with everything in it, while one access is in force and two more are being written. An empty cluster
// takes its place: the log and Google still say who has access, and new requests are distinguished from the lost ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { approve, ask, cast, entriesOf, type Player, reached, stored, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { addResource, samples } from '../builders/resources.ts'
import { suite } from '../suite.ts'
import { asAuditor, declare, quickWorld } from './world.ts'

const test = suite('the loss of a cluster', { timeoutMs: 450_000 })
const { dana, otto, ana, mo } = cast
const project = 'projects/prod-eu'
const { secret } = samples

let lost: World
let world: World
let folder = ''
/** In force; begun, as the log knows; begun, while Logging was down, so that only Google knows. */
const [held, begun, unknown] = [
  { name: '', uid: '' },
  { name: '', uid: '' },
  { name: '', uid: '' },
]

const bindings = (uid: string): unknown[] =>
  [project, secret.name]
    .flatMap(resource => lost.google.policies.read(resource)?.bindings ?? [])
    .filter(({ condition }) => condition?.title?.includes(uid))

const evidenceOf = (uid: string): object | undefined =>
  lost.google.logs.entries().find(({ insertId }) => insertId.startsWith(`${uid}-evidence-`))

/** Asks, and remembers which request it is. */
async function asked(who: Player, into: { name: string; uid: string }, command = '/prod-db'): Promise<void> {
  into.name = (await ask(lost, who, `${command} 1h replaying the batch`)).name ?? ''
  into.uid = (await stored(lost, into.name))?.metadata.uid ?? ''
}

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-lost-'))
  lost = await quickWorld()
  addResource(lost.google, secret)
  await declare(lost, 'payout-key', { grants: [{ resource: secret.name, role: secret.role }] })
  await asked(dana, held)
  await approve(lost, held.name, mo)
  await reached(lost, held.name, 'Provisioned')
  await until('its evidence is in the log', () => evidenceOf(held.uid))
  await asked(otto, begun)
  await asked(ana, unknown, '/access payout-key')
  // Each write takes effect when it arrives, and its answer is on the way for longer than this cluster lasts.
  const answerAfterMs = 60_000
  lost.google.faults.add({ route: 'POST /v3/projects/*:setIamPolicy', answerAfterMs })
  lost.google.faults.add({ route: 'POST /v1/projects/*:setIamPolicy', answerAfterMs })
  // The page waits for the result, which does not come.
  const waiting = [approve(lost, begun.name, mo)]
  await until('the second one is written', () => bindings(begun.uid).length > 0 || undefined)
  // Nobody can look whether it took effect.
  lost.google.faults.add({ route: 'POST /v3/projects/*:getIamPolicy', status: 503, times: 1000 })
  await until('the log has its begin', () => entriesOf(lost, begun.uid).find(({ event }) => event === 'GrantStarted'))
  lost.google.faults.add({ route: 'POST /v2/entries:write', status: 503, times: 1000 })
  waiting.push(approve(lost, unknown.name, mo))
  await until('the third one is written', () => bindings(unknown.uid).length > 0 || undefined)
  await lost.cluster.stop()
  await lost.processes.stop()
  await Promise.allSettled(waiting)
  lost.google.faults.clear()
  world = await quickWorld({ lost })
})
test.after(async () => {
  await world.stop()
  await lost.stop()
  rmSync(folder, { recursive: true, force: true })
})

const hallpass = async (...words: string[]): ReturnType<typeof asAuditor> => asAuditor(world, words)
const rows = (out: string): string[] => out.split('\n').filter(line => /^\w+@/.test(line))
const about = (out: string, name: string): string[] => rows(out).filter(line => line.includes(name))

test('the log alone says who has access now, and the footer what it does not cover', async () => {
  const { code, out } = await hallpass('who', '--source', 'logging')
  assert.is(code, 0, out)
  assert.is(about(out, held.name).length, 2, out)
  assert.is(about(out, begun.name).length, 2, out)
  assert.ok(
    about(out, begun.name).every(line => line.includes('*')),
    out,
  )
  assert.is(about(out, unknown.name).length, 0)
  assert.match(out, /\* Google did not confirm/)
  assert.match(out, /The log begins at .* is not in it\./)
  assert.match(out, /Grants made through Hallpass only; standing IAM is not shown\./)
})

test('the empty cluster says that it does not know what a lost one gave', async () => {
  const { code, out } = await hallpass('who')
  assert.equal([code, rows(out)], [0, []])
  assert.match(
    out,
    /This cluster has no requests: access that another one gave, which was lost, is only in the log \(--source logging\)\./,
  )
})

test('what only Google knows is found by the titles of its bindings, and joined to the log', async () => {
  const google = await hallpass('who', '--source', 'google', '--in', project)
  for (const [{ name, uid }, count] of [
    [held, 2],
    [begun, 2],
    [unknown, 1],
  ] as const)
    assert.is(rows(google.out).filter(line => line.includes(name) || line.includes(uid)).length, count, google.out)
  const compared = await hallpass('who', '--compare', '--source', 'logging', '--source', 'google', '--in', project)
  assert.is(compared.code, 1)
  const differing = rows(compared.out)
  assert.is(differing.length, 1, compared.out)
  assert.ok(
    differing.every(line => line.startsWith(ana.email) && /google +logging$/.test(line)),
    compared.out,
  )
})

test('a new request works, under a name and an id that the log does not have, and the bindings of the lost ones stay', async () => {
  const old = new Set(world.google.logs.entries().map(({ operation }) => operation?.id))
  const before = [held, begun, unknown].map(({ uid }) => bindings(uid))
  const { name = '' } = await ask(world, dana, '/prod-db 2s looking again')
  await approve(world, name, mo)
  const { metadata } = await reached(world, name, 'Expired')
  assert.not.ok(old.has(metadata.uid))
  assert.not.ok([held, begun, unknown].some(one => one.name === name))
  await until('its evidence is in the log', () => evidenceOf(metadata.uid))
  const seqs = world.google.logs
    .entries()
    .filter(({ operation }) => operation?.id === metadata.uid)
    .flatMap(({ jsonPayload }) => jsonPayload?.['seq'] ?? [])
  assert.equal(
    seqs,
    Array.from(seqs, (_, n) => n + 1),
  )
  assert.equal(
    [held, begun, unknown].map(({ uid }) => bindings(uid)),
    before,
  )
})

test('the story of a lost request is whole in the log', async () => {
  const { code, out } = await hallpass('history', held.name, '--source', 'logging')
  assert.is(code, 0, out)
  assert.match(out, /All \d+ events are there, and each names the one before\./)
})

test('two clusters in one log are checked request by request: the only finding is the binding that the log does not have', async () => {
  const write = (name: string, content: unknown): string => {
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify(content))
    return file
  }
  const log = write('hallpass.json', world.google.logs.entries())
  const google = write('google.json', world.google.logs.audited)
  const keys = write('keys.json', await world.google.signing.certs())
  const { code, out } = await hallpass('verify', log, google, '--keys', keys)
  assert.is(code, 1, out)
  const [finding = '', ...others] = out.split('\n').filter(line => /^\w+ {2}/.test(line))
  assert.match(finding, /^unbacked .*payout-key: mo@example\.com gave .* to user:ana@example\.com /)
  assert.equal(others, [], out)
})

test.run()
