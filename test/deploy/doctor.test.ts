// The component with the doctor: each CronJob examines one process, with that process's account, settings and Secret, and
// has no other right.
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { processes } from '../../src/app/doctor/check.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'
import { applyBase, built, type Manifest } from './base.ts'

const test = suite('the component with the doctor', { timeoutMs: 120_000 })
const folder = 'test/deploy/overlays/doctor'

type Pod = {
  serviceAccountName: string
  restartPolicy: string
  containers: { args: string[]; image: string; env: object[]; volumeMounts: object[]; securityContext: object }[]
  volumes: { name: string; configMap?: { name: string }; secret?: { secretName: string; defaultMode: number } }[]
  securityContext: object
}
type Labels = Record<string, string>
type CronJob = Manifest & {
  spec: {
    suspend: boolean
    jobTemplate: { spec: { backoffLimit: number; template: { metadata: { labels: Labels }; spec: Pod } } }
  }
}
type Deployment = Manifest & { spec: { template: { spec: Pod } } }

let cluster: Cluster
let site: Manifest[]
let jobs: CronJob[]
test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  site = await built(cluster, folder)
  jobs = site.filter(({ kind }) => kind === 'CronJob') as CronJob[]
})
test.after(() => cluster.stop())

const ofKind = (kind: string): Manifest[] => site.filter(each => each.kind === kind)
const podOf = ({ spec }: CronJob): Pod => spec.jobTemplate.spec.template.spec

test('each examines one process as its pod would', () => {
  assert.equal(
    jobs.map(job => podOf(job).containers[0]?.args),
    [
      ['doctor', 'auth'],
      ['doctor', 'controller'],
      ['doctor', 'gateway'],
    ],
  )
  for (const process of processes) {
    const job = jobs.find(({ metadata }) => metadata.name === `hallpass-doctor-${process}`)
    const deployment = ofKind('Deployment').find(
      ({ metadata }) => metadata.name === `hallpass-${process}`,
    ) as Deployment
    if (!job) throw new Error(`there is no job for the ${process}`)
    const [own, its] = [podOf(job), deployment.spec.template.spec]
    assert.is(own.serviceAccountName, its.serviceAccountName)
    assert.equal(own.securityContext, its.securityContext)
    assert.equal(own.containers[0]?.securityContext, its.containers[0]?.securityContext)
    assert.equal(own.containers[0]?.volumeMounts, its.containers[0]?.volumeMounts)
    assert.equal(own.containers[0]?.image, 'registry.example.com/hallpass:0.1.0')
    const byName = (volumes: Pod['volumes']): Pod['volumes'] => volumes.toSorted((a, b) => a.name.localeCompare(b.name))
    assert.equal(byName(own.volumes), byName(its.volumes), 'with the same settings and the same Secret')
  }
})

test('it runs only when somebody says so, once, and no Service or budget counts its pods', () => {
  for (const job of jobs) {
    assert.is(job.spec.suspend, true)
    assert.is(job.spec.jobTemplate.spec.backoffLimit, 0)
    assert.is(podOf(job).restartPolicy, 'Never')
    const { labels } = job.spec.jobTemplate.spec.template.metadata
    type Selecting = Manifest & { spec: { selector: Labels & { matchLabels?: Labels } } }
    for (const { metadata, spec } of [...ofKind('Service'), ...ofKind('PodDisruptionBudget')] as Selecting[]) {
      const wanted = Object.entries(spec.selector.matchLabels ?? spec.selector)
      assert.not.ok(
        wanted.every(([key, value]) => labels[key] === value),
        `${metadata.name} selects ${job.metadata.name}`,
      )
    }
  }
})

test('it has no account, role or binding besides those of the base', async () => {
  const base = await built(cluster, 'deploy/base')
  const isNew = (each: Manifest): boolean =>
    !base.some(
      ({ kind, metadata }) =>
        kind === each.kind && metadata.name === each.metadata.name && metadata.namespace === each.metadata.namespace,
    )
  assert.equal(
    site.filter(isNew).map(({ kind }) => kind),
    ['CronJob', 'CronJob', 'CronJob'],
  )
})

test('as Google sees them by their accounts, only those of auth and controller may call the metadata server', () => {
  type Policy = Manifest & { spec: { podSelector: { matchExpressions: { values: string[] }[] } } }
  const metadata = ofKind('NetworkPolicy').find(({ metadata: { name } }) => name === 'hallpass-to-metadata') as Policy
  assert.equal(metadata.spec.podSelector.matchExpressions[0]?.values, [
    'auth',
    'controller',
    'doctor-auth',
    'doctor-controller',
  ])
})

test('the API server takes it, and knows every field', async () => {
  await applyBase(cluster)
  const { stdout, stderr, code } = await cluster.kubectl(
    'apply',
    '--server-side',
    '--force-conflicts',
    '--validate=strict',
    '--dry-run=server',
    '-k',
    join(import.meta.dirname, '../..', folder),
  )
  assert.is(code, 0, stderr)
  for (const { metadata } of jobs) assert.match(stdout, `cronjob.batch/${metadata.name} serverside-applied`)
})

test.run()
