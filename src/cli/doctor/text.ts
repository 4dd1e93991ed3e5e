// The answer of `hallpass doctor` as text and as JSON. Services have written parts of it, so no part of it can move the
// cursor or begin a line.
import type { Row } from '../../app/doctor/check.ts'
import { counted, linesOf } from '../../audit/columns.ts'
import { printedJson } from '../../domain/json.ts'
import { oneLine } from '../../domain/text.ts'

type Answer = { process: string; result: Row['result']; rows: readonly Row[]; notAsked: readonly string[] }

/** The answer, with a line break at its end. */
export function doctorAnswer(answer: Answer, output: 'text' | 'json'): string {
  return output === 'json' ? jsonOf(answer) : linesOf(textOf(answer))
}

function jsonOf({ process, result, rows, notAsked }: Answer): string {
  const shown = rows.map(({ remedy = null, says, ...row }) => ({
    ...row,
    says: oneLine(says),
    remedy: remedy === null ? null : oneLine(remedy),
  }))
  return printedJson({ schema: 'hallpass/doctor/v1', process, result, notAsked, rows: shown })
}

const marks: Record<Row['result'], string> = { ok: 'ok', wrong: 'WRONG', unknown: 'unknown' }

function textOf({ process, rows, notAsked }: Answer): string[] {
  const name = (row: Row): string => (process === 'all' ? `${row.id} (${row.process})` : row.id)
  const width = Math.max(...rows.map(row => name(row).length))
  const count = (result: Row['result']): number => rows.filter(row => row.result === result).length
  return [
    ...rows.flatMap(row => [
      `${marks[row.result].padEnd(7)}  ${name(row).padEnd(width)}  ${row.says}`,
      ...(row.remedy === undefined ? [] : [`${' '.repeat(width + 11)}${row.remedy}`]),
    ]),
    `${counted(count('ok'), 'row')} ok, ${count('wrong')} wrong, ${count('unknown')} unknown.`,
    ...(notAsked.length > 0
      ? [`Not asked, because no process may see it: ${notAsked.join(', ')}. Ask with an administrator's kubeconfig.`]
      : []),
  ]
}
