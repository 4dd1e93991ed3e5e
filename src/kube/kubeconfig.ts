// Where the API server is and who calls, from a kubeconfig or from within a pod. Credentials are read again and again, so
// that their rotation needs no restart; they never reach a log or an error.
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { systemTimers, type Timers } from './environment.ts'
import type { Endpoint, Pems } from './transport.ts'

/** Credentials are asked for again after this long; service-account tokens rotate about every hour. */
const credentialsLifeMs = 30_000

/**
 * The endpoint of a kubeconfig's current context. client-node finds the credentials, whatever their kind: in-cluster token
 * files, tokens, client certificates, exec plugins.
 */
export async function endpointFromKubeConfig(config: KubeConfig, timers: Timers = systemTimers): Promise<Endpoint> {
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('The kubeconfig has no current cluster. Set a context, or KUBECONFIG.')
  refuseCleartext(cluster.server)
  const read = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    return options
  }
  let known = { options: await read(), atMs: timers.monotonicMs() }
  const recent = async (): Promise<RequestOptions> => {
    const atMs = timers.monotonicMs()
    if (atMs - known.atMs > credentialsLifeMs) known = { options: await read(), atMs }
    return known.options
  }
  return {
    server: cluster.server,
    ca: pemsOf(known.options).ca,
    tls: async () => pemsOf(await recent()),
    token: async () => bearerOf(await recent()),
  }
}

function refuseCleartext(server: string): void {
  const { protocol, hostname } = new URL(server)
  if (protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return
  throw new Error(`The API server's address "${server}" must begin with https: credentials are not sent in the clear.`)
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
