// `hallpass plan`: what each change of a mapping means, the same power in other words, and Markdown from people who want it
// to do something else.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as prettier from 'prettier'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { codeSpan } from '../../src/cli/plan/markdown.ts'
import { changed } from '../api/crd-cases.ts'
import { attacks } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: plan')
const samples = join(import.meta.dirname, '../../deploy/samples')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-plan-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

const nights = { zone: 'Europe/Berlin', spans: [{ days: ['Mon', 'Tue'], from: '22:00', to: '06:00' }] }
const whole = {
  command: '/prod-db',
  grants: [
    { resource: 'projects/prod-eu', role: 'roles/cloudsql.client' },
    { resource: 'projects/prod-eu', role: 'roles/logging.viewer', condition: 'request.time.getHours() < 20' },
  ],
  duration: { min: '1m', default: '1h', max: '4h', maxConsecutive: '8h' },
  hours: nights,
  requesters: { domains: ['example.com'], emails: ['pat@partner.example'], slackUserGroups: ['S0PLATFORM'] },
  approval: {
    required: 2,
    window: '30m',
    escalateAfter: '10m',
    onCall: { escalationPolicy: 'PMANAGERS', level: 1 },
    fallback: { emails: ['ana@example.com', 'mo@example.com'] },
    allowed: { emails: ['lea@example.com'] },
    onlyOnCall: false,
  },
  emergency: { required: 1, channel: 'C0INCIDENTS', reviewers: { emails: ['sam@example.com'] } },
  reason: { required: true, pattern: 'INC-[0-9]+' },
  allowPrivileged: false,
  channel: 'C0PRODACCESS',
}
function fileOf(spec: object, metadata: object = { name: 'prod-db', namespace: 'hallpass' }): string {
  const path = join(folder, `${++count}.yaml`)
  writeFileSync(path, stringify({ apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata, spec }))
  return path
}

type Plan = {
  gained: boolean
  mappings: { mapping: string; is: string; changes: { effect: string; says: string }[] }[]
}
async function plan(before: string, after: string): Promise<Plan> {
  const { code, out, err } = await hallpass(['plan', before, after, '-o', 'json'])
  assert.equal([code, err], [0, ''])
  return JSON.parse(out) as Plan
}
async function changesTo(changes: Record<string, unknown>): Promise<string[]> {
  const { mappings } = await plan(fileOf(whole), fileOf(changed(whole, changes)))
  return mappings.flatMap(one => one.changes.map(({ effect, says }) => `${effect}: ${says}`))
}

