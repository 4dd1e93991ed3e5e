// Reads the custom roles of a mapping from IAM. Without a reader they are not read and stay unseen.
import type { RoleMapping } from '../../api/kinds.ts'
import { type CustomRole, isCustom } from '../../domain/mapping/granted-roles.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { CustomRoles } from '../../domain/ports.ts'

/** The custom roles by name; `silence` is why one could not be read, which is not a fault of the mapping. */
export type CustomRolesFound = { custom: Map<string, CustomRole>; silence?: Refusal }

/** IAM did not answer: this may be temporary and is reported only in the condition. */
const iamSilent = refusal(
  'IamSilent',
  'IAM does not answer, so the permissions of this mapping’s custom roles are not known. IAM is asked again.',
)

/** Reads each custom role of the mapping once. Never rejects because of IAM's answer. */
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
      // An author who allows privileged roles is also responsible for those that Hallpass may not read.
      else if (error instanceof Refused && spec.allowPrivileged) found.custom.set(role, 'unseen')
      else if (error instanceof Refused) found.silence = error.refusal
      else throw error
    }
  }
  return found
}
