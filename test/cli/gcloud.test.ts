// The printed commands, run by a real shell: what reaches gcloud is what was meant, whatever is in the names.
import * as assert from 'uvu/assert'
import { type ApproverRight, approverRights } from '../../src/domain/approval/approver-rights.ts'
import { toCommands } from '../../src/domain/granting/gcloud.ts'
import { quoted } from '../../src/domain/granting/policy-command.ts'
import { mapping } from '../builders/mapping.ts'
import { suite, table } from '../suite.ts'
import { createStandIn, type StandIn } from './stand-in.ts'

const test = suite('gcloud commands')
const member = 'group:approvers@example.com'
let standIn: StandIn

test.before(() => {
  standIn = createStandIn()
})
test.after(() => standIn.close())

/** Runs the commands with the shell, and gives the words of each call of gcloud, what it read being the last. */
async function run(commands: string, created = 0): Promise<string[]> {
  const { code, err, calls } = await standIn.run(commands, { created })
  assert.equal([code, err], [0, ''])
  return calls
}

function rights(grants: [string, string][], organization?: string): ApproverRight[] {
  const listed = mapping({ spec: { grants: grants.map(([resource, role]) => ({ resource, role })) } })
  const found = approverRights([listed], organization)
  if ('reason' in found) throw new Error(found.message)
  return found
}

test('a project: its role is made, and bound to the member under the condition', async () => {
  const [right] = rights([['projects/prod-eu', 'roles/cloudsql.client']])
  if (!right?.bindings[0]) throw new Error('no binding')
  const { title, description, expression } = right.bindings[0]
  assert.equal(await run(toCommands([right], [member])), [
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

test('a role that is there already is brought to what it must be', async () => {
  const calls = await run(toCommands(rights([['projects/prod-eu', 'roles/a.x']]), [member]), 1)
  assert.match(calls.join(''), /update\nhallpassApprover\n--project=prod-eu\n--permissions=.*setIamPolicy\n--quiet\n/)
})

test('folders and organisations have their own commands, and every member gets each binding', async () => {
  const all: [string, string][] = [
    ['folders/10', 'roles/a.x'],
    ['organizations/1', 'roles/a.x'],
  ]
  const words = (await run(toCommands(rights(all, '1'), [member, 'user:mo@example.com']))).map(call => call.split('\n'))
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
table(test, Object.fromEntries(names.map(name => [`"${name}" is one word of the shell`, name])), async name => {
  assert.equal(await run(`gcloud ${quoted(name)}`), [`${name}\n`])
})

test('a resource of another type gives no command, because the shell would run half of one', () => {
  const [right] = rights([['projects/prod-eu', 'roles/a.x']])
  if (!right) throw new Error('no right')
  const topic = { ...right, resource: '//pubsub.googleapis.com/projects/prod-eu/topics/t' }
  assert.throws(() => toCommands([topic], [member]), /is not a resource that Hallpass can grant on/)
})

test('a name with a line break, or with the end mark, stays inside the condition and the comment', async () => {
  const [right] = rights([['projects/prod-eu', 'roles/a.x']])
  const [binding] = right?.bindings ?? []
  if (!right || !binding) throw new Error('no binding')
  const evil = 'x\nEND\ngcloud projects delete prod-eu\n'
  const bindings = [{ ...binding, description: evil, mappings: [evil], expression: evil }]
  const calls = await run(toCommands([{ ...right, bindings }], [member]))
  assert.is(calls.length, 2)
  assert.is(calls.filter(call => call.startsWith('projects\ndelete')).length, 0)
})

test.run()
