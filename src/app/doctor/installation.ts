// Opens what checks ask: the cluster, the API server as each process, and the mappings. Nothing is opened before it is
// asked for, and everything only once.
import type { RoleMapping } from '../../api/kinds.ts'
import type { Clock } from '../../domain/ports.ts'
import { isPod } from '../../kube/in-cluster.ts'
import { createTransport, type Transport } from '../../kube/transport.ts'
import { allMappings } from '../../store/mappings.ts'
import { type Cluster, endpointOf, openCluster, type Places } from '../cluster.ts'
import type { Config } from '../config.ts'
import { readClusterPlaces } from '../environment.ts'
import type { Process, Installation } from './check.ts'
import { whoAmI } from './identity.ts'

/** Opens one installation. `close` ends every connection. */
export function openInstallation(
  config: Config,
  { clock, withinMs, places = {} }: { clock: Clock; withinMs: number; places?: Places | undefined },
): Installation & { isInPod: boolean; close(): Promise<void> } {
  const opened: Transport[] = []
  const keep = (transport: Transport): Transport => {
    opened.push(transport)
    return transport
  }
  const isInPod = isPodOf(places)
  const cluster = once(async (): Promise<Cluster> => {
    const found = await openCluster(places)
    keep(found.transport)
    return found
  })
  const as = remembered(async (process: Process): Promise<Transport> => {
    const { transport } = await cluster()
    const account = `system:serviceaccount:${config.systemNamespace}:hallpass-${process}`
    if ((await whoAmI(transport)).name === account) return transport
    const endpoint = await endpointOf(places)
    // The groups of a service account follow from its name.
    return keep(createTransport({ ...endpoint, headers: { 'Impersonate-User': account } }))
  })
  const mappings = once(async (): Promise<RoleMapping[]> =>
    Array.fromAsync(allMappings({ transport: (await cluster()).transport, clock }, config.namespaces)),
  )
  const isOwn = isInPod || config.sandbox?.googleAccessToken !== undefined
  return {
    config,
    clock,
    withinMs,
    isInPod,
    googleSees: !isOwn ? 'person' : config.process === 'all' ? 'all' : 'process',
    cluster,
    as,
    mappings,
    close: async () => void (await Promise.all(opened.map(transport => transport.close()))),
  }
}

// As in openCluster: a kubeconfig counts more than the pod.
function isPodOf({ environment = readClusterPlaces(), podFolder }: Places): boolean {
  return environment.kubeconfig === undefined && isPod(podFolder)
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= work())
}

function remembered<K, T>(work: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const known = new Map<K, Promise<T>>()
  return key => {
    const result = known.get(key) ?? work(key)
    known.set(key, result)
    return result
  }
}
