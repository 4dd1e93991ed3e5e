// A mapping that offers emergencies, and an emergency by it that has ended.
import type { AccessRequest, RequestStatus, RoleMapping } from '../../src/api/kinds.ts'
import { newRequest } from '../../src/domain/asking/asking.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { mapping } from './mapping.ts'
import { request } from './request.ts'

/** Sam, and the members of a user group, review; Otto may approve too, and one level is asked after two minutes. */
export const emergency: NonNullable<RoleMapping['spec']['emergency']> = {
  escalateAfter: '2m',
  allowed: { emails: ['otto@example.com'] },
  channel: 'C0SECURITY',
  reviewers: { emails: ['sam@example.com'], slackUserGroup: 'S0SECURITY' },
  reviewWithin: '48h',
}

/** `prod-db` with emergencies. */
export function urgentMapping(more: Partial<RoleMapping['spec']> = {}): RoleMapping {
  return mapping({ spec: { emergency, ...more } })
}

const endedAt = '2026-11-23T14:35:00Z'

/** Dana's emergency, which Mo approved and which has ended. */
export function endedEmergency(status: RequestStatus = {}, of = urgentMapping()): AccessRequest {
  const asked = request(of)
  const { spec } = newRequest(readMapping(of), { ...asked.spec, seconds: 1800, name: 'x', isEmergency: true })
  return {
    ...asked,
    spec,
    status: {
      ...asked.status,
      phase: 'Expired',
      approvedBy: 'mo@example.com',
      startsAt: '2026-11-23T14:05:00Z',
      expiresAt: endedAt,
      endedAt,
      decisions: [approval],
      ...status,
    },
  }
}

const approval: NonNullable<RequestStatus['decisions']>[number] = {
  id: 'approved-1',
  verdict: 'Approved',
  who: { email: 'mo@example.com', slackUserID: 'U0MO', googleSubject: 'sub-mo' },
  at: '2026-11-23T14:04:00Z',
  evidence: {
    hash: 'a'.repeat(64),
    salt: 'S'.repeat(43),
    claims: {
      iss: 'https://accounts.google.com',
      aud: 'hallpass-client',
      sub: 'sub-mo',
      email: 'mo@example.com',
      hd: 'example.com',
      iat: 1,
      exp: 2,
      nonce: 'n',
    },
  },
}
