// `hallpass trial` against the simulators: green when they are as expected, red with the assumption's name when one differs,
// and it leaves nothing behind.
import * as assert from 'uvu/assert'
import { defaultRoutingKey } from '../../src/sim/pagerduty/events.ts'
import { groupsReader } from '../../src/sim/google/seeds.ts'
import { assumptions } from '../../src/cli/trial/list.ts'
import { attack } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { openStage, places, project, relativeOf, type Run, type Stage } from './trial-stage.ts'

const test = suite('trial')
const readerPolicy = `projects/hallpass-ops/serviceAccounts/${groupsReader}`
const agreed = ['--yes', '--throwaway', Object.values(places).join(',')]
let stage: Stage & { run: Run }
test.before.each(async () => void (stage = await openStage()))
test.after.each(async () => stage.close())

/** Everything that a trial could leave behind. */
function world(): unknown {
  const named = [project, ...`${places.resource},${places['fine-bucket']}`.split(',').map(relativeOf)]
  const bindings = named.map(name => stage.google.policies.read(name)?.bindings)
  const messages = [...stage.slack.state.channels.keys()].map(id => stage.slack.state.messages(id).length)
  return {
    bindings,
    messages: messages.reduce((sum, count) => sum + count, 0),
    entries: stage.google.logs.written.length,
    alerts: stage.events.alerts.all.filter(({ status }) => status !== 'resolved').length,
  }
}

/** The results in the report's first table, by assumption. */
function results(): Record<string, string> {
  const rows = [...stage.report().matchAll(/^\| \d+ \| (\S+) \| [^|]+ \| ([^|]+) \|$/gm)]
  return Object.fromEntries(rows.map(([, id = '', result = '']) => [id, result]))
}

test('against the simulators every assumption that needs no person is true, and nothing stays behind', async () => {
  const before = world()
  const { code, out, err } = await stage.run(['--schedule', 'PROTA', ...agreed])
  const needPeople = assumptions.filter(({ needsPerson }) => needsPerson).map(({ id }) => id)
  const expected = assumptions.map(({ id }) => [id, needPeople.includes(id) ? 'skipped' : 'the same'])
  assert.equal(results(), Object.fromEntries(expected))
  assert.match(out, new RegExp(`^${assumptions.length - needPeople.length} the same, ${needPeople.length} skipped\\.`))
  assert.equal([code, world()], [0, before], err)
})

test('the output and the report hold no secret and no part of an answer', async () => {
  const { out, err } = await stage.run(agreed)
  const said = `${out}${err}${stage.report()}`
  for (const secret of [stage.token, 'xoxb-', 'xapp-', 'pd-sandbox-key', 'GOCSPX', 'Bearer', 'otto@example.com'])
    assert.not.ok(said.includes(secret), secret)
  assert.match(stage.report(), /- `POST cloudkms\.googleapis\.com\/v1\/\S+:decrypt` → `400 INVALID_ARGUMENT`/)
})

attack(test, 'services answer with pages and markup instead of codes … 0 of 4 texts in the report', async () => {
  const texts = ['<script>', '`| forged |', 'ya29.stolen', '](https://evil.example']
  const [page, code] = [texts.join('\n'), texts.join(' ')]
  const error = { code: 403, status: code, message: page, details: [{ reason: code }] }
  stage.google.faults.add({ route: 'POST /v3/projects/hallpass-trial-*', times: 9, status: 403, body: { error } })
  stage.slack.faults.add({
    route: '* /api/users.lookupByEmail',
    times: 9,
    status: 200,
    body: { ok: false, error: code },
  })
  stage.slack.faults.add({ route: '* /api/chat.postMessage', times: 9, status: 200, body: page })
  stage.pagerduty.faults.add({ route: 'GET /*', times: 9, status: 404, body: { error: { code, message: page } } })
  const only = 'iam-unknown-project,slack-unknown,slack-direct,pagerduty-unknown'
  const { out, err } = await stage.run(['--only', only, ...agreed])
  assert.match(results()['iam-unknown-project'] ?? '', /DIFFERENT/)
  return `${texts.filter(text => `${out}${err}${stage.report()}`.includes(text)).length} of 4 texts in the report`
})

