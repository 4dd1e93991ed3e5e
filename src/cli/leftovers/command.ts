// The options and the help of `hallpass leftovers`.
import { type Command, Option } from 'commander'
import { parseLogName, parseNamespaces, parseResource } from '../arguments.ts'
import { WordOrFile } from '../completion/words.ts'
import { Ended, EndedBy } from '../ended.ts'
import type { Terminal } from '../terminal.ts'
import type { LeftoversOptions } from './leftovers.ts'

const help = `
Examples:
  hallpass leftovers --token-file <(gcloud auth print-access-token)
  gcloud auth print-access-token | hallpass leftovers --token-file - --resource projects/prod-eu
  hallpass leftovers --token-file token -o commands > remove.sh
  hallpass leftovers --token-file token --source logging --log projects/audit/logs/hallpass
  hallpass leftovers --token-file token --source export.json.gz

An expired entry of Hallpass gives nothing, and Google counts it until it is removed. Each grant
removes those of its own roles. This command reads the IAM policies with your own access token, and
prints the command that removes each of the others, for a person who may change that policy. It
changes nothing. An entry is only called removable when its request is known and had exactly this
entry written.

Sources of the requests:
  cluster   with the resources of the mappings
  logging   Hallpass's log in Cloud Logging (--log, or google.auditLog of HALLPASS_CONFIG), also for
            requests that are no longer in the cluster; the token needs roles/logging.viewer
  FILE      exported entries of that log, compressed by gzip or not; - is stdin

JSON (schema "hallpass/leftovers/v1"; fields are only ever added):
  at, source, policies (how many were read), foreign (how many entries look like those of Hallpass and are
  not), unread, a list of resource and why, and leftovers, a list of resource, role, member, endedAt,
  uid, namespace and request (null when no request is known), command (null likewise).

Exit codes:
  0  no leftovers
  1  some were found
  2  it could not be answered, or not for every policy
`

/** Adds the command. */
export function addLeftovers(program: Command, terminal: Terminal): void {
  program
    .command('leftovers')
    .description('list expired entries that are still in IAM policies, with the commands that remove them')
    .addOption(
      new Option('--resource <resource>', 'only on this one, such as projects/prod-eu').argParser(parseResource),
    )
    .requiredOption('--token-file <file>', 'a file with your access token alone; - is stdin')
    .addOption(
      new WordOrFile('--source <source>', 'where the requests are: cluster, logging or a file', [
        'cluster',
        'logging',
      ]).default('cluster'),
    )
    .addOption(
      new Option('--log <name>', 'the log of Hallpass, projects/PROJECT/logs/hallpass').argParser(parseLogName),
    )
    .addOption(
      new Option('-n, --namespace <names>', 'only mappings and requests in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(
      new Option('-o, --output <form>', 'output format').choices(['table', 'json', 'commands']).default('table'),
    )
    .addHelpText('after', help)
    .action(async (options: LeftoversOptions, command: Command) => {
      if (options.source === '-' && options.tokenFile === '-')
        command.error('error: Both --token-file and --source are -, and stdin can only be one of them.')
      const { leftoverCodes, printLeftovers } = await import('./leftovers.ts')
      const code = await printLeftovers(options, terminal).catch((error: unknown) => {
        throw new EndedBy(error, leftoverCodes.unanswered)
      })
      if (code !== leftoverCodes.none) throw new Ended(code)
    })
}
