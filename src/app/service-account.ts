// Acts in the cluster as a service account, with tokens by TokenRequest, for a process that runs several of the three
// parts. Each token is bound to a Secret, because admission refuses unbound tokens of these accounts. The token ends
// when that Secret is deleted.
import { isAlreadyExists, isNotFound } from '../kube/api-error.ts'
import { systemTimers } from '../kube/environment.ts'
import { createTransport, type Endpoint, type Transport } from '../kube/transport.ts'

type Account = { namespace: string; name: string }

/** A new token is requested after half the life of the old one. If that fails, it is tried again at this interval. */
const [tokenSeconds, againSeconds] = [3600, 5]

/** The same API server as a service account: the person who starts all three may request their tokens. */
export function asServiceAccount(starter: Endpoint, account: Account): Endpoint {
  let known: { token: string; renewAt: number; endsAt: number } | undefined
  let renewing: Promise<void> | undefined
  const nowSeconds = (): number => systemTimers.now().getTime() / 1000
  // One renewal at a time, however many calls wait for it. A valid token is used until the next one has arrived.
  const renew = async (): Promise<void> => {
    const now = nowSeconds()
    try {
      const token = await tokenFrom(starter, account)
      known = { token, renewAt: now + tokenSeconds / 2, endsAt: now + tokenSeconds }
    } catch (error) {
      if (!known || now >= known.endsAt) throw error
      known = { ...known, renewAt: now + againSeconds }
    } finally {
      renewing = undefined
    }
  }
  // Without the headers, by which the person may act as somebody else.
  const { headers: _, ...place } = starter
  return {
    ...place,
    // Without a client certificate, because the server would identify us as the person who started the process.
    tls: async () => ({ ca: (await starter.tls?.())?.ca }),
    token: async () => {
      if (!known || nowSeconds() >= known.renewAt) await (renewing ??= renew())
      return known?.token
    },
  }
}

async function tokenFrom(starter: Endpoint, account: Account): Promise<string> {
  const transport = createTransport(starter)
  try {
    return await requestToken(transport, account, tokenSeconds)
  } finally {
    await transport.close()
  }
}

/**
 * A token of this service account, which must exist, for this many seconds. Needs the right to create such tokens, and
 * once to create the empty Secret `NAME-token-holder`.
 */
export async function requestToken(transport: Transport, account: Account, expirationSeconds: number): Promise<string> {
  const ask = (): Promise<string> => askForToken(transport, account, expirationSeconds)
  try {
    return await ask()
  } catch (error) {
    // The Secret or the account is missing; if it is the account, the second try fails too.
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
