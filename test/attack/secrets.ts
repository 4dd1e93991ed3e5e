// Whether a secret can be read where nobody may read one.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { defaultIdentities } from '../../src/sim/google/seeds.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { requestsPath } from './attacker.ts'

/** Fails when a secret is readable in what people, viewers of the cluster and readers of logs see. */
export async function noSecretSeen(world: World): Promise<'no secret seen'> {
  const secrets = [
    ...Object.values(defaultIdentities).map(({ token }) => token),
    world.google.seeds.client.secret,
    world.slack.signingSecret,
    world.slack.botToken,
    'pd-sandbox-key',
    ...world.pages.alerts.keys.keys(),
    'ya29.',
    'eyJhbGciOi',
  ]
  for (const [place, text] of Object.entries(await everythingRead(world)))
    for (const secret of secrets) {
      const at = text.indexOf(secret)
      assert.ok(at < 0, `${place} shows a secret: …${text.slice(Math.max(0, at - 60), at + 20)}…`)
    }
  return 'no secret seen'
}

type Entry = ReturnType<World['google']['logs']['entries']>[number]

// The one place for an ID token: evidence, which is published when nobody can use it any more (here sooner). An access token
// is a secret there too.
function withoutEvidence(entry: Entry): Entry {
  if (entry.jsonPayload?.['schema'] !== 'hallpass/evidence/v1') return entry
  return { ...entry, jsonPayload: { ...entry.jsonPayload, idToken: 'published' } }
}

async function everythingRead(world: World): Promise<Record<string, string>> {
  const read = async (path: string): Promise<string> =>
    JSON.stringify(await world.cluster.transport.request({ method: 'GET', path }))
  const { folder } = world.processes
  const logs = await Promise.all(
    ['gateway', 'auth', 'controller'].map(name => readFile(join(folder, `${name}.log`), 'utf8')),
  )
  const metrics = await Promise.all(
    Object.values(world.healthUrls).map(async url => (await fetch(`${url}/metrics`)).text()),
  )
  return {
    'a log': logs.join('\n'),
    'the log of record': JSON.stringify(world.google.logs.entries().map(withoutEvidence)),
    'a request': await read(requestsPath),
    'an Event': await read(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`),
    Slack: JSON.stringify([...world.slack.state.channels.keys()].map(id => world.slack.state.messages(id))),
    'a metric': metrics.join('\n'),
    PagerDuty: JSON.stringify(world.pages.alerts.all),
  }
}
