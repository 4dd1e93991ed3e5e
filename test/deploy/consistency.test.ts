// The names in deploy/ that must agree with each other and with the code: selectors and labels, ports and probes, mounts and
// Secrets, arguments and processes, reachable paths, used scopes.
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { createAuth } from '../../src/auth/web/app.ts'
import { everySetting, needs } from '../../src/app/config-schema.ts'
import { processNames } from '../../src/app/process-names.ts'
import { judgeRoles } from '../../src/domain/mapping/granted-roles.ts'
import { lintMapping } from '../../src/domain/mapping/linter.ts'
import { defaultSlackSeeds } from '../../src/sim/slack/seeds.ts'
import { Fixture } from '../auth/fakes.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'
import { applyBase, built, type Manifest } from './base.ts'

const test = suite('what is deployed', { timeoutMs: 60_000 })
const root = join(import.meta.dirname, '../..')
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

let cluster: Cluster
let base: Manifest[]
test.before(async () => {
  cluster = await startCluster({ content: 'nothing' })
  base = await built(cluster, 'deploy/base')
})
test.after(() => cluster.stop())

type Labels = Record<string, string>
type Container = {
  name: string
  image: string
  args: string[]
  env: { name: string; value?: string }[]
  ports: { name: string; containerPort: number }[]
  resources: { requests: Labels; limits: Labels }
  securityContext: Record<string, unknown>
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean; subPath?: string }[]
  [probe: string]: unknown
}
type PodSpec = {
  serviceAccountName: string
  containers: Container[]
  volumes: { name: string; secret?: { secretName: string; defaultMode: number }; configMap?: { name: string } }[]
  securityContext: Record<string, unknown>
  topologySpreadConstraints: { labelSelector: { matchLabels: Labels } }[]
  [more: string]: unknown
}
type Deployment = Manifest & {
  spec: {
    replicas: number
    selector: { matchLabels: Labels }
    template: { metadata: { labels: Labels }; spec: PodSpec }
  }
}

const ofKind = <T extends Manifest>(kind: string, from = base): T[] => from.filter(each => each.kind === kind) as T[]
const deployments = (): Deployment[] => ofKind<Deployment>('Deployment')
const podOf = ({ spec }: Deployment): PodSpec => spec.template.spec
const containerOf = (deployment: Deployment): Container => {
  const [container, ...others] = podOf(deployment).containers
  assert.equal(others, [])
  if (!container) throw new Error(`${deployment.metadata.name} has no container`)
  return container
}
const selects = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value)

test('the three processes run, each under its own name and account', () => {
  assert.equal(
    deployments()
      .map(each => containerOf(each).args)
      .flat()
      .sort(),
    ['auth', 'controller', 'gateway'],
  )
  for (const deployment of deployments()) {
    const [name = ''] = containerOf(deployment).args
    assert.ok((processNames as readonly string[]).includes(name))
    assert.is(deployment.metadata.name, `hallpass-${name}`)
    assert.is(podOf(deployment).serviceAccountName, `hallpass-${name}`)
    assert.ok(ofKind('ServiceAccount').some(({ metadata }) => metadata.name === `hallpass-${name}`))
    assert.is(containerOf(deployment).image, 'hallpass')
  }
})

test('every selector finds exactly the pods it means', () => {
  for (const deployment of deployments()) {
    const { labels } = deployment.spec.template.metadata
    assert.ok(selects(deployment.spec.selector.matchLabels, labels))
    for (const { labelSelector } of podOf(deployment).topologySpreadConstraints)
      assert.equal(labelSelector.matchLabels, deployment.spec.selector.matchLabels)
  }
  type Selecting = Manifest & { spec: { selector: Labels | { matchLabels: Labels } } }
  for (const kind of ['Service', 'PodDisruptionBudget'])
    for (const { metadata, spec } of ofKind<Selecting>(kind)) {
      const wanted = ('matchLabels' in spec.selector ? spec.selector.matchLabels : spec.selector) as Labels
      const found = deployments().filter(each => selects(wanted, each.spec.template.metadata.labels))
      assert.equal(
        found.map(each => each.metadata.name),
        [metadata.name],
        kind,
      )
    }
  assert.equal(
    ofKind('Service').map(({ metadata }) => metadata.name),
    ['hallpass-auth', 'hallpass-gateway'],
  )
})

