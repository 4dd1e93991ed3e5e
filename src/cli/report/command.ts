// The options and the help of `hallpass report`.
import { type Command, Option } from 'commander'
import { parseInstant, parseLogName, parseNamespaces } from '../arguments.ts'
import { WordOrFile } from '../completion/words.ts'
import type { Terminal } from '../terminal.ts'
import type { ReportOptions } from './report.ts'

const examples = `
Examples:
  hallpass report
  hallpass report -o html > access.html
  hallpass report --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --source logging -o csv > november.csv

The page (-o html) is one file: it needs nothing else, runs no script, and prints well. With --token-file (an
access token, as gcloud auth print-access-token prints it) the policies are read too, and expired entries that
are left in them are listed.

JSON (schema "hallpass/report/v1"; fields are only ever added): from, to, source, totals, byMapping, byPerson,
  byApprover, byDay, requests, unreviewed, inDoubt, leftovers (or null), notes.

Exit codes:
  0  answered
  2  the question could not be answered, or the arguments are wrong
`

/** Adds the command. */
export function addReport(program: Command, terminal: Terminal): void {
  const instantOf = (text: string): Date => parseInstant(text, terminal.now())
  program
    .command('report')
    .description('count requests and decisions of the last 30 days')
    .addOption(
      new Option('--from <instant>', 'the beginning; 30 days before the end unless given').argParser(instantOf),
    )
    .addOption(new Option('--to <instant>', 'the end; now unless given').argParser(instantOf))
    .addOption(
      new WordOrFile('--source <source>', 'where to look: cluster, logging or a file', ['cluster', 'logging']).default(
        'cluster',
      ),
    )
    .addOption(
      new Option('--log <name>', 'the log of Hallpass, projects/PROJECT/logs/hallpass').argParser(parseLogName),
    )
    .option('--token-file <file>', 'an access token, for Cloud Logging or for reading policies')
    .addOption(
      new Option('-n, --namespace <names>', 'only requests of the cluster in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(
      new Option('-o, --output <form>', 'output format').choices(['table', 'json', 'csv', 'html']).default('table'),
    )
    .addHelpText('after', examples)
    .action(async (options: ReportOptions, command: Command) => {
      const { from, to = terminal.now() } = options
      if (from && to <= from) command.error('error: The span ends before it begins: --to must be later than --from.')
      const { printReport } = await import('./report.ts')
      await printReport(options, terminal)
    })
}
