// What a mapping is told about itself: Ready or why not, at the generation that was looked at, and never flapping.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { createMappingReconciler } from '../../../src/controller/mapping/mapping.ts'
import { readMapping, rulesDigest } from '../../../src/domain/mapping/mapping.ts'
import { Broken, type Refusal, Refused } from '../../../src/domain/outcome.ts'
import type { PolicySeen } from '../../../src/domain/granting/policies-seen.ts'
import { noMetrics, silentLog } from '../../../src/kube/environment.ts'
import { attack, attacks, ending } from '../../attacks.ts'
import { MemoryAuditLog } from '../../fakes/audit-log.ts'
import { MemoryGoogleGroups } from '../../fakes/google-groups.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { MemoryCustomRoles } from '../../fakes/custom-roles.ts'
import { type Duty, MemoryOnCall } from '../../fakes/on-call.ts'
import { mapping } from '../../builders/mapping.ts'
import { MemoryDirectory } from '../../fakes/directory.ts'
import { MemoryMappings } from '../../fakes/mappings.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the controller judges mappings')
const replay = 'projects/prod-eu/roles/replay'
const replays = [{ resource: 'projects/prod-eu', role: replay }]
const duty = { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' } }

function setUp(spec: Partial<RoleMapping['spec']> = {}, others: RoleMapping[] = [], customRoles?: MemoryCustomRoles) {
  const clock = new ManualClock()
  const stored = mapping({ spec: { approval: duty, ...spec } })
  delete stored.status
  const mappings = new MemoryMappings([stored, ...others])
  const onCall = new MemoryOnCall()
  const directory = new MemoryDirectory()
  const auditLog = new MemoryAuditLog()
  const googleGroups = new MemoryGoogleGroups()
  const seen = { writes: 0, leads: true, conflicts: 0, events: [] as string[], policies: new Map<string, PolicySeen>() }
  const slack: { fault?: Refusal; secondFault?: Refusal; error?: Error } = {}
  const { reconcile } = createMappingReconciler({
    clock,
    mappings,
    mappingStatuses: {
      patchMappingStatus: async (of, patch) => {
        if (seen.conflicts-- > 0) return 'conflict'
        if (!('loggedGeneration' in patch)) seen.writes++
        const [first, ...rest] = mappings.stored
        const next = { ...(first ?? of), status: { ...first?.status, ...patch } as NonNullable<RoleMapping['status']> }
        mappings.stored = [next, ...rest]
        return next
      },
    },
    onCall,
    ...(customRoles && { customRoles }),
    userGroups: directory.unhurried,
    googleGroups,
    channels: {
      faultOf: async channel => {
        if (slack.error) throw slack.error
        return channel === 'C0SECURITY' ? slack.secondFault : slack.fault
      },
    },
    pageRoutes: [
      { name: 'platform', namespaces: ['hallpass'], service: 'PSERVICE' },
      { name: 'payments', namespaces: ['payments'] },
    ],
    policiesSeen: { of: resource => seen.policies.get(resource) },
    settings: { organisation: { hostedDomains: ['example.com'], externalRequesters: [] }, people: [] },
    genericCommand: '/access',
    events: { record: (_about, { reason }) => void seen.events.push(reason) },
    log: silentLog,
    metrics: noMetrics,
    auditLog,
    publicUrl: 'https://hallpass.example.com',
    mayAct: () => seen.leads,
  })
  const ready = () => mappings.stored[0]?.status?.conditions?.find(({ type }) => type === 'Ready')
  return {
    clock,
    mappings,
    onCall,
    directory,
    auditLog,
    slack,
    seen,
    ready,
    look: () => reconcile({ namespace: 'hallpass', name: 'prod-db' }),
  }
}

const archived = {
  reason: 'ChannelUnreachable',
  message:
    'Hallpass cannot write to Slack channel "C0PRODACCESS": it is archived; name another channel in the mapping.',
} as const

test('a channel that cannot be used is a fault with its remedy, and requests that wait can still be granted', async () => {
  const { look, ready, mappings, slack } = setUp()
  slack.fault = archived
  await look()
  assert.equal([ready()?.status, ready()?.reason, ready()?.message], ['False', archived.reason, archived.message])
  const [stored] = mappings.stored
  const read = stored && readMapping(stored)
  assert.equal([read?.isReady, read?.isSound], [false, true])
  delete slack.fault
  await look()
  assert.is(ready()?.status, 'True')
})

const pagingBy = (route: string): Parameters<typeof setUp>[0] => ({
  approval: { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' }, page: { route } },
})

test('a route that does not exist, or is another namespace’s, is a fault, and requests that wait can still be granted', async () => {
  for (const [route, reason] of [
    ['nowhere', 'PageRouteUnknown'],
    ['payments', 'PageRouteForeign'],
  ] as const) {
    const { look, ready, mappings } = setUp(pagingBy(route))
    await look()
    assert.equal([ready()?.status, ready()?.reason], ['False', reason])
    assert.match(ready()?.message ?? '', `"${route}"`)
    assert.is(mappings.stored[0] && readMapping(mappings.stored[0]).isSound, true)
  }
})

test('Ready says when the route pages another service than that of the people on call, as far as it is known', async () => {
  const known = setUp(pagingBy('platform'))
  await known.look()
  assert.not.match(known.ready()?.message ?? '', /pages the service/)
  known.onCall.paging['PMANAGERS'] = ['POTHER']
  known.clock.forward(300)
  await known.look()
  assert.is(known.ready()?.status, 'True')
  assert.match(
    known.ready()?.message ?? '',
    /pages the service "PSERVICE", which does not page by escalation policy "PMANAGERS"/,
  )
  delete known.onCall.paging['PMANAGERS']
  known.clock.forward(300)
  await known.look()
  assert.not.match(known.ready()?.message ?? '', /pages the service/)
})

test('a channel that cannot be used hides no other fault, and nothing that is not known', async () => {
  const both = setUp({ grants: [{ resource: 'projects/prod-eu', role: 'roles/editor' }] })
  both.slack.fault = archived
  await both.look()
  assert.is(both.ready()?.reason, 'RoleWithoutConditions')
  assert.match(both.ready()?.message ?? '', /it is archived/)
  const unknown = setUp()
  unknown.slack.fault = archived
  unknown.onCall.isSilent = true
  await unknown.look()
  assert.is(unknown.ready()?.reason, 'PagerDutySilent')
  assert.is(unknown.mappings.stored[0] && readMapping(unknown.mappings.stored[0]).isSound, false)
})

test('a mapping whose channel cannot be used stays sound while PagerDuty is silent', async () => {
  const { look, ready, slack, onCall, clock } = setUp()
  slack.fault = archived
  await look()
  onCall.isSilent = true
  clock.forward(300)
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['False', archived.reason])
})

test('while Slack does not show the channel, a ready mapping stays ready and a new one waits', async () => {
  const { look, ready, slack, clock } = setUp()
  await look()
  slack.error = new Broken('Slack does not answer.')
  clock.forward(300)
  await look()
  assert.is(ready()?.status, 'True')
  const fresh = setUp()
  fresh.slack.error = new Broken('Slack does not answer.')
  await fresh.look()
  assert.equal([fresh.ready()?.status, fresh.ready()?.reason], ['Unknown', 'SlackSilent'])
})

test('a sound mapping becomes Ready at its generation, with its approvers in words', async () => {
  const { look, ready, mappings, seen, clock } = setUp()
  const next = await look()
  assert.equal([ready()?.status, ready()?.observedGeneration], ['True', 1])
  assert.is(mappings.stored[0]?.status?.approversSummary, 'Platform managers')
  assert.is(mappings.stored[0]?.status?.observedGeneration, 1)
  assert.is(next?.getTime(), clock.now().getTime() + 300_000)
  await look()
  assert.is(seen.writes, 1, 'nothing new is not written')
  assert.equal(seen.events, ['Checked'])
})

table<{ spec: Partial<RoleMapping['spec']>; reason: string; message: RegExp }>(
  test,
  {
    'a role that cannot carry conditions': {
      spec: { grants: [{ resource: 'projects/prod-eu', role: 'roles/editor' }] },
      reason: 'RoleWithoutConditions',
      message: /"roles\/editor".*cannot end by itself/,
    },
    'an escalation policy that PagerDuty does not know': {
      spec: { approval: { ...duty, onCall: { escalationPolicy: 'PNOBODY' } } },
      reason: 'UnknownEscalationPolicy',
      message: /does not know the escalation policy "PNOBODY"/,
    },
    'a schedule that PagerDuty does not know': {
      spec: { approval: { ...duty, onCall: { schedule: 'SNOBODY' } } },
      reason: 'UnknownSchedule',
      message: /does not know the schedule "SNOBODY"/,
    },
    'a role that sets policies of something, with its power named': {
      spec: { grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudtasks.queueAdmin' }] },
      reason: 'PrivilegedRole',
      message: /"roles\/cloudtasks\.queueAdmin" on "projects\/prod-eu" sets IAM policies of Cloud Tasks queues/,
    },
    'requesters who all are outside': {
      spec: { requesters: { domains: ['example.org'] } },
      reason: 'RequestersOutside',
      message: /^Nobody can ask: "example\.org"/,
    },
    'an escalation after the window': {
      spec: { approval: { ...duty, escalateAfter: '30m' } },
      reason: 'NeverEscalates',
      message: /Write a shorter escalateAfter/,
    },
    'a condition whose time is over': {
      spec: {
        grants: [
          {
            resource: 'projects/prod-eu',
            role: 'roles/cloudsql.client',
            condition: 'request.time < date("2026-01-01")',
          },
        ],
      },
      reason: 'ConditionInvalid',
      message: /holds for no time that is still to come/,
    },
    'a role that nobody knows': {
      spec: { grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.klient' }] },
      reason: 'UnknownRole',
      message: /Did you mean "roles\/cloudsql\.client"\?/,
    },
    'two faults, both named': {
      spec: { command: '/access', reason: { pattern: '(' } },
      reason: 'CommandReserved',
      message: /"\/access".*reason.pattern "\("/,
    },
  },
  async ({ spec, reason, message }) => {
    const { look, ready } = setUp(spec)
    await look()
    assert.equal([ready()?.status, ready()?.reason], ['False', reason])
    assert.match(ready()?.message ?? '', message)
  },
)

test('people who are named without effect are in the message of a Ready mapping', async () => {
  const { look, ready } = setUp({ requesters: { domains: ['example.com'], emails: ['pia@partner.example'] } })
  await look()
  assert.is(ready()?.status, 'True')
  assert.match(ready()?.message ?? '', /^This mapping can be requested\. "pia@partner\.example" \(requesters\) cannot/)
})

test('the status shows the times in one form, and a problem only while there is one', async () => {
  const { look, mappings, onCall, seen } = setUp({ duration: { max: '1800s' } })
  await look()
  const shown = (): unknown => {
    const { duration, problem } = mappings.stored[0]?.status ?? {}
    return { duration, problem }
  }
  const duration = { min: '1m', default: '30m', max: '30m' }
  assert.equal(shown(), { duration, problem: null })
  onCall.duties = {}
  await look()
  assert.match(String((shown() as { problem: string }).problem), /^PagerDuty does not know the escalation policy/)
  assert.is(seen.writes, 2)
})

test('a mapping that an older version judged gets its times, without another event', async () => {
  const { look, mappings, seen } = setUp()
  await look()
  const [stored] = mappings.stored
  if (stored?.status) delete stored.status.duration
  await look()
  assert.equal([mappings.stored[0]?.status?.duration?.max, seen.events], ['4h', ['Checked']])
})

/** Roles that give further access by what they permit, whatever their names say. */
const handing = {
  'somebody maps a role that deploys under another identity, roles/config.admin': 'roles/config.admin',
  'somebody maps a role that builds from source, roles/run.sourceDeveloper': 'roles/run.sourceDeveloper',
  'somebody maps a role that sets policies of networks, roles/compute.networkAdmin': 'roles/compute.networkAdmin',
  'somebody maps a role that makes keys, roles/securitycenter.admin': 'roles/securitycenter.admin',
  'somebody maps a role that mints tokens, roles/cloudscheduler.serviceAgent': 'roles/cloudscheduler.serviceAgent',
  'somebody maps a role that sets organisation policies, roles/assuredworkloads.editor':
    'roles/assuredworkloads.editor',
  'somebody maps a role that sets policies of log views, roles/logging.admin': 'roles/logging.admin',
  'somebody maps an owner of tables, roles/metastore.metadataOwner': 'roles/metastore.metadataOwner',
  'somebody maps a collection of admins, roles/firebase.developAdmin': 'roles/firebase.developAdmin',
}
attacks(test, ending('False PrivilegedRole', handing), async role => {
  const { look, ready } = setUp({ grants: [{ resource: 'projects/prod-eu', role }] })
  await look()
  return `${ready()?.status} ${ready()?.reason}`
})

attacks<RoleMapping['spec']['grants'][number]['role']>(
  test,
  {
    'somebody maps a role that is made up, so that nothing is known of it … False UnknownRole':
      'roles/storage.superAdmin',
    'somebody maps the name of a privileged role with other letters … False UnknownRole': 'roles/Storage.Admin',
    'somebody maps a privileged role with something behind its name … False UnknownRole': 'roles/storage.admin.v2',
  },
  async role => {
    const { look, ready } = setUp({ grants: [{ resource: 'projects/prod-eu', role }] })
    await look()
    return `${ready()?.status} ${ready()?.reason}`
  },
)

attack(test, 'a custom role is made privileged after its mapping was Ready … False PrivilegedRole', async () => {
  const roles = new MemoryCustomRoles()
  roles.stored.set(replay, { name: replay, stage: 'GA', includedPermissions: ['cloudsql.instances.connect'] })
  const { look, ready } = setUp({ grants: replays }, [], roles)
  await look()
  assert.is(ready()?.status, 'True')
  roles.stored.set(replay, {
    name: replay,
    stage: 'GA',
    includedPermissions: ['resourcemanager.projects.setIamPolicy'],
  })
  await look()
  return `${ready()?.status} ${ready()?.reason}`
})

test('a privileged role that is allowed leaves the mapping Ready, and its power named', async () => {
  const grants = [{ resource: 'projects/prod-eu', role: 'roles/cloudtasks.queueAdmin' }]
  const { look, ready } = setUp({ grants, allowPrivileged: true })
  await look()
  assert.is(ready()?.status, 'True')
  assert.is(
    ready()?.message,
    'This mapping can be requested. "roles/cloudtasks.queueAdmin" sets IAM policies of Cloud Tasks queues.',
  )
})

test('without a reader a custom role is said to be unseen', async () => {
  const { look, ready } = setUp({ grants: replays })
  await look()
  assert.is(ready()?.status, 'True')
  assert.match(ready()?.message ?? '', `What the custom role "${replay}" permits was not checked.`)
})

test('with a reader a custom role counts by what it permits now', async () => {
  const roles = new MemoryCustomRoles()
  const { look, ready } = setUp({ grants: replays }, [], roles)
  roles.stored.set(replay, { name: replay, stage: 'GA', includedPermissions: ['cloudsql.instances.connect'] })
  await look()
  assert.equal([ready()?.status, ready()?.message], ['True', 'This mapping can be requested.'])
  roles.stored.set(replay, { name: replay, stage: 'GA', includedPermissions: ['iam.serviceAccounts.actAs'] })
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['False', 'PrivilegedRole'])
  assert.match(ready()?.message ?? '', /replay" on "projects\/prod-eu" acts as service accounts/)
  roles.stored.set(replay, { name: replay, stage: 'DISABLED' })
  await look()
  assert.is(ready()?.reason, 'RoleDisabled')
  roles.stored.delete(replay)
  await look()
  assert.is(ready()?.reason, 'RoleDeleted')
})

test('IAM’s silence leaves what was found at this generation, and keeps a new one waiting', async () => {
  const roles = new MemoryCustomRoles()
  roles.stored.set(replay, { name: replay, stage: 'GA' })
  const { look, ready, mappings, clock, seen } = setUp({ grants: replays }, [], roles)
  await look()
  const before = ready()
  roles.isSilent = true
  assert.is((await look())?.getTime(), clock.now().getTime() + 30_000)
  assert.equal(ready(), before)
  const [stored] = mappings.stored
  if (stored) stored.metadata.generation = 2
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['Unknown', 'IamSilent'])
  assert.is(seen.events.filter(reason => reason === 'IamSilent').length, 1, 'the condition’s own event')
})

test('a role that our identity may not read keeps a new mapping waiting, unless privileged roles are allowed', async () => {
  const roles = new MemoryCustomRoles()
  roles.closed.add('projects/prod-eu')
  const closed = setUp({ grants: replays }, [], roles)
  await closed.look()
  assert.equal([closed.ready()?.status, closed.ready()?.reason], ['Unknown', 'CustomRoleUnreadable'])
  const allowed = setUp({ grants: replays, allowPrivileged: true }, [], roles)
  await allowed.look()
  assert.is(allowed.ready()?.status, 'True')
  assert.match(allowed.ready()?.message ?? '', /was not checked/)
})

test('predefined roles are not asked about', async () => {
  const roles = new MemoryCustomRoles()
  await setUp({}, [], roles).look()
  assert.is(roles.reads, 0)
})

test('PagerDuty’s silence leaves what was found at this generation, and keeps a new one waiting', async () => {
  const { look, ready, onCall, mappings, clock } = setUp()
  await look()
  onCall.isSilent = true
  const before = ready()
  const next = await look()
  assert.equal(ready(), before)
  assert.is(next?.getTime(), clock.now().getTime() + 30_000)
  const [stored] = mappings.stored
  if (stored) stored.metadata.generation = 2
  await look()
  assert.equal([ready()?.status, ready()?.reason, ready()?.observedGeneration], ['Unknown', 'PagerDutySilent', 2])
  assert.is(mappings.stored[0]?.status?.approversSummary, 'Platform managers')
})

const managers = ({ duties: { PMANAGERS: found } }: MemoryOnCall): Duty => {
  assert.ok(found)
  return found
}
const onCallOf = (mappings: MemoryMappings): unknown => mappings.stored[0]?.status?.onCall
const gap = { from: new Date('2026-11-24T08:00:00Z'), until: new Date('2026-11-24T09:00:00Z') }
const storedGap = { from: '2026-11-24T08:00:00Z', until: '2026-11-24T09:00:00Z' }
const withFallback = { approval: { ...duty, fallback: { emails: ['ana@example.com'] } } }

test('who is on call now is in the status, and a handover changes neither the condition nor the Events', async () => {
  const { look, ready, onCall, mappings, seen } = setUp()
  await look()
  assert.equal(onCallOf(mappings), { now: 'Mo Manager' })
  const before = ready()
  managers(onCall).levels[1] = [
    { email: 'otto@example.com', name: 'Otto Other' },
    ...members(5).map(name => ({ email: `${name}@example.com`, name })),
  ]
  await look()
  assert.equal(onCallOf(mappings), { now: 'Otto Other, U0M0, U0M1, U0M2, U0M3 and 1 more' })
  assert.equal(ready(), before)
  assert.equal([seen.writes, seen.events], [2, ['Checked']])
})

test('the next gap is in the status, and the condition says only that there is one', async () => {
  const { look, ready, onCall, mappings, seen } = setUp()
  const policy = managers(onCall)
  policy.gap = gap
  await look()
  assert.equal(onCallOf(mappings), { now: 'Mo Manager', nextGap: storedGap })
  assert.is(
    ready()?.message,
    'This mapping can be requested. At some time in the next 14 days nobody is on call (see status.onCall), and there is no fallback.',
  )
  const before = ready()
  policy.gap = { until: gap.until }
  await look()
  assert.equal(onCallOf(mappings), { now: 'Mo Manager', nextGap: { until: storedGap.until } })
  assert.equal([ready(), seen.events], [before, ['Checked']])
  delete policy.gap
  await look()
  assert.is(ready()?.message, 'This mapping can be requested.')
})

test('a gap does not matter where there is a fallback', async () => {
  const { look, ready, onCall, mappings } = setUp(withFallback)
  managers(onCall).gap = gap
  await look()
  assert.is(ready()?.message, 'This mapping can be requested.')
  assert.equal(onCallOf(mappings), { now: 'Mo Manager', nextGap: storedGap })
})

test('a policy or schedule that names nobody is found out when the mapping is declared', async () => {
  const nobodyElse = { fallback: { emails: [] }, allowed: { emails: [] } }
  for (const onCall of [
    { escalationPolicy: 'PEMPTY' },
    { escalationPolicy: 'PEMPTY', level: 7 },
    { schedule: 'PEMPTY' },
  ]) {
    const house = setUp({ approval: { window: '30m', onCall, ...nobodyElse } })
    house.onCall.duties['PEMPTY'] = { name: 'Empty', levels: {} }
    await house.look()
    assert.equal([house.ready()?.status, house.ready()?.reason], ['False', 'NobodyOnCall'])
    assert.match(
      house.ready()?.message ?? '',
      /names nobody on call for the (schedule|escalation policy) "PEMPTY"( from level 7 on)? in the next/,
    )
    assert.equal(onCallOf(house.mappings), { now: 'nobody', nextGap: {} })
  }
})

test('with a fallback, a policy that names nobody leaves the mapping Ready, and this is said', async () => {
  const { look, ready, onCall } = setUp(withFallback)
  managers(onCall).levels = {}
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['True', 'Checked'])
  assert.match(ready()?.message ?? '', /names nobody in the next 14 days, so the fallback is asked/)
})

test('while PagerDuty does not answer, who was on call stays in the status', async () => {
  const { look, onCall, mappings, seen } = setUp()
  await look()
  onCall.isSilent = true
  await look()
  assert.equal([onCallOf(mappings), seen.writes], [{ now: 'Mo Manager' }, 1])
})

test('a key that PagerDuty refuses is no fault of the mapping: the last result stays, and the key is named', async () => {
  const { look, ready, onCall, mappings, seen } = setUp()
  await look()
  const before = ready()
  const no = new Refused('PagerDutyKeyRefused', 'PagerDuty does not accept the API key.')
  onCall.describe = async () => Promise.reject(no)
  await look()
  assert.equal(ready(), before)
  assert.is(seen.events.at(-1), 'PagerDutyKeyRefused')
  const [stored] = mappings.stored
  if (stored) stored.metadata.generation = 2
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['Unknown', 'PagerDutyKeyRefused'])
})

