// The templates of the Helm chart, made from the manifests that kustomize builds: one source for both, so that they
// cannot differ. What a site sets becomes a value; everything else stays as it is, word for word.
import { stringify } from 'yaml'

/** A Kubernetes object as kustomize prints it. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Texts; annotations?: Texts }
  [more: string]: unknown
}
type Texts = Record<string, string>

/** What kustomize builds from the folders of `kustomized`, and the files of the other folders. */
export type Built = Record<keyof typeof kustomized | 'egress' | 'ingress' | 'gatewayApi', readonly Manifest[]>

/** The folders of `deploy` that kustomize builds for the chart. */
export const kustomized = {
  base: ['base'],
  allNamespaces: ['all-namespaces'],
  janitor: ['janitor/cluster', 'janitor/system', 'janitor/requests'],
} as const

const processes = ['gateway', 'auth', 'controller', 'janitor']
const keptBy = 'argocd.argoproj.io/sync-options'
const defaultNamespace = 'hallpass'

/** The text of each template, by its path below `deploy/chart/templates`. */
export function chartTemplates(built: Built): Record<string, string> {
  const { base } = built
  const inNamespace = (namespace: string): Manifest[] =>
    base.filter(each => (each.kind === 'Namespace' ? each.metadata.name : each.metadata.namespace) === namespace)
  const system = inNamespace('hallpass-system')
  const roles = base.filter(({ kind }) => kind === 'ClusterRole')
  const policies = base.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))
  return {
    'system.yaml': template(system.filter(each => processOf(each) === undefined && each.kind !== 'ConfigMap')),
    ...Object.fromEntries(
      processes
        .map(name => [`${name}.yaml`, system.filter(each => processOf(each) === name)] as const)
        .filter(([, manifests]) => manifests.length > 0)
        .map(([path, manifests]) => [path, template(manifests)]),
    ),
    'tokens.yaml': template(inNamespace('hallpass-tokens')),
    'requests.yaml': forEachNamespace(template(inNamespace(defaultNamespace))),
    'roles.yaml': template(roles),
    'policies.yaml': template(policies),
    'janitor.yaml': onlyIf('$.Values.janitor.enabled', janitorOf(built.janitor)),
    'all-namespaces.yaml': onlyIf('$.Values.allNamespaces', template(built.allNamespaces)),
    'egress.yaml': onlyIf('$.Values.egress.hostsByName', template(built.egress)),
    'ingress.yaml':
      onlyIf('eq $.Values.ingress.kind "gke"', template(built.ingress)) +
      onlyIf('eq $.Values.ingress.kind "gateway-api"', template(built.gatewayApi)),
  }
}

/** The optional process, with its rights in each namespace of requests. */
function janitorOf(manifests: readonly Manifest[]): string {
  const isBinding = ({ kind }: Manifest): boolean => kind === 'RoleBinding'
  const others = manifests.filter(each => !isBinding(each))
  return template(others) + forEachNamespace(template(manifests.filter(isBinding)))
}

/** The process that an object is for; undefined when several use it. */
function processOf({ metadata }: Manifest): string | undefined {
  const component = metadata.labels?.['app.kubernetes.io/component']
  return processes.find(name => name === component)
}

/** With Socket Mode the gateway calls Slack, and nobody calls the gateway. */
const isCalledBySlack = 'ne (include "hallpass.slackMode" $) "socket"'
/** Whether mappings may name Google groups. */
const readsGroups = 'include "hallpass.groupsReader" $'
const header = '{{- /* Made by npm run chart from the other folders of deploy, where the comments are. */ -}}\n'
const onlyIf = (condition: string, text: string): string => `{{- if ${condition} }}\n${text}{{- end }}\n`

// Each round begins with the end of a line: otherwise the second namespace would begin in the last line of the first.
const forEachNamespace = (text: string): string =>
  `${header}{{- range $namespace := $.Values.namespaces }}\n${text.replace(header, '').replaceAll(/^( +name(space)?:) hallpass$/gm, '$1 {{ $namespace }}')}{{- end }}\n`

