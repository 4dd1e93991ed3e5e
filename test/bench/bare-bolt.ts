// The peer of our gateway: Bolt as its documentation shows it, which verifies the signature, stores one object and
// acknowledges. No directory, no rules, no look for an earlier ask. The argument says where and with which client.
import { App, HTTPReceiver } from '@slack/bolt'
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { endpointOf } from '../../src/app/cluster.ts'
import { createResource } from '../../src/kube/resource.ts'
import { createTransport } from '../../src/kube/transport.ts'

/** What the parent says. */
export type BareBolt = {
  port: number
  signingSecret: string
  client: 'ours' | 'stock'
  /** A request as our gateway stores it. */
  sample: Pick<AccessRequest, 'apiVersion' | 'kind' | 'spec'>
  namespace: string
}

type New = Omit<AccessRequest, 'metadata'> & { metadata: { name: string; namespace: string; finalizers: string[] } }

const { port, signingSecret, client, sample, namespace } = JSON.parse(process.argv[2] ?? '{}') as BareBolt
const create = client === 'ours' ? await ours() : stock()
const receiver = new HTTPReceiver({ signingSecret, endpoints: ['/slack/events'] })
const app = new App({ receiver, authorize: async () => ({}) })

app.command(/.*/, async ({ ack, body }) => {
  const stored = await create(requestOf(body.user_id, body.trigger_id))
  await ack({ response_type: 'ephemeral', text: `Asked: ${stored}` })
})

createServer((request, response) => {
  if (request.url === '/readyz') response.writeHead(200).end('ok')
  else receiver.requestListener(request, response)
}).listen(port, '127.0.0.1')

function requestOf(user: string, trigger: string): New {
  const digest = createHash('sha256').update(trigger).digest('hex')
  const { spec, ...kind } = sample
  const slack = { teamID: 'T0HALLPASS', channelID: 'C0PRODACCESS', triggerDigest: digest }
  const requester = { ...spec.requester, email: `${user.toLowerCase()}@example.com`, slackUserID: user }
  const metadata = { name: `prod-db-${digest.slice(0, 12)}`, namespace, finalizers: ['hallpass.dev/account'] }
  return { ...kind, metadata, spec: { ...spec, requester, slack } }
}

async function ours(): Promise<(request: New) => Promise<string>> {
  const endpoint = await endpointOf()
  const kind = { group: 'hallpass.dev', version: 'v1alpha1', plural: 'accessrequests' }
  const resource = createResource<AccessRequest>(createTransport(endpoint), kind)
  return async request => (await resource.create(request)).metadata.name
}

function stock(): (request: New) => Promise<string> {
  const config = new KubeConfig()
  config.loadFromDefault()
  const api = config.makeApiClient(CustomObjectsApi)
  const where = { group: 'hallpass.dev', version: 'v1alpha1', namespace, plural: 'accessrequests' }
  return async body => ((await api.createNamespacedCustomObject({ ...where, body })) as AccessRequest).metadata.name
}
