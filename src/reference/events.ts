// docs/reference/events.md, from the table of audit events.
import { auditEvents, factsOfEvent } from '../domain/audit/audit-events.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `Each step of a request is one audit event. It goes to the log that \`google.auditLog\` names, as \`jsonPayload.event\`, at least
once and in order; repeats carry the same \`insertId\`. The metric \`hallpass_events_total\` counts the same names.`

const kubernetes = `\`kubectl describe accessrequest\` shows Events of the last hour. The controller writes them for the person who looks now; they
are best effort, and the audit log is the record. Their reasons are the audit events above, of the type given there; events
of type \`Normal\` that happen in one write are one Event, with the reason of the first. Besides these there is any of the [reasons for a no](reasons.md) as a \`Warning\` while a step is refused or an approval has to wait.
\`kubectl describe rolemapping\` shows \`Checked\` (\`Normal\`) when a mapping becomes ready, and a reason as a \`Warning\` when it does not.`

/** The text of the page. */
export function eventsPage(): string {
  const rows = Object.entries(auditEvents).map(([name, { meaning, severity, type }]) => [
    code(name),
    severity,
    type,
    factsOfEvent(name)?.isLast ? 'yes' : '',
    meaning,
  ])
  const parts = [
    section('Audit events', tableOf(['Event', 'Severity', 'Kubernetes', 'Last', 'What has happened'], rows)),
    section('Kubernetes Events', kubernetes),
  ]
  return pageText({ title: 'Events', source: 'src/domain/audit/audit-events.ts', intro, parts })
}
