// The report of a trial as Markdown: for each assumption what was expected, what came, and the calls with their status and
// codes. It contains no secret and no body of an answer.
import { instant } from '../../domain/asking/duration.ts'
import { printable } from '../../domain/text.ts'
import type { Places } from './assumption.ts'
import type { Result, Verdict } from './runner.ts'

export type Header = { id: string; startedAt: Date; places: Places; isSimulated: boolean }

/** Each verdict in words. */
export const titles: Record<Verdict, string> = {
  same: 'the same',
  different: 'DIFFERENT',
  skipped: 'skipped',
  unclear: 'unclear',
  notReached: 'not reached',
}

/** How many of each verdict, in words: `20 the same, 1 DIFFERENT`. */
export function summaryOf(results: readonly Result[]): string {
  return (Object.keys(titles) as Verdict[])
    .map(verdict => ({ verdict, count: results.filter(result => result.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${titles[verdict]}`)
    .join(', ')
}

/** Whether every assumption that was tried is true, and nothing is left behind. */
export function isGreen(results: readonly Result[]): boolean {
  return results.every(({ verdict, left }) => (verdict === 'same' || verdict === 'skipped') && left.length === 0)
}

/** The whole report; `results` may be those so far. */
export function toMarkdown({ id, startedAt, places, isSimulated }: Header, results: readonly Result[]): string {
  const left = results.flatMap(result => result.left)
  const lines = [
    `# Trial ${id}`,
    '',
    `Begun at ${instant(startedAt)}${isSimulated ? ', against simulators' : ''}, on ${code(places.project)}, channel ${code(places.channel)}, policy ${code(places.policy)}.`,
    '',
    `**${summaryOf(results)}.**`,
    ...(left.length > 0 ? ['', '**Not undone. Remove by hand:**', '', ...left.map(what => `- ${text(what)}`)] : []),
    '',
    '| | assumption | service | result |',
    '| --- | --- | --- | --- |',
    ...results.map(
      ({ assumption, verdict }, index) =>
        `| ${index + 1} | ${assumption.id} | ${assumption.service} | ${titles[verdict]} |`,
    ),
    ...results.flatMap(sectionOf),
  ]
  return `${lines.join('\n')}\n`
}

function sectionOf({ assumption, verdict, why, parts, exchanges, left }: Result, index: number): string[] {
  return [
    '',
    `## ${index + 1} ${assumption.id}: ${titles[verdict]}`,
    '',
    text(assumption.says),
    ...(why ? ['', `Not decided: ${text(why)}`] : []),
    ...(left.length > 0 ? ['', `Not undone: ${text(left.join('; '))}`] : []),
    ...(parts.length > 0
      ? [
          '',
          '| | expected | came | |',
          '| --- | --- | --- | --- |',
          ...parts.map(
            ({ what, expected, came, isSame }) =>
              `| ${text(what)} | ${code(expected)} | ${code(came)} | ${isSame ? 'same' : '**different**'} |`,
          ),
        ]
      : []),
    ...(exchanges.length > 0
      ? ['', ...exchanges.map(({ request, answer }) => `- ${code(request)} → ${code(answer)}`)]
      : []),
  ]
}

/** Text that Markdown must not read, on one line. */
function text(said: string): string {
  return printable(said)
    .replaceAll('\n', ' ')
    .replace(/[\\`*_[\]<>|&]/g, sign => `\\${sign}`)
}

/** A code span; a value that has backticks loses them. */
function code(said: string): string {
  return `\`${printable(said).replaceAll('\n', ' ').replaceAll('`', "'").replaceAll('|', '\\|')}\``
}
