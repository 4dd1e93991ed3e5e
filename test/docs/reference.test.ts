// The reference pages say what the code says: each is generated from the table that the code reads, and none is stale.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { generatedTypes } from '../../src/api/generate.ts'
import { conditionsOf } from '../../src/api/conditions.ts'
import { phases } from '../../src/api/phases.ts'
import { settingsIn } from '../../src/app/config-schema.ts'
import { variables } from '../../src/app/environment.ts'
import { processMetrics } from '../../src/app/metric-series.ts'
import { settings } from '../../src/app/settings.ts'
import { auditEvents } from '../../src/domain/audit/audit-events.ts'
import { entryOf, reasons } from '../../src/domain/refusals.ts'
import { chartSchema } from '../../src/reference/chart-values.ts'
import { pages } from '../../src/reference/pages.ts'
import { readersOf, settingForms } from '../../src/reference/setting-forms.ts'
import { suite, table } from '../suite.ts'

const test = suite('docs/reference')
const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.startsWith('reference/') && !file.startsWith('sim/'))
  .map(file => ({ file, text: read(join('src', file)) }))

const generated = { ...(await generatedTypes()), ...pages(), ...chartSchema() }
table(
  test,
  Object.fromEntries(Object.keys(generated).map(path => [`${path} is what npm run generate writes`, path])),
  path => assert.is(read(path), generated[path], `${path} is stale: run npm run generate`),
)

test('every page of the folder is generated, and README and CONTRIBUTING lead to it', () => {
  const files = readdirSync(join(root, 'docs/reference')).map(file => `docs/reference/${file}`)
  assert.equal(files.sort(), Object.keys(pages()).sort())
  for (const start of ['README.md', 'CONTRIBUTING.md'])
    for (const page of files) assert.ok(read(start).includes(`(${page})`), `${start} does not link ${page}`)
})

test('links between the pages lead somewhere', () => {
  for (const [path, text] of Object.entries(pages()))
    for (const [, target = ''] of text.matchAll(/\]\(([\w/.-]+)\)/g))
      assert.ok(`docs/reference/${target}` in pages(), `${path} links ${target}`)
})

/** Every sentence of the tables, by what it explains. */
const sentences: Record<string, string> = {
  ...Object.fromEntries(
    Object.entries(phases).flatMap(([name, { meaning, next }]) => [
      [`phase ${name}`, meaning],
      [`phase ${name}, next`, next],
    ]),
  ),
  ...Object.fromEntries(
    Object.values(conditionsOf).flatMap(conditions =>
      Object.entries(conditions).flatMap(([type, { about, True, False, Unknown, reasons: plain }]) => [
        ...Object.entries({ about, True, False, Unknown }).map(([what, said]) => [`condition ${type}, ${what}`, said]),
        ...Object.entries(plain).map(([reason, { meaning }]) => [`condition ${type}, ${reason}`, meaning]),
      ]),
    ),
  ),
  ...Object.fromEntries(Object.entries(auditEvents).map(([name, { meaning }]) => [`event ${name}`, meaning])),
  ...Object.fromEntries(Object.entries(processMetrics).map(([name, { meaning }]) => [`metric ${name}`, meaning])),
  ...Object.fromEntries(Object.entries(settings).map(([name, { meaning }]) => [`setting ${name}`, meaning])),
  ...Object.fromEntries(Object.entries(variables).map(([name, meaning]) => [`variable ${name}`, meaning])),
  ...Object.fromEntries(reasons.map(reason => [`reason ${reason}`, entryOf(reason).meaning])),
}
test('every word is explained in whole sentences', () => {
  assert.ok(Object.keys(sentences).length > 200, `${Object.keys(sentences).length} sentences`)
  const poor = Object.entries(sentences).filter(([, said]) => !/^[A-Z0-9`].*\.$/s.test(said))
  assert.equal(poor, [])
})

test('phases lead where the CRD lets them', () => {
  const crd = parse(read('crds/accessrequests.yaml'), { merge: true }) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { status: Status } } } }[] }
  }
  type Status = { 'x-kubernetes-validations': { rule: string; message: string }[] }
  const status = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.status
  const rule =
    status?.['x-kubernetes-validations'].find(({ message }) => message.includes('from this phase'))?.rule ?? ''
  const allowed = Object.fromEntries(
    [...rule.matchAll(/oldSelf\.phase == '(\w+)' && self\.phase in \[([^\]]*)\]/g)].map(([, from = '', to = '']) => [
      from,
      to.split(', ').map(name => name.replaceAll("'", '')),
    ]),
  )
  const told = Object.entries(phases).filter(([, { leadsTo }]) => leadsTo.length > 0)
  assert.equal(Object.fromEntries(told.map(([name, { leadsTo }]) => [name, leadsTo])), allowed)
})

test('every setting of the schema is explained, and nothing else', () => {
  const forms = settingForms().map(({ name }) => name)
  assert.equal([...forms, 'iAmASandbox'].sort(), Object.keys(settings).sort())
  const groups = Object.entries(settingsIn).flatMap(([group, names]) =>
    names.map(name => (group ? `${group}.${name}` : name)),
  )
  for (const name of forms) assert.ok(groups.includes(name), `${name} is not suggested to who mistypes it`)
})

const forms: Record<string, { name: string; standard?: string; readBy: string[]; isRequired: boolean }> = {
  'a default is told as YAML writes it': { name: 'retainFor', standard: '90d', readBy: ['all'], isRequired: false },
  'a default that only one process applies is told': {
    name: 'slack.command',
    standard: '/access',
    readBy: ['gateway', 'controller'],
    isRequired: false,
  },
  'what a process stops without is required': {
    name: 'google.auditLog',
    readBy: ['controller'],
    isRequired: true,
  },
  'what may be left out is not': { name: 'slack.enterprise', readBy: ['gateway', 'controller'], isRequired: false },
}
table(test, forms, ({ name, standard, readBy, isRequired }) => {
  assert.is(settingForms().find(form => form.name === name)?.standard, standard)
  assert.equal(readersOf(name), { readBy, isRequired })
})

const tables = ['api/conditions.ts', 'domain/audit/audit-events.ts', 'domain/audit/metrics.ts', 'kube/metrics.ts']
const used: Record<string, readonly string[]> = {
  metric: Object.keys(processMetrics),
  event: Object.keys(auditEvents).filter(name => name !== 'Revoked'),
  'reason of a condition': Object.values(conditionsOf).flatMap(conditions =>
    Object.values(conditions).flatMap(({ reasons: plain }) => Object.keys(plain)),
  ),
  variable: Object.keys(variables),
}
table(
  test,
  Object.fromEntries(Object.entries(used).map(([what, names]) => [`every ${what} that is explained is used`, names])),
  names => {
    const code = sources.filter(({ file }) => !tables.includes(file)).map(({ text }) => text)
    const idle = names.filter(name => !code.some(text => text.includes(`'${name}'`)))
    assert.equal(idle, [])
  },
)

test.run()
