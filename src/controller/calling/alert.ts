// The message about an emergency in the second channel: posted once, adopted after a crash, and kept up to date. Nothing
// waits for it but its own thread: a channel that cannot be used is told, and delays no grant.
import type { AccessRequest } from '../../api/kinds.ts'
import { lateUntil } from '../../domain/late-messages.ts'
import { hasEnded } from '../../domain/lifecycle.ts'
import { Refused } from '../../domain/outcome.ts'
import type { Links, StatusPatch } from '../../domain/ports.ts'
import { alertDigest } from '../../domain/review/review-steps.ts'
import { isReviewAwaited } from '../../domain/review/reviews.ts'
import { shortLine } from '../../domain/text.ts'
import { viewDigest, viewOf } from '../../domain/view/view.ts'
import type { Delivered, PatchOf } from '../telling/deliver.ts'
import type { Dependencies } from '../dependencies.ts'
import { postedSince, type Shown, unlessRefused } from '../telling/message.ts'

type Alert = NonNullable<NonNullable<AccessRequest['status']>['alert']>

/** The key by which this process knows that no alert was posted since it stored the intent. */
export function alertKey({ metadata }: AccessRequest): string {
  return `${metadata.uid} alert`
}

/** Posts the alert, or uses the one from an earlier attempt. Its intent is already stored. */
export async function alert(deps: Dependencies, shown: Shown): Promise<Delivered> {
  const { request } = shown
  const { channel, intentAt } = request.status?.alert ?? {}
  if (!channel || !intentAt) return {}
  const isNew = deps.unposted.has(alertKey(request))
  deps.unposted.delete(alertKey(request))
  try {
    const since = postedSince(intentAt)
    const found = isNew ? undefined : await deps.alerts.find(channel, request.metadata.uid, since)
    // What an earlier message shows is not known, so it is edited next.
    if (found) return { record: placed(found.ts) }
    if (isOver(request)) return { record: () => ({ alert: null }) }
    const posted = await deps.alerts.post(channel, viewOf(request, undefined), await reviewLinks(shown))
    return { record: placed(posted.ts, viewDigest(viewOf(request, undefined))) }
  } catch (error) {
    if (!(error instanceof Refused)) return { error }
    // When nothing follows any more, an unreadable channel must not prevent that the request is settled.
    return isOver(request) ? { record: () => ({ alert: null }) } : { record: unusable(error), error }
  }
}

/** Only a review needs a link, so that nothing before it waits for the seal of one. */
async function reviewLinks({ request, linksOf }: Shown): Promise<Links> {
  return isReviewAwaited(request) ? linksOf(request) : {}
}

function isOver(request: AccessRequest): boolean {
  return hasEnded(request) && !isReviewAwaited(request)
}

function placed(ts: string, shown?: string): PatchOf {
  return changed(({ why: _why, ...standing }) => ({ ...standing, ts, ...(shown && { shown }) }))
}

// The one message and the page say it too.
function unusable({ refusal: { message } }: Refused): PatchOf {
  return changed(standing => ({ ...standing, why: shortLine(message, 300) }))
}

function changed(change: (standing: Alert) => Alert): PatchOf {
  return fresh => {
    const standing = fresh.status?.alert
    if (!standing) return {}
    const next: NonNullable<StatusPatch['alert']> = change(standing)
    // A merge patch keeps what it does not name.
    return { alert: standing.why && !next.why ? { ...next, why: null } : next }
  }
}

/** Edits the alert to show the current state. */
export async function showAlert(deps: Dependencies, shown: Shown): Promise<Delivered> {
  const { request } = shown
  const { alert: standing } = request.status ?? {}
  if (!standing?.ts) return {}
  const message = { channel: standing.channel, ts: standing.ts }
  const view = viewOf(request, undefined)
  await unlessRefused(deps, request, deps.alerts.update(message, view, await reviewLinks(shown)))
  return { record: changed(fresh => ({ ...fresh, shown: alertDigest(request) })) }
}

/** Deletes alerts that Slack posted late, after another attempt. */
export async function tidyAlert(deps: Dependencies, request: AccessRequest): Promise<void> {
  const { ts, channel, intentAt } = request.status?.alert ?? {}
  if (!ts || !channel || !intentAt || !lateUntil(request.status?.alert)) return
  const removed = deps.alerts.removeOthers({ channel, ts }, request.metadata.uid, postedSince(intentAt))
  await unlessRefused(deps, request, removed)
}
