// The settings that mappings are judged with, from the configuration file if it is given: for commands that judge files.
import type { PageRoute } from '../domain/calling/paging.ts'
import type { Organisation } from '../domain/people/belonging.ts'
import type { People } from '../domain/people/identity.ts'
import type { Environment } from './environment.ts'
import { readSettingsFile } from './settings-file.ts'

/** What is undefined is not known: the file does not say it. */
export type MappingSettings = {
  organisation: Organisation | undefined
  people: People
  pageRoutes: readonly PageRoute[]
  /** The command that reaches every mapping. */
  genericCommand: string
  /** Watched namespaces; an empty list means all. */
  namespaces: readonly string[]
  readsGoogleGroups: boolean
}

/** Undefined without a configuration file. Throws ConfigFault when the file is invalid. */
export function readMappingSettings(environment: Environment): MappingSettings | undefined {
  const all = readSettingsFile(environment)
  if (!all) return undefined
  const { hostedDomains, externalRequesters, people, namespaces, slack, google, pagerduty } = all
  return {
    organisation: hostedDomains && { hostedDomains, externalRequesters },
    people,
    pageRoutes: pagerduty?.routes ?? [],
    genericCommand: slack?.command ?? '/access',
    namespaces,
    readsGoogleGroups: google?.groupsReader !== undefined,
  }
}
