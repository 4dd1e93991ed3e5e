// The roles and resources of grants in one line each, for printing. Pure.
import type { GrantSpec, RequestStatus } from '../../api/kinds.ts'
import { cut } from '../text.ts'

/** The CRD's maximum. */
const maxLength = 300

/** Each role and resource once. */
export function grantSummary(
  grants: readonly Pick<GrantSpec, 'resource' | 'role'>[],
): Required<NonNullable<RequestStatus['grantSummary']>> {
  return {
    resources: oneLineOf(grants.map(({ resource }) => resource)),
    roles: oneLineOf(grants.map(({ role }) => role)),
  }
}

function oneLineOf(names: readonly string[]): string {
  return cut([...new Set(names)].join(', '), maxLength)
}
