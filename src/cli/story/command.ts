// The options and the help of `hallpass history` and `hallpass did`.
import { type Command, Option } from 'commander'
import { parseLogName, parseLogPlaces, parseNamespaces } from '../arguments.ts'
import { WordOrFile } from '../completion/words.ts'
import type { Terminal } from '../terminal.ts'
import type { DidOptions } from './did.ts'
import type { RequestOptions } from './history.ts'

const historyExamples = `
Examples:
  hallpass history prod-db-7f3k2qw5e6rt
  hallpass history prod-db-7f3k2qw5e6rt --log projects/audit/logs/hallpass
  hallpass history hallpass/prod-db-7f3k2qw5e6rt --source export.json.gz -o json

The log has every step. Without a log (--log, or google.auditLog of HALLPASS_CONFIG) the request in the
cluster is told, which remembers less.

JSON (schema "hallpass/history/v1"; fields are only ever added): requests, a list of uid, namespace, request,
  mapping, person, reason, happened (at, seq, event, actor, says), proofs (event, actor, evidence, nonce),
  faults and source.

Exit codes:
  0  answered
  1  events are missing or do not fit together
  2  the question could not be answered, or the arguments are wrong
`
const didExamples = `
Examples:
  hallpass did prod-db-7f3k2qw5e6rt
  hallpass did prod-db-7f3k2qw5e6rt --in projects/prod-eu,projects/prod-us -o json

Google's audit logs of the granted resources are read with your own credentials: roles/logging.viewer, and
roles/logging.privateLogViewer for Data Access logs. Whether these are on is read from the IAM policies of
the places (resourcemanager.projects.getIamPolicy). The exact filter is printed.

JSON (schema "hallpass/did/v1"; fields are only ever added): request, person, resources, from, until, calls
  (method, service, calls, refused, first, last, logs), places, filter, dataAccess (place, isSeen,
  recording: on, partly, off or unknown), notes.

Exit codes:
  0  answered
  2  the question could not be answered, or the arguments are wrong
`

/** Adds both commands. */
export function addStories(program: Command, terminal: Terminal): void {
  withSource(program.command('history'))
    .description('tell one request as a story, with its evidence')
    .argument('<request>', 'its name, or namespace/name')
    .addHelpText('after', historyExamples)
    .action(async (name: string, options: RequestOptions) => {
      const { printHistory } = await import('./history.ts')
      await printHistory(name, options, terminal)
    })
  withSource(program.command('did'))
    .description('list what the person of a request did with its access')
    .argument('<request>', 'its name, or namespace/name')
    .addOption(
      new Option('--in <places>', "where Google's audit logs are read, such as projects/prod-eu")
        .argParser(parseLogPlaces)
        .default([], 'where the granted resources are'),
    )
    .addHelpText('after', didExamples)
    .action(async (name: string, options: DidOptions) => {
      const { printDid } = await import('./did.ts')
      await printDid(name, options, terminal)
    })
}

function withSource(command: Command): Command {
  return command
    .addOption(
      new WordOrFile('--source <source>', 'where the request is looked for: cluster, logging or a file', [
        'cluster',
        'logging',
      ]),
    )
    .addOption(
      new Option('--log <name>', 'the log of Hallpass, projects/PROJECT/logs/hallpass').argParser(parseLogName),
    )
    .option('--token-file <file>', 'an access token for Cloud Logging, instead of your default credentials')
    .addOption(
      new Option('-n, --namespace <names>', 'only requests of the cluster in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(new Option('-o, --output <form>', 'output format').choices(['table', 'json']).default('table'))
}
