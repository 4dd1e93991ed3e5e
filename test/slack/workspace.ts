// The simulated Slack with the people of the tests, and our own client on it.
import type { WebClient } from '@slack/web-api'
import { Secret } from '../../src/domain/secret.ts'
import { defaultSlackSeeds } from '../../src/sim/slack/seeds.ts'
import { type SlackSim, startSlack } from '../../src/sim/slack/start.ts'
import type { SlackUser, StoredMessage } from '../../src/sim/slack/types.ts'
import { createClient } from '../../src/slack/messages/client.ts'
import type { SlackPerson } from '../../src/domain/ports.ts'
import { everyone, team } from '../builders/organisation.ts'
import { ManualClock } from '../fakes/clock.ts'

export const channel = 'C0PRODACCESS'

/** A workspace that tests read. */
export type Slack = {
  sim: SlackSim
  client: WebClient
  clock: ManualClock
  /** How often a method was called. Calls that a fault kept from it are not counted. */
  count(method: string): number
  messages(of?: string): StoredMessage[]
  /** What was said to a person directly. */
  direct(user: string): StoredMessage[]
}

/** A separate workspace, whose quotas are not enforced unless they are put on. */
export async function openSlack(): Promise<Slack> {
  const clock = new ManualClock()
  const seeds = defaultSlackSeeds()
  const sim = await startSlack({
    clock,
    seeds: { team: { ...seeds.team, id: team }, users: [...everyone.map(asUser), ...seeds.users.slice(-1)] },
  })
  sim.quota.isOn = false
  const client = createClient({ token: new Secret(sim.botToken), slackApiUrl: sim.apiUrl, timeoutMs: 2000 })
  return {
    sim,
    client,
    clock,
    count: method => sim.calls.filter(call => call.method === method).length,
    messages: (of = channel) => sim.state.messages(of),
    direct: user => sim.state.directMessages(user),
  }
}

/** Runs `work` in a separate workspace. */
export async function inSlack(work: (slack: Slack) => Promise<void>): Promise<void> {
  const slack = await openSlack()
  try {
    await work(slack)
  } finally {
    await slack.sim.close()
  }
}

function asUser({ slackUserID: id, teamID, email, name, zone = '', unfit }: SlackPerson): SlackUser {
  return {
    id,
    name: id.toLowerCase(),
    real_name: name ?? '',
    team_id: teamID,
    ...(email && { email }),
    tz: zone,
    is_bot: unfit === 'bot',
    deleted: unfit === 'deactivated',
    is_restricted: unfit === 'guest',
    is_stranger: unfit === 'stranger',
  }
}