table<{ changes: Record<string, unknown>; says: string[] }>(
  test,
  {
    'another role': {
      changes: { 'grants.2': { resource: 'projects/prod-eu', role: 'roles/storage.admin' } },
      says: [
        'gained: roles/storage.admin on projects/prod-eu; its holder can give further access: it sets IAM policies of Cloud Storage buckets, managed folders and objects',
      ],
    },
    'a role less': {
      changes: { grants: [whole.grants[1]] },
      says: ['lost: roles/cloudsql.client on projects/prod-eu'],
    },
    'a condition less': {
      changes: { 'grants.1.condition': undefined },
      says: ['gained: roles/logging.viewer on projects/prod-eu without the condition request.time.getHours() < 20'],
    },
    'a condition more': {
      changes: { 'grants.0.condition': 'true' },
      says: ['lost: roles/cloudsql.client on projects/prod-eu only if true'],
    },
    'another condition': {
      changes: { 'grants.1.condition': 'true' },
      says: [
        'unclear: roles/logging.viewer on projects/prod-eu only if true, until now if request.time.getHours() < 20',
      ],
    },
    'a longer night': {
      changes: { 'hours.spans.0.from': '20:00' },
      says: [
        'gained: access works Monday and Tuesday 20:00 to 06:00 the next day (Europe/Berlin), until now Monday and Tuesday 22:00 to 06:00 the next day (Europe/Berlin)',
      ],
    },
    'another zone': {
      changes: { 'hours.zone': 'UTC' },
      says: [
        'unclear: access works Monday and Tuesday 22:00 to 06:00 the next day (UTC), until now Monday and Tuesday 22:00 to 06:00 the next day (Europe/Berlin)',
      ],
    },
    'another zone and the whole week': {
      changes: { hours: { zone: 'UTC', spans: [{ from: '00:00', to: '24:00' }] } },
      says: [
        'gained: access works every day all day (UTC), until now Monday and Tuesday 22:00 to 06:00 the next day (Europe/Berlin)',
      ],
    },
    'days instead of nights': {
      changes: { 'hours.spans.0.from': '06:00', 'hours.spans.0.to': '22:00' },
      says: [
        'gained: access works Monday and Tuesday 06:00 to 22:00 (Europe/Berlin), until now Monday and Tuesday 22:00 to 06:00 the next day (Europe/Berlin)',
      ],
    },
    'no hours': {
      changes: { hours: undefined },
      says: [
        'gained: access works at any time, until now Monday and Tuesday 22:00 to 06:00 the next day (Europe/Berlin)',
      ],
    },
    'more people who ask': {
      changes: {
        'requesters.domains': ['example.com', 'partner.example'],
        'requesters.googleGroups': ['sre@example.com'],
      },
      says: ['gained: everybody at partner.example may ask', 'gained: members of Google group sre@example.com may ask'],
    },
    'one person instead of the domain': {
      changes: { 'requesters.domains': [], 'requesters.emails': ['dana@example.com', 'zed@other.example'] },
      says: [
        'gained: zed@other.example may ask',
        'lost: everybody at example.com may not ask any more',
        'lost: pat@partner.example may not ask any more',
        'changed: dana@example.com may still ask',
      ],
    },
    'fewer people who ask': {
      changes: { 'requesters.slackUserGroups': [] },
      says: ['lost: members of Slack user group S0PLATFORM may not ask any more'],
    },
    'longer access': {
      changes: { 'duration.max': '8h' },
      says: ['gained: access lasts at most 8 hours, until now 4 hours'],
    },
    'no limit in sequence': {
      changes: { 'duration.maxConsecutive': undefined },
      says: ['gained: access lasts in sequence at most without a limit, until now 8 hours'],
    },
    'several days': {
      changes: { 'duration.recurring': { maxDays: 5 } },
      says: ['gained: one approval is for the same time of up to 5 days, until now 1'],
    },
    'another usual time': {
      changes: { 'duration.default': '2h' },
      says: ['changed: when nobody names a time, access lasts 2 hours, until now 1 hour'],
    },
    'fewer approvals': {
      changes: { 'approval.required': 1 },
      says: ['gained: approvals that are needed: 1, until now 2'],
    },
    'only who is asked may approve': {
      changes: { 'approval.onlyOnCall': true },
      says: [
        'lost: lea@example.com may not approve any more',
        'lost: lea@example.com may not approve any more in an emergency',
      ],
    },
    'an approver who is only asked later': {
      changes: {
        'approval.fallback.emails': ['ana@example.com'],
        'approval.allowed.emails': ['lea@example.com', 'mo@example.com'],
      },
      says: [
        'changed: mo@example.com is not asked any more',
        'changed: mo@example.com is not asked any more in an emergency',
      ],
    },
    'an approver from outside': {
      changes: { 'approval.allowed.emails': ['lea@example.com', 'zed@other.example'] },
      says: ['gained: zed@other.example may approve', 'gained: zed@other.example may approve in an emergency'],
    },
    'an approver who may ask too': {
      changes: { 'approval.allowed.emails': ['lea@example.com', 'pat@partner.example'] },
      says: [
        'gained: pat@partner.example may approve',
        'changed: pat@partner.example may ask, and approve what others ask',
        'gained: pat@partner.example may approve in an emergency',
      ],
    },
    'other people on call': {
      changes: { 'approval.onCall': { schedule: 'PNIGHTS' } },
      says: [
        'gained: people on call by schedule PNIGHTS may approve',
        'lost: people on call by escalation policy PMANAGERS from level 1 may not approve any more',
        'gained: people on call by schedule PNIGHTS may approve in an emergency',
        'lost: people on call by escalation policy PMANAGERS from level 1 may not approve any more in an emergency',
      ],
    },
    'no emergencies': {
      changes: { emergency: undefined },
      says: ['lost: it cannot be asked for as an emergency any more'],
    },
    'other reviewers': {
      changes: { 'emergency.reviewers.emails': ['eve@example.com'] },
      says: [
        'unclear: emergencies are reviewed within 72h by eve@example.com, until now within 72h by sam@example.com',
      ],
    },
    'later reviews': {
      changes: { 'emergency.reviewWithin': '168h' },
      says: [
        'unclear: emergencies are reviewed within 168h by sam@example.com, until now within 72h by sam@example.com',
      ],
    },
    'another channel for emergencies': {
      changes: { 'emergency.channel': 'C0OTHER' },
      says: ['changed: emergencies are told to C0OTHER, until now to C0INCIDENTS'],
    },
    'longer waiting in an emergency': {
      changes: { 'emergency.window': '1h' },
      says: ['changed: a request waits 1h for a decision, until now 30m in an emergency'],
    },
    'no reason': { changes: { 'reason.required': false }, says: ['gained: no reason must be given'] },
    'any reason': {
      changes: { 'reason.pattern': undefined },
      says: ['gained: any reason is accepted, until now INC-[0-9]+'],
    },
    'another pattern': {
      changes: { 'reason.pattern': '.' },
      says: ['unclear: the reason must contain ., until now INC-[0-9]+'],
    },
    'roles that give further access': {
      changes: { allowPrivileged: true },
      says: ['gained: roles whose holders can give further access are accepted (allowPrivileged)'],
    },
    'another channel': {
      changes: { channel: 'C0OTHER' },
      says: ['changed: it is decided in channel C0OTHER, until now in C0PRODACCESS'],
    },
    'a longer window': {
      changes: { 'approval.window': '1h' },
      says: [
        'changed: a request waits 1h for a decision, until now 30m in an emergency',
        'changed: a request waits 1h for a decision, until now 30m',
      ],
    },
  },
  async ({ changes, says }) => assert.equal(await changesTo(changes), says),
)

