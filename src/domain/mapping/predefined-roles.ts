// Google's predefined roles: the generated table, and the few powers that permissions do not show.
import { distance } from 'fastest-levenshtein'
import type { Power } from './powers.ts'
import { roleTable } from './predefined-roles.gen.ts'
import { findRole, rolesIn, type TableRole } from './role-table.ts'

/**
 * Recognised by name: the basic roles that are not in Google's list, and roles whose jobs and workflows run as the
 * service account of a cluster (https://cloud.google.com/dataproc/docs/concepts/configuring-clusters/service-accounts)
 * or of an environment (https://cloud.google.com/composer/docs/composer-3/access-control).
 */
const byName: Record<string, Power> = {
  'roles/admin': 'basic',
  'roles/writer': 'basic',
  'roles/reader': 'basic',
  'roles/composer.admin': 'runsAsOthers',
  'roles/composer.environmentAndStorageObjectAdmin': 'runsAsOthers',
  'roles/dataproc.editor': 'runsAsOthers',
}

/** Roles of IAM itself and of the resource hierarchy, unless they only read, delete or file support cases. */
const ofAccessItself = /^roles\/(iam|resourcemanager)\.(?!.*([vV]iewer|Reviewer|Auditor|Deleter|supportUser)$)/
/** Only for Google's own accounts (https://cloud.google.com/iam/docs/service-agents). */
const ofServiceAgents = /[sS]erviceAgent(V\d\w*)?$/

/** How different a suggested name may be: two typing errors, or more in a long name. */
const slips = (role: string): number => Math.max(2, Math.floor(role.length / 8))

/** The role from the table, with all its powers; undefined when it is unknown. */
export function predefinedRole(role: string): TableRole | undefined {
  const found = findRole(roleTable, role)
  const known = byName[role]
  if (!found && !known) return undefined
  const { stage, powers } = found ?? { stage: 'GA', powers: [] }
  if (known) return { stage, powers: [...powers, known] }
  // Powers from permissions are more exact than those from the name.
  if (powers.length > 0) return { stage, powers }
  return { stage, powers: powersByPattern(role) }
}

/** The known role with the most similar name; undefined when no name is similar. */
export function nearestRole(role: string): string | undefined {
  const wanted = role.toLowerCase()
  let [nearest, least]: [string | undefined, number] = [undefined, slips(role) + 1]
  for (const other of rolesIn(roleTable)) {
    const far = distance(wanted, other.toLowerCase())
    if (far < least) [nearest, least] = [other, far]
  }
  return nearest
}

function powersByPattern(role: string): Power[] {
  if (ofServiceAgents.test(role)) return ['serviceAgent']
  return ofAccessItself.test(role) ? ['accessItself'] : []
}
