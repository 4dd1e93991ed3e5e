// The organisation of the tests: its workspace, its people in Slack, and limits that they do not reach.
import type { Organisation } from '../../src/domain/people/belonging.ts'
import { displayName } from '../../src/domain/people/display-name.ts'
import type { Limits } from '../../src/domain/asking/limits.ts'
import type { SlackPerson } from '../../src/domain/ports.ts'

/** The organisation of the tests: nobody outside it is listed. */
export const organisation: Organisation = { hostedDomains: ['example.com'], externalRequesters: [] }

export const team = 'T0HOME'
const named = (given: string): Pick<SlackPerson, 'name'> => {
  const name = displayName(given)
  return name ? { name } : {}
}
const person = (slackUserID: string, local: string, name: string, more: Partial<SlackPerson> = {}): SlackPerson => ({
  slackUserID,
  teamID: team,
  email: `${local}@example.com`,
  ...named(name),
  ...more,
})

/** The people of the tests. */
export const dana = person('U0DANA', 'dana', 'Dana Engineer', { zone: 'Europe/Zurich' })
const mo = person('U0MO', 'mo', 'Mo Manager')
const ana = person('U0ANA', 'ana', 'Ana Director')
const otto = person('U0OTTO', 'otto', 'Otto Other')
export const gil = person('U0GIL', 'gil', 'Gil Guest', { unfit: 'guest' })
export const bo = person('U0BOT', 'bo', 'Bo Bot', { unfit: 'bot' })
// Slack hides the address of a stranger.
export const sam: SlackPerson = {
  slackUserID: 'U0SAM',
  teamID: 'T0OTHER',
  ...named('Sam Stranger'),
  unfit: 'stranger',
}
export const del = person('U0DEL', 'del', 'Del Gone', { unfit: 'deactivated' })
const nomail: SlackPerson = { slackUserID: 'U0NOMAIL', teamID: team, ...named('No Mail') }
export const everyone = [dana, mo, ana, otto, gil, bo, sam, del, nomail]

/** Limits that no test reaches unless it means to. */
export const generous: Limits = {
  openPerPerson: 1000,
  openPerMapping: 1000,
  hourlyPerPerson: 1000,
  hourlyPerMapping: 1000,
  hourlyEmergenciesPerPerson: 1000,
}
