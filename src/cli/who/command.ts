// The options and the help of `hallpass who`.
import { type Command, Option } from 'commander'
import {
  parseInstant,
  parseLogName,
  parseLogPlaces,
  parseNamespaces,
  parsePerson,
  parseResource,
} from '../arguments.ts'
import { WordOrFile } from '../completion/words.ts'
import type { Terminal } from '../terminal.ts'
import type { WhoOptions } from './who.ts'

const examples = `
Examples:
  hallpass who
  hallpass who --at -2h --resource projects/prod-eu
  hallpass who --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --person dana@example.com -o csv
  hallpass who --at 2025-03-01T14:20:00Z --source logging --log projects/audit/logs/hallpass
  hallpass who --from -24h --compare --log projects/audit/logs/hallpass --in projects/prod-eu
  hallpass who --at -2h --source export.json.gz

Sources:
  cluster   the requests in the cluster; where they do not reach, logging is asked without being named
  logging   Hallpass's log in Cloud Logging (--log, or google.auditLog of HALLPASS_CONFIG)
  google    Google's own audit log of policy writes, in the places that --in names
  FILE      exported entries of either log, compressed by gzip or not; - is stdin
Cloud Logging is read with your own credentials (gcloud auth application-default login, or --token-file)
and needs roles/logging.viewer. --compare asks several sources (cluster, logging and google unless named),
and prints where they differ.

JSON (schema "hallpass/who/v1"; fields are only ever added):
  at, to (or null), source, requests, since (or null), incomplete, notes, and grants, a list of
  person, resource, role, from, until, approvedBy (or null), namespace, request, uid,
  isUncertain (true when Google never confirmed the grant), isEmergency,
  isForeign (true when Hallpass does not write such a condition), hours (in words, or null).
  Instants are RFC 3339 in UTC; access held from "from" until just before "until".
With --compare (schema "hallpass/who-compare/v1"): at, to, sources and differences, a list of
  person, resource, role, request, uid, from, until, held and notHeld (names of sources).

Exit codes:
  0  answered; with --compare, the sources do not differ
  1  a difference was found
  2  the question could not be answered, or the arguments are wrong
`

type Given = Omit<WhoOptions, 'at' | 'to'> & { at?: Date; from?: Date | 'cluster' | 'log'; to?: Date }

/** Adds the command. */
export function addWho(program: Command, terminal: Terminal): void {
  const instantOf = (text: string): Date => parseInstant(text, terminal.now())
  const repeated = (text: string, before: readonly string[] = []): string[] => [...before, text]
  program
    .command('who')
    .description('list who had access through Hallpass at an instant or in a span')
    .addOption(
      new Option(
        '--at <instant>',
        'RFC 3339 with a zone, now, or how long ago, such as -2h; now unless given',
      ).argParser(instantOf),
    )
    .addOption(
      new Option(
        '--from <instant>',
        'the beginning of a span (also cluster or log, an older form of --source)',
      ).argParser(text => (text === 'cluster' || text === 'log' ? text : instantOf(text))),
    )
    .addOption(new Option('--to <instant>', 'the end of the span; now unless given').argParser(instantOf))
    .addOption(
      new Option('--resource <resource>', 'only on this one, such as projects/prod-eu').argParser(parseResource),
    )
    .addOption(new Option('--person <email>', 'only this person').argParser(parsePerson))
    .addOption(
      new WordOrFile('--source <source>', 'where to look: cluster, logging, google or a file; repeat for --compare', [
        'cluster',
        'logging',
        'google',
      ])
        .argParser(repeated)
        .default([], 'cluster, then logging'),
    )
    .option('--compare', 'print where the sources differ')
    .addOption(
      new Option('--log <name>', 'the log of Hallpass, projects/PROJECT/logs/hallpass').argParser(parseLogName),
    )
    .addOption(
      new Option('--in <places>', "where Google's audit log is read, such as projects/prod-eu")
        .argParser(parseLogPlaces)
        .default([], 'where the mapped resources are'),
    )
    .option('--token-file <file>', 'an access token for Cloud Logging, instead of your default credentials')
    .addOption(
      new Option('-n, --namespace <names>', 'only requests of the cluster in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(new Option('-o, --output <form>', 'output format').choices(['table', 'json', 'csv']).default('table'))
    .addHelpText('after', examples)
    .action(async (given: Given, command: Command) => {
      const options = optionsOf(given, terminal.now())
      if (typeof options === 'string') command.error(`error: ${options}`)
      const { who } = await import('./who.ts')
      await who(options, terminal)
    })
}

/** The options, or what is wrong with them together. */
function optionsOf({ from, at, to, ...given }: Given, now: Date): WhoOptions | string {
  const source = typeof from === 'string' ? [from === 'log' ? '-' : from] : given.source
  if (typeof from === 'string' && given.source.length > 0) return `--from ${from} and --source name two sources.`
  if (source.length > 1 && !given.compare) return 'Several sources are only asked with --compare.'
  const begin = typeof from === 'string' ? undefined : from
  if (at && (begin ?? to)) return 'Give --at for an instant, or --from and --to for a span.'
  if (to && !begin) return '--to ends a span: give --from as well.'
  if (!begin) return { ...given, source, at: at ?? now }
  const end = to ?? now
  if (end <= begin) return 'The span ends before it begins: --to must be later than --from.'
  return { ...given, source, at: begin, to: end }
}
