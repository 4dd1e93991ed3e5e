// What tools make of the state of each object: kstatus, which Flux and others use, and the health checks of Argo CD in
// deploy/argocd. They must agree, and say "done" only when the access was granted or the mapping is Ready.
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { AccessRequest, Phase, RoleMapping } from '../../src/api/kinds.ts'
import type { Condition } from '../../src/api/meta.ts'
import { phases } from '../../src/api/phases.ts'
import { mappingProgress } from '../../src/domain/progress.ts'
import { mapping } from '../builders/mapping.ts'
import { type Operator, operator, prodEu } from '../controller/fakes.ts'
import { suite, table } from '../suite.ts'
import { gitopsTools, type GitopsTools, type Health } from './tools.ts'

const test = suite('health, judged by GitOps tools', { timeoutMs: 120_000 })
const built = await gitopsTools(line => console.log(line))
if (typeof built === 'string') console.log(`SKIPPED kstatus and Argo CD judge no health: ${built}`)
const tools = typeof built === 'string' ? undefined : built

const patch = await readFile(join(import.meta.dirname, '../../deploy/argocd/argocd-cm.yaml'), 'utf8')
const { data } = parse(patch) as { data: Record<string, string> }
const scriptOf = (kind: string): string => data[`resource.customizations.health.hallpass.dev_${kind}`] ?? ''

/** The two judgements of one object. */
async function judged(by: GitopsTools, object: AccessRequest | RoleMapping): Promise<{ flux: Health; argo: Health }> {
  const [[flux], [argo]] = await Promise.all([by.kstatus([object]), by.lua(scriptOf(object.kind), [object])])
  if (!flux || !argo) throw new Error('a tool gave no answer')
  return { flux, argo }
}

type Fact = { reach: (op: Operator) => Promise<AccessRequest>; flux: string; argo: string; says?: RegExp }
const after =
  (...acts: ((op: Operator) => unknown)[]) =>
  async (op: Operator): Promise<AccessRequest> => {
    await op.ask()
    for (const act of acts) await act(op)
    return op.now()
  }
const look = (op: Operator): unknown => op.look()
const approve = (op: Operator): unknown => op.approve()
const dies = (op: Operator): Promise<unknown> =>
  op
    .start((call, moment) => {
      if (call === 'policies.write' && moment === 'after') throw new Error('the process died')
    })
    .reconcile(op.ref)
    .catch(() => undefined)
const powerless = (op: Operator): unknown => op.policies.admins.set(prodEu, new Set())
const later = (seconds: number) => (op: Operator) => op.clock.forward(seconds)

const states: Record<string, Fact> = {
  'a request that nobody has seen': { reach: after(), flux: 'InProgress', argo: 'Progressing' },
  'a request that waits for a decision': {
    reach: after(look),
    flux: 'InProgress',
    argo: 'Suspended',
    says: /^Nobody has decided yet\.$/,
  },
  'a request that nobody could be asked for': {
    reach: after(op => (op.onCall.duties = {}), look),
    flux: 'InProgress',
    argo: 'Suspended',
    says: /nobody|no one|Nobody/,
  },
  'an approved request while its bindings are written': {
    reach: after(look, approve, dies),
    flux: 'InProgress',
    argo: 'Progressing',
    says: /^Approved by mo@example\.com/,
  },
  'a granted request': { reach: after(look, approve, look), flux: 'Current', argo: 'Healthy' },
  'a request of which something may be in force': {
    reach: after(look, approve, dies, powerless, look),
    flux: 'Failed',
    argo: 'Degraded',
    says: /may hold part of "prod-db"/,
  },
  'access that has ended': { reach: after(look, approve, look, later(1800), look), flux: 'Current', argo: 'Healthy' },
  'access in doubt that has ended': {
    reach: after(look, approve, dies, powerless, look, later(1800), look),
    flux: 'Current',
    argo: 'Healthy',
  },
  'a denied request': {
    reach: after(look, op => op.decide('Denied'), look),
    flux: 'Failed',
    argo: 'Degraded',
    says: /^Denied by /,
  },
  'a withdrawn request': {
    reach: after(look, op => op.decide('Withdrawn'), look),
    flux: 'Failed',
    argo: 'Degraded',
    says: /withdrew/,
  },
  'a request that nobody decided in time': {
    reach: after(look, later(1800), look),
    flux: 'Failed',
    argo: 'Degraded',
    says: /^Nobody decided within 30m/,
  },
  'a request that Google refused': {
    reach: after(look, powerless, approve, look),
    flux: 'Failed',
    argo: 'Degraded',
    says: /^Cannot grant /,
  },
}

