// The process's environment. It is read only here. It contains only paths and names; secrets are files. A proxy's
// address may contain a password, so it is never printed.
import type { Service } from '../kube/in-cluster.ts'
import { type ProxySettings, withScheme } from '../kube/proxy.ts'

/** Every variable that is read, and what it says. One that is set but empty counts as unset. */
export const variables = {
  HALLPASS_CONFIG: 'Path of the configuration file. Required.',
  HALLPASS_SECRETS: 'Folder with one file for each secret. Required.',
  POD_NAME: 'Name of the pod, which says in the lease who leads.',
  KUBECONFIG: 'Which cluster to use outside a pod, as kubectl reads it.',
  HOME: 'Where kubectl keeps its kubeconfig, if `KUBECONFIG` is unset.',
  KUBERNETES_SERVICE_HOST: 'Address of the API server. Kubernetes sets it in every pod.',
  KUBERNETES_SERVICE_PORT: 'Port of the API server. Kubernetes sets it in every pod.',
  HTTPS_PROXY: 'Proxy for calls to Google, Slack and PagerDuty, and to the API server of a kubeconfig. Unset: none.',
  NO_PROXY: 'Hosts that are called without the proxy, as Go reads the list. Unset: none.',
} as const

/** The variables of a process. */
export type Given = Readonly<Record<string, string | undefined>>

/** Values of the environment; absent when unset or empty. */
export type Environment = {
  /** HALLPASS_CONFIG: path of the configuration file. */
  configPath?: string
  /** HALLPASS_SECRETS: folder with one file for each secret. */
  secretsPath?: string
  /** POD_NAME: the holder's name in the lease. */
  podName?: string
}

/** Reads the environment of this process, or the one given. */
export function readEnvironment(given: Given = process.env): Environment {
  const [configPath, secretsPath] = [read(given, 'HALLPASS_CONFIG'), read(given, 'HALLPASS_SECRETS')]
  const podName = read(given, 'POD_NAME')
  return { ...(configPath && { configPath }), ...(secretsPath && { secretsPath }), ...(podName && { podName }) }
}

/** Values about the API server's address; absent when unset or empty. */
export type ClusterPlaces = {
  /** KUBECONFIG. */
  kubeconfig?: string
  /** HOME, where kubectl keeps its kubeconfig. */
  home?: string
  /** KUBERNETES_SERVICE_HOST and _PORT, which every pod has. */
  service?: Service
  /** HTTPS_PROXY and NO_PROXY, or their spellings in small letters. */
  proxies?: ProxySettings
}

/** Reads the environment of this process, or the one given. */
export function readClusterPlaces(given: Given = process.env): ClusterPlaces {
  const [kubeconfig, home] = [read(given, 'KUBECONFIG'), read(given, 'HOME')]
  const [host, port] = [read(given, 'KUBERNETES_SERVICE_HOST'), read(given, 'KUBERNETES_SERVICE_PORT')]
  return {
    ...(kubeconfig && { kubeconfig }),
    ...(home && { home }),
    ...(host && port && { service: { host, port } }),
    proxies: proxiesIn(given),
  }
}

function proxiesIn(given: Given): ProxySettings {
  const [httpsProxy, noProxy] = (['HTTPS_PROXY', 'NO_PROXY'] as const).map(
    name => read(given, name) || given[name.toLowerCase()] || undefined,
  )
  return { ...(httpsProxy && { httpsProxy }), ...(noProxy && { noProxy }) }
}

function read(given: Given, name: keyof typeof variables): string | undefined {
  return given[name]
}

/** The whole environment of this process, for the credential plugin of a kubeconfig. */
export function pluginEnvironment(): Given {
  return process.env
}

/**
 * Removes the variable that makes Google's libraries print whole requests with plaintext and tokens. Call it before
 * they are loaded.
 */
export function silenceLibraries(variables: NodeJS.ProcessEnv = process.env): void {
  delete variables['GOOGLE_SDK_NODE_LOGGING']
}

/** The hosts that are always called directly: this machine, and the metadata server, which no proxy can reach. */
const direct = ['localhost', '127.0.0.1', '::1', '[::1]', 'metadata.google.internal', '169.254.169.254']

/**
 * The proxy for https calls to everybody but the API server, and the hosts that are called directly, in a form that all
 * libraries read alike; undefined without a proxy. HTTP_PROXY has no effect: http is only spoken with this machine and
 * with the metadata server.
 */
export function readProxies(given: Given = process.env): { httpsProxy: string; noProxy: string } | undefined {
  const { httpsProxy, noProxy = '' } = proxiesIn(given)
  const listed = noProxy.split(',').map(entry => entry.trim())
  if (!httpsProxy || listed.includes('*')) return undefined
  return { httpsProxy: withScheme(httpsProxy), noProxy: [...direct, ...listed.flatMap(bothForms)].join(',') }
}

/** A name covers its subdomains, which some libraries do only for names that begin with a dot. */
function bothForms(entry: string): string[] {
  if (entry === '') return []
  const name = entry.replace(/^\*\./, '.')
  return /^[a-z]/i.test(name) ? [name, `.${name}`] : [name]
}
