// From the current context of a kubeconfig to an endpoint, with the meaning that each field has for kubectl. client-node
// reads certificates, keys and tokens; what it leaves out is added here. A field that has no meaning here is refused by
// name, because leaving it out would act as somebody else or at another place.
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { KubeConfig } from '@kubernetes/client-node'
import { type Credentials, rotatingEndpoint } from './credentials.ts'
import { systemTimers, type Timers } from './environment.ts'
import { createPlugin, type Given } from './exec-plugin.ts'
import { type Context, type Entry, type Fields, fieldsOf, kubeconfigOf, textIn } from './kubeconfig-files.ts'
import { proxyFor, type ProxySettings } from './proxy.ts'
import type { Endpoint } from './transport.ts'

/** What a kubeconfig's meaning depends on besides its files. */
export type Around = {
  /** For credential plugins. */
  variables: Readonly<Record<string, string | undefined>>
  /** Whether a person sits at the terminal of this process, whom a credential plugin may ask. */
  isAttended: boolean
  proxies: ProxySettings
  timers?: Timers
}

/** The endpoint of a context. Rejects with the field that is not usable and what to do, and when no credentials are available. */
export async function endpointOfContext({ cluster, user }: Context, around: Around): Promise<Endpoint> {
  refuseUnsupported(cluster, user)
  const { timers = systemTimers } = around
  const server = serverOf(cluster)
  const isUnverified = flagIn(cluster.fields, 'insecure-skip-tls-verify')
  const plugin = pluginOf(cluster, user, { ...around, timers })
  const config = await readByClientNode({ cluster, user })
  const read = async (): Promise<Credentials> => {
    const [{ token, pems }, given] = [await ownCredentials(config, user.fields), await plugin?.()]
    const ca = isUnverified ? undefined : (pems.ca ?? systemAuthorities())
    return { token: token ?? given?.token, pems: { ca, cert: pems.cert ?? given?.cert, key: pems.key ?? given?.key } }
  }
  const proxy = textIn(cluster.fields, 'proxy-url') ?? proxyFor(server, around.proxies)
  const serverName = textIn(cluster.fields, 'tls-server-name')
  const headers = impersonation(user.fields)
  return {
    ...(await rotatingEndpoint(server, read, timers)),
    ...(serverName !== undefined && { serverName }),
    ...(isUnverified && { isUnverified }),
    ...(proxy !== undefined && { proxy }),
    ...(headers && { headers }),
  }
}

const unsupported: Record<string, string> = {
  username: 'Kubernetes has no passwords since 1.19. Use a token, a client certificate or a credential plugin',
  password: 'Kubernetes has no passwords since 1.19. Use a token, a client certificate or a credential plugin',
  'auth-provider': 'Use a credential plugin ("exec") instead, such as gke-gcloud-auth-plugin or kubelogin',
}

function refuseUnsupported(cluster: Entry, user: Entry): void {
  for (const [field, remedy] of Object.entries(unsupported))
    if (user.fields[field] !== undefined && user.fields[field] !== null && user.fields[field] !== '')
      throw new Error(`"${field}" of user "${user.name}" in the kubeconfig is not supported. ${remedy}`)
  for (const [fields, field] of [
    [cluster.fields, 'certificate-authority'],
    [user.fields, 'client-certificate'],
    [user.fields, 'client-key'],
  ] as const)
    if (textIn(fields, field) && textIn(fields, `${field}-data`))
      throw new Error(`the kubeconfig has both "${field}" and "${field}-data". Remove one of them, as kubectl demands`)
  if (flagIn(cluster.fields, 'insecure-skip-tls-verify') && hasAuthority(cluster.fields))
    throw new Error(
      'the kubeconfig has both "insecure-skip-tls-verify" and a certificate authority. Remove one of them, as kubectl demands',
    )
  const scheme = /^([a-z0-9+.-]+):/i.exec(textIn(cluster.fields, 'proxy-url') ?? 'http:')?.[1]?.toLowerCase() ?? ''
  if (!['http', 'https', 'socks5'].includes(scheme))
    throw new Error(
      `"proxy-url" of cluster "${cluster.name}" in the kubeconfig must begin with http://, https:// or socks5://`,
    )
}

