// The settings that the Slack app depends on, from the configuration file if it is given: for commands that a person runs.
import { crossFaults, faultsOf } from './config-check.ts'
import { ConfigFault } from './config-fault.ts'
import { everySetting } from './config-schema.ts'
import { readSettings } from './config.ts'
import type { Environment } from './environment.ts'

type SlackApp = { publicUrl?: string; mode?: 'http' | 'socket'; command?: string }

/** Nothing without a configuration file. Throws ConfigFault when the file is invalid. */
export function readSlackApp(environment: Environment): SlackApp {
  if (!environment.configPath) return {}
  const raw = readSettings(environment)
  const every = everySetting.safeParse(raw)
  if (!every.success) throw new ConfigFault([...faultsOf(every, raw), ...crossFaults(raw)])
  const { publicUrl, slack: { mode, command } = {} } = every.data
  return { ...(publicUrl && { publicUrl }), ...(mode && { mode }), ...(command && { command }) }
}
