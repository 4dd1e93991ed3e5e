// The settings that the Slack app depends on, from the configuration file if it is given: for commands that a person runs.
import type { Environment } from './environment.ts'
import { readSettingsFile } from './settings-file.ts'

type SlackApp = { publicUrl?: string; mode?: 'http' | 'socket'; command?: string }

/** Nothing without a configuration file. Throws ConfigFault when the file is invalid. */
export function readSlackApp(environment: Environment): SlackApp {
  const { publicUrl, slack: { mode, command } = {} } = readSettingsFile(environment) ?? {}
  return { ...(publicUrl && { publicUrl }), ...(mode && { mode }), ...(command && { command }) }
}
