// `hallpass test`: each sentence both ways, by the rules that judge requests; and test files that would say nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { attacks } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: test')
const samples = join(import.meta.dirname, '../../deploy/samples')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-mapping-tests-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

const facts = {
  onCall: { PMANAGERS: ['mo'], PPLATFORM: ['mo'] },
  slackUserGroups: { S0PLATFORM: ['dana'], S0LEADS: ['ana'] },
  googleGroups: { 'cache-team@example.com': ['dana'], 'prod-approvers@example.com': ['lea'] },
}
const whole = {
  mappings: [samples],
  at: '2026-11-24T09:00:00Z',
  names: {
    dana: 'dana@example.com',
    otto: 'otto@example.com',
    mo: 'mo@example.com',
    ana: 'ana@example.com',
    lea: 'lea@example.com',
  },
  settings: { hostedDomains: ['example.com'], people: [['dana@example.com', 'dana.e@example.com']] },
  facts,
}
function fileOf(changes: object): string {
  const path = join(folder, `${++count}.test.yaml`)
  writeFileSync(path, stringify({ ...whole, ...changes }))
  return path
}

type Ran = { code: number; tests: { test: string; passed: boolean; expected: string; got: string; line: number }[] }
async function run(changes: object): Promise<Ran> {
  const { code, out, err } = await hallpass(['test', fileOf(changes), '-o', 'json'])
  assert.is(err, '')
  return { code, ...(JSON.parse(out) as Omit<Ran, 'code'>) }
}

test('the tests of the samples pass, and say so in one line', async () => {
  const { code, out, err } = await hallpass(['test', samples])
  assert.equal([code, out, err], [0, '16 passed, 0 failed in 1 file.\n', ''])
})

/** Sentences that are true of the samples. */
const yes = [
  'dana may ask prod-db for 2h',
  'dana may ask hallpass/prod-db',
  'dana may ask prod-db as an emergency for 30m',
  'dana may ask prod-gke',
  'dana may ask prod-cache',
  'otto may ask audit-bucket because "AUD-12 yearly"',
  'dana may ask prod-nights for 2h at 2026-11-24T22:00:00+01:00',
  'mo may approve prod-db for dana',
  'ana may approve prod-gke for dana',
  'lea may approve prod-cache for dana for 2h',
  'ana may approve prod-db for dana as an emergency',
]
/** Sentences that are true of the samples, each with the reason of the no. */
const no: Record<string, string> = {
  'dana may not ask prod-db for 5h': 'TooLong',
  'dana may not ask prod-db for 1s': 'TooShort',
  'otto may not ask prod-gke': 'NotARequester',
  'lea may not ask prod-cache': 'NotARequester',
  'lea may not ask audit-bucket': 'NotARequester',
  'otto may not ask audit-bucket because no ticket': 'ReasonPattern',
  'dana may not ask audit-bucket as an emergency': 'NoEmergency',
  'dana may not ask prod-nights for 2h': 'OutsideHours',
  'eve@other.example may not ask prod-db': 'RequesterOutside',
  'otto may not approve prod-db for dana': 'NotAnApprover',
  'lea may not approve prod-gke for dana': 'NotAnApprover',
  'dana may not approve prod-db for dana': 'SelfApproval',
  'dana.e@example.com may not approve prod-db for dana': 'SelfApproval',
  'nobody may approve themselves': 'SelfApproval',
  'nobody may approve themselves on prod-db': 'SelfApproval',
  'nobody may ask prod-db for 5h': 'TooLong',
}

test('what is true of the samples passes', async () => {
  const reasons = Object.entries(no).map(([text, reason]) =>
    text.endsWith('themselves') || text.includes(' on ') ? text : `${text} (${reason})`,
  )
  const { code, tests } = await run({ tests: [...yes, ...Object.keys(no), ...reasons] })
  assert.equal(
    tests.filter(({ passed }) => !passed),
    [],
  )
  assert.is(code, 0)
  for (const { test: text, got } of tests.slice(yes.length, yes.length + Object.keys(no).length))
    assert.match(got, `no, by ${no[text]}: `)
})

