// Records the rules of each generation of a mapping in the audit log, after it was judged. Nothing waits for it: a log that
// does not answer delays no request.
import type { RoleMapping } from '../../api/kinds.ts'
import { isRulesDue, mappingEntry } from '../../domain/audit/mapping-entry.ts'
import { Broken } from '../../domain/outcome.ts'
import type { AuditLog, Clock } from '../../domain/ports.ts'
import type { MappingStatuses } from '../../store/mappings.ts'

type Options = {
  auditLog: AuditLog
  publicUrl: string
  mappingStatuses: MappingStatuses
  clock: Clock
  mayAct: () => boolean
}

/** Writes the entry when it is due, and then that it is there. Rejects when it must be tried again. */
export async function logRules(
  { auditLog, publicUrl: installation, mappingStatuses, clock, mayAct }: Options,
  mapping: RoleMapping,
): Promise<void> {
  const { generation: loggedGeneration } = mapping.metadata
  if (loggedGeneration === undefined || !isRulesDue(mapping)) return
  if (!mayAct()) throw new Broken('This process no longer leads, so it changes nothing.')
  const entry = mappingEntry(mapping, { at: clock.now(), installation })
  await auditLog.write([entry])
  // After a conflict the watch delivers the change, and it is written again under the same id.
  await mappingStatuses.patchMappingStatus(mapping, {
    loggedGeneration,
    loggedRules: { generation: loggedGeneration, hash: String(entry.payload['hash']) },
  })
}
