// The Helm chart renders what kustomize builds, is accepted by a real API server, and refuses values that cannot work.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { type Built, chartTemplates, kustomized } from '../../src/reference/chart.ts'
import { type Cluster, documentsOf, startCluster } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { built, type Manifest } from './base.ts'
import { helmProgram } from './chart/helm.ts'

const test = suite('the chart', { timeoutMs: 60_000 })
const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const helm = await helmProgram(line => console.log(line))
if ('because' in helm) console.log(`SKIPPED helm does not render the chart: ${helm.because}`)

let cluster: Cluster
test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
})
test.after(() => cluster.stop())

type Values = { namespace?: string; set?: readonly string[]; files?: readonly string[] }

/** What helm prints for a release with these values, in addition to those of the base. Rejects with what it refuses. */
async function rendered({ namespace = 'hallpass-system', set = [], files = [] }: Values): Promise<Manifest[]> {
  const { stdout } = await helmRun('template', { namespace, set, files })
  return parseAllDocuments(stdout)
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null)
}

async function helmRun(
  command: string,
  { namespace, set = [], files = [] }: Values,
): Promise<{ stdout: string; stderr: string }> {
  if ('because' in helm) throw new Error(helm.because)
  const values = ['test/deploy/chart/values/base.yaml', ...files].flatMap(file => ['-f', join(root, file)])
  const chart = join(root, 'deploy/chart')
  const what = command === 'lint' ? [command, chart, '--strict'] : [command, 'hallpass', chart]
  const more = set.flatMap(one => ['--set-json', one])
  return run(helm.path, [...what, '-n', namespace ?? 'hallpass-system', ...values, ...more], { maxBuffer: 16 << 20 })
}

/** An object without what the chart adds by itself, and with the settings as a value. */
function bare({ metadata, ...rest }: Manifest, isConfigCompared: boolean): object {
  const { 'helm.sh/resource-policy': _, ...annotations } = metadata.annotations ?? {}
  const labels = Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([label]) => !isOfTheChart(label)))
  const some = (texts: object): object | undefined => (Object.keys(texts).length > 0 ? texts : undefined)
  const { data, ...other } = rest as { data?: { 'config.yaml': string } }
  const config = data && isConfigCompared ? { config: parse(data['config.yaml']) as object } : {}
  const text = JSON.stringify({
    ...other,
    ...config,
    metadata: { ...metadata, labels: some(labels), annotations: some(annotations) },
  })
  const names = configName(text).replace('"hallpass:latest"', '"hallpass"')
  return sorted(JSON.parse(names)) as object
}

const isOfTheChart = (label: string): boolean =>
  ['part-of', 'managed-by', 'instance', 'version'].some(name => label === `app.kubernetes.io/${name}`) ||
  label === 'helm.sh/chart'

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

const nameOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`

const socket = `config.slack={"teams":["T0EXAMPLE"],"command":"/access","mode":"socket"}`
const byName = `egress={"hostsByName":true,"apiServer":"192.0.2.1/32"}`
const groups = 'config.google.groupsReader="hallpass-groups@example-access.iam.gserviceaccount.com"'
const janitor = [
  'janitor.enabled=true',
  'config.janitor={"account":"hallpass-janitor@example-access.iam.gserviceaccount.com"}',
]
const renamed = ['tokenNamespace="access-sealed"', 'namespaces=["teams"]']
const installations: Record<string, Values & { folder: string; isConfigCompared?: boolean }> = {
  'the base': { folder: 'deploy/base', isConfigCompared: true },
  "a site's own overlay": {
    folder: 'test/deploy/overlays/site',
    set: [
      'image={"repository":"registry.example.com/hallpass","tag":"0.1.0"}',
      'config.hostedDomains=["example.com","example.org"]',
      'config.externalRequesters=[{"email":"pat@partner.example","until":"2027-01-31"}]',
    ],
  },
  'the hosts by name': { folder: 'test/deploy/overlays/egress', set: [byName] },
  'Socket Mode': { folder: 'test/deploy/overlays/socket-mode', set: [socket, byName] },
  'mappings that name Google groups': { folder: 'test/deploy/overlays/google-groups', set: [groups, byName] },
  'the janitor': { folder: 'test/deploy/overlays/janitor', set: janitor },
  'other namespaces': { folder: 'test/deploy/overlays/renamed', namespace: 'access', set: renamed },
  'other namespaces, and rights over all': {
    folder: 'test/deploy/overlays/renamed-everywhere',
    namespace: 'access',
    set: [...renamed, 'allNamespaces=true'],
  },
}

if (!('because' in helm)) {
  table(test, installations, async ({ folder, isConfigCompared = false, ...values }) => {
    const ofHelm = await rendered(values)
    const ofKustomize = (await built(cluster, folder)).filter(({ kind }) => kind !== 'CustomResourceDefinition')
    assert.equal(ofHelm.map(nameOf).map(configName).sort(), ofKustomize.map(nameOf).map(configName).sort())
    const byName = new Map(ofHelm.map(each => [configName(nameOf(each)), each]))
    for (const each of ofKustomize) {
      const other = byName.get(configName(nameOf(each)))
      assert.equal(other && bare(other, isConfigCompared), bare(each, isConfigCompared), nameOf(each))
    }
  })

  const paths = 'the ingress has the rules of the example'
  table(test, { [`${paths}, for GKE`]: 'gke', [`${paths}, for the Gateway API`]: 'gateway-api' }, async kind => {
    const file = kind === 'gke' ? 'ingress' : kind
    const expected = (await documentsOf(`deploy/ingress/${file}.yaml`)) as Manifest[]
    const ofHelm = await rendered({ set: [`ingress={"kind":"${kind}"}`] })
    for (const each of expected) {
      const other = ofHelm.find(one => nameOf(one) === nameOf(each))
      assert.equal(other && bare(other, false), bare(each, false), nameOf(each))
    }
    const ofSocket = JSON.stringify(await rendered({ set: [socket, `ingress={"kind":"${kind}"}`] }))
    assert.not(ofSocket.includes('"/slack"'), 'with Socket Mode nothing calls the gateway')
    assert.ok(ofSocket.includes('"/oauth/callback"'))
  })

  test('each process is bound in each namespace of requests, and the janitor calls the metadata server like the gateway', async () => {
    const set = [...janitor, groups, 'namespaces=["teams","others"]']
    const manifests = await rendered({ namespace: 'access', set })
    for (const name of ['hallpass-gateway', 'hallpass-janitor']) {
      const bindings = manifests.filter(({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === name)
      assert.equal(
        bindings.map(({ metadata, ...rest }) => [metadata.namespace, rest['subjects']]),
        ['teams', 'others'].map(namespace => [namespace, [{ kind: 'ServiceAccount', name, namespace: 'access' }]]),
      )
    }
    const rule = JSON.stringify(manifests.find(({ metadata }) => metadata.name === 'hallpass-to-metadata'))
    assert.match(rule, '"values":["auth","controller","gateway","janitor"]')
  })

  test('without janitor.enabled no part of the janitor is installed', async () => {
    const names = (await rendered({})).map(nameOf)
    assert.equal(
      names.filter(name => name.includes('janitor')),
      [],
    )
  })

  test('helm lint finds nothing, not even a warning', async () => {
    const { stdout } = await helmRun('lint', {})
    assert.match(stdout, '1 chart(s) linted, 0 chart(s) failed')
  })

  test('a real API server accepts everything of the chart', async () => {
    await cluster.kubectl('apply', '--server-side', '-k', join(root, 'crds'))
    const manifests = await rendered({ set: janitor })
    const namespaces = manifests.filter(({ kind }) => kind === 'Namespace')
    for (const { metadata } of namespaces) await cluster.createNamespace(metadata.name)
    const accepted = await Promise.all(manifests.map(each => applied(each)))
    assert.equal(accepted.length, manifests.length)
  })

  const refused: Record<string, { set: string | string[]; says: RegExp }> = {
    'an unknown value': { set: 'replicas=3', says: /additional properties 'replicas' not allowed/ },
    'an unknown setting': { set: 'config.retain="90d"', says: /additional properties 'retain' not allowed/ },
    'no image': { set: 'image.repository=""', says: /\/image\/repository.*minLength/ },
    'no organisation': { set: 'config.hostedDomains=[]', says: /\/config\/hostedDomains.*minItems/ },
    'an address with a quote, which would end the text in the policy': {
      set: `config.externalRequesters=[{"email":"o'hara@partner.example","until":"2027-01-31"}]`,
      says: /\/config\/externalRequesters\/0\/email.*does not match pattern/,
    },
    'a domain in capitals': { set: 'config.hostedDomains=["Example.com"]', says: /hostedDomains\/0.*pattern/ },
    'no namespace for requests': { set: 'namespaces=[]', says: /\/namespaces.*minItems/ },
    'hosts by name without the control plane': {
      set: 'egress.hostsByName=true',
      says: /\/egress\/apiServer.*minLength/,
    },
    'a janitor without its account': { set: 'janitor.enabled=true', says: /\/config.*missing property 'janitor'/ },
    'the account of a janitor that is not installed': {
      set: janitor[1] ?? '',
      says: /\/janitor\/enabled.*must be true/,
    },
    'a janitor over every namespace': {
      set: ['allNamespaces=true', ...janitor],
      says: /\/allNamespaces.*must be false/,
    },
    'approval pages without TLS': { set: 'config.publicUrl="http://access.example.com"', says: /publicUrl.*pattern/ },
  }
  table(test, refused, async ({ set, says }) => {
    const error: unknown = await rendered({ set: [set].flat() }).catch((thrown: unknown) => thrown)
    assert.instance(error, Error)
    assert.match((error as Error).message, says)
  })

  test('an empty file of values names each setting that is missing', async () => {
    const error: unknown = await run(helm.path, ['template', 'hallpass', join(root, 'deploy/chart')]).catch(
      (thrown: unknown) => thrown,
    )
    assert.match((error as Error).message, "missing properties 'publicUrl', 'hostedDomains', 'slack', 'google'")
  })
}

const configName = (name: string): string => name.replaceAll(/hallpass-config-[0-9a-z]{10}/g, 'hallpass-config')

/** Sends one object for a dry run, strictly. */
async function applied(manifest: Manifest): Promise<void> {
  const { apiVersion, kind, metadata } = manifest
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`
  const place = metadata.namespace ? `/namespaces/${metadata.namespace}` : ''
  const path = `${group ? `/apis/${group}` : '/api'}/${version}${place}/${plural}/${metadata.name}`
  await cluster.transport.request({
    method: 'PATCH',
    path,
    query: { fieldManager: 'chart', dryRun: 'All', fieldValidation: 'Strict', force: 'true' },
    body: manifest,
    contentType: 'application/apply-patch+yaml',
  })
}

test('the templates are made from the manifests as they are now (npm run chart)', async () => {
  const templates = chartTemplates(await sources())
  for (const [path, text] of Object.entries(templates))
    assert.is(await readFile(join(root, 'deploy/chart/templates', path), 'utf8'), text, path)
})

async function sources(): Promise<Built> {
  const read = async (path: string): Promise<Manifest[]> => (await documentsOf(`deploy/${path}`)) as Manifest[]
  const folders = async (names: readonly string[]): Promise<Manifest[]> => {
    const all = await Promise.all(names.map(name => built(cluster, `deploy/${name}`)))
    return all.flat().filter(({ kind }) => kind !== 'CustomResourceDefinition')
  }
  return {
    base: await folders(kustomized.base),
    allNamespaces: await folders(kustomized.allNamespaces),
    janitor: await folders(kustomized.janitor),
    egress: [
      ...(await read('egress/api-server.yaml')),
      ...(await read('egress/hosts.yaml')),
      ...(await read('google-groups/hosts/gateway.yaml')),
    ],
    ingress: await read('ingress/ingress.yaml'),
    gatewayApi: await read('ingress/gateway-api.yaml'),
  }
}

test.run()
