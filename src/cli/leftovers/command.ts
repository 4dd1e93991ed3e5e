// The options and the help of `hallpass leftovers`.
import { type Command, Option } from 'commander'
import { parseNamespaces, parseResource } from '../arguments.ts'
import { Ended, EndedBy } from '../ended.ts'
import type { Terminal } from '../terminal.ts'
import { leftoverCodes, type LeftoversOptions, printLeftovers } from './leftovers.ts'

const help = `
Examples:
  hallpass leftovers --token-file <(gcloud auth print-access-token)
  gcloud auth print-access-token | hallpass leftovers --token-file - --resource projects/prod-eu
  hallpass leftovers --token-file token -o commands > remove.sh

An expired entry of Hallpass gives nothing, and Google counts it until it is removed. Each grant
removes those of its own roles. This command reads the IAM policies with your own access token, and
prints the command that removes each of the others, for a person who may change that policy. It
changes nothing. An entry is only called removable when its request is in the cluster and had exactly
this entry written.

JSON (schema "hallpass/leftovers/v1"; fields are only ever added):
  at, policies (how many were read), foreign (how many entries look like those of Hallpass and are
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
      new Option('-n, --namespace <names>', 'only mappings and requests in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(
      new Option('-o, --output <form>', 'output format').choices(['table', 'json', 'commands']).default('table'),
    )
    .addHelpText('after', help)
    .action(async (options: LeftoversOptions) => {
      const code = await printLeftovers(options, terminal).catch((error: unknown) => {
        throw new EndedBy(error, leftoverCodes.unanswered)
      })
      if (code !== leftoverCodes.none) throw new Ended(code)
    })
}
