// The list of reference pages. Each is made from the table that the code itself reads.
import { conditionsPage } from './conditions.ts'
import { doctorPage } from './doctor.ts'
import { eventSchemaText } from './event-schema.ts'
import { eventsPage } from './events.ts'
import { lintPage } from './lint.ts'
import { mappingTestSchemaText } from './mapping-test-schema.ts'
import { metricsPage } from './metrics.ts'
import { phasesPage } from './phases.ts'
import { reasonsPage } from './reasons.ts'
import { settingsPage } from './settings.ts'

/** Each page by its path in the repository, with the text that it must have. */
export function pages(): Record<string, string> {
  return {
    'docs/reference/conditions.md': conditionsPage(),
    'docs/reference/doctor.md': doctorPage(),
    'docs/reference/events.md': eventsPage(),
    'docs/reference/events.schema.json': eventSchemaText(),
    'docs/reference/lint.md': lintPage(),
    'docs/reference/mapping-tests.schema.json': mappingTestSchemaText(),
    'docs/reference/metrics.md': metricsPage(),
    'docs/reference/phases.md': phasesPage(),
    'docs/reference/reasons.md': reasonsPage(),
    'docs/reference/settings.md': settingsPage(),
  }
}