attacks<Record<string, unknown>>(
  test,
  {
    'a condition that is always true replaces one … power is perhaps gained in 1 of 1 mappings': {
      'grants.1.condition': 'true',
    },
    'a pattern that takes every reason replaces one … power is perhaps gained in 1 of 1 mappings': {
      'reason.pattern': '.',
    },
    'the same clock far away … power is perhaps gained in 1 of 1 mappings': { 'hours.zone': 'Asia/Tokyo' },
    'a whole week in another zone … power is gained in 1 of 1 mappings': {
      hours: { zone: 'UTC', spans: [{ from: '00:00', to: '24:00' }] },
    },
    'hours that move to the day … power is gained in 1 of 1 mappings': {
      'hours.spans.0.from': '06:00',
      'hours.spans.0.to': '22:00',
    },
    'a friend reviews … power is perhaps gained in 1 of 1 mappings': {
      'emergency.reviewers.emails': ['pat@partner.example'],
    },
  },
  async changes => {
    const paths = [fileOf(whole), fileOf(changed(whole, changes))] as const
    assert.is((await plan(...paths)).gained, true)
    return /^### Access: (.*)$/m.exec((await hallpass(['plan', ...paths])).out)?.[1] ?? 'no headline'
  },
)

/** The same power in other words. */
const same: Record<string, Record<string, unknown>> = {
  'another order': {
    grants: whole.grants.toReversed(),
    'approval.fallback.emails': ['mo@example.com', 'ana@example.com'],
  },
  'other letters and times': {
    'duration.max': '240m',
    'duration.default': '60m',
    'approval.fallback.emails': ['Ana@Example.com'.replace('Example', 'example'), 'mo@example.com'],
  },
  'a person of a domain that may ask anyway': { 'requesters.emails': ['pat@partner.example', 'dana@example.com'] },
  'the defaults left out': {
    'duration.min': undefined,
    'approval.window': undefined,
    'approval.escalateAfter': undefined,
    'approval.onlyOnCall': undefined,
    allowPrivileged: undefined,
    'approval.onCall.level': undefined,
    'reason.required': undefined,
  },
  'the same hours in two spans': {
    hours: {
      zone: 'Europe/Berlin',
      spans: [
        { days: ['Mon', 'Tue'], from: '22:00', to: '24:00' },
        { days: ['Tue', 'Wed'], from: '00:00', to: '06:00' },
      ],
    },
  },
  'words that give nothing': {
    description: 'New words',
    command: '/db',
    afterGrant: { text: 'Hello' },
    'reason.hint': 'a ticket',
  },
}
table(
  test,
  Object.fromEntries(Object.entries(same).map(([what, changes]) => [`no change in power: ${what}`, changes])),
  async changes => {
    assert.equal(await changesTo(changes), [])
    const { out } = await hallpass(['plan', fileOf(whole), fileOf(changed(whole, changes))])
    assert.is(out, '### Access: no change in power\n\n1 mapping has no change in power.\n')
  },
)

test('new and removed mappings, as text and as Markdown', async () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const bucket = join(samples, 'ledger-bucket.yaml')
  assert.is(
    (await hallpass(['plan', empty, bucket])).out,
    `### Access: power is gained in 1 of 1 mappings

#### \`hallpass/ledger-bucket\` is new

- **Gained**: \`roles/storage.objectViewer\` on \`//storage.googleapis.com/projects/_/buckets/ledger-exports\`
- **Gained**: \`dana@example.com\` may ask
- **Gained**: \`otto@example.com\` may ask
- **Gained**: \`ana@example.com\` may approve
- **Gained**: \`1\` approval is needed
- **Gained**: access lasts at most \`4 hours\`

0 mappings have no change in power.
`,
  )
  assert.is(
    (await hallpass(['plan', bucket, empty, '-o', 'text'])).out,
    `hallpass/ledger-bucket (removed)
  lost: roles/storage.objectViewer on //storage.googleapis.com/projects/_/buckets/ledger-exports cannot be asked for here any more
1 changed, 0 without a change in power.
`,
  )
  assert.is((await plan(samples, samples)).gained, false)
})

