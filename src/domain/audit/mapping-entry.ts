// The log entry about the rules of a mapping: one for each generation that the controller has seen. Approvals carry the same
// digest, so rules that were in force for a single approval can be found.
import type { RoleMapping } from '../../api/kinds.ts'
import { sha256 } from '../approval/digest.ts'
import { instant } from '../asking/duration.ts'
import { canonicalJson } from '../json.ts'
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
 * every generation of quick edits, so numbers alone would show gaps where no entry is missing. `previous` is the hash of that
 * entry, so that a changed or a left-out one can be found.
 */
export function mappingEntry(
  mapping: RoleMapping,
  { at, installation }: { at: Date; installation: string },
): AuditEntry {
  const { namespace, name, uid, generation = 0 } = mapping.metadata
  const follows = mapping.status?.loggedGeneration
  const previous = hashOfLogged(mapping)
  const said: RulesRecord = {
    installation,
    at: instant(at),
    message: `The rules of mapping "${name}" are those of generation ${generation}.`,
    ...(previous !== undefined && { previous }),
    mapping: { namespace, name, uid, generation, ...(follows !== undefined && { follows }) },
    roleMapping: name,
    rules: rulesDigest(readMapping(mapping)),
    grants: mapping.spec.grants.map(({ resource, role, condition }) => ({
      resource,
      role,
      ...(condition && { condition }),
    })),
  }
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
      event: 'MappingChanged',
      ...said,
      hash: rulesHash(said),
    },
  }
}

/** What an entry says of one generation, without what is made from it. */
export type RulesRecord = {
  installation?: string | undefined
  at: string
  message: string
  /** The hash of the entry that this one follows. */
  previous?: string | undefined
  mapping: { namespace: string; name: string; uid: string; generation: number; follows?: number | undefined }
  roleMapping: string
  rules: string
  grants: { resource: string; role: string; condition?: string }[]
}

/** SHA-256 (hex) of what an entry says: what the entry of the next generation names as `previous`. */
export function rulesHash(said: RulesRecord): string {
  return sha256(canonicalJson(said))
}

// A release that does not know the hash leaves it behind when it logs the next generation.
function hashOfLogged({ status }: RoleMapping): string | undefined {
  const { loggedGeneration, loggedRules } = status ?? {}
  return loggedRules && loggedRules.generation === loggedGeneration ? loggedRules.hash : undefined
}
