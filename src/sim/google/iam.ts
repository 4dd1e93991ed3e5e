// IAM v1: custom roles as `projects.roles.get` and `organizations.roles.get` show them
// (https://cloud.google.com/iam/docs/reference/rest/v1/projects.roles/get).
import type { Express } from 'express'
import { serveGet, type Api, type Incoming, type Method } from './api.ts'
import { denied, GoogleFailure } from './failure.ts'
import type { Rights } from './rights.ts'
import { cloudPlatform } from './tokens.ts'
import type { CustomRole, GoogleSeeds } from './types.ts'

export type IamDependencies = { seeds: Pick<GoogleSeeds, 'customRoles'>; rights: Rights }

/** Serves `GET /v1/projects/P/roles/R` and `GET /v1/organizations/N/roles/R`. */
export function serveIam(app: Express, api: Api, deps: IamDependencies): void {
  const method: Method = {
    name: 'google.iam.admin.v1.GetRole',
    service: 'iam.googleapis.com',
    method: 'google.iam.admin.v1.IAM.GetRole',
    scopes: [cloudPlatform],
    process: incoming => getRole(incoming, deps),
  }
  serveGet(app, /^\/v1\/((?:projects|organizations)\/[^/]+\/roles\/[A-Za-z0-9_.]{3,64})$/, method, api)
}

// A missing right and a missing project look the same; a role that is missing is said so to those who may look.
function getRole({ caller, resource: name, at }: Incoming, { seeds, rights }: IamDependencies): object {
  const parent = name.slice(0, name.indexOf('/roles/'))
  if (!rights.may(caller.email, 'iam.roles.get', parent, { at })) throw denied('iam.roles.get', name, 'iam')
  const role = seeds.customRoles?.find(other => other.name === name)
  if (!role) throw new GoogleFailure('NOT_FOUND', `The role named ${name} was not found.`)
  return shown(role)
}

// "If the ALPHA launch stage has been selected for a role, the stage field will not be included".
function shown({ stage, deleted, includedPermissions, ...rest }: CustomRole): object {
  return {
    ...rest,
    ...(includedPermissions.length > 0 && { includedPermissions }),
    ...(stage !== 'ALPHA' && { stage }),
    ...(deleted && { deleted }),
    etag: 'BwWWja0YfJA=',
  }
}
