// The options and the help of `hallpass drift`.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseInstant, parseLogName, parseLogPlaces, parseResource } from '../arguments.ts'
import { WordOrFile } from '../completion/words.ts'
import { addMappingOptions } from '../mappings.ts'
import type { Terminal } from '../terminal.ts'
import { after } from '../../domain/asking/duration.ts'
import type { DriftCommand } from './drift.ts'

const help = `
Examples:
  hallpass drift
  hallpass drift --project prod-eu --since -168h
  hallpass drift --token-file <(gcloud auth print-access-token) -o json
  hallpass drift --source logging --log projects/audit/logs/hallpass --file mappings/
  hallpass drift --source export.json.gz --resource projects/prod-eu

It reads the IAM policies of every resource that a mapping or a request names, and compares them with the
record: the requests in the cluster, Hallpass's log (logging), or an export of it (FILE; - is stdin).
It reads with your own credentials (gcloud auth application-default login, or --token-file), and needs
the permission to read each policy, and roles/logging.viewer for Google's log. It changes nothing.

It finds:
  altered    an entry of a request that says something else than its record
  unbacked   an entry with a title of Hallpass, without an approved request
  missing    access in force whose entry is not in the policy
  leftover   an expired entry of Hallpass (see hallpass leftovers)
  wider      an entry of somebody else with a condition that gives more than any mapping allows
  claimed    a policy write with the header of Hallpass that is not what the request wrote
and lists entries without a condition that give what people could ask for, as information.

JSON (schema "hallpass/drift/v1"; fields are only ever added):
  at, policies, requests, writes (numbers of what was read; writes is null when the log was not),
  findings, a list of kind, resource, role, member, title, why, namespace, request, mapping, since, by,
  next and command (null where it is not known), standing, a list of resource, role, member and
  mapping, unread, a list of what and why, and notes.

Exit codes:
  0  nothing was found
  1  a difference was found
  2  it could not be answered, or not everything could be read
`

/** Adds the command. */
export function addDrift(program: Command, terminal: Terminal): void {
  addMappingOptions(
    program.command('drift').description('compare the IAM policies with the record, and print what differs'),
  )
    .addOption(new Option('--project <id>', 'only in this project').argParser(parseProject))
    .addOption(
      new Option('--resource <resource>', 'only on this one, such as projects/prod-eu').argParser(parseResource),
    )
    .addOption(
      new WordOrFile('--source <source>', 'the record: cluster, logging or a file', ['cluster', 'logging']).default(
        'cluster',
      ),
    )
    .addOption(
      new Option('--log <name>', 'the log of Hallpass, projects/PROJECT/logs/hallpass').argParser(parseLogName),
    )
    .addOption(
      new Option('--since <instant>', "since when Google's log is read")
        .argParser(text => parseInstant(text, terminal.now()))
        .default(after(terminal.now(), -86_400), 'a day ago'),
    )
    .addOption(
      new Option('--in <places>', "where Google's log is read, such as projects/prod-eu")
        .argParser(parseLogPlaces)
        .default([], 'where the resources are'),
    )
    .option('--without-log', "do not read Google's log of policy writes")
    .option('--token-file <file>', 'a file with your access token alone; - is stdin')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['table', 'json']).default('table'))
    .addHelpText('after', help)
    .action(async (options: DriftCommand) => {
      const { printDrift } = await import('./drift.ts')
      await printDrift(options, terminal)
    })
}

function parseProject(text: string): string {
  const id = text.replace(/^projects\//, '')
  if (/^[a-z0-9][a-z0-9.:-]{4,98}$/.test(id)) return id
  throw new InvalidArgumentError('It is not the id of a project. Give it as mappings name it, such as prod-eu.')
}
