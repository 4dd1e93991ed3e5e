// Asks the reviewers of an emergency when its access has ended, and reminds them once: in the alert's thread, and by
// direct message those whom that does not reach.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Calling, ReviewCall, Reviewer } from '../../domain/calling/alerts.ts'
import { instant } from '../../domain/asking/duration.ts'
import { fitReviewers } from '../../domain/review/reviewing.ts'
import { mostReviewingMembers } from '../../domain/mapping/user-groups.ts'
import { viewOf } from '../../domain/view/view.ts'
import { reviewersOf } from './candidates.ts'
import type { Delivered, PatchOf } from '../telling/deliver.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Shown, unlessRefused } from '../telling/message.ts'

/** Finds the people, records them, and calls them. A crash before the record may repeat a call. */
export async function callReviewers(deps: Dependencies, shown: Shown, call: ReviewCall): Promise<Delivered> {
  const { request, linksOf } = shown
  const found = await reviewersOf(deps, request)
  const people = unnamedFirst(request, fitReviewers(request, found, deps.people)).slice(0, mostReviewingMembers)
  const calling = { call, people, links: await linksOf(request) }
  const isReached = await reach(deps, request, calling)
  if (!isReached) deps.events.record(request, { type: 'Warning', reason: 'NobodyToReview', message: nobody })
  return { record: called(deps, people, call) }
}

// Who is named by address may review unrecorded; a member of the group may not.
function unnamedFirst({ spec }: AccessRequest, people: readonly Reviewer[]): Reviewer[] {
  const { emails = [] } = spec.review?.reviewers ?? {}
  const isNamed = ({ email }: Reviewer): boolean => emails.includes(email)
  return [...people.filter(one => !isNamed(one)), ...people.filter(isNamed)]
}

const nobody =
  'Nobody could be asked to review this emergency: everybody named asked for it or approved it, or Slack knows none of them. Name more people in emergency.reviewers of the mapping.'

function called({ clock }: Dependencies, people: readonly Reviewer[], call: ReviewCall): PatchOf {
  return fresh => {
    // Who was asked stays listed, so that the link in an earlier call can still be used.
    const standing = fresh.status?.reviewers ?? []
    const more = people.filter(({ email }) => !standing.some(one => one.email === email))
    const told = (fresh.status?.told ?? []).filter(({ what }) => what !== call)
    return {
      reviewers: [...standing, ...more].slice(0, mostReviewingMembers),
      told: [...told, { what: call, at: instant(clock.now()) }],
    }
  }
}

/** Whether somebody got it: those in the channel by the note, the others directly. */
async function reach(deps: Dependencies, request: AccessRequest, calling: Calling): Promise<boolean> {
  const view = viewOf(request, undefined)
  const { channel, ts } = request.status?.alert ?? {}
  const key = `${request.metadata.uid} ${calling.call}`
  const ids = calling.people.flatMap(({ slackUserID }) => slackUserID ?? [])
  if (!channel || !ts) return askAll(deps, request, { calling, ids })
  const isSaid = deps.told.has(key) || (await deps.alerts.mention({ channel, ts }, view, calling))
  if (!isSaid) return askAll(deps, request, { calling, ids })
  deps.told.set(key, true)
  const isAsked = await askAll(deps, request, { calling, ids: await deps.chat.absentAmong(channel, ids) })
  return isAsked || ids.length > 0 || view.emergency?.group !== undefined
}

type Asking = { calling: Calling; ids: readonly string[] }

// One person who cannot be written to does not keep the others from their message.
async function askAll(deps: Dependencies, request: AccessRequest, { calling, ids }: Asking): Promise<boolean> {
  const view = viewOf(request, undefined)
  const asking = ids.map(async id => {
    const key = `${request.metadata.uid} ${calling.call} ${id}`
    if (deps.told.has(key)) return true
    const isTaken = await unlessRefused(deps, request, deps.alerts.ask(id, view, calling))
    if (isTaken) deps.told.set(key, true)
    return isTaken
  })
  const results = await Promise.allSettled(asking)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.some(result => result.status === 'fulfilled' && result.value)
}
