// Prints stories for people and for programs.
import { aligned, counted, linesOf } from '../columns.ts'
import type { Story } from './story.ts'

/** The shape of `hallpass history -o json`. Fields are only added. */
export type HistoryJson = { schema: 'hallpass/history/v1'; requests: Story[] }

/** The stories as JSON. */
export function toHistoryJson(stories: readonly Story[]): HistoryJson {
  return { schema: 'hallpass/history/v1', requests: [...stories] }
}

/** The stories as text. */
export function toHistoryText(stories: readonly Story[]): string {
  const blocks = stories.map(storyLines)
  const many =
    stories.length > 1 ? ['', `${counted(stories.length, 'request')} of that name, of more than one cluster.`] : []
  return linesOf([...blocks.flatMap((lines, n) => (n > 0 ? ['', ...lines] : lines)), ...many])
}

function storyLines({
  request,
  namespace,
  uid,
  mapping,
  person,
  reason,
  happened,
  proofs,
  faults,
  source,
}: Story): string[] {
  const rows = happened.map(({ at, seq, event, actor, says }) => [
    sayAt(at),
    seq === undefined ? '' : String(seq),
    event,
    actor || '-',
    says,
  ])
  return [
    ...aligned([[`${namespace}/${request}`, `${person} asked for ${mapping}`, `"${reason}"`]]),
    `uid ${uid}`,
    ...aligned([['AT', 'SEQ', 'EVENT', 'WHO', 'WHAT'], ...rows]),
    ...proofs.flatMap(({ event, actor, evidence, nonce }) =>
      aligned([
        [`Evidence of ${event} by ${actor}: ID token with SHA-256 ${evidence}${nonce ? `, nonce ${nonce}` : ''}`],
      ]),
    ),
    ...(source === 'cluster'
      ? ['Source: the request in the cluster, which remembers less than the log. Name the log with --log.']
      : faults.length > 0
        ? faults
        : [`All ${counted(happened.length, 'event')} are there, and each names the one before.`]),
    'Times are UTC.',
  ]
}

function sayAt(at: string): string {
  return at.slice(0, 19).replace('T', ' ')
}