const members = (count: number): string[] => Array.from({ length: count }, (_, i) => `U0M${i}`)
const grouped: Partial<RoleMapping['spec']> = {
  requesters: { slackUserGroups: ['S0DBA'] },
  approval: { ...duty, fallback: { slackUserGroup: 'S0LEADS' } },
}

table<{ groups: Record<string, string[]>; reason: string; says: RegExp }>(
  test,
  {
    'groups of a usual size': {
      groups: { S0DBA: members(300), S0LEADS: members(50) },
      reason: 'Checked',
      says: /can be requested/,
    },
    'a fallback that is too large': {
      groups: { S0DBA: members(3), S0LEADS: members(512) },
      reason: 'UserGroupTooLarge',
      says: /"S0LEADS" .*has 512 members, and 50 are the most.*smaller group/,
    },
    'too many who may ask': {
      groups: { S0DBA: members(1200), S0LEADS: members(3) },
      reason: 'UserGroupTooLarge',
      says: /"S0DBA" .*has 1200 members, and 1000 are the most/,
    },
    'a group that Slack does not know': {
      groups: { S0LEADS: members(3) },
      reason: 'UnknownUserGroup',
      says: /does not know the user group "S0DBA"/,
    },
    'two groups that cannot be used, both named': {
      groups: { S0LEADS: members(51) },
      reason: 'UnknownUserGroup',
      says: /"S0DBA".*"S0LEADS"/,
    },
  },
  async ({ groups, reason, says }) => {
    const { look, ready, directory } = setUp(grouped)
    directory.groups = groups
    await look()
    assert.equal([ready()?.status, ready()?.reason], [reason === 'Checked' ? 'True' : 'False', reason])
    assert.match(ready()?.message ?? '', says)
  },
)