function template(manifests: readonly Manifest[]): string {
  return header + manifests.map(manifest => guarded(manifest, `---\n${textOf(manifest)}`)).join('')
}

/** Objects that only some installations have. */
function guarded({ kind, metadata }: Manifest, text: string): string {
  if (kind === 'Namespace' && metadata.name === 'hallpass-system') return onlyIf('$.Values.createNamespace', text)
  if (kind === 'Service' && metadata.name === 'hallpass-gateway') return onlyIf(isCalledBySlack, text)
  if (kind === 'HealthCheckPolicy' && metadata.name === 'hallpass-gateway') return onlyIf(isCalledBySlack, text)
  if (kind === 'FQDNNetworkPolicy' && metadata.name === 'hallpass-gateway-groups') return onlyIf(readsGroups, text)
  if (kind === 'NetworkPolicy' && metadata.name === 'hallpass-to-tls')
    return onlyIf('not $.Values.egress.hostsByName', text)
  return text
}

function textOf(manifest: Manifest): string {
  const yaml = stringify(marked(manifest), { lineWidth: 0, aliasDuplicateObjects: false })
  if (yaml.includes('{{')) throw new Error(`${manifest.kind} ${manifest.metadata.name} contains "{{".`)
  return yaml.replaceAll(/^.*$/gm, filled)
}

/** A place for a template: a key or a value that no manifest has by itself. */
const mark = (name: string): string => `@@${name}@@`

function marked(manifest: Manifest): Manifest {
  const { metadata } = manifest
  const labels = { ...metadata.labels, [mark('labels')]: '' }
  const annotations = metadata.annotations?.[keptBy]
    ? { ...metadata.annotations, 'helm.sh/resource-policy': 'keep' }
    : metadata.annotations
  const copy = { ...manifest, metadata: { ...metadata, labels, ...(annotations ? { annotations } : {}) } }
  if (copy.kind === 'Deployment') return markedDeployment(copy)
  if (copy.kind === 'Ingress' || copy.kind === 'HTTPRoute') return markedPaths(copy)
  const [before, after] = replacements[`${copy.kind} ${metadata.name}`] ?? []
  return before && after ? replaced(copy, before, after) : copy
}

/** The parts of objects that a site's values decide, as JSON, and their marks. */
const replacements: Record<string, readonly [before: RegExp, after: string]> = {
  'NetworkPolicy hallpass-to-metadata': [/(?<="values":)\["auth","controller"\]/, `"${mark('toGoogle')}"`],
  'NetworkPolicy hallpass-callers': [/(?<="values":)\["gateway","auth"\]/, `"${mark('callers')}"`],
  'ValidatingAdmissionPolicy hallpass-request-creation': [
    /"\['example\.com'\]"(.*?)"\[\]"/,
    `"${mark('hostedDomains')}"$1"${mark('externalRequesters')}"`,
  ],
}

function replaced(manifest: Manifest, before: RegExp, after: string): Manifest {
  const text = JSON.stringify(manifest)
  if (!before.test(text)) throw new Error(`${manifest.kind} ${manifest.metadata.name} has no ${String(before)}.`)
  return JSON.parse(text.replace(before, after)) as Manifest
}

/** The rule for Slack's own calls. */
function markedPaths(manifest: Manifest): Manifest {
  const isForGateway = (part: unknown): boolean => JSON.stringify(part).includes('"name":"hallpass-gateway"')
  const mark = (part: unknown): unknown => (isForGateway(part) ? onlyWhenCalled(part) : part)
  const spec = manifest['spec'] as { rules: { http?: { paths: unknown[] } }[] }
  const rules = spec.rules.map(rule =>
    rule.http ? { ...rule, http: { paths: rule.http.paths.map(mark) } } : mark(rule),
  )
  return { ...manifest, spec: { ...spec, rules } }
}

const onlyWhenCalled = (part: unknown): string => `@@onlyWhenCalled@@${JSON.stringify(part)}`

