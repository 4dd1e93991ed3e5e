// Valid objects of both kinds, and a way to change one part of them by its path.
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'

export const at = '2026-11-24T10:00:00Z'

export const validSpec: AccessRequest['spec'] = {
  roleMapping: 'prod-db',
  requester: { email: 'dana@example.com', slackUserID: 'U0DANA', name: 'Dana Engineer' },
  origin: 'slack',
  duration: '30m',
  reason: 'INC-1 the orders table is locked',
  slack: { teamID: 'T0HALLPASS', channelID: 'C0PRODACCESS', triggerDigest: 'a'.repeat(64) },
  grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
  approval: {
    required: 1,
    window: '30m',
    escalateAfter: '10m',
    onCall: { escalationPolicy: 'PMANAGERS', level: 1 },
    fallback: { emails: ['ana@example.com'] },
    onlyOnCall: false,
  },
}

export const validMapping: RoleMapping['spec'] = {
  command: '/prod-db',
  description: 'Read and write the production database',
  grants: [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client' }],
  duration: { min: '1m', default: '60m', max: '4h' },
  requesters: { domains: ['example.com'] },
  approval: { onCall: { escalationPolicy: 'PMANAGERS' }, window: '30m', escalateAfter: '10m' },
  channel: 'C0PRODACCESS',
}

/** A deep copy of `base` with each path of `changes` set; undefined removes. Numbers in a path are positions in a list. */
export function changed<T extends object>(base: T, changes: Record<string, unknown>): T {
  const copy = structuredClone(base)
  for (const [path, value] of Object.entries(changes)) set(copy as Record<string, unknown>, path.split('.'), value)
  return copy
}

function set(target: Record<string, unknown>, [head = '', ...rest]: string[], value: unknown): void {
  if (rest.length > 0) {
    target[head] ??= {}
    set(target[head] as Record<string, unknown>, rest, value)
  } else if (value === undefined) delete target[head]
  else target[head] = value
}

/** One decision for each of the three verdicts. */
export const denial = { id: 'd1', verdict: 'Denied', who: { email: 'mo@example.com' }, at }
export const approval = {
  id: 'a1',
  verdict: 'Approved',
  who: { email: 'mo@example.com', googleSubject: '1' },
  at,
  narrowing: { duration: '10m', grants: [0] },
  evidence: {
    hash: '0'.repeat(64),
    salt: 'A'.repeat(43),
    claims: {
      iss: 'https://accounts.google.com',
      aud: 'x',
      sub: '1',
      email: 'mo@example.com',
      iat: 1,
      exp: 2,
      nonce: 'n',
    },
  },
}
