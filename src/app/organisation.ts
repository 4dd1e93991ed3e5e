// Who belongs to the organisation, and whose addresses belong together, from the configuration file if it is given: for
// commands that a person runs.
import type { Organisation } from '../domain/people/belonging.ts'
import type { People } from '../domain/people/identity.ts'
import type { Environment } from './environment.ts'
import { readSettingsFile } from './settings-file.ts'

/** Undefined without a configuration file, or when it does not say. Throws ConfigFault when the file is invalid. */
export function readOrganisation(environment: Environment): { organisation: Organisation; people: People } | undefined {
  const { hostedDomains, externalRequesters = [], people = [] } = readSettingsFile(environment) ?? {}
  return hostedDomains && { organisation: { hostedDomains, externalRequesters }, people }
}
