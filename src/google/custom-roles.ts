// Custom roles of projects and organisations, read with the process's own identity: implements the custom roles port. It
// needs `iam.roles.get` where the roles are defined, and never changes anything.
import { type AuthClient, GoogleAuth } from 'google-auth-library'
import { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js'
import { LRUCache } from 'lru-cache'
import { byClock, validFor } from '../domain/memory.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Clock, CustomRoles } from '../domain/ports.ts'
import type { ListedRole } from '../domain/mapping/role-table.ts'
import { at, failedAnswer } from './answer.ts'
import { callerFault, ownIdentityFault } from './caller.ts'
import { setupFault } from './forbidden.ts'
import { guardIdentity, renewed } from './identity.ts'
import { passingOutcome } from './passing.ts'
import { callTimeoutMs, inTime, withoutSlash } from './transport.ts'

type CustomRolesOptions = {
  /** The process's own identity, with the scope cloud-platform: IAM accepts no narrower one. */
  authClient: AuthClient
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
}
type RoleOrAbsent = ListedRole | 'absent'

/** Less than the five minutes after which a mapping is checked again, so that each check sees a new answer. */
const rememberedSeconds = 240
const cacheSize = 500

const roleForm = /^(projects|organizations)\/([a-z0-9][a-z0-9.:-]{0,62})\/roles\/[A-Za-z0-9_.]{1,64}$/

/** The custom roles port over IAM v1. */
export function createCustomRoles({
  authClient,
  clock,
  rootUrl,
  timeoutMs = callTimeoutMs,
}: CustomRolesOptions): CustomRoles {
  const identity = guardIdentity(authClient)
  const api = new iam_v1.Iam({
    auth: new GoogleAuth({ authClient: identity }),
    ...(rootUrl && { rootUrl: `${withoutSlash(rootUrl)}/` }),
  })
  const ask = async (name: string): Promise<RoleOrAbsent> => {
    try {
      const options = { retry: false, signal: AbortSignal.timeout(timeoutMs) }
      const methods = methodsOf(api, name)
      const { data } = await inTime(
        renewed(identity, () => methods.get({ name }, options)),
        timeoutMs,
        'IAM',
      )
      return roleIn(data, name)
    } catch (error) {
      return absentOr(error, name, clock.now())
    }
  }
  const ttl = validFor(rememberedSeconds)
  const roles = new LRUCache<string, RoleOrAbsent>({ max: cacheSize, ttl, fetchMethod: ask, ...byClock(clock) })
  return { read: name => roles.forceFetch(name) }
}

function methodsOf(api: iam_v1.Iam, name: string): iam_v1.Resource$Projects$Roles {
  const kind = roleForm.exec(name)?.[1]
  if (kind === 'projects' || kind === 'organizations') return api[kind].roles
  throw new Refused(
    'CustomRoleUnreadable',
    `"${name}" is not a custom role: name projects/ID/roles/NAME or organizations/NUMBER/roles/NAME.`,
  )
}

// The answer must be about this role, because a proxy in between may answer 200 itself.
function roleIn(data: unknown, name: string): ListedRole {
  const permissions = at(data, 'includedPermissions')
  const isRole = at(data, 'name') === name && (permissions === undefined || Array.isArray(permissions))
  if (!isRole) throw new Broken(`IAM's answer does not hold the role "${name}".`)
  return data as ListedRole
}

function absentOr(error: unknown, name: string, now: Date): 'absent' {
  if (error instanceof Broken || error instanceof Refused) throw error
  const answer = failedAnswer(error)
  const what = `the role "${name}"`
  const passing = passingOutcome(answer, { whom: 'IAM', doing: `read ${what}`, now })
  if (passing) throw passing
  const { status } = answer
  const called = { service: 'iam.googleapis.com', project: "Hallpass's project", what }
  const fault = setupFault(answer, called) ?? ownIdentityFault(answer, 'IAM')
  if (fault) throw new Refused('CustomRoleUnreadable', fault.message)
  if (callerFault(answer))
    throw new Broken(`IAM does not accept the identity with which Hallpass reads ${what} (${status}).`)
  if (status === 404) return 'absent'
  if (status !== 403) throw new Broken(`IAM answered ${status} when asked to read ${what}.`)
  throw new Refused(
    'CustomRoleUnreadable',
    `Google does not let Hallpass read ${what} (${status}). Grant the controller roles/iam.roleViewer where the role is defined, or leave google.readCustomRoles out.`,
  )
}
