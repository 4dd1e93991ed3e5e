// The settings and secrets of a process: what `hallpass check-config` says, as findings.
import { type Config, readConfig } from '../config.ts'
import { contradictions, placeholders } from '../config-doubts.ts'
import { ConfigFault, type Fault } from '../config-fault.ts'
import type { Environment } from '../environment.ts'
import type { ProcessName } from '../process-names.ts'
import { hasSecret, routesWithSecret } from '../secret-files.ts'
import { type Found, unlessWrong, wrong } from './check.ts'

/** The settings, or everything that keeps the process from starting. */
export function readConfigOf(name: ProcessName, environment: Environment): Config | Found[] {
  try {
    return readConfig(name, environment, placeholders)
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults.map(foundOfFault)
    throw error
  }
}

/** Settings that contradict each other. */
export function doubtsIn(config: Config, { secretsPath }: Environment): Found | Found[] {
  const doubts = contradictions(config, {
    has: secret => hasSecret(secretsPath, secret),
    routesWithKey: routesWithSecret(secretsPath),
  })
  return unlessWrong(doubts.map(foundOfFault), 'Every setting and secret is valid, and none contradicts another.')
}

function foundOfFault({ setting, given, why, remedy }: Fault): Found {
  return wrong(`${setting}${given === undefined ? '' : ` (${given})`} ${why}.`, remedy)
}