test('Slack’s silence leaves what was found at this generation, and keeps a new one waiting', async () => {
  const { look, ready, directory, mappings, clock } = setUp(grouped)
  directory.groups = { S0DBA: members(3), S0LEADS: members(3) }
  await look()
  const before = ready()
  directory.isSilent = true
  const next = await look()
  assert.equal(ready(), before)
  assert.is(next?.getTime(), clock.now().getTime() + 30_000)
  const [stored] = mappings.stored
  if (stored) stored.metadata.generation = 2
  await look()
  assert.equal([ready()?.status, ready()?.reason, ready()?.observedGeneration], ['Unknown', 'SlackSilent', 2])
  directory.isSilent = false
  await look()
  assert.equal([ready()?.status, ready()?.observedGeneration], ['True', 2])
})

test('a workspace whose plan has no user groups is said to have none', async () => {
  const { look, ready, directory } = setUp(grouped)
  directory.membersOf = async () => Promise.reject(new Refused('SlackPlanTooSmall', 'The plan has no user groups.'))
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['False', 'SlackPlanTooSmall'])
})

test('the transition time moves only when the status flips', async () => {
  const { look, ready, clock, onCall } = setUp()
  await look()
  const first = ready()?.lastTransitionTime
  clock.forward(60)
  onCall.duties = {}
  await look()
  assert.is(ready()?.status, 'False')
  const flipped = ready()?.lastTransitionTime
  assert.is.not(flipped, first)
  clock.forward(60)
  await look()
  assert.is(ready()?.lastTransitionTime, flipped)
})