test('two mappings of one name, and a mapping that the API server would refuse, are no version', async () => {
  const twice = join(folder, 'twice')
  mkdirSync(twice)
  for (const name of ['a', 'b'])
    writeFileSync(
      join(twice, `${name}.yaml`),
      stringify({ apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata: { name: 'x' }, spec: whole }),
    )
  const words = [
    [twice, samples, /has two mappings "default\/x"\. Remove one of them/],
    [samples, fileOf(changed(whole, { channel: 'no' })), /cannot be used: spec\.channel: /],
    ['-', '-', /Both versions are -, and stdin can only be one of them\./],
    [join(folder, 'absent'), samples, /absent cannot be read: ENOENT/],
  ] as const
  for (const [before, after, says] of words) {
    const { code, out, err } = await hallpass(['plan', before, after])
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  }
})

test('a plan that is too long for a comment is cut between mappings, and says how many are missing', async () => {
  const many = join(folder, 'many.yaml')
  const mappings = Array.from({ length: 200 }, (_, n) =>
    stringify({
      apiVersion: 'hallpass.dev/v1alpha1',
      kind: 'RoleMapping',
      metadata: { name: `m-${n}` },
      spec: { ...whole, command: undefined },
    }),
  )
  writeFileSync(many, mappings.join('---\n'))
  const { out } = await hallpass(['plan', fileOf(whole), many])
  assert.ok(out.length < 65_536, `${out.length}`)
  const [, hidden] = /^(\d+) more mappings change\. /m.exec(out) ?? []
  assert.is((out.match(/^#### /gm) ?? []).length + Number(hidden), 201)
})

/** The parser that formats our own documents, which is not in the types of its package. */
const { __debug: parser } = prettier as unknown as {
  __debug: { parse: (text: string, options: { parser: string }) => Promise<{ ast: MarkdownNode }> }
}
type MarkdownNode = { type: string; value?: string; children?: MarkdownNode[] }
/** What a reader of Markdown makes of a text: the kinds of its parts, and the text that is not code. */
async function readAsMarkdown(text: string): Promise<{ kinds: string[]; words: string }> {
  const { ast } = await parser.parse(text, { parser: 'markdown' })
  const [kinds, words]: [string[], string[]] = [[], []]
  const visit = ({ type, value = '', children = [] }: MarkdownNode): void => {
    kinds.push(type)
    if (type !== 'inlineCode') words.push(value)
    children.forEach(visit)
  }
  visit(ast)
  return { kinds, words: words.join(' ') }
}
const harmless = [
  'root',
  'heading',
  'paragraph',
  'list',
  'listItem',
  'text',
  'sentence',
  'word',
  'whitespace',
  'inlineCode',
  'strong',
]

attacks<string>(
  test,
  {
    'a condition mentions a team … only code': "resource.name == '@everyone @acme/platform'",
    'a condition ends its code and adds a link … only code': "resource.name == '` [click](https://evil.example) `'",
    'a condition has rows of backticks of every length … only code': "resource.name == '` `` ``` ```` [x](y) ` `` ```'",
    'a condition has a table, a comment and an image … only code':
      "resource.name == '| a | <!-- hidden --> | ![x](https://evil.example/x.png)'",
    'a condition has HTML … only code': "resource.name == '</code><img src=x onerror=alert(1)>'",
    'a condition begins with a backtick … only code': '`x` == `y`',
    'a condition has a second line with a heading … only code': 'true\n\n# Approved by security\n\n- @acme/security',
    'a condition turns the direction of writing … only code': "resource.name == '\u202Etxt'",
  },
  async condition => {
    const { out } = await hallpass(['plan', fileOf(whole), fileOf(changed(whole, { 'grants.0.condition': condition }))])
    assert.match(out, /only if `/)
    const { kinds, words } = await readAsMarkdown(out)
    assert.not.match(words, /@|evil|Approved by|click|alert|\u202E/)
    return kinds.every(kind => harmless.includes(kind)) ? 'only code' : kinds.join(' ')
  },
)

test('the reader of Markdown would notice', async () => {
  const { kinds, words } = await readAsMarkdown('- @team `a` [x](https://y) <b>')
  assert.ok(
    ['link', 'html'].every(kind => kinds.includes(kind)),
    kinds.join(' '),
  )
  assert.match(words, '@team')
  assert.is(codeSpan('``'), '``` `` ```')
})

test.run()
