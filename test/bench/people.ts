// People for many requests at once: one for each, because asking twice for the same is answered and not stored, and because
// Google allows only 20 conditional bindings of one role for one person.
import type { GoogleSim } from '../../src/sim/google/google.ts'
import type { SlackSim } from '../../src/sim/slack/start.ts'

const channel = 'C0PRODACCESS'

/** Adds person number `n` to Slack, to the channel and to Google. */
export function addPerson(
  { slack, google }: { slack: SlackSim; google: GoogleSim },
  n: number,
): { id: string; name: string; email: string } {
  const person = { id: `U0LIFE${n}`, name: `Life ${n}`, email: `life${n}@example.com` }
  const { id, name, email } = person
  slack.state.users.set(id, { id, name: `life${n}`, real_name: name, email })
  slack.state.channels.get(channel)?.members.push(id)
  google.seeds.people.push({ email, name, sub: `sub-${id}`, hd: 'example.com' })
  return person
}
