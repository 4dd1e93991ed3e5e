// The generator of the table of roles: what it accepts as IAM's answer, and what it refuses.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { renderRoles } from '../../src/domain/mapping/role-table.ts'
import { fileOf, rolesOf } from '../../src/google/renew-roles.ts'
import { suite, table } from '../suite.ts'

const test = suite('renewing the table of roles')
const topic = { name: 'roles/pubsub.admin', stage: 'GA', includedPermissions: ['pubsub.topics.setIamPolicy'] }
const viewer = { name: 'roles/viewer', stage: 'GA', includedPermissions: ['pubsub.topics.get'] }
const expected = '- viewer\npubsub admin=setIamPolicy(pubsub.topics)\n'
const pages = [{ roles: [topic], nextPageToken: 'CgR' }, { roles: [viewer] }]

table<{ json: string }>(
  test,
  {
    'one page': { json: JSON.stringify({ roles: [topic, viewer] }) },
    'pages one after another, on a line each': { json: pages.map(page => JSON.stringify(page)).join('\n') },
    'pages one after another, indented': { json: pages.map(page => JSON.stringify(page, null, 2)).join('\n\n') },
    'a list of pages': { json: JSON.stringify(pages, null, 2) },
    'a list of roles': { json: JSON.stringify([topic, viewer]) },
  },
  ({ json }) => assert.is(renderRoles(rolesOf(json)), expected),
)

table<{ json: string; says: RegExp }>(
  test,
  {
    'roles without their permissions': {
      json: JSON.stringify({ roles: [{ name: 'roles/owner', stage: 'GA' }] }),
      says: /without their permissions\. Ask IAM with view=FULL/,
    },
    'custom roles': {
      json: JSON.stringify({ roles: [{ name: 'projects/p/roles/x', includedPermissions: [] }] }),
      says: /"projects\/p\/roles\/x" is not a predefined role/,
    },
    'an error of IAM': {
      json: JSON.stringify({ error: { code: 403 } }),
      says: /"\{"error".* is not a predefined role/,
    },
    'what is not JSON': { json: 'gcloud: command not found', says: /JSON/ },
  },
  ({ json, says }) => assert.throws(() => rolesOf(json), says),
)

const script = join(import.meta.dirname, '../../src/google/renew-roles.ts')
table<{ day?: string; says: RegExp }>(
  test,
  {
    'a list that lacks pages leaves the table as it was': { day: '2026-11-28', says: /Only 2 roles were read/ },
    'a list of no known day leaves the table as it was': { says: /Give the day on which the roles were listed/ },
  },
  ({ day, says }) => {
    const table = join(script, '../../domain/mapping/predefined-roles.gen.ts')
    const before = readFileSync(table, 'utf8')
    const words = day === undefined ? [script] : [script, day]
    const { status, stderr } = spawnSync(process.execPath, words, { input: JSON.stringify(pages), encoding: 'utf8' })
    assert.is(status, 1)
    assert.match(stderr, says)
    assert.is(readFileSync(table, 'utf8'), before)
  },
)

test('the file tells how many roles there are, of which day and from where', () => {
  const file = fileOf(expected, '2026-11-28', 'a test')
  assert.match(file, /^\/\/ Google Cloud's 2 predefined roles on 2026-11-28, from a test\.\n/)
  assert.match(file, `export const rolesAsOf = '2026-11-28'\n`)
  assert.match(file, `export const roleTable = \`${expected}\`\n`)
})

test.run()
