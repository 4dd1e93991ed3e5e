// Connects to the API server of the kubeconfig or the pod, and checks whether Hallpass can work with it.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ApiError } from '../kube/api-error.ts'
import { endpointInCluster, isPod, podIdentity } from '../kube/in-cluster.ts'
import { endpointOfContext } from '../kube/kubeconfig.ts'
import { type Context, readContext } from '../kube/kubeconfig-files.ts'
import { createTransport, type Endpoint, type Transport } from '../kube/transport.ts'
import { ClusterUnreachable } from './cluster-unreachable.ts'
import { type ClusterPlaces, pluginEnvironment, readClusterPlaces } from './environment.ts'

/** A cluster that has answered. */
export type Cluster = {
  server: string
  ca: string | undefined
  /** Such as "v1.36.2". */
  version: string
  transport: Transport
}

/** selectableFields of custom resources are on by default from this minor version of Kubernetes 1 on. */
const oldestMinor = 32
/** The longest wait for the first answer: an API server needs some seconds to start. */
const firstAnswerMs = 5_000

/**
 * Opens the cluster of the kubeconfig's current context, or of this pod, and asks for its version. Rejects with
 * ClusterUnreachable when it does not answer. The caller must close its transport.
 */
export async function openCluster(places?: Places): Promise<Cluster> {
  const endpoint = await endpointOf(places)
  const { server } = endpoint
  const transport = createTransport(endpoint)
  try {
    const { gitVersion } = await transport.request<{ gitVersion: string }>({
      method: 'GET',
      path: '/version',
      deadlineMs: firstAnswerMs,
    })
    return { server, ca: endpoint.ca, version: gitVersion, transport }
  } catch (error) {
    await transport.close()
    throw unopened(error, endpoint)
  }
}

/** The sources for a cluster: the environment, and the folder of a pod's identity. */
export type Places = { environment?: ClusterPlaces; podFolder?: string }

/**
 * The endpoint of the kubeconfig's current context, with its credentials; without a kubeconfig, that of the pod.
 * Searches in the same places and order as kubectl.
 */
export async function endpointOf({
  environment = readClusterPlaces(),
  podFolder = podIdentity,
}: Places = {}): Promise<Endpoint> {
  try {
    if (!hasKubeconfig(environment) && isPod(podFolder)) {
      const { service } = environment
      if (!service) throw new Error('this pod has no KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT')
      return await endpointInCluster(service, { folder: podFolder })
    }
    const { proxies = {} } = environment
    const isAttended = process.stdin.isTTY === true && process.stderr.isTTY === true
    return await endpointOfContext(await currentContext(environment), {
      variables: pluginEnvironment(),
      isAttended,
      proxies,
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ClusterUnreachable(`There is no cluster: ${why}. Set KUBECONFIG to the path of a kubeconfig that works.`)
  }
}

function hasKubeconfig({ kubeconfig, home }: ClusterPlaces): boolean {
  return kubeconfig !== undefined || (home !== undefined && existsSync(join(home, '.kube/config')))
}

/** The current context of the kubeconfigs that kubectl would read. Rejects when no file exists. */
export async function currentContext({ kubeconfig, home }: ClusterPlaces = readClusterPlaces()): Promise<Context> {
  const paths = kubeconfig?.split(delimiter).filter(Boolean) ?? (home === undefined ? [] : [join(home, '.kube/config')])
  const context = await readContext(paths)
  if (!context) throw new Error('no kubeconfig was found, and this is not a pod')
  return context
}

function unopened(error: unknown, { server, proxy }: Endpoint): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.reason === 'NotTrusted') return new ClusterUnreachable(`The API server at ${error.said}`)
  // Without the password that a proxy's address may contain.
  const through = proxy === undefined ? '' : ` through the proxy ${new URL(proxy).host}`
  if (error.status === 0)
    return new ClusterUnreachable(
      `The API server at ${server} does not answer${through}. Check the network, or choose another with KUBECONFIG or kubectl config use-context.`,
    )
  const remedy = error.status === 401 ? 'Log in to the cluster again.' : 'See whether kubectl version works.'
  return new Error(`The API server at ${server} answered ${error.status} (${error.reason}). ${remedy}`)
}

/** Why this version of Kubernetes is not sufficient; undefined when it is. */
export function whyTooOld(version: string): string | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? []
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= oldestMinor)) return undefined
  return `The cluster runs Kubernetes ${JSON.stringify(version)}; Hallpass needs 1.${oldestMinor} or newer, for selecting requests by their fields. Upgrade the cluster.`
}