test('the opposite of each fails, and says which rule said what', async () => {
  const opposite = (text: string): string =>
    text.includes(' may not ') ? text.replace(' may not ', ' may ') : text.replace(' may ', ' may not ')
  const asked = [...yes, ...Object.keys(no).filter(text => !text.startsWith('nobody'))].map(opposite)
  const { code, tests } = await run({ tests: asked })
  assert.equal(
    tests.filter(({ passed }) => passed),
    [],
  )
  assert.is(code, 1)
})

test('a no for another reason than the expected one fails', async () => {
  const { tests } = await run({ tests: ['dana may not ask prod-db for 5h (NotARequester)'] })
  assert.equal(
    tests.map(({ passed, got }) => [passed, got]),
    [[false, 'no, by TooLong: prod-db lasts at most 4 hours; you asked for 5 hours.']],
  )
})

table<{ changes: object; got: RegExp }>(
  test,
  {
    'a group that is not declared': {
      changes: { facts: { ...facts, slackUserGroups: {} }, tests: ['otto may not ask prod-gke'] },
      got: /^unknown: Only as a member of the Slack user group S0PLATFORM.* Declare it in facts\.$/,
    },
    'people on call who are not declared': {
      changes: { facts: {}, tests: ['mo may not approve prod-db for dana'] },
      got: /^unknown: mo@example\.com could approve it only if asked/,
    },
    'an approval of a request that could not be made': {
      changes: { tests: ['mo may not approve audit-bucket for lea'] },
      got: /^the request could not be made: NotARequester/,
    },
    'an approver who cannot sign in with an account of the organisation': {
      changes: { mappings: [], tests: ['zed@other.example may approve open for dana'] },
      got: /^no, by OutsideOrganisation: zed@other\.example is not an account of example\.com\.$/,
    },
    'a mapping that cannot be used, where a no is expected': {
      changes: { mappings: [], tests: ['lea may not ask own'] },
      got: /^the mapping cannot be used: RoleWithoutConditions/,
    },
  },
  async ({ changes, got }) => {
    const own = join(folder, 'own.yaml')
    const spec = {
      grants: [{ resource: 'projects/prod-eu', role: 'roles/owner' }],
      requesters: { emails: ['dana@example.com'] },
      approval: { fallback: { emails: ['mo@example.com'] } },
      channel: 'C0PRODACCESS',
    }
    writeFileSync(
      own,
      stringify({ apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata: { name: 'own' }, spec }),
    )
    const open = join(folder, 'open.yaml')
    const opened = {
      ...spec,
      grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
      approval: { fallback: { emails: ['mo@example.com'] }, allowed: { emails: ['zed@other.example'] } },
    }
    writeFileSync(
      open,
      stringify({ apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata: { name: 'open' }, spec: opened }),
    )
    const { code, tests } = await run({ ...changes, ...('mappings' in changes && { mappings: [own, open] }) })
    assert.match(tests[0]?.got ?? '', got)
    assert.equal([tests[0]?.passed, code], [false, 1])
  },
)

