// The approvers' rights as gcloud commands that a person can read, keep and run.
import type { ApproverRight, ApproverRole } from '../approval/approver-rights.ts'
import { policyCommand, quoted } from './policy-command.ts'
import { oneLine } from '../text.ts'

/** The commands, each with a newline. Running them again changes nothing. */
export function toCommands(rights: readonly ApproverRight[], members: readonly string[]): string {
  const roles = distinctRoles(rights).flatMap(roleCommand)
  return inLines([...roles, ...rights.flatMap(right => bindingCommands(right, { members, verb: 'add' }))])
}

/** The commands that take these rights away again. The custom roles stay: others may have them. */
export function toTakeAway(rights: readonly ApproverRight[], members: readonly string[]): string {
  return inLines(rights.flatMap(right => bindingCommands(right, { members, verb: 'remove' })))
}

function inLines(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

type Verb = Parameters<typeof policyCommand>[0]

function distinctRoles(rights: readonly ApproverRight[]): ApproverRole[] {
  return [...new Map(rights.map(({ role }) => [nameOf(role), role])).values()]
}

// Creating an existing role fails; then the update sets it to the wanted content.
function roleCommand(role: ApproverRole): string[] {
  const words = (verb: string): string =>
    ['gcloud iam roles', verb, role.id, flag(role.parent), `--permissions=${role.permissions.join(',')}`].join(' ')
  return [
    `# A role that reads and writes IAM policies, and nothing else${role.permissions.length > 2 ? ' except that it shows settings' : ''}.`,
    `${words('create')} --title=${quoted(role.title)} --stage=GA --quiet || ${words('update')} --quiet`,
    '',
  ]
}

function flag(parent: string): string {
  const [kind = '', id = ''] = parent.split('/')
  return `--${kind === 'projects' ? 'project' : 'organization'}=${quoted(id)}`
}

// Without the limit, the condition does no harm and takes effect when Google begins to support it there.
function bindingCommands(
  { resource, role, bindings, isLimitDocumented }: ApproverRight,
  { members, verb }: { members: readonly string[]; verb: Verb },
): string[] {
  const end = isLimitDocumented
    ? ', and no other roles.'
    : '. Google does not document that the condition limits the roles there: who has this right may grant any role on this one resource.'
  return bindings.flatMap(binding => [
    `# ${oneLine(`${resource}: the roles of ${binding.mappings.join(', ')}${end}`)}`,
    ...members.map(member => {
      const { title, description, expression } = binding
      return policyCommand(verb, {
        resource,
        role: nameOf(role),
        member,
        condition: { title, description, expression },
      })
    }),
    '',
  ])
}

function nameOf({ parent, id }: ApproverRole): string {
  return `${parent}/roles/${id}`
}
