// When the access of a request is asked for and works, in the words that people read everywhere. Pure.
import type { AccessRequest, Narrowing, RequestSpec } from '../../api/kinds.ts'
import { askedTimes } from '../asking/window.ts'
import { promise, type Times } from '../granting/expiry.ts'
import { sayHours, sayWorking } from '../hours/words.ts'
import { sayMoment } from '../hours/local-time.ts'
import { durationSeconds, sayDuration } from '../asking/duration.ts'
import { sayHoursOfWindow } from '../asking/window-words.ts'

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

/**
 * When access is asked for, for readers whose zone is not known: `30 minutes`, `2 hours, from Friday 27 November 2026, 21:00
 * (UTC)`, or the times of several days; and the hours to which it is limited.
 */
export function sayAskedTime({ duration, notBefore, window, hours }: RequestSpec): string {
  const length = sayDuration(durationSeconds(duration))
  const from = notBefore ? `, from ${sayMoment(new Date(notBefore), hours?.zone ?? 'UTC')}` : ''
  const asked = window ? sayHoursOfWindow(window) : `${length}${from}`
  return hours ? `${asked}, only ${sayHours(hours)}` : asked
}
