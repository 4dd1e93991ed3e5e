// The port of mappings in memory.
import type { RoleMapping } from '../../src/api/kinds.ts'
import type { Mappings } from '../../src/domain/ports.ts'

/** Mappings in memory, as a watch shows them. */
export class MemoryMappings implements Mappings {
  stored: RoleMapping[]
  constructor(stored: RoleMapping[]) {
    this.stored = stored
  }
  get({ namespace, name }: { namespace: string; name: string }): RoleMapping | undefined {
    return this.stored.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  }
  list(): RoleMapping[] {
    return this.stored
  }
}