const junk: Record<string, { changes: object; says: RegExp }> = {
  'no tests': { changes: { tests: [] }, says: /\.test\.yaml:\d+:\d+: tests: Too small/ },
  'tests that are missing': { changes: {}, says: /: tests: / },
  'a field that is not there': {
    changes: { tests: ['dana may ask prod-db'], test: [] },
    says: /Unrecognized key: "test"/,
  },
  'an unknown mapping': {
    changes: { tests: ['dana may ask prod-bd'] },
    says: /:\d+:\d+: There is no mapping "prod-bd"\. Did you mean prod-db\?/,
  },
  'an unknown person': {
    changes: { tests: ['dan may ask prod-db'] },
    says: /"dan" is neither an address nor one of names/,
  },
  'a sentence that is not understood': {
    changes: { tests: ['dana may ask prod-db until Friday'] },
    says: /"until Friday" is not understood there\. Write "dana may ask MAPPING"/,
  },
  'more after nobody may approve themselves': {
    changes: { tests: ['nobody may approve themselves as an emergency'] },
    says: /"nobody may approve themselves as an emergency" is not understood\./,
  },
  'a reason after nobody may approve themselves': {
    changes: { tests: ['nobody may approve themselves (TooLong)'] },
    says: /is not understood\./,
  },
  'a mapping of nobody who may approve themselves, without on': {
    changes: { tests: ['nobody may approve themselves for prod-db'] },
    says: /There is no mapping "themselves"\./,
  },
  'a time twice': {
    changes: { tests: ['dana may ask prod-db for 1h for 2h'] },
    says: /"for 2h" is not understood there/,
  },
  'a time without a unit': {
    changes: { tests: ['dana may ask prod-db for 2'] },
    says: /"for 2" is not understood there/,
  },
  'a day that is not there': {
    changes: { tests: ['dana may ask prod-db at 2026-13-45T00:00:00Z'] },
    says: /is not understood there/,
  },
  'a reason that is not there': {
    changes: { tests: ['dana may not ask prod-db (Unlucky)'] },
    says: /"Unlucky" is not a reason/,
  },
  'the reason of a no where a yes is expected': {
    changes: { tests: ['dana may ask prod-db (TooLong)'] },
    says: /this expects a yes/,
  },
  'no settings': {
    changes: { settings: undefined, tests: ['dana may ask prod-db'] },
    says: /it is not known who belongs to the organisation\. Write settings\.hostedDomains, or give --config/,
  },
  'settings that cannot be used': {
    changes: { settings: { hostedDomains: ['Example.COM'] }, tests: ['dana may ask prod-db'] },
    says: /:\d+:\d+: the settings cannot be used:\n {2}hostedDomains\[0\] \("Example\.COM"\) is not a domain in lower case/,
  },
  'mappings that are not there': {
    changes: { mappings: ['absent'], tests: ['dana may ask prod-db'] },
    says: /absent cannot be read: ENOENT/,
  },
  'a file without an end': {
    changes: { names: { dana: 'dana' }, tests: ['dana may ask prod-db'] },
    says: /names\.dana: Invalid email/,
  },
  'nobody who could be refused': {
    changes: {
      names: {},
      facts: {},
      mappings: [join(samples, 'prod-gke.yaml')],
      tests: ['nobody may ask prod-gke for 9h'],
    },
    says: /nobody is named in the file or in the mapping, so this test could not fail/,
  },
}
table(test, junk, async ({ changes, says }) => {
  const { code, out, err } = await hallpass(['test', fileOf(changes)])
  assert.match(err, says)
  assert.equal([code, out], [2, ''])
})

test('a folder without tests is an error, and settings can be in a file', async () => {
  assert.equal((await hallpass(['test', join(import.meta.dirname, '../../docs/cookbook')])).code, 2)
  const config = join(folder, 'config.yaml')
  writeFileSync(config, stringify({ hostedDomains: ['example.com'] }))
  const path = fileOf({ settings: undefined, tests: ['dana may ask prod-db'] })
  assert.equal((await hallpass(['test', path, '--config', config])).out, '1 passed, 0 failed in 1 file.\n')
})

test('a failure is told with what was expected, what came, and its place', async () => {
  const path = fileOf({ tests: ['dana may ask prod-db for 9h'] })
  const { out } = await hallpass(['test', path])
  assert.match(
    out,
    /\.test\.yaml:\d+:\d+: failed: dana may ask prod-db for 9h\n {2}expected: dana@example\.com may ask for it\n {2}got: no, by TooLong: prod-db lasts at most 4 hours; you asked for 9 hours\.\n0 passed, 1 failed in 1 file\.\n$/,
  )
  const xml = (await hallpass(['test', path, '-o', 'junit'])).out
  assert.match(xml, /<testsuite name="[^"]+" tests="1" failures="1">/)
  assert.match(xml, /<failure message="no, by TooLong: [^"]+">expected: dana@example\.com may ask for it\ngot: no/)
})

attacks<{ tests: string[]; look: (out: string) => string }>(
  test,
  {
    'a sentence closes the element of its report and adds a passed test … one test': {
      tests: ['dana may ask audit-bucket because AUD-1 "/><testcase name="x"/>'],
      look: out => ((out.match(/<testcase /g) ?? []).length === 1 ? 'one test' : 'more'),
    },
    'a sentence moves the cursor of the terminal … ?': {
      tests: ['dana may not ask audit-bucket because AUD-1 \u001B[2K'],
      look: out => (out.includes('\u001B') ? 'moved' : (/AUD-1 (\?)\[2K/.exec(out)?.[1] ?? 'lost')),
    },
  },
  async ({ tests, look }) => look((await hallpass(['test', fileOf({ tests }), '-o', 'junit'])).out),
)

test.run()
