// Which news the requester has not been told yet. Pure.
import type { AccessRequest, Phase, RequestStatus } from '../../api/kinds.ts'
import { isUnposted, isUntagged } from '../calling/calls.ts'
import { after } from '../asking/duration.ts'
import { isOpen } from '../calling/looking.ts'
import { whyUnpaged } from '../calling/paging.ts'
import type { News } from './view.ts'

/** People are warned this long before the end, if the access lasts at least twice as long. */
const warningSeconds = 600

const newsOfEnd: Partial<Record<Phase, News>> = {
  Expired: 'ended',
  Denied: 'denied',
  TimedOut: 'timedOut',
  Failed: 'failed',
  Revoked: 'revoked',
}

/** The news that the requester has not been told yet; undefined without news. */
export function owedNews(request: AccessRequest, now: Date): News | undefined {
  const { status = {} } = request
  const isTold = (news: News): boolean => status.told?.some(told => told.what === news) ?? false
  return newsNow(request, now).find(news => !isTold(news))
}

function newsNow(request: AccessRequest, now: Date): News[] {
  const { status = {} } = request
  if (status.phase === 'Pending') return [...newsOfAsking(status), ...newsOfPaging(request, now)]
  const { phase, startsAt, expiresAt, grants } = status
  const end = phase && newsOfEnd[phase]
  if (end) return [end]
  if (phase !== 'Provisioned' || !startsAt || !expiresAt) return []
  const outcome: News = grants?.some(grant => grant.state === 'Unknown') ? 'inDoubt' : 'granted'
  return isWarningDue(startsAt, expiresAt, now) ? [outcome, 'endingSoon'] : [outcome]
}

function newsOfAsking(status: RequestStatus): News[] {
  if (isUnposted(status)) return ['unposted']
  const isTooFew = status.conditions?.some(({ type, reason }) => type === 'Routed' && reason === 'TooFewToAsk')
  return [...(isUntagged(status) ? ['untagged' as const] : []), ...(isTooFew ? ['tooFew' as const] : [])]
}

// Once people have decided, it no longer matters that nobody was paged.
function newsOfPaging(request: AccessRequest, now: Date): News[] {
  return isOpen(request) && whyUnpaged(request.status ?? {}, now) ? ['unpaged'] : []
}

/** When the requester is warned of the end; undefined for short access. */
export function warningAt(startsAt: string, expiresAt: string): Date | undefined {
  const [start, end] = [new Date(startsAt), new Date(expiresAt)]
  return end.getTime() - start.getTime() >= 2 * warningSeconds * 1000 ? after(end, -warningSeconds) : undefined
}

function isWarningDue(startsAt: string, expiresAt: string, now: Date): boolean {
  const at = warningAt(startsAt, expiresAt)
  return at !== undefined && now >= at
}
