// Requests as they are stored after something was done to them, for the states of the pages.
import type { AccessRequest, GrantRecord } from '../../src/api/kinds.ts'
import type { Fixture } from './fakes.ts'

type Status = NonNullable<AccessRequest['status']>

/** The salt of the approval. */
export const salt = 'S'.repeat(43)
const claims = { iss: '', aud: '', sub: '', email: 'mo@example.com', iat: 0, exp: 0, nonce: '' }

/** The status of a request that was granted two minutes ago. */
export function granted(fixture: Fixture, state: GrantRecord['state'], by = salt): Status {
  return {
    decisions: [
      {
        id: 'a',
        verdict: 'Approved',
        who: { email: 'mo@example.com' },
        at: '2026-11-23T14:05:00Z',
        evidence: { hash: '', salt: by, claims },
      },
    ],
    approvedBy: 'mo@example.com',
    phase: 'Provisioned',
    startsAt: '2026-11-23T14:05:12Z',
    expiresAt: '2026-11-23T14:35:12Z',
    grants: fixture.stored().spec.grants.map(({ resource, role }) => ({ resource, role, state })),
    told: [{ what: 'granted', at: '2026-11-23T14:05:20Z' }],
  }
}

/** An emergency that Ana approved, that has ended, and that Mo may review. */
export function unreviewed(fixture: Fixture, more: Status = {}): Pick<AccessRequest, 'spec' | 'status'> {
  const { spec } = fixture.stored()
  const { decisions = [], ...status } = granted(fixture, 'Written')
  const evidence = { hash: '', salt, claims: { ...claims, email: 'ana@example.com', sub: 'sub-ana' } }
  return {
    spec: {
      ...spec,
      emergency: true,
      review: { channel: 'C0SECURITY', within: '72h', reviewers: { emails: ['mo@example.com'] } },
    },
    status: {
      ...status,
      decisions: decisions.map(one => ({ ...one, who: { email: 'ana@example.com' }, evidence })),
      approvedBy: 'ana@example.com',
      phase: 'Expired',
      startsAt: '2026-11-23T13:50:12Z',
      endedAt: '2026-11-23T14:02:12Z',
      ...more,
    },
  }
}
