// `hallpass approver-rights`: the least rights that approvers need, computed from the cluster's mappings. It only
// reads; an administrator runs the commands that it prints.
import type { RoleMapping } from '../api/kinds.ts'
import { openCluster } from '../app/cluster.ts'
import { type ApproverRight, approverRights } from '../domain/approval/approver-rights.ts'
import { toCommands, toTakeAway } from '../domain/granting/gcloud.ts'
import { printedJson } from '../domain/json.ts'
import { Refused } from '../domain/outcome.ts'
import { sayPowers } from '../domain/mapping/power-words.ts'
import { predefinedRole } from '../domain/mapping/predefined-roles.ts'
import { allMappings } from '../store/mappings.ts'
import type { Terminal } from './terminal.ts'

/**
 * The shape of `hallpass approver-rights -o json`. Fields are only added; if the meaning of a field changes, `schema`
 * changes too.
 */
export type ApproverRightsJson = {
  schema: 'hallpass/approver-rights/v1'
  members: readonly string[]
  rights: readonly ApproverRight[]
}

export type ApproverRightsOptions = {
  /** Empty means all. */
  namespace: readonly string[]
  /** Only the rights on this resource. */
  resource?: string
  /** Such as `group:approvers@example.com`. */
  member: readonly string[]
  /** The janitor's identity, as a member: its rights instead of those of approvers. */
  janitor?: string
  /** The commands that take the rights away. */
  takeAway?: boolean
  organization?: string
  output: 'commands' | 'json'
}

/** Prints the rights for one mapping by name, or for all mappings that are Ready. */
export async function printApproverRights(
  name: string | undefined,
  options: ApproverRightsOptions,
  terminal: Terminal,
): Promise<void> {
  const mappings = choose(await mappingsIn(options.namespace, terminal), name, terminal)
  const { janitor, takeAway, organization } = options
  const rights = approverRights(onlyOn(mappings, options.resource), organization, janitor ? 'Janitor' : 'Approver')
  if ('reason' in rights) throw new Refused(rights.reason, rights.message)
  if (rights.length === 0)
    throw new Refused(
      'NothingMapped',
      `No mapping grants anything${options.resource ? ` on "${options.resource}"` : ''}. "kubectl get rolemappings -A" lists them.`,
    )
  for (const warning of warningsOf(rights)) terminal.err(`${warning}\n`)
  if (janitor && !takeAway) terminal.err(standing)
  const members = janitor ? [janitor] : options.member
  const commands = takeAway ? toTakeAway(rights, members) : toCommands(rights, members)
  const json: ApproverRightsJson = { schema: 'hallpass/approver-rights/v1', members, rights }
  terminal.out(options.output === 'json' ? printedJson(json) : commands)
}

const standing =
  'Who has this identity can grant these roles to anybody, without an end and without an approval: docs/janitor.md.\n'

// If a mapping offers such a role, the limit restricts its approvers very little.
function warningsOf(rights: readonly ApproverRight[]): string[] {
  const roles = new Set(rights.flatMap(({ bindings }) => bindings.flatMap(binding => binding.roles)))
  return [...roles].flatMap(role => {
    const { powers = [] } = predefinedRole(role) ?? {}
    return powers.length > 0
      ? [`"${role}" ${sayPowers(powers)}: a person who may grant it can give it to themselves, without an end.`]
      : []
  })
}

async function mappingsIn(namespaces: readonly string[], terminal: Terminal): Promise<RoleMapping[]> {
  const { transport } = await openCluster(terminal.places)
  try {
    return await Array.fromAsync(allMappings({ transport, clock: terminal }, namespaces))
  } finally {
    await transport.close()
  }
}

// A mapping that is not Ready grants nothing, so nobody needs rights for it yet. It is left out unless it was named.
function choose(mappings: readonly RoleMapping[], name: string | undefined, terminal: Terminal): RoleMapping[] {
  const chosen = mappings.filter(({ metadata }) => name === undefined || metadata.name === name)
  if (name !== undefined && chosen.length === 0)
    throw new Refused('NoSuchMapping', `There is no mapping "${name}". "kubectl get rolemappings -A" lists them.`)
  for (const mapping of chosen) {
    const why = whyNotReady(mapping)
    const { namespace, name: found } = mapping.metadata
    if (why !== undefined)
      terminal.err(`Mapping "${namespace}/${found}" is not Ready${name === undefined ? ' and left out' : ''}: ${why}\n`)
  }
  return chosen.filter(mapping => name !== undefined || whyNotReady(mapping) === undefined)
}

function whyNotReady({ status }: RoleMapping): string | undefined {
  return status?.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'False')?.message
}

function onlyOn(mappings: readonly RoleMapping[], resource: string | undefined): RoleMapping[] {
  if (resource === undefined) return [...mappings]
  return mappings.map(mapping => ({
    ...mapping,
    spec: { ...mapping.spec, grants: mapping.spec.grants.filter(grant => grant.resource === resource) },
  }))
}
