// Whatever somebody adds to a mapping by hand is seen by every tool that compares it with Git, and what a tool has applied
// stays in sync: kubectl, Argo CD in its three modes, and Flux, which undoes it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { attack } from '../attacks.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { built } from '../deploy/base.ts'
import { suite } from '../suite.ts'
import { gitopsTools, type GitopsTools } from './tools.ts'

const test = suite('what is added to a mapping by hand', { timeoutMs: 120_000 })
const tools = await gitopsTools(line => console.log(line))
if (typeof tools === 'string') console.log(`SKIPPED Flux and Argo CD do not compare mappings with Git: ${tools}`)

const path = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/rolemappings'
let cluster: Cluster
let folder: string
let samples: RoleMapping[]
test.before(async () => {
  cluster = await startCluster()
  await cluster.createNamespace('hallpass')
  folder = await mkdtemp(join(tmpdir(), 'hallpass-by-hand-'))
  samples = (await built(cluster, 'deploy/samples')) as unknown as RoleMapping[]
})
test.after(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true })
})

const mallory = 'mallory@example.com'
/** Merge patches of the spec. */
const additions: Record<string, object> = {
  'a second approver': { approval: { allowed: { emails: [mallory] } } },
  'a fallback': { approval: { fallback: { emails: ['ana@example.com', mallory] } } },
  'a requester': { requesters: { emails: [mallory] } },
  'a group of requesters': { requesters: { slackUserGroups: ['S0MALLORY'] } },
  'privileged roles': { allowPrivileged: true },
  'a longer time': { duration: { max: '168h' } },
  'another level': { approval: { onCall: { level: 9 } } },
  'an escalation at once': { approval: { escalateAfter: '1s' } },
  'no reason': { reason: { required: false } },
}

/** How a tool applies mappings, and in which of them it then sees a difference. */
type Tool = { apply(git: readonly RoleMapping[]): Promise<void>; sees(git: readonly RoleMapping[]): Promise<boolean[]> }

const forced = ['--server-side', '--force-conflicts']
const kubectl = (...more: string[]): Tool => ({
  apply: async git => {
    const { code, stderr } = await cluster.kubectl('apply', ...more, '-f', await fileOf(git))
    assert.is(code, 0, stderr)
  },
  sees: async git => {
    const { code, stdout, stderr } = await cluster.kubectl('diff', ...more, '-f', await fileOf(git))
    assert.ok(code === 0 || code === 1, `${code}: ${stderr}`)
    return git.map(({ metadata }) => stdout.includes(`.RoleMapping.hallpass.${metadata.name}\n`))
  },
})

async function fileOf(items: readonly RoleMapping[]): Promise<string> {
  const file = join(folder, 'mappings.json')
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return file
}

type Command = Parameters<GitopsTools['on']>[1]
const ask = (command: Command, after: readonly RoleMapping[]): ReturnType<GitopsTools['on']> =>
  (tools as GitopsTools).on(cluster.controlPlane.kubeconfigPath, command, { before: [], after })

const library = (apply: Command, compare: Command, difference: string): Tool => ({
  apply: async git => void (await ask(apply, git)),
  sees: async git => {
    const outcomes = await ask(compare, git)
    return git.map(({ metadata }) =>
      outcomes.some(({ object, action }) => object === `RoleMapping ${metadata.name}` && action === difference),
    )
  },
})
const argo = (apply: Command, mode: string): Tool => library(apply, 'argo-diff', `${mode}: out of sync`)
const flux = library('flux-sync', 'flux-diff', 'configured')

/** Tools for which every field has an owner: they see everything. */
const owning: Record<string, Tool> = {
  'kubectl diff --server-side': kubectl(...forced),
  ...(typeof tools !== 'string' && {
    'Argo CD with structured merge': argo('argo-apply-server-side', 'structured merge'),
    'Argo CD with server-side diff': argo('argo-apply-server-side', 'server-side'),
    'Argo CD with server-side diff of what it applied client-side': argo('argo-apply', 'server-side'),
    Flux: flux,
  }),
}
/** Tools that look only at what Git states. */
const looking: Record<string, Tool> = {
  'kubectl diff': kubectl(),
  ...(typeof tools !== 'string' && { 'Argo CD with client-side diff': argo('argo-apply', 'client-side') }),
}

