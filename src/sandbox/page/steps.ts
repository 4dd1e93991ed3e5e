// The tour's steps, chosen by what has happened so far. Pure.
import type { State } from './state.ts'

/** Where the tour is: the step's number, what to do next, and what else can be tried. */
export type Step = { number: number; title: string; text: string; more?: readonly string[] }

export const stepCount = 4

/** A line for each thing that a mapping can declare or a person can do. */
const more = [
  '/prod-db 5m and then “I’m done” or “Revoke”: it ends early.',
  '/prod-db emergency 1m all writes fail: #incidents is told, and Otto reviews it after its end.',
  '/prod-gke 5m nobody answers: wait, and they are reminded, Ana is asked too, and PagerDuty pages. “Ask for more time” follows without a gap.',
  '/prod-db 5m at 22:00 migration: access begins at 22:00 in your time zone, and the binding says so.',
  '/prod-gke 22:00-00:00 until Friday release: one approval for several evenings, and one binding that opens and closes.',
  '/access prod-schema 5m two must agree: Mo and Ana both approve.',
  '/access prod-nights 4h at opening: on call tonight: its hours are the nights and weekends of Berlin.',
  '/access audit-bucket 1h AUD-12: one bucket only, by a condition on the project.',
  '/access ledger-bucket 5m exports: its owner Ana approves, with no right on the project.',
  '/access prod-cache 5m evictions: Dana may ask by a Google group, and Ana may approve by one, although nobody calls her.',
  'Without Slack: “Ask and decide on the web”, and for approvers “Check my rights”, are below the channels.',
]

/** Only with a janitor. */
const sooner = ', or press “I’m done” as Dana: the janitor removes them at once, and nobody else is asked.'

/** What the tour asks for, and of which mapping. */
const [mapping, firstCommand] = ['prod-db', '/prod-db 1m trying it']

/** The step that follows from the requests of this sandbox and from who is looking. */
export function stepOf({
  me,
  people,
  requests,
  hasJanitor,
}: Pick<State, 'me' | 'people' | 'requests' | 'hasJanitor'>): Step {
  const { phase, requester } = newest(requests)
  const mine = people.find(({ id }) => id === me)
  const isManager = mine?.email === 'mo@example.com'
  switch (phase) {
    case undefined:
    case 'Withdrawn':
    case 'Denied':
    case 'TimedOut':
    case 'Failed':
      return asking(phase, mine?.email === 'dana@example.com')
    case '':
    case 'Pending':
      return decide(requester === mine?.email, isManager)
    case 'Approved':
      return watch('Approved. The binding is being written with the approver’s own rights.')
    case 'Provisioned':
      return watch(
        `Under “Cloud policy”, the project has two new bindings. They end by themselves: wait for it${hasJanitor ? sooner : '.'}`,
      )
    default: {
      const how = phase === 'Expired' ? ', although nobody ended it' : phase === 'Revoked' ? ' before its time' : ''
      return {
        number: 4,
        title: 'Look behind',
        text: `The access is over${how}. In a second terminal: npm run kubectl -- get accessrequests. More to try:`,
        more,
      }
    }
  }
}

function asking(ended: string | undefined, isDana: boolean): Step {
  const who = isDana ? 'You are Dana, an engineer.' : 'Under “I am”, become Dana, an engineer.'
  const before = ended ? `That request is ${ended}. ` : ''
  return { number: 1, title: 'Ask', text: `${before}${who} Type ${firstCommand} and send it.` }
}

function decide(isOwn: boolean, isManager: boolean): Step {
  const title = 'Decide'
  if (isManager) return { number: 2, title, text: 'You are on call. Press Approve in the message, and sign in as Mo.' }
  const why = isOwn ? 'You cannot approve it yourself. ' : ''
  return { number: 2, title, text: `${why}Under “I am”, become Mo, the manager on call.` }
}

function watch(text: string): Step {
  return { number: 3, title: 'Watch', text }
}

type Newest = { phase?: string | undefined; requester?: string | undefined }

// Other requests do not move the tour.
function newest({ columns, rows }: State['requests']): Newest {
  const row = rows.find(cells => cells[columns.indexOf('Mapping')] === mapping)
  const cell = (column: string): string | undefined => row?.[columns.indexOf(column)]
  return { phase: cell('Phase'), requester: cell('Requester') }
}
