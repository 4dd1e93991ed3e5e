// What `hallpass slack-app` prints: the manifest for the mappings, or how an exported one differs from it.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parse, stringify } from 'yaml'
import { readSlackApp } from '../../app/slack-app.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { Ended } from '../ended.ts'
import { chosenMappings, type MappingOptions } from '../mappings.ts'
import { answerCodes, type Terminal } from '../terminal.ts'
import { differencesOf, readManifest } from './differences.ts'
import { appManifest, type AppSettings, faultOfApp } from './manifest.ts'

/** The options of `hallpass slack-app`. */
export type SlackAppOptions = MappingOptions & {
  url?: string
  mode?: AppSettings['mode']
  check?: string
  output: 'yaml' | 'json'
}

/** Prints the manifest, or the differences. Throws Ended when there are any. */
export async function printSlackApp({ check, output, ...options }: SlackAppOptions, terminal: Terminal): Promise<void> {
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

function settingsFor({ url, mode }: Pick<SlackAppOptions, 'url' | 'mode'>, { environment }: Terminal): AppSettings {
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
