// docs/reference/events.md, from the table of audit events.
import { auditDetails } from '../domain/audit/audit-details.ts'
import { auditEvents, factsOfEvent } from '../domain/audit/audit-events.ts'
import { schemaVersion } from '../domain/audit/audit.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `Each step of a request is one audit event. It goes to the log that \`google.auditLog\` names, as \`jsonPayload.event\`, at least
once and in order; repeats carry the same \`insertId\`. The metric \`hallpass_events_total\` counts the same names.
[events.schema.json](events.schema.json) is the form of every entry, for programs.`

const fields = `Each entry has \`request.uid\`, \`requester\` (who gets access), \`actor\` (who did this), \`grants\` (resources and roles), \`at\`,
\`reason\`, \`approval\` (the rules for approving), \`seq\`, \`hash\`, \`previous\` (the hash of the event before) and \`installation\`.
The hash is the SHA-256 of the event as JSON with sorted keys and without white space: \`seq\`, \`event\`, \`at\`, \`message\`, and \`actor\`, \`previous\` and \`details\` if they are not empty.
\`schemaVersion\` is ${schemaVersion}. Fields are only ever added, and entries without a number are those of the first version. What an event carries besides is in \`details\`.`

const others = `Two kinds of entries belong to no place in that order, and have no \`seq\`.

\`Evidence\` (NOTICE), \`insertId\` UID-evidence-HASH: the ID token of an approval, early end or review, ten minutes after it has expired, and everything that its nonce was made from.

\`MappingChanged\` (NOTICE), \`insertId\` UID-generation-N: the digest of the rules of one generation of a mapping, and what it grants. Approvals carry the same digest as \`details.rules\`. A number that is missing is a generation that the controller never saw. \`hash\` is the SHA-256 of \`installation\`, \`at\`, \`message\`, \`previous\`, \`mapping\`, \`roleMapping\`, \`rules\` and \`grants\` as JSON with sorted keys and without white space, and \`previous\` is the hash of the entry that this one follows.`

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
  const carried = Object.entries(auditEvents).map(([name, { details }]) => [code(name), details.map(code).join(', ')])
  const facts = Object.entries(auditDetails).map(([name, meaning]) => [code(name), meaning])
  const parts = [
    section('Audit events', tableOf(['Event', 'Severity', 'Kubernetes', 'Last', 'What has happened'], rows), fields),
    section('Details', tableOf(['Event', 'Details that it can carry'], carried), tableOf(['Detail', 'Meaning'], facts)),
    section('Other entries', others),
    section('Kubernetes Events', kubernetes),
  ]
  return pageText({ title: 'Events', source: 'src/domain/audit/audit-events.ts', intro, parts })
}
