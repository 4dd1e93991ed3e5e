// Who can get access at all, whatever a mapping says: people of the organisation, and partners listed in the settings
// until a date.
import type { RequestSpec } from '../../api/kinds.ts'
import { after, durationSeconds, instant } from '../asking/duration.ts'
import { domainOf, type Email, parseEmail } from './identity.ts'
import { type Refusal, refusal } from '../outcome.ts'

/** A partner who may ask, by exact address, until just before an instant. */
export type ExternalRequester = { readonly email: Email; readonly until: Date }

/** The people who may ask, by the settings. */
export type Organisation = {
  /** Exact domains, without subdomains and look-alikes. */
  readonly hostedDomains: readonly string[]
  readonly externalRequesters: readonly ExternalRequester[]
}

/** A person who asks. `isGuest`: Slack says that the account is a guest of the workspace. */
export type Asker = { email: string; isGuest?: boolean | undefined }

/** The time of asking, and the time at which the access would end. */
export type AskedTimes = { now: Date; expiresAt?: Date | undefined }

/** Why this person cannot get access at that time; undefined when they can. Guests can only when they are listed. */
export function refuseOutsider(
  { email, isGuest = false }: Asker,
  organisation: Organisation,
  { now, expiresAt = now }: AskedTimes,
): Refusal | undefined {
  if (!isGuest && isHosted(email, organisation)) return undefined
  const listed = listing(email, organisation)
  if (!listed) return isGuest ? unlistedGuest(email) : outsider(email)
  const until = instant(listed.until)
  if (now >= listed.until)
    return refusal(
      'ExternalEnded',
      `"${email}" could get access as an external until ${until}, which is over. The platform team can extend it in externalRequesters.`,
    )
  if (expiresAt > listed.until)
    return refusal(
      'ExternalEndsSooner',
      `"${email}" can get access as an external until ${until}, and this would last longer. Please ask for less time, or ask the platform team to extend it.`,
    )
  return undefined
}

/** Why the requester cannot get the access, if it began now or at the requested start. */
export function refuseOutsideRequester(
  { requester, duration, notBefore, window }: Pick<RequestSpec, 'requester' | 'duration' | 'notBefore' | 'window'>,
  organisation: Organisation,
  { now, isGuest = false }: { now: Date; isGuest?: boolean },
): Refusal | undefined {
  const expiresAt = endOf({ seconds: durationSeconds(duration), notBefore, window }, now)
  return refuseOutsider({ email: requester.email, isGuest }, organisation, { now, expiresAt })
}

type AskedLength = { seconds: number; notBefore?: string | undefined; window?: RequestSpec['window'] | undefined }

/** The earliest end of access that is requested now. */
export function endOf({ seconds, notBefore, window }: AskedLength, now: Date): Date {
  if (window) return new Date(window.until)
  const start = notBefore ? new Date(notBefore) : now
  return after(start > now ? start : now, seconds)
}

/** Whether the settings list this address, even if its date is over. */
export function isListed(email: string, organisation: Organisation): boolean {
  return listing(email, organisation) !== undefined
}

function isHosted(email: string, { hostedDomains }: Organisation): boolean {
  const parsed = parseEmail(email)
  return parsed !== undefined && hostedDomains.includes(domainOf(parsed))
}

function listing(email: string, { externalRequesters }: Organisation): ExternalRequester | undefined {
  const parsed = parseEmail(email)
  return externalRequesters.find(listed => listed.email === parsed)
}

function outsider(email: string): Refusal {
  return refusal(
    'RequesterOutside',
    `"${email}" is outside this organisation, so it cannot get access. Use a work address in Slack; for a partner, the platform team can list the address in externalRequesters.`,
  )
}

function unlistedGuest(email: string): Refusal {
  return refusal(
    'Guest',
    `"${email}" is a guest of this Slack workspace, and guests cannot get access. Please ask a full member; for a partner, the platform team can list the address in externalRequesters.`,
  )
}
