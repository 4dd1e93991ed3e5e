// Grants around Hallpass: members that somebody added to a policy (from Cloud Audit Logs) without an approval in
// Hallpass. Both logs are joined by the request's uid and by the writer, because anybody can set a title or a header.
import { z } from 'zod'
import { readDetailsOfGrant } from '../domain/audit/audit.ts'
import { writerIn } from '../domain/approval/quorum.ts'
import { expressionOf, titleOf } from '../domain/granting/policy.ts'
import { restrictionOf } from '../domain/granting/restriction.ts'
import { fromAuditLog } from '../domain/mapping/resources.ts'
import { activityLog } from './activity-log.ts'
import type { LoggedEvent } from './log-entries.ts'

/** One member of one role that somebody added to a policy. */
export type Added = {
  at: string
  /** The writer of the policy, as Google recorded it. */
  by: string
  resource: string
  role: string
  member: string
  title: string
  expression: string
}
/** One member of one role that somebody added or removed; `id` is the same for repeats of the entry. */
export type Change = Added & { action: string; description: string; id: string }
/** One write of a policy. `reason`: its header X-Goog-Request-Reason, which anybody can set. `log`: where its entry is. */
export type PolicyWrite = Pick<Added, 'at' | 'by' | 'resource'> & {
  id: string
  reason: string
  log: string
  changes: Change[]
}
/** `why`: a clause that says why no approval covers this. */
export type Around = Added & { why: string }

const condition = z.object({
  title: z.string().default(''),
  description: z.string().default(''),
  expression: z.string().default(''),
})
const delta = z.object({
  action: z.string(),
  role: z.string(),
  member: z.string(),
  condition: condition.prefault({}),
})
// Each API has its own name for the method: SetIamPolicy with its package before it, storage.setIamPermissions,
// v1.compute.instances.setIamPolicy, google.iam.admin.v1.SetIAMPolicy.
const policyWriteMethod = z.string().regex(/[sS]etI(am|AM)(Policy|Permissions)$/)
// https://cloud.google.com/logging/docs/reference/audit/bigquery/rest/Shared.Types/BindingDelta
const entry = z.object({
  logName: activityLog,
  timestamp: z.iso.datetime({ offset: true }),
  insertId: z.string().default(''),
  protoPayload: z.object({
    serviceName: z.string().default(''),
    methodName: policyWriteMethod,
    resourceName: z.string(),
    authenticationInfo: z.object({ principalEmail: z.string().default('') }).default({ principalEmail: '' }),
    status: z.object({ code: z.int().default(0) }).default({ code: 0 }),
    requestMetadata: z
      .object({ requestAttributes: z.object({ reason: z.string().default('') }).prefault({}) })
      .prefault({ requestAttributes: {} }),
    serviceData: z.object({ policyDelta: z.object({ bindingDeltas: z.array(delta).default([]) }) }),
  }),
})

/** The members that a policy write added; empty for any other entry and for a failed write. */
export function addedIn(logged: unknown): Added[] {
  return changesIn(logged)
    .filter(({ action }) => action === 'ADD')
    .map(({ at, by, resource, role, member, title, expression }) => {
      return { at, by, resource, role, member, title, expression }
    })
}

/** The members that a policy write added and removed, from its entry in Cloud Audit Logs. */
export function changesIn(logged: unknown): Change[] {
  return policyWriteIn(logged)?.changes ?? []
}

/** A policy write that succeeded, from its entry in Cloud Audit Logs; undefined for any other entry. */
export function policyWriteIn(logged: unknown): PolicyWrite | undefined {
  const { data } = entry.safeParse(logged)
  if (!data || data.protoPayload.status.code !== 0) return undefined
  const { serviceName, resourceName, authenticationInfo, requestMetadata, serviceData } = data.protoPayload
  const at = data.timestamp
  const by = authenticationInfo.principalEmail.toLowerCase()
  const resource = fromAuditLog(serviceName, resourceName)
  const id = data.insertId
  return {
    at,
    by,
    resource,
    id,
    reason: requestMetadata.requestAttributes.reason,
    log: data.logName ?? '',
    changes: serviceData.policyDelta.bindingDeltas.map(({ action, role, member, condition: given }) => ({
      action,
      at,
      by,
      resource,
      role,
      member,
      ...given,
      id,
    })),
  }
}

const policyWrite = z.object({
  logName: activityLog,
  protoPayload: z.object({
    methodName: policyWriteMethod,
    status: z.object({ code: z.literal(0).optional() }).optional(),
  }),
})

/** Whether this is a successful policy write whose additions are not in a known form. */
export function isUnreadable(logged: unknown): boolean {
  return policyWrite.safeParse(logged).success && !entry.safeParse(logged).success
}

/** The additions that no approval in our log covers, in their order. */
export function grantsAround(added: readonly Added[], events: readonly LoggedEvent[]): Around[] {
  const byTitle = Map.groupBy(events, ({ uid }) => titleOf(uid))
  return added.flatMap(one => {
    const why = refuse(one, byTitle.get(one.title))
    return why ? [{ ...one, why }] : []
  })
}

function refuse(one: Added, events: readonly LoggedEvent[] | undefined): string | undefined {
  if (!one.title.startsWith('hallpass ')) return 'it does not name a request of Hallpass'
  const known = (events ?? []).flatMap(event => {
    const facts = readDetailsOfGrant(event.details)
    return facts?.approvedBy ? [{ event, facts }] : []
  })
  if (known.length === 0) return 'no approved request has this uid'
  if (!known.some(({ facts }) => facts.approvedBy && writerIn(facts.approvedBy) === one.by))
    return 'it was not written by the approver'
  const isBacked = known.some(({ event, facts }) =>
    event.grants.some(
      grant =>
        grant.resource === one.resource &&
        grant.role === one.role &&
        one.member === `user:${event.person}` &&
        one.expression ===
          expressionOf({
            condition: restrictionOf(event, grant),
            startsAt: new Date(facts.startsAt),
            expiresAt: new Date(facts.expiresAt),
          }),
    ),
  )
  return isBacked ? undefined : 'it gives something else than what was approved'
}
