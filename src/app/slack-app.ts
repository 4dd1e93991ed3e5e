// The Slack app: what it may do, and the settings that it depends on, from the configuration file if it is given.
import type { Environment } from './environment.ts'
import { readSettingsFile } from './settings-file.ts'

/** What the bot may do in the workspace. deploy/slack/manifest.yaml says what each is for. */
export const botScopes = [
  'commands',
  'chat:write',
  'users:read',
  'users:read.email',
  'usergroups:read',
  'channels:read',
  'channels:history',
  'groups:read',
  'groups:history',
  'im:write',
] as const

/** Slack allows this many commands for one app. */
export const mostCommands = 50

type SlackApp = { publicUrl?: string; mode?: 'http' | 'socket'; command?: string }

/** Nothing without a configuration file. Throws ConfigFault when the file is invalid. */
export function readSlackApp(environment: Environment): SlackApp {
  const { publicUrl, slack: { mode, command } = {} } = readSettingsFile(environment) ?? {}
  return { ...(publicUrl && { publicUrl }), ...(mode && { mode }), ...(command && { command }) }
}