type Pod = { containers: Record<string, unknown>[]; [more: string]: unknown }
type DeploymentSpec = { replicas: number; template: { spec: Pod; [more: string]: unknown }; [more: string]: unknown }

function markedDeployment(manifest: Manifest): Manifest {
  const spec = manifest['spec'] as DeploymentSpec
  const name = processOf(manifest) ?? ''
  const containers = spec.template.spec.containers.map(({ lifecycle, ...container }) => ({
    ...container,
    resources: undefined,
    env: [...(container['env'] as unknown[]), mark('extraEnv')],
    ...(lifecycle ? { lifecycle: name === 'gateway' ? onlyWhenCalled(lifecycle) : lifecycle } : {}),
    [mark(`resources ${name}`)]: '',
  }))
  const pod = { ...spec.template.spec, containers, [mark('scheduling')]: '' }
  return {
    ...manifest,
    // Two janitors do no harm, but only one of them can say that it was the one that removed.
    spec: {
      ...spec,
      ...(name !== 'janitor' && { replicas: mark(`replicas ${name}`) }),
      template: { ...spec.template, spec: pod },
    },
  }
}

/** One line of YAML with its marks replaced by templates, and the names of namespaces by values. */
function filled(line: string): string {
  const indent = line.length - line.trimStart().length
  const [, name = '', subject = ''] = /@@([a-zA-Z]+) ?([a-z]*)@@/.exec(line) ?? []
  const block = blocks[name]
  if (block) return block({ indent, subject, line })
  return line
    .replaceAll('hallpass-system', '{{ $.Release.Namespace }}')
    .replaceAll('hallpass-tokens', '{{ $.Values.tokenNamespace }}')
    .replaceAll(/hallpass-config(-[a-z0-9]{10})?$/g, '{{ include "hallpass.configName" $ }}')
    .replaceAll('access.example.com', '{{ include "hallpass.host" $ }}')
    .replace(/^( +image:) hallpass$/, '$1 {{ include "hallpass.image" $ }}')
    .replaceAll('192.0.2.1/32', '{{ $.Values.egress.apiServer }}')
}

type Place = { indent: number; subject: string; line: string }
const spaces = (count: number): string => ' '.repeat(count)

const blocks: Record<string, (place: Place) => string> = {
  labels: ({ indent }) => `${spaces(indent)}{{- include "hallpass.labels" $ | nindent ${indent} }}`,
  scheduling: ({ indent }) =>
    `${spaces(indent)}{{- with include "hallpass.scheduling" $ }}{{ . | nindent ${indent} }}{{ end }}`,
  extraEnv: ({ indent }) => `${spaces(indent)}{{- with $.Values.extraEnv }}{{ toYaml . | nindent ${indent} }}{{ end }}`,
  replicas: ({ subject, line }) => line.replace(/:.*/, `: {{ $.Values.${subject}.replicas }}`),
  resources: ({ indent, subject }) =>
    `${spaces(indent)}resources:\n${spaces(indent + 2)}{{- toYaml $.Values.${subject}.resources | nindent ${indent + 2} }}`,
  // The key or the dash before a part, and the part as JSON in quotes of YAML.
  onlyWhenCalled: ({ line }) => {
    const [, before = '', part = ''] = /^(.*?)'?@@onlyWhenCalled@@(.*?)'?$/.exec(line) ?? []
    return onlyIf(isCalledBySlack, `${before}${part}\n`).trimEnd()
  },
  hostedDomains: ({ line }) => line.replace(/:.*/, ': {{ include "hallpass.hostedDomains" $ | quote }}'),
  externalRequesters: ({ line }) => line.replace(/:.*/, ': {{ include "hallpass.externalRequesters" $ | quote }}'),
  toGoogle: ({ line }) => line.replace(/:.*/, ': {{ include "hallpass.callMetadata" $ }}'),
  callers: ({ line }) =>
    line.replace(/:.*/, `: {{ ternary "[auth]" "[gateway, auth]" (eq (include "hallpass.slackMode" $) "socket") }}`),
}
