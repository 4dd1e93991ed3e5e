// What GitOps tools must not delete carries both tools' annotations, in every way to install Hallpass.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { locateBinaries } from '../../src/sim/controlplane/locate.ts'
import { documentsOf } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { built, type Manifest } from './base.ts'

const test = suite('what GitOps tools keep')
const { folder } = await locateBinaries({ say: line => console.log(line) })
const kubectl = async (...args: string[]): Promise<{ stdout: string; stderr: string; code: number | null }> => {
  const { stdout, stderr, status } = spawnSync(join(folder, 'kubectl'), args, { encoding: 'utf8' })
  return { stdout, stderr, code: status }
}

const kept = { argo: 'Prune=false,Delete=false', flux: 'disabled' }
const marksOf = ({
  metadata: { annotations = {} },
}: Manifest): { argo: string | undefined; flux: string | undefined } => ({
  argo: annotations['argocd.argoproj.io/sync-options'],
  flux: annotations['kustomize.toolkit.fluxcd.io/prune'],
})
/** Only these may go: they let people ask and approve, or act when people are done. */
const isStopped = ({ kind, metadata }: Manifest): boolean =>
  /^hallpass-(gateway|auth|janitor)(-hosts)?$/.test(metadata.name) &&
  ['Deployment', 'PodDisruptionBudget', 'Service', 'FQDNNetworkPolicy'].includes(kind)

const installations = ['base', 'all-namespaces'].map(name => `deploy/${name}`)
const overlays = ['site', 'renamed', 'renamed-everywhere', 'egress', 'socket-mode'].map(
  name => `test/deploy/overlays/${name}`,
)
table(test, Object.fromEntries([...installations, ...overlays].map(path => [path, path])), async path => {
  const objects = await built({ kubectl }, path)
  for (const object of objects) {
    const { kind, metadata } = object
    assert.equal(
      marksOf(object),
      isStopped(object) ? { argo: undefined, flux: undefined } : kept,
      `${kind} ${metadata.name}`,
    )
  }
  assert.ok(objects.some(object => !isStopped(object)))
})

test('a pod template carries no annotation of a GitOps tool, which would do nothing there', async () => {
  for (const object of await built({ kubectl }, 'deploy/base')) {
    const template = (object['spec'] as { template?: { metadata: object } } | undefined)?.template
    if (template) assert.not('annotations' in template.metadata, object.metadata.name)
  }
})

test('earlier settings that Argo CD keeps are no difference for it', async () => {
  const config = (await built({ kubectl }, 'deploy/base')).filter(({ kind }) => kind === 'ConfigMap')
  assert.equal(
    config.map(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/compare-options']),
    ['IgnoreExtraneous'],
  )
})

test('mappings are pruned as usual: what is no longer in Git can no longer be requested', async () => {
  for (const object of await built({ kubectl }, 'deploy/samples'))
    assert.equal(marksOf(object), { argo: undefined, flux: undefined })
})

test('the kinds are kept by their own files too', async () => {
  for (const name of ['accessrequests', 'rolemappings'])
    for (const object of await documentsOf(`crds/${name}.yaml`)) assert.equal(marksOf(object as Manifest), kept)
})

test.run()
