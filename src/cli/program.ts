// The commands, their options and their help. What they do is elsewhere.
import { Command, Option } from 'commander'
import { type ProcessName, processNames } from '../app/config.ts'
import { parseInstant, parseNamespaces, parsePerson, parseResource } from './arguments.ts'
import { checkConfig, start } from './start.ts'
import type { Terminal } from './terminal.ts'
import { who, type WhoOptions } from './who.ts'

const exitCodeHelp = `
Exit codes:
  0  done
  1  failed
  2  wrong arguments or configuration
  3  the cluster does not answer
`
const environmentHelp = `
Environment:
  HALLPASS_CONFIG   path of the configuration file
  HALLPASS_SECRETS  folder with one file for each secret
  KUBECONFIG        the cluster, when it does not run in one
`
const starts: Record<ProcessName, string> = {
  gateway: 'serve Slack: commands, buttons and forms',
  auth: "serve the approver's pages and the login with Google",
  controller: 'work on requests: route, tell, grant, expire, account',
  all: 'run the three in one process, for trials: it separates rights, not memory',
}
const whoExamples = `
Examples:
  hallpass who
  hallpass who --at -2h --resource projects/prod-eu
  hallpass who --at 2026-11-23T14:20:00Z --person dana@example.com -o json
  gcloud logging read 'logName="projects/audit/logs/hallpass"' --freshness=30d --format=json | \\
    hallpass who --at -2h --from log

JSON (schema "hallpass/who/v1"; fields are only ever added):
  at, source, requests, since (or null), incomplete, and grants, a list of
  person, resource, role, from, until, approvedBy (or null), namespace, request,
  isUncertain (true when Google never confirmed the grant).
  Instants are RFC 3339 in UTC; access held from "from" until just before "until".
`

/** The whole command line for one terminal. Throws CommanderError for wrong arguments and for help. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('hallpass')
    .description('Just-in-time production access on Google Cloud, asked in Slack and approved by the manager on call.')
    .addHelpText('after', `\nExample:\n  hallpass who --at -2h --resource projects/prod-eu\n${exitCodeHelp}`)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
    .showHelpAfterError('(add --help for the options and examples)')
  for (const name of processNames)
    program
      .command(name)
      .description(starts[name])
      .addHelpText(
        'after',
        `\nExample:\n  HALLPASS_CONFIG=config.yaml HALLPASS_SECRETS=secrets hallpass ${name}\n${environmentHelp}${exitCodeHelp}`,
      )
      .action(() => start(name, terminal))
  addWho(program, terminal)
  addCheck(program, terminal)
  return program
}

function addWho(program: Command, terminal: Terminal): void {
  program
    .command('who')
    .description('say who had access through Hallpass at an instant')
    .addOption(
      new Option('--at <instant>', 'RFC 3339 with a zone, now, or how long ago, such as -2h')
        .argParser(text => parseInstant(text, terminal.now()))
        .default(terminal.now(), 'now'),
    )
    .addOption(
      new Option('--resource <resource>', 'only on this one, such as projects/prod-eu').argParser(parseResource),
    )
    .addOption(new Option('--person <email>', 'only this person').argParser(parsePerson))
    .addOption(
      new Option('-n, --namespace <names>', 'only requests in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(
      new Option('--from <source>', 'where to look; log reads entries as JSON from stdin')
        .choices(['cluster', 'log'])
        .default('cluster'),
    )
    .addOption(new Option('-o, --output <form>', 'how to answer').choices(['table', 'json']).default('table'))
    .addHelpText('after', whoExamples + exitCodeHelp)
    .action((options: WhoOptions) => who(options, terminal))
}

function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check-config')
    .description('check the configuration and the secrets of a process without starting it')
    .addArgument(
      program
        .createArgument('[process]', 'whose configuration')
        .choices([...processNames])
        .default('all'),
    )
    .addHelpText(
      'after',
      `\nExample:\n  HALLPASS_CONFIG=config.yaml HALLPASS_SECRETS=secrets hallpass check-config gateway\n${environmentHelp}${exitCodeHelp}`,
    )
    .action((name: ProcessName) => checkConfig(name, terminal))
}
