// Checks whether a mapping's roles give further access, and whether they can be granted: faults that make the mapping
// not Ready, and remarks for a Ready mapping.
import type { RoleMapping } from '../../api/kinds.ts'
import { isBasic } from './linter.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { sayPowers } from './power-words.ts'
import { type Power, powersOf } from './powers.ts'
import { rolesAsOf } from './predefined-roles.gen.ts'
import { nearestRole, predefinedRole } from './predefined-roles.ts'
import { type ListedRole, type Stage, stageOf } from './role-table.ts'

/** A custom role in IAM; `absent` when it does not exist, `unseen` when it was not read. */
export type CustomRole = ListedRole | 'absent' | 'unseen'

/** The result for the roles of a mapping. */
export type JudgedRoles = { faults: Refusal[]; remarks: string[] }

type Grant = RoleMapping['spec']['grants'][number]
/** One role on one resource: a fault or a remark. */
type Judged = { fault: Refusal } | { remark?: string | undefined }

/** Checks the roles, each once on each resource. `custom` has the custom roles by name; a missing one is unseen. */
export function judgeRoles(
  { grants, allowPrivileged = false }: Pick<RoleMapping['spec'], 'grants' | 'allowPrivileged'>,
  custom: ReadonlyMap<string, CustomRole>,
): JudgedRoles {
  const judged = grants
    .filter(({ role }) => !isBasic(role))
    .map(grant =>
      isCustom(grant.role)
        ? judgeCustom(grant, custom.get(grant.role) ?? 'unseen', allowPrivileged)
        : judgePredefined(grant, allowPrivileged),
    )
  return {
    faults: judged.flatMap(one => ('fault' in one ? [one.fault] : [])),
    remarks: [...new Set(judged.flatMap(one => ('remark' in one && one.remark ? [one.remark] : [])))],
  }
}

/** Whether it is a custom role, which belongs to a project or an organisation. */
export function isCustom(role: string): boolean {
  return !role.startsWith('roles/')
}

function judgePredefined(grant: Grant, allowPrivileged: boolean): Judged {
  const { role } = grant
  const known = predefinedRole(role)
  if (known) return judge(grant, known, allowPrivileged)
  if (allowPrivileged) return { remark: `"${role}" is not among the predefined roles of ${rolesAsOf}.` }
  return { fault: unknownRole(grant) }
}

function unknownRole({ role, resource }: Grant): Refusal {
  const nearest = nearestRole(role)
  return refusal(
    'UnknownRole',
    `"${role}" on "${resource}" is not among Google's predefined roles of ${rolesAsOf}, so its permissions are not known.` +
      `${nearest ? ` Did you mean "${nearest}"?` : ''} If the role is newer, set allowPrivileged: true.`,
  )
}

function judgeCustom(grant: Grant, found: CustomRole, allowPrivileged: boolean): Judged {
  const { role, resource } = grant
  if (found === 'unseen') return { remark: `What the custom role "${role}" permits was not checked.` }
  if (found === 'absent' || found.deleted)
    return {
      fault: refusal(
        'RoleDeleted',
        `The custom role "${role}" on "${resource}" ${found === 'absent' ? 'does not exist' : 'has been deleted'}. Create it, or list another role.`,
      ),
    }
  return judge(grant, { stage: stageOf(found), powers: powersOf(found.includedPermissions ?? []) }, allowPrivileged)
}

function judge(grant: Grant, { stage, powers }: { stage: Stage; powers: Power[] }, allowPrivileged: boolean): Judged {
  const { role, resource } = grant
  if (stage === 'DISABLED')
    return {
      fault: refusal(
        'RoleDisabled',
        `The role "${role}" on "${resource}" is disabled and gives no permission. List another role.`,
      ),
    }
  if (powers.length > 0 && !allowPrivileged) return { fault: privilegedRole(grant, powers) }
  return { remark: remarkOn(role, { stage, powers }) }
}

function privilegedRole({ role, resource }: Grant, powers: readonly Power[]): Refusal {
  return refusal(
    'PrivilegedRole',
    `"${role}" on "${resource}" ${sayPowers(powers)}, so its holder can give further access. Choose a narrower role, or set allowPrivileged: true.`,
  )
}

// The owner chooses a custom role's stage, and IAM does not show ALPHA.
function remarkOn(role: string, { stage, powers }: { stage: Stage; powers: Power[] }): string | undefined {
  const said = [
    powers.length > 0 && sayPowers(powers),
    stage === 'DEPRECATED' && 'is deprecated, and Google may remove it',
    stage === 'ALPHA' && !isCustom(role) && 'is in alpha, and may change or be removed without notice',
  ].filter(part => typeof part === 'string')
  return said.length > 0 ? `"${role}" ${said.join('; it ')}.` : undefined
}