test('the younger of two mappings with one command is not Ready', async () => {
  const older = mapping({ name: 'older', spec: { command: '/prod-db' } })
  older.metadata.creationTimestamp = '2026-10-01T00:00:00Z'
  const { look, ready, mappings } = setUp({}, [older])
  await look()
  assert.is(ready()?.reason, 'CommandTaken')
  mappings.stored = mappings.stored.slice(0, 1)
  await look()
  assert.is(ready()?.status, 'True')
})

test('what PagerDuty refuses is the mapping’s fault in its own words', async () => {
  const { look, ready, onCall } = setUp()
  onCall.describe = async () => {
    throw new Refused('PagerDutyRefused', 'PagerDuty does not accept the key.')
  }
  await look()
  assert.equal([ready()?.status, ready()?.message], ['False', 'PagerDuty does not accept the key.'])
})

test('a conflict is looked at again, and a process that does not lead writes nothing', async () => {
  const { look, seen, clock } = setUp()
  seen.conflicts = 1
  assert.is((await look())?.getTime(), clock.now().getTime() + 1000)
  seen.leads = false
  let thrown: unknown
  await look().catch((error: unknown) => (thrown = error))
  assert.ok(thrown instanceof Error)
  assert.is(seen.writes, 0)
})

test('a mapping that several people must approve says how many', async () => {
  const fallback = { emails: ['mo@example.com', 'ana@example.com'] }
  const { look, mappings } = setUp({ approval: { required: 2, window: '30m', fallback } })
  await look()
  assert.is(mappings.stored[0]?.status?.approversSummary, '2 of the fallback')
})

