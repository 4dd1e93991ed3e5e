// The process's environment. It is read only here, and by client-node, which reads KUBECONFIG itself. It contains only
// paths and names; secrets are files.
import type { Service } from '../kube/in-cluster.ts'

/** Every variable that is read, and what it says. One that is set but empty counts as unset. */
export const variables = {
  HALLPASS_CONFIG: 'Path of the configuration file. Required.',
  HALLPASS_SECRETS: 'Folder with one file for each secret. Required.',
  POD_NAME: 'Name of the pod, which says in the lease who leads.',
  KUBECONFIG: 'Which cluster to use outside a pod, as kubectl reads it.',
  HOME: 'Where kubectl keeps its kubeconfig, if `KUBECONFIG` is unset.',
  KUBERNETES_SERVICE_HOST: 'Address of the API server. Kubernetes sets it in every pod.',
  KUBERNETES_SERVICE_PORT: 'Port of the API server. Kubernetes sets it in every pod.',
} as const

type Given = Readonly<Record<string, string | undefined>>

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
}

/** Reads the environment of this process, or the one given. */
export function readClusterPlaces(given: Given = process.env): ClusterPlaces {
  const [kubeconfig, home] = [read(given, 'KUBECONFIG'), read(given, 'HOME')]
  const [host, port] = [read(given, 'KUBERNETES_SERVICE_HOST'), read(given, 'KUBERNETES_SERVICE_PORT')]
  return { ...(kubeconfig && { kubeconfig }), ...(home && { home }), ...(host && port && { service: { host, port } }) }
}

function read(given: Given, name: keyof typeof variables): string | undefined {
  return given[name]
}

/**
 * Removes the variable that makes Google's libraries print whole requests with plaintext and tokens. Call it before
 * they are loaded.
 */
export function silenceLibraries(variables: NodeJS.ProcessEnv = process.env): void {
  delete variables['GOOGLE_SDK_NODE_LOGGING']
}
