// Tokens of service accounts, by TokenRequest: for whoever starts several of the three processes at once.
import type { Transport } from '../kube/transport.ts'

/** A token of this service account, which must exist, for so many seconds. Needs the right to create such tokens. */
export async function requestToken(
  transport: Transport,
  { namespace, name }: { namespace: string; name: string },
  expirationSeconds: number,
): Promise<string> {
  const { status } = await transport.request<{ status?: { token?: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } },
  })
  if (!status?.token) throw new Error(`The API server gave no token for service account "${namespace}/${name}".`)
  return status.token
}
