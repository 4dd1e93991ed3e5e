// The commands, their options and their help. What they do is in other files.
import { Command, Option } from 'commander'
import { type ProcessName, processNames } from '../app/process-names.ts'
import type { ApproverRightsOptions } from './approver-rights.ts'
import { parseJanitor, parseMember, parseNamespaces, parseOrganization, parseResource } from './arguments.ts'
import { addCompletion } from './completion/command.ts'
import { addKubectlCompletion } from './completion/kubectl.ts'
import { addLint } from './lint/command.ts'
import { addDrift } from './drift/command.ts'
import { addLeftovers } from './leftovers/command.ts'
import { addDoctor } from './doctor/command.ts'
import type { Terminal } from './terminal.ts'
import { addTrial } from './trial/command.ts'
import { versionOf } from './version.ts'
import { addExplain } from './explain/command.ts'
import { addMappingTests } from './mapping-tests/command.ts'
import { addPlan } from './plan/command.ts'
import { addReport } from './report/command.ts'
import { addStories } from './story/command.ts'
import { addVerify } from './verify/command.ts'
import { addSlackApp } from './slack-app/command.ts'
import { addWho } from './who/command.ts'

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
  KUBECONFIG        which cluster to use outside a pod, as kubectl reads it
`
const starts: Record<ProcessName, string> = {
  gateway: 'serve Slack: commands, buttons and forms',
  auth: "serve the approver's pages and the login with Google",
  controller:
    'work on requests: find approvers, write to people in Slack, grant, announce the end, write the audit log',
  janitor: 'remove the access of holders who are done, with a standing right at Google: optional, read docs/janitor.md',
  all: 'run the gateway, auth and the controller in one process, for trials: their rights are separate, their memory is not',
}
/** Nobody has this address (RFC 2606), so commands that were not filled in give nothing to anybody. */
const placeholder = 'group:approvers@example.com'
const approverRightsExamples = `
Examples:
  hallpass approver-rights --member group:prod-approvers@corp.example
  hallpass approver-rights prod-db --member group:prod-approvers@corp.example > rights.sh
  hallpass approver-rights --resource folders/1234 --organization 5678 -o json
  hallpass approver-rights --janitor hallpass-janitor@access.iam.gserviceaccount.com

An approver needs to read and write the IAM policy of the mapped resources, in the bindings of
the mapped roles and in no others. The commands make a custom role with these two permissions and
bind it under a condition that lists the roles. A person who holds it can also grant these roles
directly, to anybody and without an end: docs/approvers.md says how you notice that.

JSON (schema "hallpass/approver-rights/v1"; fields are only ever added):
  members and rights, a list of resource, role (parent, id, title, permissions) and bindings, a
  list of title, description, expression, roles and mappings.
`

/** The whole command line for one terminal. Throws CommanderError for wrong arguments and for help. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('hallpass')
    .description(
      'Just-in-time production access on Google Cloud, requested in Slack and approved by the manager on call.',
    )
    .version(`hallpass ${versionOf()}`, '--version', 'print the version')
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
      .action(async () => {
        const { start } = await import('./start.ts')
        await start(name, terminal)
      })
  addWho(program, terminal)
  addStories(program, terminal)
  addReport(program, terminal)
  addExplain(program, terminal)
  addLint(program, terminal)
  addMappingTests(program, terminal)
  addPlan(program, terminal)
  addVerify(program, terminal)
  addApproverRights(program, terminal)
  addAround(program, terminal)
  addDrift(program, terminal)
  addLeftovers(program, terminal)
  addSlackApp(program, terminal)
  addCheck(program, terminal)
  addDoctor(program, terminal)
  addTrial(program, terminal, exitCodeHelp)
  addCompletion(program, terminal, exitCodeHelp)
  addKubectlCompletion(program, terminal)
  return program
}

function addApproverRights(program: Command, terminal: Terminal): void {
  program
    .command('approver-rights')
    .description('print the gcloud commands that give approvers the least right they need')
    .argument('[mapping]', 'only for this mapping; without a name, for all mappings that have no fault')
    .addOption(
      new Option('--member <member>', 'who approves: group:ADDRESS or user:ADDRESS; repeat for more')
        .argParser((text: string, before: readonly string[]) => parseMember(text, before))
        .default([], placeholder),
    )
    .addOption(
      new Option('--janitor <account>', 'for the janitor instead: its service account or principal').argParser(
        parseJanitor,
      ),
    )
    .option('--take-away', 'print the commands that take the right away again')
    .addOption(
      new Option('--resource <resource>', 'only on this one, such as projects/prod-eu').argParser(parseResource),
    )
    .addOption(
      new Option(
        '--organization <number>',
        'define the custom roles here instead of in each project; needed for folders and buckets',
      ).argParser(parseOrganization),
    )
    .addOption(
      new Option('-n, --namespace <names>', 'only mappings in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
    .addOption(new Option('-o, --output <form>', 'output format').choices(['commands', 'json']).default('commands'))
    .addHelpText('after', approverRightsExamples + exitCodeHelp)
    .action(async (mapping: string | undefined, { member, ...options }: ApproverRightsOptions) => {
      const { printApproverRights } = await import('./approver-rights.ts')
      await printApproverRights(mapping, { ...options, member: member.length > 0 ? member : [placeholder] }, terminal)
    })
}

const aroundExamples = `
Example:
  gcloud logging read 'protoPayload.methodName=~"[sS]etI(am|AM)(Policy|Permissions)$"' \\
    --organization=123456789012 --freshness=1d --format=json > policies.json
  gcloud logging read 'logName="projects/audit/logs/hallpass"' --freshness=8d --format=json | \\
    hallpass around policies.json
`

function addAround(program: Command, terminal: Terminal): void {
  program
    .command('around')
    .description('list grants that were made without an approval')
    .argument('<file>', 'policy writes of Cloud Audit Logs as JSON; the log of Hallpass comes from stdin')
    .addHelpText('after', aroundExamples + exitCodeHelp)
    .action(async (file: string) => {
      const { around } = await import('./around.ts')
      await around(file, terminal)
    })
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
    .action(async (name: ProcessName) => {
      const { checkConfig } = await import('./start.ts')
      checkConfig(name, terminal)
    })
}
