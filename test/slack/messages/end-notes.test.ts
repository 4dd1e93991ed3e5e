// The notes that mention somebody about ending access, and the commands in them, run by a real shell.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import * as assert from 'uvu/assert'
import type { AccessRequest, GrantSpec } from '../../../src/api/kinds.ts'
import { expressionOf } from '../../../src/domain/granting/policy.ts'
import type { Reminding } from '../../../src/domain/ports.ts'
import { removalCommands } from '../../../src/domain/granting/removal-commands.ts'
import type { MessageView } from '../../../src/domain/view/view.ts'
import type { Block } from '../../../src/slack/messages/blocks.ts'
import { renderEndNote } from '../../../src/slack/messages/end-notes.ts'
import { renderMessage } from '../../../src/slack/messages/message.ts'
import { attack } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { revoke, view } from '../../builders/views.ts'
import { suite } from '../../suite.ts'

const test = suite('notes about ending access')
const mo = { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO' }
const granted = (): MessageView => view({ state: 'granted' })
/** Dana's access to these grants, which two people approved. */
const held = (grants: GrantSpec[] = request(mapping()).spec.grants): AccessRequest => {
  const stored = request(mapping())
  const times = { startsAt: '2026-11-23T14:05:12Z', expiresAt: '2026-11-23T14:35:12Z' }
  const status = { ...stored.status, ...times, approvedBy: 'mo@example.com, ana@example.com' }
  return { ...stored, spec: { ...stored.spec, grants }, status }
}
const note = (of = held()): Reminding & { about: 'done' } => ({
  about: 'done',
  to: mo,
  links: { revoke },
  commands: removalCommands(of),
})

const textOf = (blocks: readonly Block[]): string =>
  blocks.map(({ text }) => (text as { text?: string } | undefined)?.text ?? '').join('\n')

test('the approver reads who is done, that Hallpass has no right, and when it ends anyway', () => {
  const { text, blocks } = renderEndNote(granted(), note())
  const words = textOf(blocks)
  assert.is(words.match(/gcloud projects remove-iam-policy-binding prod-eu/g)?.length, 2)
  assert.match(words, '<@U0MO>, dana@example.com (Dana Engineer) is done with *prod-db*.')
  assert.match(words, 'Hallpass has no right to remove it, you may: please sign in and remove it now.')
  assert.match(words, 'It ends by itself at <!date^')
  assert.is(words.match(/<@/g)?.length, 1)
  assert.not.match(text, '<@')
  const buttons = blocks.find(({ type }) => type === 'actions')
  assert.match(JSON.stringify(buttons), `"Remove now ↗"},"url":"${revoke}"`)
})

test('the person whose sign-in did not end it reads why', () => {
  const why = 'Google refused to change the IAM policy of "projects/prod-eu" <!here>'
  const { blocks } = renderEndNote(granted(), { ...note(), about: 'notEnded', why, nth: 1 })
  assert.match(
    textOf(blocks),
    '<@U0MO>, the access of dana@example.com (Dana Engineer) to *prod-db* was not ended with your sign-in. Google refused to change the IAM policy of "projects/prod-eu" &lt;!here&gt;.',
  )
})

test('the buttons in the message are those that mean something', () => {
  const buttons = (more: Partial<MessageView>, links = { revoke }): string[] => {
    const row = renderMessage(view(more), links).blocks.find(({ type }) => type === 'actions')
    return ((row?.['elements'] ?? []) as { action_id: string }[]).map(({ action_id: id }) => id)
  }
  assert.equal(buttons({ state: 'granting' }), ['revoke'])
  assert.equal(buttons({ state: 'granted' }), ['done', 'revoke'])
  assert.equal(buttons({ state: 'inDoubt' }), ['done', 'revoke'])
  assert.equal(buttons({ state: 'granted', doneAt: '2026-11-23T14:18:00Z' }), ['revoke'])
  assert.equal(buttons({ state: 'granted', isEnding: true }), [])
  assert.equal(buttons({ state: 'granted' }, {} as { revoke: string }), ['done'])
  for (const state of ['revoked', 'expired', 'denied', 'withdrawn'] as const) assert.equal(buttons({ state }), [])
})

let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-removal-'))
  const notes = `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done >> "$NOTES"\ncat >> "$NOTES"\n`
  writeFileSync(join(folder, 'gcloud'), notes)
  chmodSync(join(folder, 'gcloud'), 0o755)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** What gcloud gets: its words, and what it reads. */
function run(command: string): string[] {
  const notes = join(folder, 'notes')
  rmSync(notes, { force: true })
  const env = { NOTES: notes, PATH: [folder, process.env['PATH']].join(delimiter) }
  const { status, stderr } = spawnSync('sh', ['-eu', '-c', command], { env, cwd: folder, encoding: 'utf8' })
  assert.equal([status, stderr], [0, ''])
  return readFileSync(notes, 'utf8').trimEnd().split('\n')
}

test('each command names exactly one of our bindings, as it is in the policy', () => {
  const condition = `resource.name.endsWith("/o'brien, $HOME \`x\`")`
  const grants = [
    { role: 'roles/cloudsql.client', resource: 'projects/prod-eu' },
    { role: 'roles/logging.viewer', resource: 'folders/123', condition },
  ]
  const { metadata, status } = held()
  const [first = '', second = ''] = removalCommands(held(grants))
  const times = { startsAt: new Date(status?.startsAt ?? ''), expiresAt: new Date(status?.expiresAt ?? '') }
  const title = `hallpass ${metadata.uid}`
  const description = `hallpass/${metadata.name}, asked by dana@example.com, approved by mo@example.com, ana@example.com`
  const json = (of: object): string[] => JSON.stringify(of, null, 2).split('\n')
  assert.equal(run(first), [
    'projects',
    'remove-iam-policy-binding',
    'prod-eu',
    '--member=user:dana@example.com',
    '--role=roles/cloudsql.client',
    '--condition-from-file=/dev/stdin',
    ...json({ title, description, expression: expressionOf(times) }),
  ])
  assert.equal(run(second).slice(7), json({ title, description, expression: expressionOf({ ...times, condition }) }))
  assert.equal(run(second).slice(0, 4), ['resource-manager', 'folders', 'remove-iam-policy-binding', '123'])
})

attack(test, 'a condition ends the code block of a command in Slack … the title is named instead', async () => {
  const condition = '"```\n<!channel>" != ""'
  const words = textOf(
    renderEndNote(granted(), note(held([{ role: 'roles/x', resource: 'projects/prod-eu', condition }]))).blocks,
  )
  assert.not.match(words, '```')
  assert.not.match(words, '<!channel>')
  return words.includes(`titled \`hallpass ${granted().uid}\``) ? 'the title is named instead' : words
})

attack(test, 'a resource that gcloud has no words for holds a condition with a command … 0 commands', async () => {
  const grants = [{ role: 'roles/x', resource: 'projects/p', condition: '"\ntouch made\n" != ""' }]
  return `${removalCommands(held(grants)).length} commands`
})

attack(test, 'a condition holds another command … 0 files made', async () => {
  const condition = `"'; touch ${join(folder, 'made')}; '$(touch ${join(folder, 'made')})" != "\nEND\ntouch made"`
  const [command = ''] = removalCommands(held([{ role: 'roles/x', resource: 'projects/prod-eu', condition }]))
  run(command)
  return `${existsSync(join(folder, 'made')) ? 1 : 0} files made`
})

test.run()
