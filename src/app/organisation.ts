// Who belongs to the organisation, and whose addresses belong together, from the configuration file if it is given: for
// commands that a person runs.
import type { Organisation } from '../domain/people/belonging.ts'
import type { People } from '../domain/people/identity.ts'
import { readSettings } from './config.ts'
import { crossFaults, faultsOf } from './config-check.ts'
import { ConfigFault } from './config-fault.ts'
import { everySetting } from './config-schema.ts'
import type { Environment } from './environment.ts'

/** Undefined without a configuration file, or when it does not say. Throws ConfigFault when the file is invalid. */
export function readOrganisation(environment: Environment): { organisation: Organisation; people: People } | undefined {
  if (!environment.configPath) return undefined
  const raw = readSettings(environment)
  const every = everySetting.safeParse(raw)
  if (!every.success) throw new ConfigFault([...faultsOf(every, raw), ...crossFaults(raw)])
  const { hostedDomains, externalRequesters, people } = every.data
  return hostedDomains && { organisation: { hostedDomains, externalRequesters }, people }
}
