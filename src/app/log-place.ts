// Where the audit log is, from the configuration file if there is one: for commands that a person runs. The settings of
// the processes need not be complete for it.
import type { Secret } from '../domain/secret.ts'
import { readSettings } from './config.ts'
import { crossFaults, faultsOf } from './config-check.ts'
import { ConfigFault } from './config-fault.ts'
import { everySetting } from './config-schema.ts'
import type { Environment } from './environment.ts'
import { secretFiles } from './secret-files.ts'

/** What is known about the log; empty without a configuration file. */
export type LogPlace = {
  /** `projects/P/logs/hallpass`. */
  auditLog?: string
  /** How long settled requests stay in the cluster. */
  retainForSeconds?: number
  /** The simulated Google of a sandbox, on a loopback address, and the token to use there. */
  sandbox?: { rootUrl: string; token: Secret }
}

/** Reads HALLPASS_CONFIG when it is set. Throws ConfigFault when the file is invalid. */
export function readLogPlace(environment: Environment): LogPlace {
  if (!environment.configPath) return {}
  const raw = readSettings(environment)
  const every = everySetting.safeParse(raw)
  if (!every.success) throw new ConfigFault([...faultsOf(every, raw), ...crossFaults(raw)])
  const { google, iAmASandbox, retainFor: retainForSeconds } = every.data
  const rootUrl = iAmASandbox?.google
  return {
    retainForSeconds,
    ...(google?.auditLog && { auditLog: google.auditLog }),
    ...(rootUrl && { sandbox: { rootUrl, token: sandboxToken(environment) } }),
  }
}

function sandboxToken({ secretsPath }: Environment): Secret {
  const secrets = secretFiles(secretsPath)
  const token = secrets.one('google-access-token')
  if (secrets.faults.length > 0) throw new ConfigFault([...secrets.faults])
  return token
}
