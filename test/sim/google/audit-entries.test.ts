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

test('a policy write without a reason is recorded without one, and a refused one is not recorded', async () => {
  await writePolicy({})
  await refusalOf(
    as(google, 'otto@example.com').projects.setIamPolicy({ resource: project, requestBody: { policy: {} } }),
  )
  const entries = await listed(activity)
  assert.equal(
    entries.map(({ protoPayload }) => protoPayload?.requestMetadata.requestAttributes.reason),
    [undefined],
  )
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
