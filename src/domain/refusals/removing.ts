// Reasons of the janitor, which removes the access of holders who are done. No page answers with them.
import type { Row } from './row.ts'

/** Why the janitor did not remove something. */
export const removing = {
  JanitorRefused: {
    owner: 'platformTeam',
    meaning: 'The janitor did not remove the access of a holder who was done, and the message says why.',
    remedy: 'Do what the message says, for example give the janitor its right. The approver is asked meanwhile.',
  },
  NotOnlyLess: {
    owner: 'platformTeam',
    meaning: 'The janitor was about to write something else than a removal, which its last check prevented.',
    remedy: 'Report it: this is a fault in Hallpass. Nothing was written, and the approver is asked.',
  },
} as const satisfies Record<string, Row>