/** A mapping that states only what it must. */
const bare: RoleMapping['spec'] = {
  grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
  requesters: { domains: ['example.com'] },
  approval: { onCall: { escalationPolicy: 'PMANAGERS' } },
  channel: 'C0PRODACCESS',
}
let serial = 0
const gitWith = (spec: RoleMapping['spec']): RoleMapping =>
  ({
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: { name: `mapping-${++serial}`, namespace: 'hallpass' },
    spec,
  }) as RoleMapping

const live = ({ metadata }: RoleMapping): Promise<RoleMapping> =>
  cluster.transport.request<RoleMapping>({ method: 'GET', path: `${path}/${metadata.name}` })

/** As another client than kubectl. */
const addByHand = ({ metadata }: RoleMapping, spec: object): Promise<RoleMapping> =>
  cluster.transport.request<RoleMapping>({
    method: 'PATCH',
    path: `${path}/${metadata.name}`,
    query: { fieldManager: 'curl' },
    contentType: 'application/merge-patch+json',
    body: { spec },
  })

const judge = ({ metadata }: RoleMapping): Promise<unknown> =>
  cluster.transport.request({
    method: 'PATCH',
    path: `${path}/${metadata.name}/status`,
    contentType: 'application/merge-patch+json',
    body: { status: { observedGeneration: 1, approversSummary: 'Mo', duration: { min: '1m', default: '1h' } } },
  })

for (const [name, tool] of Object.entries({ ...owning, ...looking }))
  test(`${name} stays in sync with what it applied, and with what the controller wrote`, async () => {
    const git = [bare, ...samples.map(({ spec }) => spec)].map(gitWith)
    const none = git.map(() => false)
    await tool.apply(git)
    assert.equal(await tool.sees(git), none, 'after the first time')
    await Promise.all(git.map(judge))
    assert.equal(await tool.sees(git), none, 'after the controller')
    await tool.apply(git)
    assert.equal(await tool.sees(git), none, 'after the second time')
    assert.equal(
      (await Promise.all(git.map(live))).map(({ spec }) => spec),
      git.map(({ spec }) => spec),
    )
  })

/** The tools that did not see it, for each addition. */
let blind: Promise<Record<string, string[]>> | undefined
async function findBlind(): Promise<Record<string, string[]>> {
  const full = samples.find(({ metadata }) => metadata.name === 'prod-db')
  assert.ok(full)
  const found: Record<string, string[]> = Object.fromEntries(Object.keys(additions).map(added => [added, []]))
  const notice = async (name: string, tool: Tool, spec: RoleMapping['spec']): Promise<void> => {
    const git = Object.keys(additions).map(() => gitWith(spec))
    await tool.apply(git)
    await Promise.all(Object.values(additions).map((patch, i) => addByHand(git[i] as RoleMapping, patch)))
    const isSeen = await tool.sees(git)
    Object.keys(additions).forEach((added, i) => isSeen[i] || found[added]?.push(name))
  }
  for (const [name, tool] of Object.entries({ ...owning, ...looking })) await notice(name, tool, full.spec)
  for (const [name, tool] of Object.entries(owning)) await notice(`${name}, of a bare mapping`, tool, bare)
  return found
}

for (const added of Object.keys(additions))
  attack(test, `somebody adds ${added} to a mapping by hand … seen by every tool`, async () => {
    blind ??= findBlind()
    const names = (await blind)[added] ?? []
    return names.length === 0 ? 'seen by every tool' : `not seen by ${names.join('; ')}`
  })

if (typeof tools !== 'string')
  test('Flux undoes whatever was added, and nothing else remains', async () => {
    const git = Object.values(additions).map(() => gitWith(bare))
    await flux.apply(git)
    const added = await Promise.all(Object.values(additions).map((patch, i) => addByHand(git[i] as RoleMapping, patch)))
    for (const { spec } of added) assert.not.equal(spec, bare)
    await flux.apply(git)
    for (const { spec } of await Promise.all(git.map(live))) assert.equal(spec, bare)
  })

test('what a mapping got from the defaults of an older version goes when Git is applied', async () => {
  const git = gitWith({ ...bare, duration: { min: '1m', default: '60m', max: '4h' } })
  const tool = kubectl(...forced)
  await tool.apply([git])
  await tool.apply([{ ...git, spec: { ...bare, duration: { max: '30m' } } }])
  assert.equal((await live(git)).spec.duration, { max: '30m' })
})

test.run()
