// What concerns one person now: their access, their requests that wait, and the requests that wait for them.
import type { AccessRequest } from '../../api/kinds.ts'
import { durationSeconds, sayDuration } from '../../domain/asking/duration.ts'
import { decideBy, isOpen, sayApprovers } from '../../domain/approval/eligibility.ts'
import { isSamePerson, type Person } from '../../domain/people/identity.ts'
import { sayWorkingOf } from '../../domain/view/working.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import { reviewBy } from '../../domain/review/reviews.ts'
import { refuseReviewBy } from '../../domain/review/reviewing.ts'
import { approvalsOf, sayProgress } from '../../domain/approval/quorum.ts'
import { type Block, button, linkButton, rendered, section } from '../messages/blocks.ts'
import { sayHoursOfWindow } from '../../domain/asking/window-words.ts'
import { bold, escape, sayPerson, time } from '../messages/words.ts'
import type { Acting } from './acting.ts'
import { type Answer, notRead, targetOf } from './answers.ts'
import type { Dependencies } from './dependencies.ts'

/** As many requests of each kind are listed, of four kinds with a heading each; Slack takes 50 blocks. */
const mostListed = 10

type Row = { text: string; button?: Block | undefined }

/** The answer to `/access mine`. `except` is a request that was just withdrawn. */
export async function ownRequests(person: Acting, deps: Dependencies, except?: string): Promise<Answer> {
  try {
    const own = (await ownOf(person, deps)).filter(({ metadata }) => metadata.uid !== except)
    const { awaited, running } = decidedFrom(person, deps)
    return mine(own, { awaited, running, reviews: reviewedFrom(person, deps), now: deps.clock.now() })
  } catch (error) {
    if (!(error instanceof Broken || error instanceof Waiting)) throw error
    deps.log.warn({ error: error.message }, 'gateway: requests could not be read; the person is told to try again')
    return notRead()
  }
}

/** This answer, and below it what is left of the list that it replaces. */
export function above(said: Answer, list: Answer): Answer {
  return rendered(`${said.text}\n${list.text}`, [...said.blocks, ...list.blocks])
}

async function ownOf({ email }: Acting, { mappings, requests }: Dependencies): Promise<AccessRequest[]> {
  const namespaces = [...new Set(mappings.list().map(({ metadata }) => metadata.namespace))].sort()
  const alive = await Promise.all(namespaces.map(namespace => requests.ofRequester(namespace, email)))
  const open = ['Pending', 'Approved', 'Provisioned']
  return alive.flat().filter(({ status }) => open.includes(status?.phase ?? 'Pending'))
}

// From the watch, which may be moments old: the message and the page always show the newest state.
function decidedFrom(
  { email, slackUserID }: Acting,
  { standing, clock }: Dependencies,
): { awaited: AccessRequest[]; running: AccessRequest[] } {
  const found = distinct([email, slackUserID].flatMap(id => standing.ofApprover(id)))
  const now = clock.now()
  return {
    awaited: found
      .filter(request => isOpen(request, now) && !hasApproved(request, { email, slackUserID }))
      .sort((a, b) => endOf(a).getTime() - endOf(b).getTime()),
    running: found.filter(request => isRunning(request, now)),
  }
}

// Emergencies whose review waits for this person, by the rules that a review passes.
function reviewedFrom({ email, slackUserID }: Acting, { standing, people, clock }: Dependencies): AccessRequest[] {
  const now = clock.now()
  return distinct([email, slackUserID].flatMap(id => standing.ofReviewer(id)))
    .filter(request => !refuseReviewBy(request, { email, slackUserID }, { people, now }))
    .sort((a, b) => Number(reviewBy(a)) - Number(reviewBy(b)))
}

function distinct(requests: readonly AccessRequest[]): AccessRequest[] {
  return [...new Map(requests.map(request => [request.metadata.uid, request])).values()]
}

function isRunning({ status: { phase, expiresAt } = {} }: AccessRequest, now: Date): boolean {
  return phase === 'Provisioned' && expiresAt !== undefined && now < new Date(expiresAt)
}

function endOf({ spec, metadata }: AccessRequest): Date {
  return decideBy(spec, new Date(metadata.creationTimestamp))
}

/**
 * The person's access and requests, those that wait for the person's decision, access that they may end, and emergencies
 * that they may review.
 */
export function mine(own: readonly AccessRequest[], { awaited = [], running = [], reviews = [], now }: Listed): Answer {
  if (own.length + awaited.length + running.length + reviews.length === 0)
    return blocksOf([
      {
        text: 'You have no access through Hallpass at the moment, none of your requests waits for a decision, and no request waits for yours.',
      },
    ])
  const waiting = awaited.length > 0 ? [{ text: 'Waiting for your decision:' }, ...listed(awaited, awaitedRow)] : []
  const ending =
    running.length > 0
      ? [
          { text: 'Access that you may end early:' },
          ...listed(running, (request, i) => runningRow(request, { i, now })),
        ]
      : []
  const review =
    reviews.length > 0 ? [{ text: 'Emergencies that wait for your review:' }, ...listed(reviews, reviewRow)] : []
  return blocksOf([...listed(own, (request, i) => ownRow(request, { i, now })), ...waiting, ...ending, ...review])
}

