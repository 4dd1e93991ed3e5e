// The API server's address and the credentials from a kubeconfig. client-node finds the credentials, of any kind.
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { type Credentials, rotatingEndpoint } from './credentials.ts'
import type { Timers } from './environment.ts'
import type { Endpoint, Pems } from './transport.ts'

/** The endpoint of a kubeconfig's current context: tokens and their files, client certificates, exec plugins. */
export async function endpointFromKubeConfig(config: KubeConfig, timers?: Timers): Promise<Endpoint> {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('The kubeconfig has no current cluster. Set a context, or KUBECONFIG.')
  const read = async (): Promise<Credentials> => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    return { pems: pemsOf(options), token: bearerOf(options) }
  }
  return rotatingEndpoint(cluster.server, read, timers)
}

function pemsOf({ ca, cert, key }: RequestOptions): Pems {
  const text = (pem: unknown): string | undefined =>
    typeof pem === 'string' || Buffer.isBuffer(pem) ? pem.toString('utf8') : undefined
  return { ca: text(ca), cert: text(cert), key: text(key) }
}

function bearerOf({ headers }: RequestOptions): string | undefined {
  const value: unknown = (headers as Record<string, unknown> | undefined)?.['Authorization']
  return typeof value === 'string' && value.startsWith('Bearer ') ? value.slice('Bearer '.length) : undefined
}
