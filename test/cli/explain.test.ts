// `hallpass explain` on the sample mappings, without a cluster: what it says, by which rule, and its bad input.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { ExplainJson } from '../../src/cli/explain/explain.ts'
import { emergency } from '../builders/emergency.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: explain')
const samples = join(import.meta.dirname, '../../deploy/samples')
let folder = ''
let environment: { configPath: string }
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-explain-'))
  environment = { configPath: join(folder, 'config.yaml') }
  writeFileSync(
    environment.configPath,
    stringify({
      hostedDomains: ['example.com'],
      people: [['dana@example.com', 'dana.e@example.com']],
      externalRequesters: [{ email: 'pat@partner.example', until: '2026-11-24T10:00:00Z' }],
    }),
  )
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

async function ask(mapping: string, as: string, ...more: string[]): ReturnType<typeof hallpass> {
  const file = more.includes('-f') ? [] : ['-f', samples]
  return hallpass(['explain', '--mapping', mapping, '--as', as, ...file, ...more], { environment })
}

test('it says what would happen, by which rules, and what is not known', async () => {
  const { code, out, err } = await ask(
    'prod-db',
    'dana@example.com',
    '--approver',
    'ana@example.com',
    '--reason',
    'INC-1 replay',
  )
  assert.is(
    out,
    `prod-db for 1 hour, as dana@example.com, at 2026-11-24T09:00:00Z
RULE       ANSWER   WHY
mapping    yes      It has no fault that can be seen here.
asking     yes      dana@example.com may ask.
reason     yes      The reason is accepted.
approver   yes      ana@example.com could approve it once the fallback is asked.
It would be asked.
One approval is needed within 30m.
First asked: the people on call in PagerDuty policy PMANAGERS, level 1.
Then, each 10m without an answer: the next levels, then the fallback (ana@example.com).
Not known here: who is on call; how many requests wait already (limits), and whether the approver may write the policy at Google.
`,
  )
  assert.equal([code, err], [0, ''])
})

type Fact = { mapping?: string; as?: string; words?: string[]; judged: string; isAsked: boolean | null }
test('a mapping with hours: which part of the time would work, and no word about it when it would be refused', async () => {
  const { out } = await ask('prod-nights', 'dana@example.com', '--for', '4h', '--at', '2026-11-24T19:00:00Z')
  const works =
    /^It works only Monday to Friday 22:00 to 06:00 the next day.*: in this time from Tuesday 24 November 2026, 22:00 until Wednesday 25 November 2026, 00:00\.$/m
  assert.match(out, works)
  const json = await ask('prod-nights', 'dana@example.com', '--for', '4h', '--at', '2026-11-24T19:00:00Z', '-o', 'json')
  assert.match((JSON.parse(json.out) as ExplainJson).works ?? '', works)
  const refused = await ask('prod-nights', 'dana@example.com', '--for', '1h', '--at', '2026-11-24T12:00:00Z')
  assert.match(refused.out, 'OutsideHours')
  assert.not.match(refused.out, /^It works only/m)
})

table<Fact>(
  test,
  {
    'nobody approves themselves': {
      words: ['--approver', 'dana@example.com'],
      judged: 'approver no SelfApproval',
      isAsked: true,
    },
    'an alias is the same person': {
      words: ['--approver', 'dana.e@example.com'],
      judged: 'approver no SelfApproval',
      isAsked: true,
    },
    'people on call are not known': {
      words: ['--approver', 'mo@example.com'],
      judged: 'approver unknown -',
      isAsked: true,
    },
    'a person who is never asked': {
      mapping: 'audit-bucket',
      words: ['--approver', 'eve@example.com'],
      judged: 'approver no NotAnApprover',
      isAsked: true,
    },
    'an outsider': { as: 'eve@other.example', judged: 'asking no RequesterOutside', isAsked: false },
    'somebody who is not listed': {
      mapping: 'audit-bucket',
      as: 'eve@example.com',
      judged: 'asking no NotARequester',
      isAsked: false,
    },
    'too long': { words: ['--for', '9h'], judged: 'asking no TooLong', isAsked: false },
    'too short': { words: ['--for', '1s'], judged: 'asking no TooShort', isAsked: false },
    'a reason without its ticket': {
      mapping: 'audit-bucket',
      words: ['--reason', 'please'],
      judged: 'reason no ReasonPattern',
      isAsked: false,
    },
    'an emergency that is not offered': {
      mapping: 'audit-bucket',
      words: ['--emergency'],
      judged: 'asking no NoEmergency',
      isAsked: false,
    },
    'a partner whose time is over then': {
      as: 'pat@partner.example',
      words: ['--at', '2026-11-25T09:00:00Z'],
      judged: 'asking no ExternalEnded',
      isAsked: false,
    },
  },
  async ({ mapping = 'prod-db', as = 'dana@example.com', words = [], judged, isAsked }) => {
    const { code, out } = await ask(mapping, as, ...words, '-o', 'json')
    const said = JSON.parse(out) as ExplainJson
    const lines = said.judged.map(({ about, answer, reason }) => `${about} ${answer} ${reason ?? '-'}`)
    assert.ok(lines.includes(judged), lines.join('; '))
    assert.equal([said.isAsked, code], [isAsked, judged.includes(' no ') ? 1 : 0])
  },
)

