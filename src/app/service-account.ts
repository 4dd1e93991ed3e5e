// Tokens of service accounts, by TokenRequest: for whoever starts several of the three processes at once.
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'

/** A token of this service account, which must exist, for so many seconds. Needs the right to create such tokens. */
export async function requestToken(
  kubeConfig: KubeConfig,
  { namespace, name }: { namespace: string; name: string },
  expirationSeconds: number,
): Promise<string> {
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds } },
  })
  if (!status?.token) throw new Error(`The API server gave no token for service account "${namespace}/${name}".`)
  return status.token
}
