// The log entry about the rules of a mapping: one for each generation that the controller has seen. Approvals carry the same
// digest, so rules that were in force for a single approval can be found.
import type { RoleMapping } from '../../api/kinds.ts'
import { instant } from '../asking/duration.ts'
import { readMapping, rulesDigest } from '../mapping/mapping.ts'
import { type AuditEntry, schemaVersion } from './audit.ts'

/** Whether the log lacks the rules of this generation. A generation that was not judged yet is logged after that. */
export function isRulesDue({ metadata, status }: RoleMapping): boolean {
  const { generation } = metadata
  return generation !== undefined && status?.observedGeneration === generation && status.loggedGeneration !== generation
}

/**
 * The entry. Its id is made from uid and generation. A crash between the entry and its record repeats it with a later time,
 * so a reader takes the first of each id. `follows` is the generation that was logged before: the controller does not see
 * every generation of quick edits, so numbers alone would show gaps where no entry is missing.
 */
export function mappingEntry(
  mapping: RoleMapping,
  { at, installation }: { at: Date; installation: string },
): AuditEntry {
  const { namespace, name, uid, generation = 0 } = mapping.metadata
  const follows = mapping.status?.loggedGeneration
  return {
    insertId: `${uid}-generation-${generation}`,
    at: new Date(Math.floor(at.getTime() / 1000) * 1000),
    severity: 'NOTICE',
    uid,
    isFirst: false,
    isLast: false,
    payload: {
      schema: 'hallpass/mapping/v1',
      schemaVersion,
      installation,
      event: 'MappingChanged',
      at: instant(at),
      message: `The rules of mapping "${name}" are those of generation ${generation}.`,
      mapping: { namespace, name, uid, generation, ...(follows !== undefined && { follows }) },
      roleMapping: name,
      rules: rulesDigest(readMapping(mapping)),
      grants: mapping.spec.grants.map(({ resource, role, condition }) => ({
        resource,
        role,
        ...(condition && { condition }),
      })),
    },
  }
}