function serverOf({ name, fields }: Entry): string {
  const server = textIn(fields, 'server')
  if (server === undefined) throw new Error(`cluster "${name}" of the kubeconfig has no server`)
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server))
    throw new Error(`the server of cluster "${name}" in the kubeconfig must begin with https:// and be an address`)
  return server.replace(/\/+$/, '')
}

function pluginOf(
  cluster: Entry,
  user: Entry,
  surroundings: Around & { timers: Timers },
): (() => Promise<Given>) | undefined {
  const exec = user.fields['exec']
  // kubectl uses no plugin when there are credentials of another kind.
  const others = ['token', 'tokenFile', 'client-certificate', 'client-certificate-data']
  if (exec === undefined || exec === null || others.some(field => textIn(user.fields, field))) return undefined
  return createPlugin(fieldsOf(exec, 'exec'), { user: user.name, cluster: cluster.fields }, surroundings)
}

function hasAuthority(cluster: Fields): boolean {
  return ['certificate-authority', 'certificate-authority-data'].some(field => textIn(cluster, field) !== undefined)
}

// Plugins, proxies and token files are not left to client-node. Half of a process's memory is this library with every
// model of the Kubernetes API, so a pod does not load it.
async function readByClientNode({ cluster, user }: Pick<Context, 'cluster' | 'user'>): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const { exec: _exec, tokenFile: _file, ...known } = user.fields
  // It connects nowhere, and refuses http, which is allowed here for a proxy on this machine.
  const { 'proxy-url': _proxy, ...direct } = cluster.fields
  const nowhere = { ...direct, server: 'https://nowhere.invalid' }
  const config = new KubeConfig()
  config.loadFromString(
    kubeconfigOf({
      name: 'current',
      cluster: { name: 'current', fields: nowhere },
      user: { name: 'current', fields: known },
    }),
  )
  return config
}

/** Token and certificate of the user itself. A token's file goes before the token, which is read once by kubectl too. */
async function ownCredentials(config: KubeConfig, user: Fields): Promise<Credentials> {
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options).catch((error: unknown) => {
    const { path } = error as { path?: string }
    throw path === undefined ? new Error('the kubeconfig has credentials that cannot be read') : unreadable(path)
  })
  const [ca, cert, key] = [options.ca, options.cert, options.key].map(textOf)
  if ((cert === undefined) !== (key === undefined))
    throw new Error('the kubeconfig has a client certificate or a client key without the other')
  const file = textIn(user, 'tokenFile')
  const inFile = file === undefined ? undefined : (await contentOf(file)).trim()
  return { token: inFile || textIn(user, 'token'), pems: { ca, cert, key } }
}

function textOf(pem: unknown): string | undefined {
  return typeof pem === 'string' || Buffer.isBuffer(pem) ? pem.toString('utf8') : undefined
}

async function contentOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw unreadable(path)
  })
}

function unreadable(path: string): Error {
  return new Error(`the file "${path}", which the kubeconfig names, cannot be read`)
}

let authorities: string | undefined
/** Without a certificate authority, kubectl trusts those of the system; Node by itself only trusts its own list. */
function systemAuthorities(): string {
  return (authorities ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])].join('\n'))
}

function flagIn(fields: Fields, field: string): boolean {
  const value = fields[field] ?? false
  if (typeof value !== 'boolean') throw new Error(`"${field}" of the kubeconfig must be true or false`)
  return value
}

/** The headers by which kubectl acts as somebody else; undefined when it does not. */
function impersonation(user: Fields): Record<string, string | string[]> | undefined {
  const [as, uid] = [textIn(user, 'as'), textIn(user, 'as-uid')]
  const groups = (user['as-groups'] ?? []) as string[]
  const extra = Object.entries(fieldsOf(user['as-user-extra'], 'as-user-extra'))
  if (as === undefined) {
    if (uid === undefined && groups.length === 0 && extra.length === 0) return undefined
    throw new Error('the kubeconfig has "as-uid", "as-groups" or "as-user-extra" without "as". Name the user to act as')
  }
  return {
    'impersonate-user': as,
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...(groups.length > 0 && { 'impersonate-group': groups }),
    ...Object.fromEntries(
      extra.map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values as string[]]),
    ),
  }
}
