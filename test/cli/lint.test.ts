// `hallpass lint`: every rule with a mapping that breaks it and the line that it names, the forms of input and output, and
// files that somebody else has written.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { offlineReasons, ownLintRules } from '../../src/domain/mapping/lint-rules.ts'
import type { Finding } from '../../src/cli/lint/findings.ts'
import { changed } from '../api/crd-cases.ts'
import { attack, attacks } from '../attacks.ts'
import { rolesAsOf } from '../../src/domain/mapping/predefined-roles.gen.ts'
import { suite, table } from '../suite.ts'
import { sarifFaults } from './sarif-schema.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: lint')
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-lint-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

/** A new file with this content; its path. */
function file(content: string, name = `${++count}.yaml`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const whole = {
  command: '/prod-db',
  grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
  duration: { min: '1m', default: '1h', max: '4h' },
  requesters: { domains: ['example.com'], emails: [], slackUserGroups: [] },
  approval: {
    required: 1,
    window: '30m',
    escalateAfter: '10m',
    onCall: { escalationPolicy: 'PMANAGERS' },
    fallback: { emails: ['ana@example.com'] },
    allowed: { emails: [] },
  },
  allowPrivileged: false,
  channel: 'C0PRODACCESS',
}
/** A mapping without any fault, with these parts changed. */
function mapping(
  changes: Record<string, unknown> = {},
  metadata: object = { name: 'prod-db', namespace: 'hallpass' },
): string {
  return stringify({
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata,
    spec: changed(whole, changes),
  })
}
const config = file(
  stringify({
    namespaces: ['hallpass', 'payments'],
    hostedDomains: ['example.com'],
    people: [['mo@example.com', 'mo.m@example.com']],
    pagerduty: { routes: [{ name: 'platform', namespaces: ['payments'] }] },
  }),
  'settings',
)

type Linted = { code: number; findings: Finding[]; unknown: string[]; mappings: number }
async function lint(...words: string[]): Promise<Linted> {
  const { code, out, err } = await hallpass(['lint', ...words, '-o', 'json'])
  assert.is(err, '')
  return { code, ...(JSON.parse(out) as Omit<Linted, 'code'>) }
}

test('the samples and the cookbook have no finding at all, one folder after the other', async () => {
  for (const part of ['deploy/samples', 'docs/cookbook']) {
    const { code, findings, mappings } = await lint(join(root, part), '--strict')
    assert.equal([code, findings], [0, []])
    assert.ok(mappings > 5, `${mappings} mappings in ${part}`)
  }
})

type Broken = {
  changes?: Record<string, unknown>
  metadata?: object
  before?: string
  at: RegExp
  says?: RegExp
}
const other = (changes: Record<string, unknown>): string =>
  mapping({ command: undefined, ...changes }, { name: 'other', namespace: 'hallpass' })
const broken: Record<string, Broken> = {
  Schema: { changes: { channel: '#prod' }, at: /channel: /, says: /^spec\.channel: Invalid value: "#prod"/ },
  NameTwice: {
    before: mapping({ command: undefined }),
    at: /name: prod-db/,
    says: /already a mapping "hallpass\/prod-db"/,
  },
  NotWatched: { metadata: { name: 'prod-db', namespace: 'elsewhere' }, at: /namespace: elsewhere/ },
  PersonTwice: {
    changes: { 'approval.fallback.emails': ['mo@example.com', 'ana@example.com', 'mo.m@example.com'] },
    at: /- mo\.m@example\.com/,
    says: /"mo\.m@example\.com" \(approval\.fallback\.emails\) is the same person as "mo@example\.com"/,
  },
  FewerApprovals: {
    before: other({}),
    changes: { 'approval.required': 2, 'approval.fallback.emails': ['ana@example.com', 'mo@example.com'] },
    at: /resource: projects\/prod-eu/,
    says: /needs 2 approvals here, and 1 in "hallpass\/other"/,
  },
  NotStated: { changes: { allowPrivileged: undefined }, at: /^spec:/, says: /^allowPrivileged is not stated/ },
  Remark: { changes: { 'approval.allowed.emails': ['lea@other.example'] }, at: /^spec:/, says: /lea@other\.example/ },
  CommandReserved: { changes: { command: '/access' }, at: /command: / },
  CommandTaken: {
    before: other({ command: '/prod-db' }),
    at: /command: /,
    says: /belongs to the mapping "hallpass\/other"/,
  },
  ConditionInvalid: { changes: { 'grants.0.condition': 'a) || (b' }, at: /resource: / },
  GoogleGroupForeign: { changes: { 'requesters.googleGroups': ['sre@other.example'] }, at: /googleGroups:/ },
  GoogleGroupIsPerson: { changes: { 'approval.allowed.googleGroups': ['ana@example.com'] }, at: /googleGroups:/ },
  GoogleGroupsOff: { changes: { 'requesters.googleGroups': ['sre@example.com'] }, at: /googleGroups:/ },
  GrantTwice: { changes: { grants: [whole.grants[0], { ...whole.grants[0], condition: 'true' }] }, at: /resource: / },
  HoursInvalid: { changes: { hours: { zone: 'Europe/Berln', spans: [{ from: '22:00', to: '06:00' }] } }, at: /hours:/ },
  NeverEscalates: {
    changes: { 'approval.fallback': undefined, 'approval.escalateAfter': '30m' },
    at: /escalateAfter: /,
  },
  OnlySelfApproval: {
    changes: {
      'approval.onCall': undefined,
      requesters: { ...whole.requesters, domains: [], emails: ['ana@example.com'] },
    },
    at: /approval:/,
  },
  PageRouteForeign: { changes: { 'approval.page': { route: 'platform' } }, at: /route: platform/ },
  PageRouteUnknown: { changes: { 'approval.page': { route: 'nights' } }, at: /route: nights/ },
  PatternInvalid: { changes: { reason: { pattern: '(' } }, at: /pattern: / },
  PrivilegedRole: { changes: { 'grants.0.role': 'roles/storage.admin' }, at: /resource: / },
  RequestersOutside: { changes: { 'requesters.domains': ['other.example'] }, at: /requesters:/ },
  ResourceNotSupported: {
    changes: { 'grants.0.resource': '//iam.googleapis.com/projects/x/serviceAccounts/a@b.gserviceaccount.com' },
    at: /resource: /,
  },
  ResourceOfAnotherProject: {
    changes: {
      'grants.0.resource': '//iam.googleapis.com/projects/prod-eu/serviceAccounts/a@prod-us.iam.gserviceaccount.com',
    },
    at: /resource: /,
  },
  RoleOfAnotherResource: { changes: { 'grants.0.role': 'projects/prod-us/roles/reader' }, at: /resource: / },
  RoleWithoutConditions: { changes: { 'grants.0.role': 'roles/owner' }, at: /resource: / },
  TooFewApprovers: { changes: { 'approval.required': 2 }, at: /required: 2/ },
  UnknownRole: {
    changes: { 'grants.0.role': 'roles/cloudsql.clinet' },
    at: /resource: /,
    says: /Did you mean "roles\/cloudsql\.client"\?/,
  },
}
test('every rule is broken once', () =>
  assert.equal(Object.keys(broken).toSorted(), [...offlineReasons, ...Object.keys(ownLintRules)].toSorted()))
for (const [rule, { changes, metadata, before, at, says = /./ }] of Object.entries(broken)) {
  test(`${rule} is found, at its line, and ends with 1 unless it is a note`, async () => {
    const content = [...(before ? [before] : []), mapping(changes, metadata)].join('---\n')
    const { code, findings } = await lint(file(content), '--config', config)
    const found = findings.find(one => one.rule === rule)
    assert.ok(found, `${rule} is not among ${findings.map(one => one.rule).join(', ')}`)
    assert.match(content.split('\n')[found.line - 1] ?? '', at)
    assert.match(found.says, says)
    const isNote = found.severity === 'note'
    assert.is(code, isNote ? 0 : 1, JSON.stringify(findings))
    assert.is((await lint(file(content), '--config', config, '--strict')).code, 1)
  })
}

test('text says the place, the rule, the sentence and the remedy, and what was not judged', async () => {
  const path = file(mapping({ 'grants.0.role': 'roles/cloudsql.clinet', allowPrivileged: undefined }))
  const { code, out } = await hallpass(['lint', path])
  assert.is(
    out,
    `${path}:6:1: note NotStated: allowPrivileged is not stated. Write it in full, such as "allowPrivileged: false".
  Write the field in full, also when it has its default.
${path}:9:7: error UnknownRole: "roles/cloudsql.clinet" on "projects/prod-eu" is not among Google's predefined roles of ${rolesAsOf}, so its permissions are not known. Did you mean "roles/cloudsql.client"? If the role is newer, set allowPrivileged: true.
  Correct the name, or set allowPrivileged: true if the role is newer.
1 error, 0 warnings, 1 note in 1 mapping.
Without --config it is not known who belongs to the organisation, and which routes and groups are set up.
`,
  )
  assert.is(code, 1)
})

/** Forms of input that are read, each with one mapping that has one note. */
const noted = mapping({ allowPrivileged: undefined })
const forms: Record<string, () => { path: string; stdin?: string; line: number }> = {
  'a file with other kinds around it': () => ({
    path: file(
      `kind: ConfigMap\napiVersion: v1\n---\n${noted}---\n# nothing\n---\nkind: RoleMapping\napiVersion: other.dev/v1\n`,
    ),
    line: 9,
  }),
  'the output of kustomize on stdin': () => ({
    path: '-',
    stdin: `apiVersion: v1\nkind: Namespace\n---\n${noted}`,
    line: 9,
  }),
  'a List': () => ({
    path: file(`apiVersion: v1\nkind: List\nitems:\n- ${noted.trimEnd().replaceAll('\n', '\n  ')}\n`),
    line: 9,
  }),
  'a list of the kind': () => ({
    path: file(
      `apiVersion: hallpass.dev/v1alpha1\nkind: RoleMappingList\nitems:\n- ${noted.trimEnd().replaceAll('\n', '\n  ')}\n`,
    ),
    line: 9,
  }),
  JSON: () => ({
    path: file(
      JSON.stringify({
        apiVersion: 'hallpass.dev/v1alpha1',
        kind: 'RoleMapping',
        metadata: { name: 'j' },
        spec: changed(whole, { allowPrivileged: undefined }),
      }),
      `${++count}.json`,
    ),
    line: 1,
  }),
  'a folder with templates, dot folders and folders of packages': () => {
    const inner = join(folder, `inner-${++count}`)
    for (const name of ['a', '.git', 'node_modules']) mkdirSync(join(inner, name), { recursive: true })
    writeFileSync(join(inner, 'a/mapping.yml'), noted)
    writeFileSync(join(inner, 'template.yaml'), 'a: {{ .Values.a }}\n')
    for (const name of ['.git', 'node_modules'])
      writeFileSync(join(inner, name, 'bad.yaml'), mapping({ channel: 'no' }))
    return { path: inner, line: 6 }
  },
}
table(test, forms, async made => {
  const { path, stdin, line } = made()
  const { code, out, err } = await hallpass(['lint', path, '-o', 'json'], stdin === undefined ? {} : { stdin })
  assert.is(err, '')
  const { mappings, findings } = JSON.parse(out) as Linted
  assert.equal([code, mappings], [0, 1])
  assert.equal(
    findings.map(one => [one.rule, one.line]),
    [['NotStated', line]],
  )
})

table<{ path: () => string; says: RegExp; more?: string[] }>(
  test,
  {
    'a path that is not there': { path: () => join(folder, 'absent'), says: /absent cannot be read: ENOENT/ },
    'a file that is not YAML': { path: () => file('a: 1\nb: [1, 2\n'), says: /\.yaml:3:1 is not YAML: / },
    'one key twice': { path: () => file(`${mapping()}spec: {}\n`), says: /is not YAML: Map keys must be unique/ },
    'a folder without a mapping': {
      path: () => {
        const empty = join(folder, `empty-${++count}`)
        mkdirSync(empty)
        return empty
      },
      says: /There is no RoleMapping in/,
    },
    'a template of a mapping in a folder': {
      path: () => {
        const inner = join(folder, `helm-${++count}`)
        mkdirSync(inner)
        writeFileSync(join(inner, 'm.yaml'), `${mapping()}{{- if .Values.more }}\n`)
        return inner
      },
      says: /m\.yaml:\d+:\d+ is not YAML/,
    },
    'settings that join one person in two rows': {
      path: () => file(mapping()),
      more: [
        '--config',
        file(
          stringify({
            hostedDomains: ['example.com'],
            people: [
              ['a@example.com', 'b@example.com'],
              ['b@example.com', 'c@example.com'],
            ],
          }),
        ),
      ],
      says: /people.*b@example\.com.*is in more than one row/s,
    },
  },
  async ({ path, says, more = [] }) => {
    const { code, out, err } = await hallpass(['lint', path(), ...more])
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  },
)

test('words that kubectl reads as booleans are booleans', async () => {
  const { findings } = await lint(
    file(
      mapping()
        .replace('allowPrivileged: false', 'allowPrivileged: off')
        .replace('channel: C0PRODACCESS', 'channel: yes'),
    ),
  )
  assert.equal(
    findings.map(({ says }) => says),
    ['spec.channel: Invalid value: "boolean": spec.channel in body must be of type string: "boolean"'],
  )
})

const published = await sarifFaults(line => console.log(line))
if ('because' in published) console.log(`SKIPPED the schema of SARIF: ${published.because}.`)
const sarifFact = 'because' in published ? test.skip : test
sarifFact(
  'SARIF is valid by the published schema, with and without findings, and the schema finds faults',
  async () => {
    assert.ok('faultsOf' in published)
    const bad = file(mapping({ 'grants.0.role': 'roles/owner', allowPrivileged: undefined }), 'with space & ü.yaml')
    for (const path of [bad, join(root, 'deploy/samples')]) {
      const { out } = await hallpass(['lint', path, '-o', 'sarif'])
      assert.equal(published.faultsOf(JSON.parse(out)), [])
    }
    const written = join(folder, 'written.sarif')
    assert.match((await hallpass(['lint', bad, '--sarif', written])).out, /error RoleWithoutConditions/)
    assert.is(readFileSync(written, 'utf8'), (await hallpass(['lint', bad, '-o', 'sarif'])).out)
    const log = JSON.parse(readFileSync(written, 'utf8')) as {
      version: string
      runs: [{ results: { level: string }[]; tool: { driver: { name?: string } } }]
    }
    assert.ok(published.faultsOf({ ...log, version: '2.0.0' }).length > 0)
    const [{ results, tool }] = log.runs
    assert.equal(
      results.map(({ level }) => level),
      ['note', 'error'],
    )
    delete tool.driver.name
    assert.ok(published.faultsOf(log).length > 0)
  },
)

/** What an outsider writes into a pull request, and what comes out. */
attacks<{ content: string; look: (out: string) => string }>(
  test,
  {
    'a mapping in a file says that it is Ready, and its role gives further access … PrivilegedRole': {
      content: `${mapping({ 'grants.0.role': 'roles/storage.admin' })}status:\n  conditions: [{ type: Ready, status: "True", reason: Checked }]\n`,
      look: out => /error (\w+)/.exec(out)?.[1] ?? 'clean',
    },
    'a description with a line of its own commands the runner of the workflow … no line begins with ::': {
      content: mapping({
        description: `${'x'.repeat(301)}\n::add-mask::x`,
        'hours.zone': '\n::stop-commands::x',
        'grants.0.condition': '\n::error::x',
      }),
      look: out =>
        out.split('\n').some(line => line.trimStart().startsWith('::')) ? 'a command' : 'no line begins with ::',
    },
    'a name moves the cursor of the terminal … ?[2K': {
      content: mapping({ command: '/a' }, { name: '\u001B[2K' }),
      look: out =>
        out.includes('\u001B') ? 'moved' : (/\?\[2K|\\u001b\[2K/i.exec(out)?.[0].replace('\\u001b', '?') ?? 'nothing'),
    },
    'a key __proto__ gives every mapping a channel … unknown field': {
      content: mapping({ channel: undefined }).replace('spec:', 'spec:\n  __proto__: { channel: C0PRODACCESS }'),
      look: out => (/unknown field/.test(out) && /spec\.channel: Required value/.test(out) ? 'unknown field' : out),
    },
  },
  async ({ content, look }) => look((await hallpass(['lint', file(content)])).out),
)

/** Ways to write a mapping into a folder so that kubectl reads it and a simpler reader would not. */
const disguises: Record<string, (inner: string, bad: string) => void> = {
  'UTF-16, as PowerShell writes it': (inner, bad) =>
    writeFileSync(join(inner, 'm.yaml'), Buffer.from(`\uFEFF${bad}`, 'utf16le')),
  'UTF-16 with the high byte first': (inner, bad) =>
    writeFileSync(join(inner, 'm.yaml'), Buffer.from(`\uFEFF${bad}`, 'utf16le').swap16()),
  'UTF-8 with a mark, and line ends of Windows': (inner, bad) =>
    writeFileSync(join(inner, 'm.yaml'), `\uFEFF${bad.replaceAll('\n', '\r\n')}`),
  'a symbolic link': (inner, bad) => symlinkSync(file(bad), join(inner, 'm.yaml')),
  'a letter as its number': (inner, bad) =>
    writeFileSync(join(inner, 'm.yaml'), bad.replace('hallpass.dev/v1alpha1', '"hallpass.\\u0064ev/v1alpha1"')),
  'an escaped slash in JSON': (inner, bad) =>
    writeFileSync(
      join(inner, 'm.json'),
      JSON.stringify({ ...(parse(bad) as object) }).replace('hallpass.dev/', String.raw`hallpass.dev\/`),
    ),
  'a version as binary data': (inner, bad) =>
    writeFileSync(
      join(inner, 'm.yaml'),
      bad.replace('hallpass.dev/v1alpha1', `!!binary ${Buffer.from('hallpass.dev/v1alpha1').toString('base64')}`),
    ),
}
for (const [how, write] of Object.entries(disguises))
  attack(test, `a mapping that gives further access is hidden from lint: ${how} … PrivilegedRole`, async () => {
    const inner = join(folder, `hidden-${++count}`)
    mkdirSync(inner)
    writeFileSync(join(inner, 'other.yaml'), mapping({ command: '/other' }, { name: 'other', namespace: 'hallpass' }))
    write(inner, mapping({ 'grants.0.role': 'roles/storage.admin' }))
    const { mappings, findings } = await lint(inner)
    assert.is(mappings, 2)
    return findings.find(({ severity }) => severity === 'error')?.rule ?? 'clean'
  })

test('a number that begins with 0 is octal, as kubectl reads it', async () => {
  const { findings } = await lint(file(mapping().replace('required: 1', 'required: 011')))
  assert.equal(
    findings.map(({ says }) => says),
    ['spec.approval.required: Invalid value: 9: spec.approval.required in body should be less than or equal to 5'],
  )
})

attack(test, 'aliases expand to a billion words … 2', async () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from('bcdefghij', (name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]}, `.repeat(10)}x]`),
  ]
  const { code, err } = await hallpass(['lint', file(`${bomb.join('\n')}\n`)])
  assert.match(err, /Excessive alias count/)
  return String(code)
})

test.run()
