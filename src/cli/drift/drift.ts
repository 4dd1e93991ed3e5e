// `hallpass drift`: in what the IAM policies differ from the record of Hallpass. It reads only, with the rights of the person
// at the terminal, and never says that all is well when something could not be read.
import type { DriftReport } from '../../audit/drift/drift.ts'
import { lookForDrift } from '../../audit/drift/look.ts'
import { toJson, toTable } from '../../audit/drift/rendering.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { tokenFrom } from '../access-token.ts'
import { Ended } from '../ended.ts'
import { answerCodes, answering, type Terminal } from '../terminal.ts'
import { type DriftOptions, openWorld } from './world.ts'

export type DriftCommand = DriftOptions & { tokenFile?: string; output: 'table' | 'json' }

/** Prints the answer. Ends with the exit code for a difference, or for an answer with a gap. */
export async function printDrift(options: DriftCommand, terminal: Terminal): Promise<void> {
  await answering(async () => {
    if (options.tokenFile === '-' && options.source === '-')
      throw new Error('Both --token-file and --source are -, and stdin can only be one of them.')
    const token = options.tokenFile === undefined ? undefined : await tokenFrom(options.tokenFile, terminal)
    const { world, notes } = await openWorld(options, token, terminal)
    const found = await lookForDrift(world)
    const report: DriftReport = { ...found, notes: [...found.notes, ...notes] }
    print(report, options, terminal)
    if (report.unread.length > 0) throw new Ended(answerCodes.unanswered)
    if (report.findings.length > 0) throw new Ended(answerCodes.different)
  })
}

function print(report: DriftReport, { output }: DriftCommand, terminal: Terminal): void {
  if (output === 'json') terminal.out(printedJson(toJson(report, terminal.now())))
  else terminal.out(toTable(report))
  for (const { what, why } of report.unread)
    terminal.err(`${printable(`Not answered: ${what}: ${why}`).replace(/[\r\n]+/g, ' ')}\n`)
}
