// The port for reading Hallpass's own log back, before what only the log has then is deleted.
import type { LogQuery } from '../ports.ts'

/** Reads Hallpass's own log back, with its own identity. */
export type LogReadBack = {
  /**
   * The entries that match, as Logging has them: nothing in them is checked. Refused("LogUnreadable") when the right is
   * missing, or with what else a person must change.
   */
  read(query: LogQuery): Promise<readonly unknown[]>
}
