// The way to the API server that kubeconfig or the pod names, and whether it is one that Hallpass can work with.
import { KubeConfig } from '@kubernetes/client-node'
import { ApiError } from '../kube/api-error.ts'
import { endpointFromKubeConfig } from '../kube/kubeconfig.ts'
import { createTransport, type Endpoint, type Transport } from '../kube/transport.ts'

/** A cluster that has answered. */
export type Cluster = {
  server: string
  /** Such as "v1.36.2". */
  version: string
  transport: Transport
}

/** No API server answered. */
export class ClusterUnreachable extends Error {
  override readonly name = 'ClusterUnreachable'
}

/** selectableFields of custom resources are on by default from this minor version of Kubernetes 1 on. */
const oldestMinor = 32
/** Longest wait for the first answer: an API server that starts needs some seconds. */
const firstAnswerMs = 5_000
/** Where client-node looks when it has found no configuration at all. */
const nowhere = 'http://localhost:8080'

/**
 * Opens the cluster of the kubeconfig's current context, or of the pod that this runs in, and asks for its version.
 * Rejects with ClusterUnreachable when nobody answers. Close its transport.
 */
export async function openCluster(): Promise<Cluster> {
  const { endpoint, server } = await endpointOf()
  const transport = createTransport(endpoint)
  try {
    const { gitVersion } = await transport.request<{ gitVersion: string }>({
      method: 'GET',
      path: '/version',
      deadlineMs: firstAnswerMs,
    })
    return { server, version: gitVersion, transport }
  } catch (error) {
    await transport.close()
    throw unopened(error, server)
  }
}

/** The endpoint of the current context, with its credentials. */
export async function endpointOf(): Promise<{ endpoint: Endpoint; server: string; kubeConfig: KubeConfig }> {
  const kubeConfig = new KubeConfig()
  try {
    kubeConfig.loadFromDefault()
    const server = kubeConfig.getCurrentCluster()?.server ?? ''
    if (server === nowhere) throw new Error('no kubeconfig was found, and this is not a pod')
    return { endpoint: await endpointFromKubeConfig(kubeConfig), server, kubeConfig }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ClusterUnreachable(
      `No cluster to talk to: ${why}. Set KUBECONFIG to the path of a kubeconfig that works.`,
    )
  }
}

function unopened(error: unknown, server: string): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.status === 0)
    return new ClusterUnreachable(
      `The API server at ${server} does not answer. Check the network, or choose another with KUBECONFIG or kubectl config use-context.`,
    )
  const remedy = error.status === 401 ? 'Log in to the cluster again.' : 'See whether kubectl version works.'
  return new Error(`The API server at ${server} answered ${error.status} (${error.reason}). ${remedy}`)
}

/** Why this version of Kubernetes will not do; undefined when it will. */
export function whyTooOld(version: string): string | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= oldestMinor)) return undefined
  return `The cluster runs Kubernetes ${JSON.stringify(version)}; Hallpass needs 1.${oldestMinor} or newer, for selecting requests by their fields. Upgrade the cluster.`
}
