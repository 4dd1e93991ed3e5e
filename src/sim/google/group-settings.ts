// The Groups Settings API, of which only reading is simulated
// (https://developers.google.com/workspace/admin/groups-settings/v1/reference/groups).
import type { Express } from 'express'
import { type Api, serveGet } from './api.ts'
import { GoogleFailure, JsonFailure } from './failure.ts'
import type { GroupDirectory } from './group-directory.ts'

/** The only scope that the API knows. It allows changes too; the caller's admin role decides. */
const settingsScope = 'https://www.googleapis.com/auth/apps.groups.settings'

/** Serves `GET /groups/v1/groups/ADDRESS`. */
export function serveGroupSettings(app: Express, api: Api, directory: GroupDirectory): void {
  const target = { name: 'groupsSettings.groups.get', service: 'groupssettings.googleapis.com', method: 'groups.get' }
  const method = {
    ...target,
    scopes: [settingsScope],
    process: ({ caller, resource }: { caller: { email: string }; resource: string }): object => {
      const group = directory.byAddress(decodeURIComponent(resource).toLowerCase())
      if (!group || !directory.mayReadSettings(caller.email, group))
        throw new JsonFailure(new GoogleFailure('PERMISSION_DENIED', 'Not Authorized to access this resource/api'))
      const { email, title = email, whoCanJoin = 'INVITED_CAN_JOIN' } = group
      return { kind: 'groupsSettings#groups', email, name: title, whoCanJoin, allowExternalMembers: 'false' }
    },
  }
  serveGet(app, /^\/groups\/v1\/groups\/([^/]+)$/, method, api)
}
