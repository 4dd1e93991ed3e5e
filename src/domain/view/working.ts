// The hours in which the access of a request works, in the one sentence that people read everywhere. Pure.
import type { AccessRequest, Narrowing, RequestSpec } from '../../api/kinds.ts'
import { askedTimes } from '../asking/window.ts'
import { promise, type Times } from '../granting/expiry.ts'
import { sayWorking } from '../hours/words.ts'

/** The sentence about access in these times; undefined when it works at any time. */
export function sayWorkingIn(spec: RequestSpec, { startsAt, expiresAt }: Times): string | undefined {
  return spec.hours && sayWorking(spec.hours, askedTimes(spec, { from: startsAt, until: expiresAt }))
}

/** The sentence about a request: about its times, or, while it has none, as if it was granted when it was asked. */
export function sayWorkingOf({ metadata, spec, status }: AccessRequest, narrowing?: Narrowing): string | undefined {
  const { startsAt, expiresAt } = status ?? {}
  return startsAt && expiresAt
    ? sayWorkingIn(spec, { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) })
    : sayWorkingIn(spec, promise(spec, narrowing, new Date(metadata.creationTimestamp)))
}