test('without settings it says that the organisation is not known', async () => {
  const words = ['explain', '--mapping', 'prod-db', '--as', 'dana@example.com', '-f', samples]
  assert.match((await hallpass(words)).out, 'whether example.com belongs to the organisation: set HALLPASS_CONFIG')
  const judged = (await hallpass([...words, '--approver', 'mo@other.example'])).out
  assert.not.match(judged, 'OutsideOrganisation')
  assert.match(judged, 'mo@other.example could approve it only if asked')
})

const mapping = {
  apiVersion: 'hallpass.dev/v1alpha1',
  kind: 'RoleMapping',
  metadata: { name: 'own', namespace: 'hallpass' },
  spec: {
    grants: [{ resource: 'projects/prod-eu', role: 'roles/owner' }],
    requesters: { slackUserGroups: ['S0DBA'] },
    approval: { fallback: { emails: ['mo@example.com'] } },
    channel: 'C0PRODACCESS',
  },
}

test('a fault of the mapping is told, and the rest is judged as if it was corrected', async () => {
  const file = join(folder, 'own.yaml')
  writeFileSync(file, stringify(mapping))
  const { code, out } = await ask('own', 'dana@example.com', '-f', file)
  assert.match(out, /mapping +no +RoleWithoutConditions: "roles\/owner" on "projects\/prod-eu" cannot end by itself/)
  assert.match(out, /asking +unknown +Only as a member of the Slack user group S0DBA/)
  assert.match(out, 'It would not be asked.')
  assert.is(code, 1)
  assert.match((await ask('own', 'dana@example.com', '-f', file, '--user-group', 'S0DBA')).out, /asking +yes/)
})

test('members of Google groups are not known here, and nobody is told that they are out', async () => {
  const file = join(folder, 'groups.yaml')
  const requesters = { googleGroups: ['sre@example.com'] }
  const approval = { ...mapping.spec.approval, allowed: { googleGroups: ['leads@example.com'] } }
  const grants = [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }]
  writeFileSync(file, stringify({ ...mapping, spec: { ...mapping.spec, grants, requesters, approval } }))
  const { out } = await ask('own', 'dana@example.com', '-f', file, '--approver', 'otto@example.com')
  assert.match(out, /asking +unknown +Only as a member of the Google group sre@example\.com/)
  assert.match(
    out,
    /approver +unknown +otto@example\.com could approve it as a member of the Google group leads@example\.com/,
  )
  assert.match(out, /May approve without being asked: members of leads@example\.com/)
  const known = await ask('own', 'dana@example.com', '-f', file, '--google-group', 'sre@example.com')
  assert.match(known.out, /asking +yes/)
})

test('a group of emergencies is told for an emergency only', async () => {
  const file = join(folder, 'urgent.yaml')
  const urgent = { ...emergency, allowed: { googleGroups: ['leads@example.com'] } }
  const grants = [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }]
  writeFileSync(file, stringify({ ...mapping, spec: { ...mapping.spec, grants, emergency: urgent } }))
  const words = ['-f', file, '--approver', 'ana@example.com']
  assert.match(
    (await ask('own', 'dana@example.com', ...words)).out,
    /approver +no .*ana@example\.com would not be asked/,
  )
  const { out } = await ask('own', 'dana@example.com', ...words, '--emergency')
  assert.match(
    out,
    /approver +unknown +ana@example\.com could approve it as a member of the Google group leads@example/,
  )
})

table<{ text?: string; words?: string[]; name?: string; says: RegExp }>(
  test,
  {
    'a name that is nearly right': { name: 'prod-bd', says: /There is no mapping "prod-bd"\. Did you mean prod-db\?/ },
    'a file that is not there': { words: ['-f', 'absent.yaml'], says: /absent\.yaml/ },
    'a file without a mapping': { text: 'kind: ConfigMap\napiVersion: v1\n', says: /There is no RoleMapping in / },
    'a file that is not YAML': { text: 'a: [1, 2', says: /\.yaml:1:\d+ is not YAML: / },
    'a mapping without its rules': {
      text: stringify({ ...mapping, spec: { grants: [] } }),
      says: /broken\.yaml:\d+: the RoleMapping "own" cannot be used: spec\./,
    },
    'a group of emergencies that is no list': {
      text: stringify({ ...mapping, spec: { ...mapping.spec, emergency: { allowed: { googleGroups: 'leads' } } } }),
      says: /the RoleMapping "own" cannot be used: spec\.emergency/,
    },
    'a duration that cannot be read': {
      text: stringify({ ...mapping, spec: { ...mapping.spec, duration: { max: 'long' } } }),
      says: /the RoleMapping "own" cannot be used: spec\.duration\.max: Invalid value: "long": write hours, /,
    },
    'a length without a unit': { words: ['--for', '2'], says: /It is not a duration such as 30m/ },
    'a person without an address': { words: ['--approver', 'mo'], says: /It is not an e-mail address/ },
  },
  async ({ text, words, name = 'prod-db', says }) => {
    const file = join(folder, 'broken.yaml')
    if (text !== undefined) writeFileSync(file, text)
    const { code, out, err } = await ask(
      name,
      'dana@example.com',
      ...(words ?? (text === undefined ? [] : ['-f', file])),
    )
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  },
)

test.run()
