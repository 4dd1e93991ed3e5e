// The tour says what to do next, by what has happened and by who is looking.
import * as assert from 'uvu/assert'
import { type Step, stepOf } from '../../src/sandbox/page/steps.ts'
import { cast } from '../../src/sandbox/plays.ts'
import { sandboxTown } from '../../src/sandbox/town.ts'
import { suite, table } from '../suite.ts'

const test = suite('the tour')
const people = Object.values(cast).map(({ id, name, email, role }) => ({ id, name, email, role }))
const columns = ['Name', 'Phase', 'Requester', 'Mapping']

function step(me: keyof typeof cast, ...phases: string[]): Step {
  const rows = phases.map((phase, n) => [`prod-db-${n}`, phase, 'dana@example.com', 'prod-db'])
  return stepOf({ me: cast[me].id, people, requests: { columns, rows }, hasJanitor: false })
}

const facts: Record<string, { at: Step; number: number; says: RegExp }> = {
  'it begins with Dana': { at: step('dana'), number: 1, says: /^You are Dana, .* Type \/prod-db 1m trying it/ },
  'somebody else becomes Dana first': {
    at: step('mo'),
    number: 1,
    says: /^Under “I am”, become Dana, .* Type \/prod-db 1m/,
  },
  'the requester becomes the manager': {
    at: step('dana', 'Pending'),
    number: 2,
    says: /^You cannot approve it yourself\. Under “I am”, become Mo/,
  },
  'a request without a phase waits too': { at: step('dana', ''), number: 2, says: /become Mo/ },
  'a colleague becomes the manager': { at: step('otto', 'Pending'), number: 2, says: /^Under “I am”, become Mo/ },
  'the manager approves': { at: step('mo', 'Pending'), number: 2, says: /^You are on call\. Press Approve/ },
  'while it is written, there is something to see': { at: step('mo', 'Approved'), number: 3, says: /being written/ },
  'granted access is watched': { at: step('mo', 'Provisioned'), number: 3, says: /wait for it/ },
  'the end leads behind the scenes': {
    at: step('dana', 'Expired'),
    number: 4,
    says: /npm run kubectl -- get accessrequests\. More to try:$/,
  },
  'a denied request is asked again': {
    at: step('dana', 'Denied'),
    number: 1,
    says: /^That request is Denied\. You are/,
  },
  'the newest request counts': { at: step('mo', 'Pending', 'Expired'), number: 2, says: /Press Approve/ },
}

test('a request for something else does not move it', () => {
  const rows = [
    ['prod-gke-1', 'Pending', 'dana@example.com', 'prod-gke'],
    ['prod-db-1', 'Expired', 'dana@example.com', 'prod-db'],
  ]
  assert.is(stepOf({ me: cast.dana.id, people, requests: { columns, rows }, hasJanitor: false }).number, 4)
})

test('what else can be tried names every mapping of the sandbox, and no other', async () => {
  const { mappings } = await sandboxTown()
  const named = (step('dana', 'Expired').more ?? []).flatMap(line => /^\/(?:access )?([a-z-]+) /.exec(line)?.[1] ?? [])
  const names = mappings.map(({ metadata }) => metadata.name)
  assert.equal([...new Set(named)].toSorted(), names.toSorted())
})

table(test, facts, ({ at, number, says }) => {
  assert.is(at.number, number)
  assert.match(at.text, says)
})

test('with a janitor, granted access can be ended by its holder alone', () => {
  const requests = { columns, rows: [['prod-db-0', 'Provisioned', 'dana@example.com', 'prod-db']] }
  const { text } = stepOf({ me: cast.dana.id, people, requests, hasJanitor: true })
  assert.match(text, /wait for it, or press “I’m done” as Dana: the janitor removes them at once/)
  assert.not.match(step('dana', 'Provisioned').text, 'janitor')
})

test('access that was ended early is over before its time', () => {
  assert.match(step('dana', 'Revoked').text, /^The access is over before its time\./)
})

test.run()
