// The API server's address and the credentials inside a pod, from two variables and two files that Kubernetes gives to
// every pod. No library is needed. (kubernetes.io/docs/tasks/run-application/access-api-from-pod)
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { rotatingEndpoint } from './credentials.ts'
import type { Timers } from './environment.ts'
import type { Endpoint } from './transport.ts'

/** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
export type Service = { host: string; port: string }

/** The folder in which every pod finds its identity. */
export const podIdentity = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Whether this folder holds a pod's identity. */
export const isPod = (folder: string = podIdentity): boolean => existsSync(join(folder, 'token'))

/**
 * The endpoint that a pod calls as its service account. The token and the CA are read again as they rotate. The
 * connection is always https, and the server's certificate must come from the CA in the folder. If that CA is missing,
 * no other CA is trusted instead.
 */
export async function endpointInCluster(
  { host, port }: Service,
  { folder = podIdentity, timers }: { folder?: string; timers?: Timers } = {},
): Promise<Endpoint> {
  const read = async (file: string): Promise<string> => {
    const text = (await readFile(join(folder, file), 'utf8')).trim()
    if (text === '') throw new Error(`The file "${join(folder, file)}" is empty.`)
    return text
  }
  const credentials = async () => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')])
    return { token, pems: { ca } }
  }
  return rotatingEndpoint(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`, credentials, timers)
}