/** The condition behind each status of kstatus. */
const behind: Record<string, readonly string[]> = { InProgress: ['Reconciling'], Failed: ['Stalled'], Current: [] }

table<Fact>(test, states, async ({ reach, flux, argo, says }) => {
  const request = await reach(operator())
  const progress = (request.status?.conditions ?? []).filter(({ type }) => ['Reconciling', 'Stalled'].includes(type))
  const isSeen = request.status?.observedGeneration !== -1
  assert.equal(
    progress.map(({ type, status }) => `${type} ${status}`),
    isSeen ? behind[flux]?.map(type => `${type} True`) : [],
  )
  if (says) assert.match(progress[0]?.message ?? '', says)
  if (!tools) return
  const seen = await judged(tools, request)
  assert.equal([seen.flux.status, seen.argo.status], [flux, argo], JSON.stringify(request.status?.conditions))
  if (!says) return
  assert.match(seen.flux.message, says)
  assert.is(seen.argo.message, seen.flux.message)
})

/** The words of the two tools for the same state. */
const same: Record<string, readonly string[]> = {
  Current: ['Healthy'],
  Failed: ['Degraded'],
  InProgress: ['Progressing', 'Suspended'],
}
const condition = (type: string, status: Condition['status']): Condition => ({
  type,
  status,
  reason: 'Because',
  message: `${type} is ${status}.`,
  lastTransitionTime: '2026-11-23T14:00:00Z',
})

test('Argo CD knows every phase, with every condition', async () => {
  if (!tools) return
  const about = await operator().ask()
  for (const phase of [undefined, ...(Object.keys(phases) as Phase[])])
    for (const progress of ['Reconciling', 'Stalled', 'Accounted'])
      for (const status of ['True', 'False', 'Unknown'] as const) {
        const conditions = [condition('Approved', 'True'), condition(progress, status)]
        const request = { ...about, status: { ...(phase && { phase, observedGeneration: 1 }), conditions } }
        const { argo } = await judged(tools, request)
        const isStalled = progress === 'Stalled' && status === 'True'
        assert.ok(Object.values(same).flat().includes(argo.status), argo.status)
        assert.is(
          argo.status === 'Degraded',
          isStalled ||
            (phases[phase ?? 'Pending'].leadsTo.length === 0 && !['Expired', 'Revoked'].includes(phase ?? '')),
        )
      }
})

type Ready = Parameters<typeof mappingProgress>[1]
const ready = (status: Condition['status'], reason: Ready['reason']): Ready => ({
  type: 'Ready',
  status,
  reason,
  message: `It is ${status}.`,
  observedGeneration: 3,
})
const mappings: Record<string, { is?: Ready; generation?: number; flux: string; argo: string }> = {
  'a mapping that nobody has seen': { flux: 'InProgress', argo: 'Progressing' },
  'a mapping that was changed since it was checked': {
    is: ready('True', 'Checked'),
    generation: 4,
    flux: 'InProgress',
    argo: 'Progressing',
  },
  'a mapping that can be requested': { is: ready('True', 'Checked'), flux: 'Current', argo: 'Healthy' },
  'a mapping with a fault': { is: ready('False', 'ChannelUnreachable'), flux: 'Failed', argo: 'Degraded' },
  'a mapping while a service is silent': {
    is: ready('Unknown', 'PagerDutySilent'),
    flux: 'InProgress',
    argo: 'Progressing',
  },
  'a mapping that Hallpass has no right to check': {
    is: ready('Unknown', 'PagerDutyKeyRefused'),
    flux: 'Failed',
    argo: 'Degraded',
  },
}

table(test, tools ? mappings : {}, async ({ is, generation = 3, flux, argo }) => {
  const { metadata, ...rest } = mapping()
  const status = is
    ? { observedGeneration: 3, conditions: mappingProgress(undefined, is, new Date()) }
    : { observedGeneration: -1 }
  const seen = await judged(tools as GitopsTools, { ...rest, metadata: { ...metadata, generation }, status })
  assert.equal([seen.flux.status, seen.argo.status], [flux, argo])
  if (is && generation === 3) assert.equal([seen.argo.message], ['It is ' + is.status + '.'])
})

test.run()