test('a mapping whose user group has fewer members than must approve is not Ready', async () => {
  const fallback = { slackUserGroup: 'S0SRE' }
  const { look, ready, directory } = setUp({ approval: { required: 3, window: '30m', fallback } })
  directory.unhurried.membersOf = async () => ['U1', 'U2']
  await look()
  assert.equal([ready()?.status, ready()?.reason], ['False', 'TooFewApprovers'])
  assert.match(ready()?.message ?? '', /user group "S0SRE" \(approval\.fallback\.slackUserGroup\) has 2 members/)
})

test('a mapping without on-call says that its fallback approves', async () => {
  const { look, mappings } = setUp({ approval: { window: '30m', fallback: { emails: ['ana@example.com'] } } })
  await look()
  assert.is(mappings.stored[0]?.status?.approversSummary, 'the fallback')
})

const seenPolicy = (more: Partial<PolicySeen> = {}): PolicySeen => ({
  members: 12,
  groups: 3,
  entries: 1,
  leftovers: 0,
  leftoversByRole: [],
  bytes: 900,
  at: new Date('2026-11-23T14:00:00Z'),
  ...more,
})

test('the room in the policies is absent until one was seen, and then says where it is nearly over', async () => {
  const { look, mappings, seen } = setUp()
  const room = () => mappings.stored[0]?.status?.conditions?.find(({ type }) => type === 'PolicyRoom')
  await look()
  assert.equal([room(), mappings.stored[0]?.status?.policies], [undefined, undefined])
  seen.policies.set('projects/prod-eu', seenPolicy())
  seen.events.length = 0
  await look()
  const stored = { resource: 'projects/prod-eu', seenAt: '2026-11-23T14:00:00Z', members: 12, groups: 3, entries: 1 }
  assert.equal(mappings.stored[0]?.status?.policies, [{ ...stored, leftovers: 0, bytes: 900 }])
  assert.equal([room()?.status, room()?.reason, seen.events], ['True', 'RoomLeft', []])
  seen.policies.set('projects/prod-eu', seenPolicy({ members: 1200, entries: 16 }))
  await look()
  assert.equal([room()?.status, room()?.reason, seen.events], ['False', 'NearlyFull', ['NearlyFull']])
  assert.match(
    room()?.message ?? '',
    /"projects\/prod-eu" \(1500 members\), "projects\/prod-eu" \(20 entries of one role/,
  )
  assert.is(room()?.observedGeneration, mappings.stored[0]?.metadata.generation)
  const { writes } = seen
  await look()
  assert.is(seen.writes, writes, 'the same figures are not written again')
  seen.policies.set('projects/prod-eu', seenPolicy({ members: 1250, entries: 16 }))
  const { lastTransitionTime, message } = room() ?? {}
  await look()
  assert.equal([room()?.lastTransitionTime, room()?.message, seen.events.length], [lastTransitionTime, message, 1])
  assert.is(mappings.stored[0]?.status?.policies?.[0]?.members, 1250)
})

test('what another leader saw stays until a policy is seen again, and goes with its grant', async () => {
  const { look, mappings, seen } = setUp()
  seen.policies.set('projects/prod-eu', seenPolicy({ groups: 240 }))
  await look()
  seen.policies.clear()
  await look()
  const groups = () => mappings.stored[0]?.status?.policies?.map(policy => policy.groups)
  assert.equal(groups(), [240])
  seen.policies.set('projects/prod-eu', seenPolicy({ groups: 1, at: new Date('2026-11-23T13:00:00Z') }))
  await look()
  assert.equal(groups(), [240], 'an older look does not replace a newer one')
  const [first] = mappings.stored
  assert.ok(first)
  mappings.stored = [
    { ...first, spec: { ...first.spec, grants: [{ resource: 'projects/other-eu', role: 'roles/x' }] } },
  ]
  await look()
  assert.equal(groups(), [])
  assert.not(mappings.stored[0]?.status?.conditions?.some(({ type }) => type === 'PolicyRoom'))
})

attack(
  test,
  'a policy has expired entries of 30 roles, and a name that the schema refuses … 10 roles stored',
  async () => {
    const { look, mappings, seen } = setUp()
    const role = (n: number): string =>
      n === 0 ? `roles/${'x'.repeat(300)}` : n === 5 ? 'roles/a\u001b' : `roles/r${n}`
    const leftoversByRole = Array.from({ length: 31 }, (_, n) => ({ role: role(n), count: 40 - n }))
    seen.policies.set('projects/prod-eu', seenPolicy({ leftovers: 100, leftoversByRole }))
    await look()
    const stored = mappings.stored[0]?.status?.policies?.[0]
    assert.equal(stored?.leftoversByRole?.[0], { role: 'roles/r1', count: 39 })
    assert.not(stored?.leftoversByRole?.some(({ role: name }) => name.includes('\u001b')))
    const { writes } = seen
    await look()
    assert.is(seen.writes, writes)
    return `${stored?.leftoversByRole?.length} roles stored`
  },
)

test('a mapping whose policy is nearly full can still be requested', async () => {
  const { look, ready, mappings, seen } = setUp()
  seen.policies.set('projects/prod-eu', seenPolicy({ members: 1500 }))
  await look()
  assert.is(ready()?.status, 'True')
  assert.not(mappings.stored[0]?.status?.conditions?.some(({ type }) => type === 'Stalled'))
})

const urgent = { channel: 'C0SECURITY', reviewers: { emails: ['ana@example.com'] } }

test('a second channel that cannot be used is remarked, and people can ask', async () => {
  const { look, ready, slack } = setUp({ emergency: urgent })
  slack.secondFault = { reason: 'ChannelUnreachable', message: 'Hallpass cannot write to Slack channel "C0SECURITY".' }
  await look()
  assert.is(ready()?.status, 'True')
  assert.match(ready()?.message ?? '', /Emergencies are not told in emergency\.channel: Hallpass cannot write/)
})

table<{ emergency: NonNullable<RoleMapping['spec']['emergency']>; says: RegExp; status?: string }>(
  test,
  {
    'reviewers outside the organisation are remarked': {
      emergency: { ...urgent, reviewers: { emails: ['sam@partner.example'] } },
      says: /"sam@partner\.example" \(emergency\.reviewers\) can review only with an account of example\.com/,
    },
    'people outside the organisation who may approve emergencies are remarked': {
      emergency: { ...urgent, allowed: { emails: ['sam@partner.example'] } },
      says: /"sam@partner\.example" \(emergency\) can approve only with an account of example\.com/,
    },
    'a user group that Slack does not know reviews nothing': {
      emergency: { ...urgent, reviewers: { slackUserGroup: 'S0GONE' } },
      says: /Slack does not know the user group "S0GONE" \(emergency\.reviewers\.slackUserGroup\)/,
      status: 'False',
    },
    'a user group without members reviews nothing': {
      emergency: { ...urgent, reviewers: { slackUserGroup: 'S0EMPTY' } },
      says: /Nobody can review emergencies: Slack user group "S0EMPTY"/,
      status: 'False',
    },
  },
  async ({ emergency, says, status = 'True' }) => {
    const { look, ready, directory } = setUp({ emergency })
    directory.groups = { S0EMPTY: [] }
    await look()
    assert.match(ready()?.message ?? '', says)
    assert.is(ready()?.status, status)
  },
)

const rulesLogged = ({ auditLog }: ReturnType<typeof setUp>): string[] =>
  auditLog.arrived.map(({ insertId, payload }) => `${insertId} ${String(payload['rules']).slice(0, 8)}`)

test('each generation’s rules are in the log once, after it was judged, with the digest that approvals carry', async () => {
  const all = setUp()
  const { look, mappings } = all
  await look()
  await look()
  await look()
  const [stored] = mappings.stored
  if (!stored) throw new Error('no mapping')
  const { uid, generation = 0 } = stored.metadata
  const first = `${uid}-generation-${generation} ${rulesDigest(readMapping(stored)).slice(0, 8)}`
  assert.equal(rulesLogged(all), [first])
  assert.is(stored.status?.loggedGeneration, generation)
  const changed = { ...stored, spec: { ...stored.spec, duration: { max: '1h' } } }
  mappings.stored = [{ ...changed, metadata: { ...stored.metadata, generation: generation + 1 } }]
  await look()
  await look()
  assert.is(all.auditLog.arrived.length, 2)
  const own = { namespace: 'hallpass', name: 'prod-db', uid }
  assert.equal(
    all.auditLog.arrived.map(({ payload }) => payload['mapping']),
    [
      { ...own, generation },
      { ...own, generation: generation + 1, follows: generation },
    ],
  )
  const [before, next] = all.auditLog.arrived
  assert.match(String(before?.payload['hash']), /^[0-9a-f]{64}$/)
  assert.equal([before?.payload['previous'], next?.payload['previous']], [undefined, before?.payload['hash']])
})

test('a log that does not answer delays neither the judgement nor the next look by much, and gets the rules later', async () => {
  const all = setUp()
  all.auditLog.failsBefore = 1
  await all.look()
  assert.is(all.ready()?.status, 'True')
  const next = await all.look()
  assert.ok(next && next.getTime() - all.clock.now().getTime() <= 120_000)
  assert.equal(rulesLogged(all), [])
  await all.look()
  assert.is(rulesLogged(all).length, 1)
})

test('a crash between the entry and its record repeats the entry under the same id', async () => {
  const all = setUp()
  await all.look()
  all.seen.conflicts = 1
  await all.look()
  await all.look()
  const [one, two] = rulesLogged(all)
  assert.equal([all.auditLog.arrived.length, one], [2, two])
})

test('a process that no longer leads logs no rules', async () => {
  const all = setUp()
  await all.look()
  all.seen.leads = false
  await all.look().catch(() => undefined)
  assert.equal(rulesLogged(all), [])
})

test.run()
