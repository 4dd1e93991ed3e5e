// What Google itself records of a policy write, and that a log can be deleted, through Google's own clients.
import type { logging_v2 } from 'googleapis/build/src/apis/logging/v2.js'
import * as assert from 'uvu/assert'
import { startGoogle, type GoogleSim } from '../../../src/sim/google/google.ts'
import { suite } from '../../suite.ts'
import { as, logging, refusalOf, StillClock } from './clients.ts'

const test = suite('simulated audit logs')
const [project, dana] = ['projects/trial', 'dana@example.com']
const activity = `${project}/logs/cloudaudit.googleapis.com%2Factivity`
const owner = { role: 'roles/owner', members: [`user:${dana}`] }
let google: GoogleSim
test.before.each(async () => {
  google = await startGoogle({ clock: new StillClock() })
  const bindings = [owner, { role: 'roles/logging.admin', members: [`user:${dana}`] }]
  google.policies.define({ name: project, bindings })
})
test.after.each(async () => google.close())

function logs(email = dana): logging_v2.Logging {
  const scope = 'https://www.googleapis.com/auth/cloud-platform'
  return logging(google, google.tokens.issue(email, [scope], google.seeds.client.id))
}

async function listed(logName: string): Promise<logging_v2.Schema$LogEntry[]> {
  const requestBody = { resourceNames: [project], filter: `logName="${logName}"` }
  return (await logs().entries.list({ requestBody })).data.entries ?? []
}

type Bindings = NonNullable<ReturnType<GoogleSim['policies']['read']>>['bindings']

async function changePolicy(change: (bindings: Bindings) => Bindings): Promise<void> {
  const { etag = '', bindings = [] } = google.policies.read(project) ?? {}
  const policy = { version: 3, etag, bindings: change(bindings) }
  await as(google, dana).projects.setIamPolicy({ resource: project, requestBody: { policy } })
}

async function writePolicy(headers: Record<string, string>): Promise<unknown> {
  const { etag = '', bindings = [] } = google.policies.read(project) ?? {}
  const policy = { version: 3, etag, bindings }
  return as(google, dana).projects.setIamPolicy({ resource: project, requestBody: { policy } }, { headers })
}

test('a policy write is recorded with its writer and the reason in its header', async () => {
  await writePolicy({ 'X-Goog-Request-Reason': 'hallpass uid-1' })
  const [entry] = await listed(activity)
  const { methodName, resourceName, authenticationInfo, requestMetadata } = entry?.protoPayload ?? {}
  assert.equal([methodName, resourceName, authenticationInfo], ['SetIamPolicy', project, { principalEmail: dana }])
  assert.equal(requestMetadata?.requestAttributes.reason, 'hallpass uid-1')
})

test('a write that was refused for a missing right is recorded as refused, and one with wrong arguments is not', async () => {
  await writePolicy({})
  const otto = as(google, 'otto@example.com').projects
  await refusalOf(otto.setIamPolicy({ resource: project, requestBody: { policy: {} } }))
  await refusalOf(
    as(google, dana).projects.setIamPolicy({ resource: project, requestBody: { policy: { version: 7 } } }),
  )
  const entries = await listed(activity)
  assert.equal(
    entries.map(({ protoPayload, severity }) => [
      protoPayload?.authenticationInfo.principalEmail,
      protoPayload?.status.code,
      protoPayload?.authorizationInfo[0].granted,
      protoPayload?.serviceData?.policyDelta,
      severity,
    ]),
    [
      [dana, undefined, true, {}, 'NOTICE'],
      ['otto@example.com', 7, undefined, undefined, 'ERROR'],
    ],
  )
})

test('what a write added and removed is recorded for each member, with the condition', async () => {
  const condition = { title: 'for a while', expression: 'request.time < timestamp("2026-11-24T13:00:00Z")' }
  const added = { role: 'roles/logging.viewer', members: ['user:Mo@example.com', 'user:ana@example.com'], condition }
  await changePolicy(bindings => [...bindings, added])
  await changePolicy(bindings => bindings.filter(({ role }) => role !== 'roles/logging.viewer'))
  const deltas = (await listed(activity)).map(({ protoPayload }) => protoPayload?.serviceData.policyDelta.bindingDeltas)
  const of = (action: string, who: string): object => ({
    action,
    role: added.role,
    member: `user:${who}@example.com`,
    condition,
  })
  assert.equal(deltas, [
    [of('ADD', 'ana'), of('ADD', 'mo')],
    [of('REMOVE', 'ana'), of('REMOVE', 'mo')],
  ])
})

test('a log is deleted as a whole, by those who may', async () => {
  const logName = `${project}/logs/hallpass%2Ftrial`
  const entry = { textPayload: 'hello', resource: { type: 'global' } }
  await logs().entries.write({ requestBody: { logName, entries: [entry, entry] } })
  assert.is((await refusalOf(logs('otto@example.com').projects.logs.delete({ logName }))).status, 403)
  assert.is((await listed(logName)).length, 2)
  await logs().projects.logs.delete({ logName })
  assert.equal(await listed(logName), [])
  assert.is((await refusalOf(logs().projects.logs.delete({ logName }))).status, 404)
})

test.run()