test('a disruption never takes the last pod', () => {
  type Budget = Manifest & { spec: { minAvailable: number } }
  assert.is(ofKind('PodDisruptionBudget').length, 3)
  for (const { spec } of ofKind<Budget>('PodDisruptionBudget')) assert.is(spec.minAvailable, 1)
  for (const { spec } of deployments()) assert.ok(spec.replicas >= 2)
})

test('ports and probes are those the processes listen on', () => {
  const { listen } = everySetting.parse({})
  for (const deployment of deployments()) {
    const container = containerOf(deployment)
    assert.equal(Object.fromEntries(container.ports.map(port => [port.name, port.containerPort])), {
      http: listen.port,
      health: listen.healthPort,
    })
    const paths: Labels = { startupProbe: '/healthz', livenessProbe: '/healthz', readinessProbe: '/readyz' }
    for (const [probe, path] of Object.entries(paths))
      assert.equal((container[probe] as { httpGet: object }).httpGet, { path, port: 'health' })
  }
  type Service = Manifest & { spec: { ports: { targetPort: string }[] } }
  for (const { spec } of ofKind<Service>('Service'))
    assert.equal(
      spec.ports.map(port => port.targetPort),
      ['http'],
    )
})

test('pods have no rights on their node', () => {
  for (const deployment of deployments()) {
    const { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem } = containerOf(deployment).securityContext
    assert.equal(
      { allowPrivilegeEscalation, capabilities, readOnlyRootFilesystem },
      {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
    )
    const { runAsNonRoot, runAsUser, seccompProfile } = podOf(deployment).securityContext
    assert.equal(
      { runAsNonRoot, runAsUser, seccompProfile },
      {
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    )
    const { requests, limits } = containerOf(deployment).resources
    assert.ok(requests['cpu'] && requests['memory'] && limits['memory'])
    for (const shared of ['hostNetwork', 'hostPID', 'hostIPC', 'hostUsers'])
      assert.is(podOf(deployment)[shared], undefined)
  }
  for (const { metadata } of ofKind('Namespace'))
    assert.is(metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted', metadata.name)
})

test('settings and secrets are mounted where the processes look', () => {
  for (const deployment of deployments()) {
    const { env, volumeMounts } = containerOf(deployment)
    const valueOf = (name: string): string | undefined => env.find(each => each.name === name)?.value
    const mountAt = (path = ''): string | undefined => {
      const mount = volumeMounts.find(({ mountPath }) => mountPath === path)
      assert.ok(mount?.readOnly, `${path} is mounted and cannot be written`)
      return mount?.name
    }
    const volume = (name = ''): PodSpec['volumes'][number] | undefined =>
      podOf(deployment).volumes.find(each => each.name === name)
    const config = volume(mountAt(valueOf('HALLPASS_CONFIG')))?.configMap?.name
    assert.ok(
      ofKind('ConfigMap').some(({ metadata }) => metadata.name === config),
      config,
    )
    const secret = volume(mountAt(valueOf('HALLPASS_SECRETS')))?.secret
    assert.is(secret?.secretName, deployment.metadata.name)
    assert.is(secret?.defaultMode, 0o440)
    assert.ok(env.some(({ name }) => name === 'POD_NAME'))
  }
})

test('README.md names each Secret with the keys that its process reads', async () => {
  const readme = await read('deploy/README.md')
  const keys: Labels = {
    gateway: 'slack-bot-token slack-signing-secret',
    auth: 'oauth-client-secret',
    controller: 'slack-bot-token pagerduty-token',
  }
  for (const [name, names] of Object.entries(keys)) {
    const line = new RegExp(`create secret generic hallpass-${name} (.*)`).exec(readme)?.[1]
    assert.is(
      line,
      names
        .split(' ')
        .map(key => `--from-file=${key}`)
        .join(' '),
    )
    const row = readme.split('\n').find(each => each.startsWith(`| \`hallpass-${name}\``)) ?? ''
    for (const key of names.split(' ')) assert.ok(row.includes(`\`${key}\``), `${name}: ${key}`)
  }
})

test('the settings to fill in are complete and in the right form', async () => {
  const [map] = ofKind<Manifest & { data: Labels }>('ConfigMap').filter(({ data }) => 'config.yaml' in data)
  const settings: unknown = parse(map?.data['config.yaml'] ?? '')
  const { namespaces, tokenNamespace, systemNamespace } = everySetting.parse(settings)
  // The janitor is off, so its own setting is not there.
  for (const [name, need] of Object.entries(needs))
    assert.is(need.safeParse(settings).success, name !== 'janitor', name)
  const names = ofKind('Namespace').map(({ metadata }) => metadata.name)
  assert.equal([...namespaces, tokenNamespace, systemNamespace].sort(), names.sort())
})

test('only a collector of metrics may call the controller', () => {
  type Rule = { ports: { port: string }[]; from?: { ipBlock?: { cidr: string } }[] }
  type Network = Manifest & {
    spec: {
      podSelector: { matchLabels?: Labels; matchExpressions?: { key: string; values: string[] }[] }
      policyTypes: string[]
      ingress?: Rule[]
    }
  }
  const policies = ofKind<Network>('NetworkPolicy')
  const into = (component: string): Rule[] =>
    policies
      .filter(({ metadata }) => metadata.namespace === 'hallpass-system')
      .filter(({ spec: { podSelector } }) => {
        const labels: Labels = { 'app.kubernetes.io/name': 'hallpass', 'app.kubernetes.io/component': component }
        const { matchLabels = {}, matchExpressions = [] } = podSelector
        return (
          selects(matchLabels, labels) &&
          matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
        )
      })
      .flatMap(({ spec }) => spec.ingress ?? [])
  assert.equal(
    into('controller').map(({ ports }) => ports.map(({ port }) => port)),
    [['health']],
  )
  assert.ok(into('controller').every(({ from }) => from?.length))
  for (const name of ['gateway', 'auth'])
    assert.equal(
      into(name)
        .flatMap(({ ports, from = [{}] }) =>
          ports.flatMap(({ port }) => from.map(({ ipBlock }) => `${port} for ${ipBlock?.cidr ?? 'pods'}`)),
        )
        .sort(),
      [
        'health for 130.211.0.0/22',
        'health for 35.191.0.0/16',
        'health for pods',
        'http for 130.211.0.0/22',
        'http for 35.191.0.0/16',
      ],
      "pages are reached through Google's load balancers only, and by no pod",
    )
  for (const namespace of ['hallpass-system', 'hallpass-tokens'])
    assert.ok(
      policies.some(
        ({ metadata, spec }) =>
          metadata.namespace === namespace &&
          !spec.podSelector.matchLabels &&
          spec.policyTypes.length === 2 &&
          !spec.ingress,
      ),
      `${namespace} refuses everything first`,
    )
})

type Egress = Manifest & {
  spec: { podSelector: { matchExpressions?: { values: string[] }[] }; egress?: { ports: object[]; to?: object[] }[] }
}
test('egress rules have addresses, except for TLS', () => {
  const policies = ofKind<Egress>('NetworkPolicy').filter(({ spec }) => spec.egress?.length)
  const open = policies.filter(({ spec }) => spec.egress?.some(({ to }) => !to?.length))
  assert.equal(
    open.map(({ metadata, spec }) => [metadata.name, spec.egress?.flatMap(({ ports }) => ports)]),
    [
      [
        'hallpass-to-tls',
        [
          { port: 443, protocol: 'TCP' },
          { port: 6443, protocol: 'TCP' },
        ],
      ],
    ],
  )
  const metadata = policies.find(({ metadata: { name } }) => name === 'hallpass-to-metadata')
  assert.equal(metadata?.spec.podSelector.matchExpressions?.[0]?.values, ['auth', 'controller'])
})

test('with the list of hosts, no rule permits every address', async () => {
  const named = await built(cluster, 'test/deploy/overlays/egress')
  const policies = named.filter(({ kind }) => kind === 'NetworkPolicy') as Egress[]
  assert.not.ok(policies.some(({ spec }) => spec.egress?.some(({ to }) => !to?.length)))
  const hosts = named.filter(({ kind }) => kind === 'FQDNNetworkPolicy') as (Manifest & {
    spec: { podSelector: { matchLabels: Labels } }
  })[]
  assert.equal(
    hosts.map(({ spec }) => spec.podSelector.matchLabels['app.kubernetes.io/component']),
    ['auth', 'controller', 'gateway', 'janitor'],
  )
})

test('only where mappings may name Google groups the gateway may call the metadata server, and these hosts', async () => {
  const site = await built(cluster, 'test/deploy/overlays/google-groups')
  const metadata = ofKind<Egress>('NetworkPolicy', site).find(
    ({ metadata: { name } }) => name === 'hallpass-to-metadata',
  )
  assert.equal(metadata?.spec.podSelector.matchExpressions?.[0]?.values, ['auth', 'controller', 'gateway'])
  type Hosts = Manifest & { spec: { egress: { matches: Labels[] }[] } }
  const hosts = ofKind<Hosts>('FQDNNetworkPolicy', site).find(
    ({ metadata: { name } }) => name === 'hallpass-gateway-groups',
  )
  assert.ok(
    hosts?.spec.egress.some(({ matches }) => matches.some(({ name }) => name === 'cloudidentity.googleapis.com')),
  )
})

test('in Socket Mode nothing outside can call the gateway, and it may call Slack', async () => {
  const site = await built(cluster, 'test/deploy/overlays/socket-mode')
  assert.equal(
    ofKind('Service', site).map(({ metadata }) => metadata.name),
    ['hallpass-auth'],
  )
  const gateway = ofKind<Deployment>('Deployment', site).find(({ metadata }) => metadata.name === 'hallpass-gateway')
  if (!gateway) throw new Error('there is no gateway')
  assert.is(containerOf(gateway)['lifecycle'], undefined)
  type Callers = Manifest & {
    spec: {
      podSelector: { matchLabels?: Labels; matchExpressions?: { key: string; values: string[] }[] }
      ingress?: { ports: { port: string }[] }[]
    }
  }
  const called = ofKind<Callers>('NetworkPolicy', site)
    .filter(({ spec }) => spec.ingress?.some(({ ports }) => ports.some(({ port }) => port === 'http')))
    .flatMap(({ spec }) => spec.podSelector.matchExpressions?.flatMap(({ values }) => values) ?? ['everything'])
  assert.equal(called, ['auth'])
  type Hosts = Manifest & { spec: { egress: { matches: Labels[] }[] } }
  const hosts = ofKind<Hosts>('FQDNNetworkPolicy', site).find(({ metadata }) => metadata.name.includes('gateway'))
  assert.ok(hosts?.spec.egress.some(({ matches }) => matches.some(({ pattern }) => pattern === '*.slack.com')))
})

test('the two manifests of the Slack app differ only in the mode', async () => {
  const [http, socket] = [
    await read('deploy/slack/manifest.yaml'),
    await read('deploy/slack/manifest-socket-mode.yaml'),
  ]
  const { settings, features, ...rest } = parse(http) as SlackManifest & { settings: object }
  const { request_url: _url, ...interactivity } = settings.interactivity
  assert.equal(parse(socket), {
    ...rest,
    features: {
      ...features,
      slash_commands: features.slash_commands.map(({ url: _address, ...command }) => command),
    },
    settings: { ...settings, interactivity, socket_mode_enabled: true },
  })
})

test('from outside only the paths of Slack and of the approval pages are reachable', async () => {
  const [first = ''] = (await read('deploy/ingress/ingress.yaml')).split('---\n')
  const ingress = parse(first) as {
    spec: { rules: { http: { paths: { path: string; backend: { service: { name: string } } }[] } }[] }
  }
  const paths = ingress.spec.rules
    .flatMap(({ http }) => http.paths)
    .map(({ path, backend }) => [path, backend.service.name])
  const allowed = [
    ['/slack', 'hallpass-gateway'],
    ...['/approve', '/revoke', '/review', '/oauth/callback'].map(path => [path, 'hallpass-auth']),
    ...['/', '/sign-in', '/sign-out', '/ask', '/deny', '/withdraw', '/done', '/me'].map(path => [
      path,
      'hallpass-auth',
    ]),
  ]
  assert.equal(paths, allowed)
  const isLedTo = (served: string): boolean =>
    paths.some(([path = '']) => served === path || (path !== '/' && served.startsWith(`${path}/`)))
  const stack = createAuth(new Fixture().options).router.stack as { route?: { path: string } }[]
  const pages = stack.flatMap(({ route }) => route?.path ?? [])
  assert.ok(pages.length > 15, `${pages.length} pages`)
  assert.equal(
    pages.filter(page => !isLedTo(page)),
    [],
  )
  type Route = { rules: { matches: { path: { value: string } }[]; backendRefs: { name: string; port: number }[] }[] }
  const [, route = ''] = (await read('deploy/ingress/gateway-api.yaml')).split('---\n')
  const { rules } = (parse(route) as { spec: Route }).spec
  assert.equal(
    rules.flatMap(({ matches, backendRefs }) => matches.map(({ path }) => [path.value, backendRefs[0]?.name])),
    allowed,
  )
  const { spec } = ofKind<Manifest & { spec: { ports: { port: number }[] } }>('Service')[0] ?? {}
  for (const { backendRefs } of rules) assert.is(backendRefs[0]?.port, spec?.ports[0]?.port)
})

test('load balancers use the kubelet’s check for every Service', async () => {
  const { listen } = everySetting.parse({})
  const asked = { port: listen.healthPort, requestPath: '/readyz' }
  const parts = async (path: string): Promise<unknown[]> => (await read(path)).split('---\n').map(part => parse(part))
  type Config = { metadata: { name: string }; spec: { healthCheck: object } }
  const [, config] = (await parts('deploy/ingress/ingress.yaml')) as [unknown, Config]
  assert.equal(config.spec.healthCheck, { type: 'HTTP', ...asked })
  for (const { metadata } of ofKind<Manifest & { metadata: { annotations?: Labels } }>('Service'))
    assert.is(metadata.annotations?.['cloud.google.com/backend-config'], `{"default":"${config.metadata.name}"}`)
  type Policy = { spec: { default: { config: { httpHealthCheck: object } }; targetRef: { name: string } } }
  const [, , ...policies] = (await parts('deploy/ingress/gateway-api.yaml')) as [unknown, unknown, ...Policy[]]
  assert.equal(policies.map(({ spec }) => spec.targetRef.name).sort(), ['hallpass-auth', 'hallpass-gateway'])
  for (const { spec } of policies)
    assert.equal(spec.default.config.httpHealthCheck, { portSpecification: 'USE_FIXED_PORT', ...asked })
})

test('the example for GKE contains the certificate that it names, for its host', async () => {
  const manifests = (await read('deploy/ingress/ingress.yaml')).split('---\n').map(part => parse(part))
  const [ingress, , certificate] = manifests as [
    { metadata: { annotations: Labels }; spec: { rules: { host: string }[] } },
    unknown,
    { kind: string; metadata: { name: string }; spec: { domains: string[] } },
  ]
  assert.is(certificate.kind, 'ManagedCertificate')
  assert.is(ingress.metadata.annotations['networking.gke.io/managed-certificates'], certificate.metadata.name)
  const hosts = ingress.spec.rules.map(({ host }) => host)
  assert.equal(certificate.spec.domains, hosts)
  const config = parse(await read('deploy/base/system/config.yaml')) as { publicUrl: string }
  assert.equal(hosts, [new URL(config.publicUrl).host])
})

test('a process gets no new calls before it stops listening', () => {
  for (const deployment of deployments()) {
    const isServing = containerOf(deployment).args[0] !== 'controller'
    const { lifecycle } = containerOf(deployment) as { lifecycle?: object }
    assert.equal(lifecycle, isServing ? { preStop: { sleep: { seconds: 5 } } } : undefined)
  }
})

type SlackManifest = {
  display_information: { name: string; description: string }
  features: {
    app_home: Record<string, boolean>
    bot_user: { display_name: string }
    slash_commands: { command: string; description: string; usage_hint: string; url: string; should_escape: boolean }[]
  }
  oauth_config: { scopes: { bot: string[] } }
  settings: { interactivity: { request_url: string } }
}
test('the Slack app follows Slack’s limits and asks only for what Hallpass uses', async () => {
  const manifest = parse(await read('deploy/slack/manifest.yaml')) as SlackManifest
  const { display_information: shown, features, oauth_config: oauth, settings } = manifest
  assert.ok(shown.name.length <= 35 && shown.description.length <= 140 && features.bot_user.display_name.length <= 80)
  assert.equal(
    features.slash_commands.map(({ command }) => command),
    ['/access', '/prod-db'],
  )
  for (const { command, description, usage_hint: hint, url, should_escape: escapes } of features.slash_commands) {
    assert.match(command, /^\/[a-z0-9_-]{1,31}$/)
    assert.ok(description.length <= 2000 && hint.length <= 1000)
    assert.is(url, settings.interactivity.request_url)
    assert.not(escapes)
  }
  assert.ok(features.slash_commands.length <= 50)
  assert.match(settings.interactivity.request_url, /^https:\/\/[^/]+\/slack\/events$/)
  assert.is(features.app_home['messages_tab_enabled'], true, 'direct messages are refused without it')
  // The simulated workspace refuses a call without its scope, so its list of scopes is sufficient.
  const { app } = defaultSlackSeeds()
  assert.equal(oauth.scopes.bot.sort(), [...app.scopes].sort())
})

test('Node.js accepts the options of the manifests', () => {
  for (const deployment of deployments()) {
    const { env } = containerOf(deployment)
    const { value } = env.find(({ name }) => name === 'NODE_OPTIONS') ?? {}
    assert.is(nodeFaultOf([], { NODE_OPTIONS: value ?? '--none' }), '')
  }
})

/** The error of Node.js about its options; empty when it accepts them. */
function nodeFaultOf(options: string[], env: Record<string, string> = {}): string {
  const { stderr, status } = spawnSync(process.execPath, [...options, '-e', '0'], { env })
  return status === 0 ? stderr.toString() : `${status}: ${stderr.toString()}`
}

test('the image contains what the processes need, and does not run as root', async () => {
  const [dockerfile, pkg] = await Promise.all([read('deploy/Dockerfile'), read('package.json')])
  const { bin, devDependencies } = JSON.parse(pkg) as { bin: Labels; devDependencies: Labels }
  const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? []
  const [program, ...words] = JSON.parse(entry) as string[]
  const source = 'src/cli/hallpass.ts'
  assert.equal([program, words.pop()], ['node', source])
  assert.match(await read(bin['hallpass'] ?? ''), `'../${source}'`, 'the command runs the same file')
  assert.is(nodeFaultOf(words), '', 'the options of the image')
  assert.match(dockerfile, /npm ci --omit=dev/)
  const user = /^USER (\d+):\d+$/m.exec(dockerfile)?.[1]
  assert.ok(deployments().every(each => String(podOf(each).securityContext['runAsUser']) === user))
  const bases = [...dockerfile.matchAll(/^FROM node:([\d.]+)-\S+/gm)].map(([, version]) => version)
  assert.equal(bases, [devDependencies['node'], devDependencies['node']])
})

test('the pods use the compiled code of the image', async () => {
  const dockerfile = await read('deploy/Dockerfile')
  const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? []
  const [, compiling = '[]'] = /^RUN (\["node".*\])$/m.exec(dockerfile) ?? []
  const [, options = ''] = /^ENV NODE_OPTIONS="(.*)"$/m.exec(dockerfile) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-compiled-'))
  const node = ([, ...words]: string[], env: Record<string, string>): string => {
    const cache = { NODE_COMPILE_CACHE: folder, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
    const { status, stderr } = spawnSync(process.execPath, words, {
      cwd: root,
      env: { ...cache, ...env },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    assert.is(status, 0, stderr.slice(-4000))
    return stderr
  }
  try {
    node(JSON.parse(compiling) as string[], { NODE_OPTIONS: options })
    for (const deployment of deployments()) {
      const { value = '' } = containerOf(deployment).env.find(({ name }) => name === 'NODE_OPTIONS') ?? {}
      const said = node([...(JSON.parse(entry) as string[]), '--help'], { NODE_OPTIONS: value })
      assert.match(said, /src\/cli\/program\.ts was accepted/)
      assert.not.match(said, /was rejected/)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

type Policy = Manifest & { spec: { paramKind?: object; variables?: { name: string; expression: string }[] } }

/** Policies that check only the object, so they name no identity. */
const namesNobody = ['hallpass-no-pods']

const accounts = ['gateway', 'auth', 'controller']

/** These also name the janitor, whose account exists only with its component. */
const namesJanitor = ['hallpass-account-secrets', 'hallpass-account-tokens', 'hallpass-request-status']

/** The identities in each policy, by the policy's name. */
const identitiesIn = (manifests: Manifest[]): Record<string, string[]> =>
  Object.fromEntries(
    ofKind<Policy>('ValidatingAdmissionPolicy', manifests)
      .filter(({ metadata }) => !namesNobody.includes(metadata.name))
      .map(({ metadata, spec: { variables = [] } }) => [
        metadata.name,
        accounts.map(account => variables.find(({ name }) => name === account)?.expression ?? 'not named'),
      ]),
  )

/** The expected identities when the service accounts are in this namespace. */
const everyPolicyNames = (namespace: string): Record<string, string[]> =>
  Object.fromEntries(
    Object.keys(identitiesIn(base)).map(policy => [
      policy,
      accounts.map(account => `'system:serviceaccount:${namespace}:hallpass-${account}'`),
    ]),
  )

test('every policy names the three identities as literals and has no params', () => {
  assert.ok(Object.keys(identitiesIn(base)).length >= 5)
  assert.equal(identitiesIn(base), everyPolicyNames('hallpass-system'))
  for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
    for (const each of ofKind(kind))
      assert.not.match(JSON.stringify(each), /paramKind|paramRef|params\./, each.metadata.name)
  for (const each of ofKind<Policy>('ValidatingAdmissionPolicy')) {
    const named = JSON.stringify(each).match(/system:serviceaccount:hallpass/g) ?? []
    const three = namesNobody.includes(each.metadata.name) ? 0 : 3
    assert.is(named.length, namesJanitor.includes(each.metadata.name) ? 4 : three, each.metadata.name)
  }
})

test('every rule of a policy refuses with Forbidden, so an Invalid without a field is a policy that failed', () => {
  type Rules = Manifest & { spec: { validations: { message: string; reason?: string }[] } }
  for (const { metadata, spec } of ofKind<Rules>('ValidatingAdmissionPolicy'))
    for (const { message, reason } of spec.validations) assert.is(reason, 'Forbidden', `${metadata.name}: ${message}`)
})

test('with other namespaces all references change', async () => {
  const renamed = await built(cluster, 'test/deploy/overlays/renamed')
  const texts = renamed
    .filter(({ metadata }) => !metadata.name.startsWith('hallpass-config'))
    .map(each => JSON.stringify(each))
  for (const text of texts) assert.not.match(text, /hallpass-system|"hallpass-tokens"|"namespace":"hallpass"/)
  assert.equal(identitiesIn(renamed), everyPolicyNames('access'))
  type Binding = Manifest & { subjects: { namespace: string }[] }
  const policies = ofKind<Binding>('ValidatingAdmissionPolicyBinding', renamed)
  for (const { subjects } of ofKind<Binding>('RoleBinding', renamed)) assert.is(subjects[0]?.namespace, 'access')
  assert.is(JSON.stringify(policies).match(/"values":\["access-sealed"\]/g)?.length, 2)
})

test('the policy and the settings list the same requesters, in the base and in an overlay', async () => {
  const site = await built(cluster, 'test/deploy/overlays/site')
  for (const manifests of [base, site]) {
    const [map] = ofKind<Manifest & { data: Labels }>('ConfigMap', manifests).filter(
      ({ data }) => 'config.yaml' in data,
    )
    const { hostedDomains, externalRequesters = [] } = parse(map?.data['config.yaml'] ?? '') as Record<
      string,
      unknown[]
    >
    const policies = ofKind<Policy>('ValidatingAdmissionPolicy', manifests)
    const { spec } = policies.find(({ metadata }) => metadata.name === 'hallpass-request-creation') ?? {}
    const saidOf = (name: string): unknown =>
      JSON.parse((spec?.variables?.find(each => each.name === name)?.expression ?? '').replaceAll("'", '"'))
    assert.equal([saidOf('hostedDomains'), saidOf('externalRequesters')], [hostedDomains, externalRequesters])
    assert.equal(identitiesIn(manifests), everyPolicyNames('hallpass-system'))
  }
  const readme = await read('deploy/README.md')
  const overlay = await read('test/deploy/overlays/site/kustomization.yaml')
  for (const line of overlay.split('\n').filter(text => text.includes('op: '))) assert.ok(readme.includes(line))
})

test('the policy of the lease has its name, and allows every duration that the settings allow', async () => {
  const lease = ofKind('ValidatingAdmissionPolicy').find(({ metadata }) => metadata.name === 'hallpass-lease')
  const { spec } = lease as Policy & { spec: { matchConditions: { expression: string }[] } }
  assert.match(spec.matchConditions[0]?.expression ?? '', /\.metadata\.name == 'hallpass-controller'$/)
  assert.match(await read('src/app/controller.ts'), /name: 'hallpass-controller'/)
  const [, longest = ''] = /leaseDurationSeconds\.orValue\(0\) <= (\d+)/.exec(JSON.stringify(spec)) ?? []
  const isTaken = (leaseSeconds: number): boolean =>
    everySetting.safeParse({ leaderElection: { leaseSeconds } }).success
  assert.equal([isTaken(Number(longest)), isTaken(Number(longest) + 1)], [true, false])
})

test('rights over all namespaces are bound to the accounts in any namespace', async () => {
  const everywhere = await built(cluster, 'test/deploy/overlays/renamed-everywhere')
  const bindings = ofKind<Manifest & { subjects: { namespace: string }[] }>('ClusterRoleBinding', everywhere)
  assert.equal(
    bindings.map(({ subjects }) => subjects.map(({ namespace }) => namespace)),
    [['access'], ['access'], ['access']],
  )
})

test('an overlay sets image and settings, and changed settings roll the pods', async () => {
  const site = await built(cluster, 'test/deploy/overlays/site')
  const settingsOf = (manifests: Manifest[]): Set<string | undefined> =>
    new Set(
      ofKind<Deployment>('Deployment', manifests).flatMap(each =>
        podOf(each).volumes.flatMap(v => v.configMap?.name ?? []),
      ),
    )
  for (const deployment of ofKind<Deployment>('Deployment', site))
    assert.is(containerOf(deployment).image, 'registry.example.com/hallpass:0.1.0')
  assert.is(settingsOf(site).size, 1)
  assert.not.equal([...settingsOf(site)], [...settingsOf(base)])
})

test('the API server accepts all of it, also by dry run, also twice', async () => {
  const plain = await cluster.kubectl('apply', '-k', join(root, 'deploy/base'))
  assert.is(plain.code, 0, plain.stderr)
  await applyBase(cluster)
  const again = await cluster.kubectl('apply', '-k', join(root, 'deploy/base'), '--server-side', '--dry-run=server')
  assert.is(again.code, 0, again.stderr)
  assert.is(again.stderr, '')
  assert.is(again.stdout.trim().split('\n').length, base.length)
  const all = await cluster.kubectl('apply', '-k', join(root, 'deploy/all-namespaces'), '--dry-run=server')
  assert.is(all.code, 0, all.stderr)
  // The other objects next to the Ingress are of GKE's kinds, which this API server does not have.
  const ingress = await cluster.kubectl('apply', '-f', join(root, 'deploy/ingress/ingress.yaml'), '--dry-run=server')
  assert.match(ingress.stdout, /ingress\.networking\.k8s\.io\/hallpass created/)
  assert.equal(
    [...ingress.stderr.matchAll(/no matches for kind "(.*?)"/g)].map(([, kind]) => kind),
    ['BackendConfig', 'ManagedCertificate'],
  )
})

test('pods pass the restricted standard, and none may run in the namespace of the sealed tokens', async () => {
  const attempt = (deployment: Deployment, namespace: string): Promise<unknown> =>
    cluster.transport
      .request({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/pods`,
        query: { dryRun: 'All' },
        body: { metadata: { name: 'tried' }, spec: podOf(deployment) },
      })
      .then(
        () => 'accepted',
        (error: unknown) => String(error),
      )
  for (const deployment of deployments()) {
    assert.is(await attempt(deployment, 'hallpass-system'), 'accepted')
    assert.match(String(await attempt(deployment, 'hallpass-tokens')), /runs no pods/)
  }
})

test('the samples are mappings that could be Ready', async () => {
  const samples = (await built(cluster, 'deploy/samples')) as unknown as RoleMapping[]
  for (const sample of samples) {
    assert.equal(
      lintMapping(sample, { others: samples, generic: '/access', now: new Date() }),
      [],
      sample.metadata.name,
    )
    assert.equal(judgeRoles(sample.spec, new Map()), { faults: [], remarks: [] }, sample.metadata.name)
  }
  const { stdout, stderr, code } = await cluster.kubectl(
    'apply',
    '-k',
    join(root, 'deploy/samples'),
    '--dry-run=server',
  )
  assert.is(code, 0, stderr)
  assert.match(stdout, /audit-bucket created[^]*prod-db created[^]*prod-gke created/)
})

test.run()
