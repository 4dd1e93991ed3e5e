// Which addresses of sockets are used: only those that Slack itself can have.
import * as assert from 'uvu/assert'
import { Secret } from '../../../src/domain/secret.ts'
import { createAskAddress } from '../../../src/slack/gateway/socket-address.ts'
import { createClient } from '../../../src/slack/messages/client.ts'
import { suite, table } from '../../suite.ts'
import { inSlack } from '../workspace.ts'

const test = suite('addresses of sockets')

const facts: Record<string, { url: string | undefined; isUsed?: true; isSimulated?: true }> = {
  'an address of Slack’s': { url: 'wss://wss-primary.slack.com/link/?ticket=1&app_id=2', isUsed: true },
  'another host': { url: 'wss://slack.com.example/link/' },
  'a host that only ends like Slack’s': { url: 'wss://notslack.com/link/' },
  'an address without TLS': { url: 'ws://wss-primary.slack.com/link/' },
  'another port': { url: 'wss://wss-primary.slack.com:8443/link/' },
  'an address with a password': { url: 'wss://user:word@wss-primary.slack.com/link/' },
  'another protocol': { url: 'https://wss-primary.slack.com/link/' },
  'no address': { url: undefined },
  'something that is no address': { url: 'wss:' },
  'in a sandbox, an address of this machine': { url: 'ws://127.0.0.1:1234/link/', isUsed: true, isSimulated: true },
  'in a sandbox, another address': { url: 'wss://wss-primary.slack.com/link/', isSimulated: true },
}
table(test, facts, ({ url, isUsed, isSimulated = false }) =>
  inSlack(async ({ sim, clock }) => {
    const client = createClient({ token: new Secret(sim.sockets.appToken), slackApiUrl: sim.apiUrl })
    sim.faults.add({ route: 'POST /api/apps.connections.open', status: 200, body: { ok: true, url } })
    const asked = createAskAddress({ client, clock, isSimulated })()
    const answer = await asked.catch((error: unknown) => String(error))
    assert.is(answer, isUsed ? url : 'Broken: The address that Slack named for a socket is not an address of Slack.')
  }),
)

test.run()