type Differing = { id: string; differ: () => void; came: RegExp }
const google = (route: string, code: number, status: string): void =>
  stage.google.faults.add({ route, times: 500, status: code, body: { error: { code, status, message: 'No.' } } })
const set = `POST /v3/${project}:setIamPolicy`
type Directory = NonNullable<Stage['google']['seeds']['directory']>
const directory = (): Directory => stage.google.seeds.directory as Directory

const differing: Record<string, Differing> = {
  'Google answers a conflict with 412': {
    id: 'iam-etag',
    differ: () => {
      stage.google.faults.add({ route: set })
      stage.google.faults.add({
        route: set,
        status: 412,
        body: { error: { code: 412, status: 'FAILED_PRECONDITION' } },
      })
    },
    came: /the second write \| `409 ABORTED` \| `412 FAILED_PRECONDITION` \| \*\*different/,
  },
  'Google answers 404 for an unknown project': {
    id: 'iam-unknown-project',
    differ: () => google('POST /v3/projects/hallpass-trial-*:getIamPolicy', 404, 'NOT_FOUND'),
    came: /`404 NOT_FOUND`/,
  },
  'Google forgets conditions': {
    id: 'iam-expired-kept',
    differ: () => {
      const { policies } = stage.google
      const replace = policies.replace.bind(policies)
      policies.replace = (resource, { bindings }) =>
        replace(resource, { bindings: bindings.map(({ role, members }) => ({ role, members })) })
    },
    came: /`not there`/,
  },
  'Google keeps the letters that were typed': {
    id: 'iam-letters',
    differ: () => {
      const { policies } = stage.google
      const replace = policies.replace.bind(policies)
      policies.replace = (resource, policy) => {
        const stored = replace(resource, policy)
        const ours = stored.bindings.filter(({ condition }) => condition)
        for (const binding of ours) binding.members = ['user:DANA@EXAMPLE.COM']
        return stored
      }
    },
    came: /`user:DANA@EXAMPLE\.COM`/,
  },
  'access does not begin': {
    id: 'iam-begins-and-ends',
    differ: () =>
      stage.google.faults.add({ route: `POST /v3/${project}:testIamPermissions`, times: 500, status: 200, body: {} }),
    came: /it begins \| `within 600 s` \| `not in this time`/,
  },
  'the audit log forgets the reason': {
    id: 'iam-audit-reason',
    differ: () => {
      stage.onPause = () => void stage.google.logs.audited.splice(0)
      stage.google.logs.audited.push = () => 0
    },
    came: /`0 entries without it`/,
  },
  'a secret forgets conditions': {
    id: 'iam-secret',
    differ: () => {
      const { policies } = stage.google
      const replace = policies.replace.bind(policies)
      policies.replace = (resource, { bindings }) =>
        replace(resource, { bindings: bindings.map(({ role, members }) => ({ role, members })) })
    },
    came: /the binding \| `there, unchanged` \| `not there`/,
  },
  'a Cloud Run service takes a write with an etag of before': {
    id: 'iam-run',
    differ: () => {
      const { policies } = stage.google
      const read = policies.read.bind(policies)
      policies.read = resource => {
        const policy = read(resource)
        return policy && { ...policy, etag: 'BwAAAAAAAAA=' }
      }
    },
    came: /the etag of before \| `conflict` \| `taken`/,
  },
  'Google takes conditions on every bucket': {
    id: 'iam-bucket-not-uniform',
    differ: () => void (stage.google.policies.isUniform = () => true),
    came: /the write \| `refused, BucketWithoutUniformAccess` \| `taken`/,
  },
  'PagerDuty takes every routing key': {
    id: 'pagerduty-events',
    differ: () => void (stage.events.alerts.keys.has = () => true),
    came: /an unknown key \| `400 invalid event` \| `202 success`/,
  },
  'KMS answers changed data with another code': {
    id: 'kms-other-data',
    differ: () => google('POST /v1/*:decrypt', 400, 'FAILED_PRECONDITION'),
    came: /`400 FAILED_PRECONDITION`/,
  },
  'Logging lists a repeat': {
    id: 'log-repeats',
    differ: () => void (stage.google.logs.entries = () => stage.google.logs.written),
    came: /listed \| `1` \| `2`/,
  },
  'the token endpoint answers with another code': {
    id: 'oauth-unknown-code',
    differ: () => stage.google.faults.add({ route: 'POST /token', status: 400, body: { error: 'invalid_request' } }),
    came: /`400 invalid_request`/,
  },
  'Google says of everybody that they belong to the group': {
    id: 'groups-members',
    differ: () =>
      stage.google.faults.add({
        route: 'GET /v1/groups/*/memberships:checkTransitiveMembership',
        times: 500,
        status: 200,
        body: { hasMembership: true },
      }),
    came: /an address that nobody has \| `200 nothing` \| `200 true` \| \*\*different/,
  },
  'the edition does not say who belongs to a group': {
    id: 'groups-members',
    differ: () => void (directory().edition = 'basic'),
    came: /you \| `200 true` \| `403 PERMISSION_DENIED` \| \*\*different/,
  },
  'Google tells a missing entry from one that may not be seen': {
    id: 'groups-members',
    differ: () => {
      const route = 'GET /v1/groups/*/memberships:lookup'
      stage.google.faults.add({ route })
      google(route, 404, 'NOT_FOUND')
    },
    came: /an entry that is missing \| `403 PERMISSION_DENIED` \| `404 NOT_FOUND` \| \*\*different/,
  },
  'the role Groups Reader does not show who can join a group': {
    id: 'groups-joining',
    differ: () => void directory().settingsReaders.splice(0),
    came: /who can join \| `INVITED_CAN_JOIN or CAN_REQUEST_TO_JOIN` \| `403[^`]*` \| \*\*different/,
  },
  'everybody of the organisation can join the group': {
    id: 'groups-joining',
    differ: () =>
      directory()
        .groups.filter(({ email }) => email === places.group)
        .forEach(group => void (group.whoCanJoin = 'ALL_IN_DOMAIN_CAN_JOIN')),
    came: /who can join \| [^|]* \| `ALL_IN_DOMAIN_CAN_JOIN` \| \*\*different/,
  },
  'a security group has no label': {
    id: 'groups-joining',
    differ: () =>
      directory()
        .groups.filter(({ email }) => email === places.group)
        .forEach(group => void delete group.labels),
    came: /the label \| `security` \| `none` \| \*\*different/,
  },
  'Slack lets the app post everywhere': {
    id: 'slack-outside',
    differ: () => void stage.slack.state.app.scopes.push('chat:write.public'),
    came: /posting \| `not_in_channel` \| `ok`/,
  },
  'Slack forgets metadata': {
    id: 'slack-metadata',
    differ: () =>
      stage.slack.faults.add({ route: '* /api/conversations.history', status: 200, body: { ok: true, messages: [] } }),
    came: /`not found`/,
  },
  'PagerDuty answers an unknown policy without its code': {
    id: 'pagerduty-unknown',
    differ: () => stage.pagerduty.faults.add({ route: 'GET /escalation_policies/*', status: 404, body: 'Not Found' }),
    came: /the policy \| `404 2100` \| `404`/,
  },
  'PagerDuty has people without an address': {
    id: 'pagerduty-on-call',
    differ: () => {
      for (const user of stage.pagerduty.state.users.values()) user.isBare = true
      stage.pagerduty.faults.add({ route: 'GET /users/*', status: 404, body: { error: { code: 2100 } } })
    },
    came: /`all have one` \| `1 of 2 have one, 0 without looking up`/,
  },
}
for (const [sentence, { id, differ, came }] of Object.entries(differing))
  test(`the trial says which assumption is wrong, and undoes what it did: ${sentence}`, async () => {
    const before = world()
    differ()
    const { code, err } = await stage.run(['--only', id, ...agreed])
    assert.equal(results(), { [id]: 'DIFFERENT' })
    assert.match(stage.report(), came)
    assert.match(err, new RegExp(`hallpass: These assumptions are wrong: ${id}\\.`))
    assert.is(code, 1)
    stage.google.faults.clear()
    assert.equal(world(), before)
  })

test('without a right to the account that reads groups the trial says which one is missing', async () => {
  stage.google.policies.define({ name: readerPolicy, bindings: [] })
  const { code, err } = await stage.run(['--only', 'groups-members', ...agreed])
  assert.equal([results(), code], [{ 'groups-members': 'unclear' }, 1])
  assert.match(
    err,
    /No token of hallpass-groups@.* could be made \(403\)\. Give yourself roles\/iam\.serviceAccountTokenCreator/,
  )
})

test('a failure in the middle is unclear, and what was done is undone', async () => {
  const before = world()
  stage.slack.faults.add({ route: '* /api/chat.update', status: 500, body: 'oops' })
  const { code, err } = await stage.run(['--only', 'slack-metadata', ...agreed])
  assert.equal([results(), code], [{ 'slack-metadata': 'unclear' }, 1])
  assert.match(err, /slack-metadata: unclear; Slack answered 500 to chat\.update\./)
  assert.equal(world(), before)
})

test('an alert that was opened is resolved although PagerDuty does not take the acknowledgement', async () => {
  const before = world()
  const { alerts } = stage.events
  const apply = alerts.apply.bind(alerts)
  alerts.apply = event => {
    if (event.event_action === 'acknowledge') throw new Error('on purpose')
    return apply(event)
  }
  const { code } = await stage.run(['--only', 'pagerduty-events', ...agreed])
  assert.is(alerts.all.length, 1)
  assert.equal([code, world()], [1, before])
})

attack(test, 'the routing key is looked for in everything that a trial says … nowhere', async () => {
  const { out, err } = await stage.run(['--only', 'pagerduty-events', ...agreed])
  return `${out}${err}${stage.report()}`.includes(defaultRoutingKey) ? 'found' : 'nowhere'
})

test('after Ctrl-C the check that runs is undone, and no other one begins', async () => {
  const before = world()
  stage.onPause = () => stage.stop()
  const { code, err } = await stage.run(['--only', 'iam-begins-and-ends,log-repeats', ...agreed])
  assert.equal(results(), { 'iam-begins-and-ends': 'unclear', 'log-repeats': 'not reached' })
  assert.match(err, /the trial was stopped in the middle/)
  assert.match(err, /The trial was stopped before its end\./)
  assert.equal([code, world()], [1, before])
})

test('a message that may have been posted is named', async () => {
  stage.slack.faults.add({ route: '* /api/chat.postMessage', reset: 'after' })
  const { code, err } = await stage.run(['--only', 'slack-metadata', ...agreed])
  assert.equal([results(), code], [{ 'slack-metadata': 'unclear' }, 1])
  assert.match(
    err,
    /Remove by hand: perhaps a message "Hallpass trial [0-9a-f]{8}" to C0PRODACCESS, because Slack did not/,
  )
})

test('a newer schedule is found on its own path, and people who are listed without an address are looked up', async () => {
  const { schedules, users } = stage.pagerduty.state
  const schedule = schedules.get('PROTA')
  if (schedule) schedule.isV3 = true
  for (const user of users.values()) user.isBare = true
  const only = ['--only', 'pagerduty-on-call,pagerduty-schedule', '--schedule', 'PROTA']
  assert.is((await stage.run([...only, ...agreed])).code, 0)
  assert.match(stage.report(), /`2 of 2 have one, 0 without looking up`/)
})

test('a token of somebody else is refused before anything is changed', async () => {
  const { tokens, seeds } = stage.google
  const scopes = ['https://www.googleapis.com/auth/cloud-platform', 'email']
  stage.writeToken(tokens.issue('otto@example.com', scopes, seeds.client.id))
  const { code, err } = await stage.run(agreed)
  assert.match(err, /The access token is not that of dana@example\.com\. Nothing was done\./)
  assert.equal([code, stage.report(), stage.google.calls.map(({ method }) => method)], [1, '', ['UserInfo']])
})

test('a token that does not say whose it is can be used', async () => {
  const scope = 'https://www.googleapis.com/auth/cloud-platform'
  stage.writeToken(stage.google.tokens.issue(places.person, [scope], stage.google.seeds.client.id))
  const { code, err } = await stage.run(['--only', 'kms-other-data', ...agreed])
  assert.match(err, /Google does not say whether the access token is that of dana@example\.com\./)
  assert.is(code, 0)
})

test('a conflict while undoing is tried again', async () => {
  const before = world()
  stage.google.faults.add(
    { route: set },
    { route: set, status: 409, body: { error: { code: 409, status: 'ABORTED' } } },
  )
  const { code } = await stage.run(['--only', 'iam-letters', ...agreed])
  assert.equal([code, world()], [0, before])
})

test('what could not be undone is named in the report and at the end', async () => {
  const refused = { ok: false, error: 'cant_delete_message' }
  stage.slack.faults.add({ route: '* /api/chat.delete', times: 3, status: 200, body: refused })
  const { code, err } = await stage.run(['--only', 'slack-metadata,slack-direct', ...agreed])
  const [message] = stage.slack.state.messages(places.channel)
  assert.equal([results(), code], [{ 'slack-metadata': 'the same', 'slack-direct': 'the same' }, 1])
  assert.match(
    stage.report(),
    new RegExp(`Remove by hand:\\*\\*\n\n- the message ${message?.ts} in the channel C0PRODACCESS`),
  )
  assert.match(err, new RegExp(`hallpass: Remove by hand: the message ${message?.ts} in the channel C0PRODACCESS\\.`))
})

test('bindings that an interrupted trial left behind are removed by the next one', async () => {
  const before = world()
  const { bindings = [] } = stage.google.policies.read(project) ?? {}
  const condition = {
    title: 'hallpass trial 0badcafe etag',
    expression: 'request.time < timestamp("2030-01-01T00:00:00Z")',
  }
  const left = { role: 'roles/storage.objectViewer', members: ['user:dana@example.com'], condition }
  stage.google.policies.define({ name: project, bindings: [...bindings, left] })
  assert.is((await stage.run(['--only', 'iam-etag', ...agreed])).code, 0)
  assert.equal(world(), before)
})

const notBegun: Record<string, { words: string[]; says: RegExp; before?: () => void }> = {
  'a resource is not named twice': {
    words: ['--yes', '--throwaway', `${project},C0PRODACCESS`],
    says: /the policy "PMANAGERS" was not named twice\. With --yes, name it a second time: --throwaway PMANAGERS\./,
  },
  'an assumption is unknown': {
    words: ['--only', 'iam-nothing', ...agreed],
    says: /There is no assumption "iam-nothing"\. There are: iam-unknown-project, /,
  },
  'the token cannot be read': {
    words: ['--token-file', '/nonexistent/token', ...agreed],
    says: /cannot be read from "\/nonexistent\/token"/,
  },
  'the file holds more than a token': {
    words: ['--token-file', import.meta.filename, ...agreed],
    says: /does not hold an access token alone/,
  },
  'a resource of a project is named twice, but not the bucket': {
    words: ['--yes', '--throwaway', agreed[2]?.replace(/[^,]*-fine/, '') ?? ''],
    says: /the bucket without uniform access ".*hallpass-try-fine" was not named twice\./,
  },
  'a resource without its own API is tried': {
    words: ['--resource', 'projects/hallpass-try', ...agreed],
    says: /"projects\/hallpass-try" has no policy of its own API; use a full resource name/,
  },
  'a resource whose policy takes no conditions is tried': {
    words: ['--resource', '//pubsub.googleapis.com/projects/hallpass-try/topics/t', ...agreed],
    says: /the policies of Pub\/Sub take no conditions/,
  },
  'a secret is tried as a bucket': {
    words: ['--fine-bucket', '//secretmanager.googleapis.com/projects/hallpass-try/secrets/try', ...agreed],
    says: /It is not the full name of a bucket/,
  },
  'a folder is tried': { words: ['--project', 'folders/1', ...agreed], says: /Only a project can be tried/ },
}
table(test, notBegun, async ({ words, says }) => {
  const { err, code } = await stage.run(words)
  assert.match(err, says)
  assert.ok(code > 0)
  assert.equal([stage.google.calls.length, stage.slack.calls.length, stage.report()], [0, 0, ''])
})

test('an existing report is not overwritten', async () => {
  const { err, code } = await stage.run(['--report', import.meta.filename, ...agreed])
  assert.match(err, /The report cannot be created at .* \(EEXIST\)/)
  assert.equal([code, stage.google.calls.map(({ method }) => method)], [1, ['UserInfo']])
})

test.run()
