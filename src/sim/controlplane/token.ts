// Tokens of service accounts, bound to a Secret, by TokenRequest.
import { Agent, request } from 'undici'

type Server = { url: string; caPem: string; adminToken: string }

/** A token of a service account, as ControlPlane.serviceAccountToken promises it. */
export async function requestToken(
  { url, caPem, adminToken }: Server,
  namespace: string,
  name: string,
  expirationSeconds: number,
): Promise<string> {
  const agent = new Agent({ connect: { ca: caPem } })
  const post = async (path: string, sent: object): Promise<Posted> => {
    const { statusCode, body } = await request(`${url}/api/v1/namespaces/${namespace}/${path}`, {
      dispatcher: agent,
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    })
    return { statusCode, answer: (await body.json()) as Posted['answer'] }
  }
  const holder = `${name}-token-holder`
  try {
    await post('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: holder }, immutable: true })
    const { statusCode, answer } = await post(`serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds, boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: holder } },
    })
    const token = answer.status?.token
    if (statusCode !== 201 || !token)
      throw new Error(`No token for the service account "${namespace}/${name}": ${answer.message ?? statusCode}`)
    return token
  } finally {
    await agent.close()
  }
}

type Posted = { statusCode: number; answer: { status?: { token?: string }; message?: string } }
