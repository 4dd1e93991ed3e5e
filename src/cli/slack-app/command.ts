// `hallpass slack-app`: prints the manifest of the Slack app for the mappings, or compares an exported one with it.
import { type Command, Option } from 'commander'
import { addMappingOptions } from '../mappings.ts'
import { answering, type Terminal } from '../terminal.ts'
import type { SlackAppOptions } from './slack-app.ts'

const help = `
Examples:
  hallpass slack-app -f mappings/ --url https://access.example.com > manifest.yaml
  hallpass slack-app --mode socket > manifest.yaml
  hallpass slack-app -f mappings/ --url https://access.example.com --check exported.json

Slack's page of the app ("App Manifest") exports and takes the manifest, so that a new command is a
pull request and one paste. HALLPASS_CONFIG names settings with publicUrl, slack.mode and
slack.command; options count more. Slack allows 50 commands for one app; "/access NAME" reaches the
mappings without a command.

Exit codes:
  0  printed, or the app is as it should be
  1  the app differs
  2  it could not be answered, or the arguments are wrong
`

/** Adds the command. */
export function addSlackApp(program: Command, terminal: Terminal): void {
  const command = program
    .command('slack-app')
    .description("print the Slack app's manifest for the mappings, or compare the app with it")
  addMappingOptions(command)
    .option('--url <address>', 'what Slack calls, such as https://access.example.com')
    .addOption(new Option('--mode <mode>', 'slack.mode').choices(['http', 'socket']))
    .option('--check <file>', 'compare with this exported manifest, YAML or JSON; - is stdin')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .addHelpText('after', help)
    .action(async (options: SlackAppOptions) => {
      const { printSlackApp } = await import('./slack-app.ts')
      await answering(() => printSlackApp(options, terminal))
    })
}
