// The command that changes one entry of a policy, for every type of resource: run by a real shell, and its effect on a
// simulated Google. Tables are changed by curl and jq, because gcloud has no command for them.
import * as assert from 'uvu/assert'
import { type Entry, policyCommand } from '../../src/domain/granting/policy-command.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { attack } from '../attacks.ts'
import { addResource, relativeOf, type Sample, samples } from '../builders/resources.ts'
import { openGoogle, tokenOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { applied } from './gcloud-in-policies.ts'
import { createStandIn, hasCurlAndJq, type Ran, type StandIn } from './stand-in.ts'

const test = suite('the command for one entry of a policy')
let standIn: StandIn
let google: GoogleSim
test.before(async () => {
  standIn = createStandIn()
  ;({ google } = await openGoogle())
})
test.after(async () => {
  standIn.close()
  await google.close()
})

const member = 'user:dana@example.com'
const expression = `(resource.name.endsWith("/o'brien, $HOME \`x\`")) && request.time < timestamp("2026-11-23T14:35:00Z")`
const condition = { title: 'hallpass 1', description: 'hallpass/a, asked by dana@example.com', expression }
const entryOn = ({ name: resource, role }: Sample): Entry => ({ resource, role, member, condition })

async function run(command: string): Promise<Ran> {
  const token = tokenOf(google, 'mo@example.com').reveal()
  const ran = await standIn.run(command, { google: google.url, token })
  assert.not.match(ran.called, token, 'the token is an argument, which others on the machine see')
  for (const call of ran.calls) applied(google, call)
  return ran
}

for (const [noun, sample] of Object.entries(samples)) {
  const { owner, role } = sample
  const isByCurl = noun === 'table'
  if (isByCurl && !hasCurlAndJq) {
    test.skip(`${noun}: curl or jq is not installed`)
    continue
  }
  test(`${noun}: exactly this entry is added and removed, and all others stay`, async () => {
    addResource(google, sample)
    const place = relativeOf(sample)
    const others = [
      { role: owner, members: ['user:mo@example.com'] },
      { role, members: ['user:otto@example.com'], condition: { ...condition, title: 'hallpass 2' } },
      { role, members: [member], condition: { ...condition, description: 'another' } },
    ]
    google.policies.define({ name: place, parent: 'projects/prod-eu', bindings: others })
    const before = google.policies.read(place)?.bindings ?? []
    const added = await run(policyCommand('add', entryOn(sample)))
    assert.equal([added.code, added.err], [0, ''])
    const during = google.policies.read(place)?.bindings ?? []
    assert.is(during.length, before.length + 1)
    assert.ok(during.some(one => one.members.includes(member) && one.condition?.description === condition.description))
    const removed = await run(policyCommand('remove', entryOn(sample)))
    assert.equal([removed.code, removed.err], [0, ''])
    assert.equal(google.policies.read(place)?.bindings, before)
  })
}

if (hasCurlAndJq) {
  const { table } = samples
  const place = relativeOf(table)

  test('table: an entry that is not there is not removed, and the command says so', async () => {
    addResource(google, table)
    const before = google.policies.read(place)
    const { code, err } = await run(policyCommand('remove', entryOn(table)))
    assert.is.not(code, 0)
    assert.match(err, 'the policy does not have exactly this entry')
    assert.equal(google.policies.read(place), before)
  })

  attack(test, 'Google answers a read of the policy with something else … 0 writes', async () => {
    addResource(google, table)
    const before = google.policies.read(place)
    const writes = (): number => google.calls.filter(({ method }) => method === 'SetIamPolicy').length
    const earlier = writes()
    google.faults.add({ route: 'POST /bigquery/v2/*', status: 200, body: {} })
    const { code, err } = await run(policyCommand('remove', entryOn(table)))
    assert.is.not(code, 0)
    assert.match(err, 'the policy has no etag')
    assert.equal(google.policies.read(place), before)
    return `${writes() - earlier} writes`
  })
}

attack(test, 'a condition holds the end mark, a command and marks of a terminal … all of it is data', async () => {
  const evil = 'x\nEND\n)\ntouch made\n\u202e\u009b2J\u{1f600}'
  const { bucket, table } = samples
  for (const sample of hasCurlAndJq ? [bucket, table] : [bucket]) {
    const entry = { ...entryOn(sample), condition: { title: evil, description: evil, expression: evil } }
    const command = policyCommand('remove', entry)
    assert.not.match(command, /[\u007f-\u009f\u202e]/)
    const { calls, err } = await standIn.run(command, { google: google.url })
    for (const call of calls) assert.equal(JSON.parse(call.slice(call.indexOf('{'))), entry.condition)
    assert.not.match(err, 'touch')
  }
  return 'all of it is data'
})

test.run()
