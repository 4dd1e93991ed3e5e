// The custom roles port in memory.
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { CustomRoles } from '../../src/domain/ports.ts'
import type { ListedRole } from '../../src/domain/mapping/role-table.ts'

/** Roles by name, as IAM has them. Those of a project in `closed` may not be read. */
export class MemoryCustomRoles implements CustomRoles {
  readonly stored = new Map<string, ListedRole>()
  readonly closed = new Set<string>()
  /** Whether IAM fails to answer. */
  isSilent = false
  /** How often it was asked. */
  reads = 0

  async read(role: string): Promise<ListedRole | 'absent'> {
    this.reads++
    if (this.isSilent) throw new Broken('IAM did not answer.', { answered: false })
    if (
      !/^(projects|organizations)\/[^/]+\/roles\/[^/]+$/.test(role) ||
      this.closed.has(role.split('/roles/')[0] ?? '')
    )
      throw new Refused('CustomRoleUnreadable', `Google does not let Hallpass read the role "${role}".`)
    return this.stored.get(role) ?? 'absent'
  }
}