/** What is listed besides the person's own requests. */
type Listed = {
  awaited?: readonly AccessRequest[]
  running?: readonly AccessRequest[]
  reviews?: readonly AccessRequest[]
  now: Date
}

function blocksOf(rows: readonly Row[]): Answer {
  return rendered(
    rows.map(({ text }) => text).join('\n'),
    rows.map(row => section(row.text, row.button)),
  )
}

function listed(requests: readonly AccessRequest[], rowOf: (request: AccessRequest, i: number) => Row): Row[] {
  const more = requests.length - mostListed
  return [...requests.slice(0, mostListed).map(rowOf), ...(more > 0 ? [{ text: `… and ${more} more.` }] : [])]
}

// Slack requires unique action ids in a message.
function ownRow(request: AccessRequest, { i, now }: { i: number; now: Date }): Row {
  const withdraw = isOpen(request, now) ? button(`withdraw:${i}`, 'Withdraw', targetOf(request)) : undefined
  const isDone = request.status?.endings?.some(({ verdict }) => verdict === 'Done') ?? false
  const done = isRunning(request, now) && !isDone ? button(`done:${i}`, "I'm done", targetOf(request)) : undefined
  return {
    text: `• ${bold(request.spec.roleMapping)}${urgently(request)}, ${standing(request, now)}${works(request)}`,
    button: withdraw ?? done,
  }
}

function urgently({ spec }: AccessRequest): string {
  return spec.emergency ? ' as an emergency' : ''
}

/** When it works, as a second sentence, if not at any time. */
function works(request: AccessRequest): string {
  const words = sayWorkingOf(request)
  return words ? `. ${escape(words)}` : ''
}

function howLong({ spec, metadata }: AccessRequest): string {
  if (spec.window) return sayHoursOfWindow(spec.window)
  const from = spec.notBefore ? ` from ${time(spec.notBefore, metadata.creationTimestamp)}` : ''
  return `${sayDuration(durationSeconds(spec.duration))}${from}`
}

function awaitedRow(request: AccessRequest, i: number): Row {
  const { spec, status } = request
  const permalink = status?.message?.permalink
  const length = howLong(request)
  return {
    text: `• ${bold(spec.roleMapping)} for ${sayPerson(spec.requester)}${urgently(request)}, ${length}${progress(request)}: please decide by ${time(endOf(request))}${works(request)}`,
    button: permalink ? linkButton(`open:${i}`, 'Open', permalink) : undefined,
  }
}

// The button for ending it is in the message: its link is sealed there.
function runningRow(request: AccessRequest, { i, now }: { i: number; now: Date }): Row {
  const { spec, status: { message } = {} } = request
  const held = heldFrom(request, now)
  return {
    text: `• ${sayPerson(spec.requester)} has ${bold(spec.roleMapping)}${held ? `${spec.window ? ',' : ''} ${held}` : ''}${works(request)}`,
    button: message?.permalink ? linkButton(`open:running:${i}`, 'Open', message.permalink) : undefined,
  }
}

// The button is in the thread of the alert: its link is sealed there.
function reviewRow(request: AccessRequest, i: number): Row {
  const { spec, status, metadata } = request
  const { endedAt, message } = status ?? {}
  const ended = endedAt ? ` ended at ${time(endedAt, metadata.creationTimestamp)}` : ' has ended'
  const until = reviewBy(request)
  const by = until ? ` by ${time(until, endedAt)}` : ''
  return {
    text: `• ${bold(spec.roleMapping)} for ${sayPerson(spec.requester)}${ended}: please review it${by}, with the button in the thread in <#${spec.review?.channel ?? ''}>`,
    button: message?.permalink ? linkButton(`open:review:${i}`, 'Open', message.permalink) : undefined,
  }
}

function hasApproved(request: AccessRequest, { email, slackUserID }: Pick<Person, 'email' | 'slackUserID'>): boolean {
  return approvalsOf(request).some(({ who }) => isSamePerson(who, { email, slackUserID }))
}

function progress(request: AccessRequest): string {
  return approvalsOf(request).length > 0 ? `, ${sayProgress(request)} approved` : ''
}

function heldFrom({ metadata, spec, status }: AccessRequest, now: Date): string | undefined {
  const { startsAt, expiresAt } = status ?? {}
  if (!expiresAt) return undefined
  if (spec.window) return sayHoursOfWindow(spec.window)
  const from = startsAt && new Date(startsAt) > now ? `from ${time(startsAt, metadata.creationTimestamp)} ` : ''
  return `${from}until ${time(expiresAt, metadata.creationTimestamp)}`
}

function standing(request: AccessRequest, now: Date): string {
  const { metadata, status } = request
  const left = (status?.approvers ?? []).filter(approver => !hasApproved(request, approver))
  const length = howLong(request)
  if (status?.phase === 'Provisioned') return heldFrom(request, now) ?? length
  return status?.phase === 'Approved'
    ? `${length}: approved, being granted`
    : `${length}${progress(request)}: waits for ${escape(sayApprovers(left))} since ${time(metadata.creationTimestamp)}`
}
