// `hallpass verify` and `hallpass keys archive`: their options and help.
import { tmpdir } from 'node:os'
import { Argument, type Command, Option } from 'commander'
import { answering, type Terminal } from '../terminal.ts'
import type { VerifyOptions } from './verify.ts'

const verifyHelp = `
Examples:
  hallpass verify hallpass.json.gz google.json.gz --keys google-keys.json
  hallpass verify hallpass.json.gz --keys google-keys.json --client 1234-abc.apps.googleusercontent.com
  hallpass verify - --keys google-keys.json -o json < hallpass.json

It reads exported entries and makes no connection: the log of Hallpass, Google's audit log of policy writes, or both,
in any order and in any number of files, one entry a line or as a list, also compressed by gzip.

It checks the numbers and hashes of each request's history, that what was signed is what the log says, the signatures
by the certificates that you have archived, the rules under which people approved, and that each binding belongs to a
request and each grant has its binding. An entry must not have been received before it says that it happened; one that
came more than a day late is told, and is wrong if it is evidence under a key that Google had given up by then.

JSON (schema "hallpass/verify/v1"; fields are only ever added):
  read (numbers of entries), until (or null), clients (the OAuth clients of the sign-ins), late (or null: how many entries
  came more than a day late, and what the first is about), findings, a list of kind, about and why.

Exit codes:
  0  nothing is wrong with these entries
  1  something is wrong
  2  it could not be answered: a file cannot be read, or has no entries of Hallpass
`
const archiveHelp = `
Example:
  hallpass keys archive google-keys.json

Google publishes a certificate for about two weeks. Run it every day, and keep the file where those who can write the
log cannot write: with it, and nothing else, an approval can be verified years later.
`

/** Adds both commands. */
export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command('verify')
    .description('check an exported log: signatures, hashes, gaps, and the bindings in Google’s own log')
    .argument('<files...>', 'exported entries; - is stdin')
    .requiredOption('--keys <file>', "Google's certificates, as hallpass keys archive keeps them")
    .addOption(
      new Option(
        '--client <id>',
        'the OAuth client of your Hallpass; a sign-in for another one is a finding; repeatable',
      )
        .argParser((id: string, before: readonly string[]) => [...before, id])
        .default([], 'any'),
    )
    .addOption(
      new Option('--temp <folder>', 'where what does not fit into memory is kept while the check runs').default(
        tmpdir(),
      ),
    )
    .addOption(new Option('-o, --output <form>', 'output format').choices(['table', 'json']).default('table'))
    .addHelpText('after', verifyHelp)
    .action(async (files: string[], options: VerifyOptions) => {
      const { verify } = await import('./verify.ts')
      await answering(() => verify(files, options, terminal))
    })
  program
    .command('keys')
    .description('add the certificates that Google publishes now to a file, to verify approvals later')
    .addArgument(new Argument('<deed>', 'what to do').choices(['archive']))
    .argument('<file>', 'JSON of certificates by key id; it is made when it does not exist')
    .addHelpText('after', archiveHelp)
    .action(async (_deed: 'archive', file: string) => {
      const { archiveKeys } = await import('./archive.ts')
      await archiveKeys(file, terminal)
    })
}
