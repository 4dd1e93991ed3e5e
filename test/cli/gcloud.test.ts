// The printed commands, run by a real shell: what reaches gcloud is what was meant, whatever is in the names.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import * as assert from 'uvu/assert'
import { type ApproverRight, approverRights } from '../../src/domain/approval/approver-rights.ts'
import { quoted, toCommands } from '../../src/domain/granting/gcloud.ts'
import { mapping } from '../builders/mapping.ts'
import { suite, table } from '../suite.ts'

const test = suite('gcloud commands')
const member = 'group:approvers@example.com'
let folder = ''

// Replaces gcloud: notes its arguments, one a line, and what it reads from standard input.
const standIn = `#!/bin/sh
for word; do printf '%s\\n' "$word"; done >> "$NOTES"
code=0
case "$*" in
  *condition-from-file=/dev/stdin*) cat /dev/stdin >> "$NOTES" ;;
  *"roles create"*) code=$CREATED ;;
esac
printf -- '----\\n' >> "$NOTES"
exit "$code"
`

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-gcloud-'))
  writeFileSync(join(folder, 'gcloud'), standIn)
  chmodSync(join(folder, 'gcloud'), 0o755)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the commands with the shell, and gives the words of each call of gcloud, what it read being the last. */
function run(commands: string, created = 0): string[] {
  const notes = join(folder, 'notes')
  writeFileSync(notes, '')
  const env = { NOTES: notes, CREATED: String(created), PATH: [folder, process.env['PATH']].join(delimiter) }
  const { status, stderr } = spawnSync('sh', ['-eu', '-c', commands], { env, cwd: folder, encoding: 'utf8' })
  assert.equal([status, stderr], [0, ''])
  return readFileSync(notes, 'utf8').split('----\n').slice(0, -1)
}

function rights(grants: [string, string][], organization?: string): ApproverRight[] {
  const listed = mapping({ spec: { grants: grants.map(([resource, role]) => ({ resource, role })) } })
  const found = approverRights([listed], organization)
  if ('reason' in found) throw new Error(found.message)
  return found
}

test('a project: its role is made, and bound to the member under the condition', () => {
  const [right] = rights([['projects/prod-eu', 'roles/cloudsql.client']])
  if (!right?.bindings[0]) throw new Error('no binding')
  const { title, description, expression } = right.bindings[0]
  assert.equal(run(toCommands([right], [member])), [
    [
      'iam',
      'roles',
      'create',
      'hallpassApprover',
      '--project=prod-eu',
      '--permissions=resourcemanager.projects.getIamPolicy,resourcemanager.projects.setIamPolicy',
      '--title=Hallpass approver on projects',
      '--stage=GA',
      '--quiet',
      '',
    ].join('\n'),
    `${[
      'projects',
      'add-iam-policy-binding',
      'prod-eu',
      `--member=${member}`,
      '--role=projects/prod-eu/roles/hallpassApprover',
      '--condition-from-file=/dev/stdin',
      JSON.stringify({ title, description, expression }, null, 2),
    ].join('\n')}\n`,
  ])
})

test('a role that is there already is brought to what it must be', () => {
  const calls = run(toCommands(rights([['projects/prod-eu', 'roles/a.x']]), [member]), 1)
  assert.match(calls.join(''), /update\nhallpassApprover\n--project=prod-eu\n--permissions=.*setIamPolicy\n--quiet\n/)
})

test('folders and organisations have their own commands, and every member gets each binding', () => {
  const all: [string, string][] = [
    ['folders/10', 'roles/a.x'],
    ['organizations/1', 'roles/a.x'],
  ]
  const words = run(toCommands(rights(all, '1'), [member, 'user:mo@example.com'])).map(call => call.split('\n'))
  assert.equal(
    words.filter(call => call.includes('add-iam-policy-binding')).map(call => call.slice(0, 5).join(' ')),
    [
      `resource-manager folders add-iam-policy-binding 10 --member=${member}`,
      'resource-manager folders add-iam-policy-binding 10 --member=user:mo@example.com',
      `organizations add-iam-policy-binding 1 --member=${member} --role=organizations/1/roles/hallpassOrganizationApprover`,
      'organizations add-iam-policy-binding 1 --member=user:mo@example.com --role=organizations/1/roles/hallpassOrganizationApprover',
    ],
  )
})

// The schema of mappings lets none of these through; the commands must not rest on it.
const names = [`it's`, 'a"b', 'a b', '$(echo x)', '`echo x`', 'a;echo x', 'a\\b', '*', '', `'END'`, 'é'] as const
table(test, Object.fromEntries(names.map(name => [`"${name}" is one word of the shell`, name])), name => {
  assert.equal(run(`gcloud ${quoted(name)}`), [`${name}\n`])
})

test('a resource of another type gives no command, because the shell would run half of one', () => {
  const [right] = rights([['projects/prod-eu', 'roles/a.x']])
  if (!right) throw new Error('no right')
  const topic = { ...right, resource: '//pubsub.googleapis.com/projects/prod-eu/topics/t' }
  assert.throws(() => toCommands([topic], [member]), /is not a resource that Hallpass can grant on/)
})

test('a name with a line break, or with the end mark, stays inside the condition and the comment', () => {
  const [right] = rights([['projects/prod-eu', 'roles/a.x']])
  const [binding] = right?.bindings ?? []
  if (!right || !binding) throw new Error('no binding')
  const evil = 'x\nEND\ngcloud projects delete prod-eu\n'
  const bindings = [{ ...binding, description: evil, mappings: [evil], expression: evil }]
  const calls = run(toCommands([{ ...right, bindings }], [member]))
  assert.is(calls.length, 2)
  assert.is(calls.filter(call => call.startsWith('projects\ndelete')).length, 0)
})

test.run()
