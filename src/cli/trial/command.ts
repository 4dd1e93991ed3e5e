// The options and the help of `hallpass trial`.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parsePerson, parseResource } from '../arguments.ts'
import type { Terminal } from '../terminal.ts'
import type { TrialOptions } from './begin.ts'

const examples = `
Examples:
  HALLPASS_CONFIG=config.yaml HALLPASS_SECRETS=secrets hallpass trial \\
    --project projects/my-throwaway --channel C0123456789 --policy PABC123 \\
    --person dana@example.com --token-file <(gcloud auth print-access-token)

Use only a project, a channel and a policy that nobody needs: docs/trial.md says what to prepare. The trial
asks before each change, and undoes each, also after Ctrl-C. Press Ctrl-C only once: the second one
ends the process at once.

Without HALLPASS_CONFIG and HALLPASS_SECRETS of all processes it does not begin.
`

const slackChannel = given(/^[CG][A-Z0-9]{2,29}$/, 'It is not the id of a Slack channel, such as C0123456789.')
const pagerDutyID = given(/^[A-Z0-9]{2,30}$/, 'It is not an id of PagerDuty, such as PABC123.')
const keyName = given(
  /^projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/[^/\s?#]+$/,
  'It is not the full name of a KMS key.',
)
const routeName = given(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'It is not the name of a route of pagerduty.routes.')
const bucket = '//storage.googleapis.com/projects/_/buckets/BUCKET'
const several = (text: string, before: readonly string[] = []): string[] => [...before, ...text.split(',')]

/** Adds the command. */
export function addTrial(program: Command, terminal: Terminal, exitCodeHelp: string): void {
  const needs = (flags: string, says: string, parse: (text: string) => string): Option =>
    new Option(flags, says).argParser(parse).makeOptionMandatory()
  program
    .command('trial')
    .description('check, on throwaway resources, that the real services behave as Hallpass expects')
    .addOption(needs('--project <project>', 'the throwaway project, such as projects/my-throwaway', parseProject))
    .addOption(needs('--channel <id>', 'a Slack channel with the app and you', slackChannel))
    .addOption(needs('--policy <id>', 'an escalation policy of PagerDuty with somebody on call', pagerDutyID))
    .addOption(needs('--person <email>', 'you, whose access token it is', parsePerson))
    .requiredOption('--token-file <file>', 'a file with your access token alone; - is the first line of stdin')
    .addOption(new Option('--outside-channel <id>', 'a public Slack channel without the app').argParser(slackChannel))
    .addOption(new Option('--schedule <id>', 'a schedule of PagerDuty').argParser(pagerDutyID))
    .addOption(
      new Option('--resource <names>', 'throwaway resources with their own policy, by their full names').argParser(
        parseResources,
      ),
    )
    .addOption(
      new Option('--fine-bucket <name>', 'a throwaway bucket without uniform access, by its full name').argParser(
        parseBucket,
      ),
    )
    .addOption(
      new Option('--route <name>', 'a route of pagerduty.routes whose service is throwaway').argParser(routeName),
    )
    .addOption(
      new Option('--group <address>', 'a Google security group that lists you; it is only read').argParser(parsePerson),
    )
    .addOption(new Option('--key <name>', 'a KMS key that you may encrypt and decrypt with').argParser(keyName))
    .option('--report <file>', 'where the report is written; the file must not exist', 'trial.md')
    .addOption(new Option('--only <ids>', 'only these assumptions').argParser(several))
    .option('--yes', 'ask nothing; needs --throwaway, and skips what a person must answer')
    .addOption(new Option('--throwaway <names>', 'the named resources and the person once more').argParser(several))
    .addHelpText('after', examples + exitCodeHelp)
    .action(async (options: TrialOptions) => {
      const { trial } = await import('./trial.ts')
      await trial(options, terminal)
    })
}

function parseProject(text: string): string {
  const resource = parseResource(text)
  if (resource.startsWith('projects/')) return resource
  throw new InvalidArgumentError('Only a project can be tried, such as projects/my-throwaway.')
}

function parseResources(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map(parseResource)
  const short = names.find(name => !name.startsWith('//'))
  if (short === undefined) return [...before, ...names]
  throw new InvalidArgumentError(
    `"${short}" has no policy of its own API; use a full resource name, such as ${bucket}.`,
  )
}

function parseBucket(text: string): string {
  const resource = parseResource(text)
  if (resource.startsWith(bucket.replace('BUCKET', ''))) return resource
  throw new InvalidArgumentError(`It is not the full name of a bucket, such as ${bucket}.`)
}

function given(form: RegExp, why: string): (text: string) => string {
  return text => {
    if (form.test(text)) return text
    throw new InvalidArgumentError(why)
  }
}
