// The configuration file as a whole, if it is given: for commands that a person runs, which need no secrets.
import type { z } from 'zod'
import { crossFaults, faultsOf } from './config-check.ts'
import { ConfigFault } from './config-fault.ts'
import { everySetting } from './config-schema.ts'
import { readSettings } from './config.ts'
import type { Environment } from './environment.ts'

/** Undefined without a configuration file. Throws ConfigFault with all faults when the file is invalid. */
export function readSettingsFile(environment: Environment): z.infer<typeof everySetting> | undefined {
  if (!environment.configPath) return undefined
  const raw = readSettings(environment)
  const every = everySetting.safeParse(raw)
  const faults = [...faultsOf(every, raw), ...crossFaults(raw)]
  if (!every.success || faults.length > 0) throw new ConfigFault(faults)
  return every.data
}
