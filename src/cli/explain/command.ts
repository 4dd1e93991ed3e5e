// The options and the help of `hallpass explain`.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readDuration } from '../../domain/asking/typed-duration.ts'
import { parseInstant, parsePerson, repeated } from '../arguments.ts'
import { addMappingOptions } from '../mappings.ts'
import type { Terminal } from '../terminal.ts'
import type { ExplainOptions } from './explain.ts'

const examples = `
Examples:
  hallpass explain --as dana@example.com --mapping prod-db
  hallpass explain --as dana@example.com --mapping prod-db --approver mo@example.com --for 2h
  hallpass explain --as dana@example.com --mapping audit-bucket --reason 'AUD-12 yearly audit' -f mappings/

The rules are those that judge real requests. Nothing is stored and nobody is asked. With -f no cluster is
needed. HALLPASS_CONFIG names the settings that say who belongs to the organisation.

JSON (schema "hallpass/explain/v1"; fields are only ever added):
  at, mapping, person, seconds, isAsked (or null), judged (about, answer, reason, owner, says), works (the
  hours, in words, or null), asked, unknown.

Exit codes:
  0  no rule says no
  1  a rule says no
  2  the question could not be answered, or the arguments are wrong
`

/** Adds the command. */
export function addExplain(program: Command, terminal: Terminal): void {
  const command = program
    .command('explain')
    .description('say what would happen to a request, by the rules that judge real ones')
    .addOption(new Option('--as <email>', 'who would ask').argParser(parsePerson).makeOptionMandatory())
    .addOption(new Option('--mapping <name>', 'what they would ask for').makeOptionMandatory())
    .addOption(new Option('--approver <email>', 'whether this person could approve').argParser(parsePerson))
    .addOption(
      new Option('--for <duration>', 'how long, such as 2h; the default of the mapping unless given').argParser(
        parseLength,
      ),
    )
    .option('--reason <text>', 'the reason; not judged unless given')
    .option('--emergency', 'as an emergency')
    .addOption(
      new Option('--at <instant>', 'as if it was then: RFC 3339 with a zone, now, or -2h')
        .argParser(text => parseInstant(text, terminal.now()))
        .default(terminal.now(), 'now'),
    )
    .addOption(
      new Option('--google-group <email>', 'a Google group that they are in; repeat for more')
        .argParser(repeated)
        .default([], 'none'),
    )
    .addOption(
      new Option('--user-group <id>', 'a Slack user group that they are in; repeat for more')
        .argParser(repeated)
        .default([], 'none'),
    )
  addMappingOptions(command)
    .addOption(new Option('-o, --output <form>', 'output format').choices(['table', 'json']).default('table'))
    .addHelpText('after', examples)
    .action(async (options: ExplainOptions) => {
      const { printExplanation } = await import('./explain.ts')
      await printExplanation(options, terminal)
    })
}

function parseLength(text: string): number {
  const seconds = readDuration(text)
  if (seconds !== undefined) return seconds
  throw new InvalidArgumentError('It is not a duration such as 30m, 2h or 1h30m.')
}
