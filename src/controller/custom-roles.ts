// What IAM says of the custom roles that a mapping lists. Without a reader nobody asks, and they stay unseen.
import type { RoleMapping } from '../api/kinds.ts'
import { type CustomRole, isCustom } from '../domain/granted-roles.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { CustomRoles } from '../domain/ports.ts'

/** The custom roles by name; `silence` is why one that should have been read was not, which is no fault of the mapping. */
export type CustomRolesFound = { custom: Map<string, CustomRole>; silence?: Refusal }

/** IAM did not answer: that may pass, and nothing is said of it but in the condition. */
const iamSilent = refusal(
  'IamSilent',
  'IAM does not answer, so it is not known what the custom roles of this mapping permit. It is asked again.',
)

/** Reads each custom role of the mapping once. Never rejects because of what IAM answers. */
export async function findCustomRoles(
  reader: CustomRoles | undefined,
  { spec }: Pick<RoleMapping, 'spec'>,
): Promise<CustomRolesFound> {
  const found: CustomRolesFound = { custom: new Map() }
  if (!reader) return found
  for (const role of new Set(spec.grants.map(grant => grant.role).filter(isCustom))) {
    try {
      found.custom.set(role, await reader.read(role))
    } catch (error) {
      if (error instanceof Broken || error instanceof Waiting) found.silence ??= iamSilent
      // Who allows privileged roles answers for those that Hallpass may not see, too.
      else if (error instanceof Refused && spec.allowPrivileged) found.custom.set(role, 'unseen')
      else if (error instanceof Refused) found.silence = error.refusal
      else throw error
    }
  }
  return found
}
