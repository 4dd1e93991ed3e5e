// Tokens of service accounts, by TokenRequest: for whoever starts several of the three processes at once. Each is bound to a
// Secret, because admission refuses one of ours that is bound to nothing, and ends when that Secret is deleted.
import { isAlreadyExists, isNotFound } from '../kube/api-error.ts'
import type { Transport } from '../kube/transport.ts'

type Account = { namespace: string; name: string }

/**
 * A token of this service account, which must exist, for so many seconds. Needs the right to create such tokens, and once to
 * create the Secret `NAME-token-holder`, which holds nothing.
 */
export async function requestToken(transport: Transport, account: Account, expirationSeconds: number): Promise<string> {
  const ask = (): Promise<string> => askForToken(transport, account, expirationSeconds)
  try {
    return await ask()
  } catch (error) {
    // The Secret is missing, or the account is: then the second try says so.
    if (!isNotFound(error)) throw error
    await createHolder(transport, account)
    return ask()
  }
}

async function askForToken(
  transport: Transport,
  { namespace, name }: Account,
  expirationSeconds: number,
): Promise<string> {
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: holderOf(name) }
  const { status } = await transport.request<{ status?: { token?: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds, boundObjectRef },
    },
  })
  if (!status?.token) throw new Error(`The API server gave no token for service account "${namespace}/${name}".`)
  return status.token
}

async function createHolder(transport: Transport, { namespace, name }: Account): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: holderOf(name) }, immutable: true }
  await transport.request({ method: 'POST', path, body }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
}

function holderOf(name: string): string {
  return `${name}-token-holder`
}
