// `hallpass slack-app`: prints the manifest of the Slack app for the mappings, or compares an exported one with it.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { parse, stringify } from 'yaml'
import { readSlackApp } from '../../app/slack-app.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { Ended } from '../ended.ts'
import { addMappingOptions, chosenMappings, type MappingOptions } from '../mappings.ts'
import { answerCodes, answering, type Terminal } from '../terminal.ts'
import { differencesOf, readManifest } from './differences.ts'
import { appManifest, type AppSettings, faultOfApp } from './manifest.ts'

type Options = MappingOptions & {
  url?: string
  mode?: AppSettings['mode']
  check?: string
  output: 'yaml' | 'json'
}

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
    .action(async (options: Options) => answering(() => run(options, terminal)))
}

async function run({ check, output, ...options }: Options, terminal: Terminal): Promise<void> {
  const mappings = await chosenMappings(options, terminal)
  const settings = settingsFor(options, terminal)
  const fault = faultOfApp(mappings, settings)
  if (fault) throw new Error(fault)
  const wanted = appManifest(mappings, settings)
  if (check === undefined) {
    terminal.out(output === 'json' ? printedJson(wanted) : stringify(wanted, { lineWidth: 0 }))
    return
  }
  const differences = differencesOf(wanted, readManifest(await manifestIn(check, terminal)))
  terminal.out(differences.map(line => `${printable(line)}\n`).join(''))
  terminal.err(
    differences.length === 0
      ? 'The Slack app is as it should be.\n'
      : `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}.\n`,
  )
  if (differences.length > 0) throw new Ended(answerCodes.different)
}

function settingsFor({ url, mode }: Pick<Options, 'url' | 'mode'>, { environment }: Terminal): AppSettings {
  const found = readSlackApp(environment)
  const address = url ?? found.publicUrl
  if (address !== undefined && URL.parse(address)?.protocol !== 'https:')
    throw new Error(
      `"${address}" is not an address that Slack can call. Give https and the host, such as https://access.example.com.`,
    )
  return { url: address, mode: mode ?? found.mode ?? 'http', command: found.command ?? '/access' }
}

async function manifestIn(file: string, { stdin }: Terminal): Promise<unknown> {
  const content = file === '-' ? await text(stdin) : readFileSync(file, 'utf8')
  try {
    return parse(content)
  } catch {
    throw new Error(`${file === '-' ? 'The input' : file} is neither YAML nor JSON.`)
  }
}
