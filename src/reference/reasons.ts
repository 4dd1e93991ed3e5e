// docs/reference/reasons.md, from the catalogue of reasons for a no.
import { chapters, entryOf, isReason } from '../domain/refusals.ts'
import { owners, type Owner, type Row } from '../domain/refusals/row.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `A reason is the word that a condition, an Event, an audit event (\`details.reason\`), a log line or the metric
\`hallpass_pages_total\` carries when the answer is no. Search this page for the word. Its row says what is wrong, who must act, and what they can do.`

const titles: Record<keyof typeof chapters, string> = {
  door: 'Asking without Slack',
  asking: 'When somebody asks',
  signingIn: 'When somebody signs in',
  approving: 'When somebody decides or ends access',
  granting: 'When the controller checks and grants',
  removing: 'When the janitor removes',
  reviewing: 'When somebody reviews an emergency',
  mapping: 'When a mapping is not ready',
  google: 'What Google refuses',
  services: 'What Slack, PagerDuty and the cluster refuse',
}

const ownerNames: Record<Owner, string> = {
  person: 'the person',
  requester: 'requester',
  mappingAuthor: 'mapping author',
  platformTeam: 'platform team',
  googleAdministrators: 'Google administrators',
  nobody: 'nobody',
  tampering: 'platform team (!)',
}

const ownerMeanings: Record<Owner, string> = {
  person: 'The person who got this answer, on a page, in Slack or on the command line.',
  requester: 'The person who asked for access.',
  mappingAuthor: 'The person or team that wrote the RoleMapping: `kubectl -n NAMESPACE get rolemapping NAME -o yaml`.',
  platformTeam: 'The team that installs Hallpass and sets it up. No attempt is noted against the approver.',
  googleAdministrators: 'The administrators of Google Cloud or Google Workspace in this organisation.',
  nobody: 'It is too late, or it passes without help.',
  tampering:
    'Stored data is not what was signed or sealed. Find out who changed it; the event `TamperingSeen` is written.',
}

/** The text of the page. */
export function reasonsPage(): string {
  const parts = [
    section(
      'Who must act',
      tableOf(
        ['In the tables', 'Who that is'],
        (Object.keys(owners) as Owner[]).map(owner => [ownerNames[owner], ownerMeanings[owner]]),
      ),
    ),
    ...Object.entries(chapters).flatMap(([chapter, rows]) =>
      section(
        titles[chapter as keyof typeof chapters],
        tableOf(['Reason', 'Who must act', 'Page', 'What is wrong, and what to do'], Object.entries(rows).map(rowOf)),
      ),
    ),
    section(
      'The columns',
      `"Page" is the HTTP status of the page when it answers with this reason. "attempt" means that the refusal is then
counted in \`status.attempts\` of the request. Where a reason never reaches that page, the column means nothing.`,
    ),
  ]
  return pageText({ title: 'Reasons for a no', source: 'src/domain/refusals/', intro, parts })
}

function rowOf([reason, { owner, meaning, remedy }]: [string, Row]): string[] {
  if (!isReason(reason)) throw new Error(`${reason} is not in the catalogue.`)
  const { status, isAttempt } = entryOf(reason)
  return [code(reason), ownerNames[owner], `${status}${isAttempt ? ', attempt' : ''}`, `${meaning} ${remedy}`]
}
