// The roles, resources and hours of a request in one line each, for printing. Pure.
import type { GrantSpec, RequestSpec, RequestStatus } from '../../api/kinds.ts'
import { sayAllHours } from '../hours/words.ts'
import { cut } from '../text.ts'
import { hoursOfRequest } from './restriction.ts'

/** The CRD's maxima. */
const [maxLength, maxHours] = [300, 500]

/** Each role and resource of these grants once, and when they work; without that when at any time. */
export function grantSummary(
  grants: readonly Pick<GrantSpec, 'resource' | 'role'>[],
  spec: Pick<RequestSpec, 'hours' | 'window'>,
): NonNullable<RequestStatus['grantSummary']> {
  const hours = sayAllHours(hoursOfRequest(spec))
  return {
    resources: oneLineOf(grants.map(({ resource }) => resource)),
    roles: oneLineOf(grants.map(({ role }) => role)),
    ...(hours && { hours: cut(hours, maxHours) }),
  }
}

function oneLineOf(names: readonly string[]): string {
  return cut([...new Set(names)].join(', '), maxLength)
}
