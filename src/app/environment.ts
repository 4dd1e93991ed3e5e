// The process's environment, read here and nowhere else but by client-node, which looks for KUBECONFIG
// itself. It holds paths and names only; secrets are files.
import type { Service } from '../kube/in-cluster.ts'

/** What the environment says; absent when it is unset or empty. */
export type Environment = {
  /** HALLPASS_CONFIG: path of the configuration file. */
  configPath?: string
  /** HALLPASS_SECRETS: folder with one file for each secret. */
  secretsPath?: string
  /** POD_NAME: who holds the lease. */
  podName?: string
}

/** Reads the environment of this process, or the one given. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const { HALLPASS_CONFIG, HALLPASS_SECRETS, POD_NAME } = variables
  return {
    ...(HALLPASS_CONFIG && { configPath: HALLPASS_CONFIG }),
    ...(HALLPASS_SECRETS && { secretsPath: HALLPASS_SECRETS }),
    ...(POD_NAME && { podName: POD_NAME }),
  }
}

/** What the environment says about where the API server is; absent when it is unset or empty. */
export type ClusterPlaces = {
  /** KUBECONFIG. */
  kubeconfig?: string
  /** HOME, where kubectl keeps its kubeconfig. */
  home?: string
  /** KUBERNETES_SERVICE_HOST and _PORT, which every pod has. */
  service?: Service
}

/** Reads the environment of this process, or the one given. */
export function readClusterPlaces(variables: NodeJS.ProcessEnv = process.env): ClusterPlaces {
  const { KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = variables
  return {
    ...(KUBECONFIG && { kubeconfig: KUBECONFIG }),
    ...(HOME && { home: HOME }),
    ...(host && port && { service: { host, port } }),
  }
}

/**
 * Takes away the switch by which Google's libraries print whole requests, plaintext and tokens included. To be called
 * before they are loaded.
 */
export function silenceLibraries(variables: NodeJS.ProcessEnv = process.env): void {
  delete variables['GOOGLE_SDK_NODE_LOGGING']
}
