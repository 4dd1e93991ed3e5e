// What happened to a request, in words for a person who has signed in: during and after the grant, or without a grant.
// The words depend only on the stored state.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { after, parseDuration, sayDuration } from '../../domain/asking/duration.ts'
import { sayHoursOfWindow } from '../../domain/asking/window-words.ts'
import { type Held, sayHeld } from '../../domain/granting/held.ts'
import { titleOf } from '../../domain/granting/policy.ts'
import { approvalsOf, approvedNarrowing, sayProgress, standingDecision } from '../../domain/approval/quorum.ts'
import { removal } from '../../domain/ending/revoking.ts'
import { oneLine } from '../../domain/text.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { approversOf, named, namesOf } from './approvers.ts'
import type { Tone } from './layout.ts'
import { heldFrom, working } from './lengths.ts'
import { firstNameOf, person, relative, shown, time } from './words.ts'

/** The text of a page. `canChange`: the result is not known yet, so the person may want to look again. */
export type Words = {
  tone: Tone
  headline: ComponentChildren
  title: string
  more: ComponentChildren
  canChange?: boolean
}

/**
 * The facts for the words. `ticket` is the sealed ticket of the link, and `held` what the approver's sign-in has shown, before
 * the stored request can say it.
 */
export type Facts = { request: AccessRequest; view: MessageView; now: Date; ticket: string; held: readonly Held[] }

/** This long after the decision the page no longer waits for the grant. */
const patienceSeconds = 300

/** Whether the request was approved a moment ago and has no result yet. */
export function isBeingGranted(request: AccessRequest, now: Date): boolean {
  const decision = standingDecision(request)
  const isGranting = ['Pending', 'Approved'].includes(request.status?.phase ?? 'Pending')
  return isGranting && decision?.verdict === 'Approved' && now <= after(new Date(decision.at), patienceSeconds)
}

/** Everything that a person of the organisation may read. */
export function wordsOf(facts: Facts): Words {
  const { view } = facts
  switch (view.state) {
    case 'asking':
      return decidedWords(facts)
    case 'granting':
      return grantingWords(facts)
    case 'granted':
      return grantedWords(facts)
    case 'inDoubt':
      return doubtWords(facts)
    case 'expired':
    case 'revoked':
      return endedWords(facts)
    case 'denied':
      return deniedWords(facts)
    case 'withdrawn':
      return said('warn', 'This request was withdrawn.', 'There is nothing to decide any more.')
    case 'timedOut':
      return said('warn', notInTime(facts.request), html`${person(view.requester)} can ask again in Slack.`)
    case 'failed':
      return said(
        'bad',
        'Access was not granted.',
        html`${sentence(view.why)} ${person(view.requester)} can ask again in
        Slack${view.againOnce ? ` once ${view.againOnce}` : ''}.`,
      )
  }
}

// The phase may be older than the decisions, because the controller derives it.
function decidedWords(facts: Facts): Words {
  const verdict = standingDecision(facts.request)?.verdict
  if (verdict === 'Approved') return grantingWords(facts)
  if (verdict === 'Denied') return deniedWords(facts)
  if (verdict === 'Withdrawn')
    return said('warn', 'This request was withdrawn.', 'There is nothing to decide any more.')
  return approvalsOf(facts.request).length > 0 ? waitingWords(facts) : undecidedWords(facts.ticket, facts.request)
}

/** It is not decided: a link to the form. */
export function undecidedWords(ticket: string, request: AccessRequest): Words {
  const link = `/approve?t=${encodeURIComponent(ticket)}`
  const isBegun = approvalsOf(request).length > 0
  const headline = isBegun ? `${sayProgress(request)} approved. More people must approve.` : 'Nobody has decided yet.'
  return said('warn', headline, html`<a href=${link}>See what is asked for</a>`)
}

/** Somebody has approved, and others must. */
function waitingWords({ request, view, now, held: seen }: Facts): Words {
  const approvals = approvalsOf(request)
  const left = request.spec.approval.required - approvals.length
  const missing = left === 1 ? 'One more person must approve' : `${left} more people must approve`
  const headline = `${sayProgress(request)} approved. Nothing is granted yet.`
  return {
    tone: 'good',
    title: headline,
    headline,
    more: html`<p>${missing} by ${time(view.decideBy, now)}. You can close this page; the result is posted in Slack.</p>
      ${held({ held: seen })}
      <p class="soft">${narrowed(request)}Approved so far: ${approversOf({ request, now })}.</p>`,
    canChange: true,
  }
}

function notInTime(request: AccessRequest): string {
  return approvalsOf(request).length > 0 ? `Only ${sayProgress(request)} approved in time.` : 'Nobody decided in time.'
}

function grantingWords(facts: Facts): Words {
  const { request, now } = facts
  if (!isBeingGranted(request, now))
    return {
      ...said(
        'warn',
        'Approved, but not granted yet.',
        'It takes longer than usual. You can close this page; the result is posted in Slack.',
      ),
      canChange: true,
    }
  const less = html`${narrowed(request)}You can close this page; the result is posted in Slack.`
  return {
    tone: 'busy',
    title: 'Approved. Granting…',
    headline: 'Approved. Granting…',
    more: html`<p>${approved(facts)}</p>
      ${working(facts.view)} ${held(facts)}
      <p class="soft">${less}</p>`,
    canChange: true,
  }
}

function grantedWords(facts: Facts): Words {
  const { request, view, now } = facts
  const who = firstNameOf(view.requester)
  const { startsAt = now.toISOString(), expiresAt = now.toISOString() } = view
  const isTold = request.status?.told?.some(({ what }) => what === 'granted') ?? false
  const from = heldFrom(startsAt, now)
  const whose = html`${narrowed(request)}The access of ${shown(view.requester.email)}`
  const end = html`${approved(facts)} ${whose} ends by itself, ${relative(expiresAt, now)}.`
  const told = isTold
    ? html`${shown(who)} has been told; you can close this page.`
    : html`${shown(who)} is being told in Slack; you can close this page.`
  return {
    tone: 'good',
    title: 'Granted',
    headline: view.window
      ? html`Granted: ${shown(sayHoursOfWindow(view.window))}.`
      : html`Granted${from} until ${time(expiresAt, now)}.`,
    more: html`<p>${told}</p>
      ${working(view)} ${held(view)}
      <p class="soft">${end}</p>`,
  }
}

/** What the requester has anyway, so that nobody believes this approval gave it. */
function held({ held: roles }: { held?: readonly Held[] }): ComponentChildren {
  const words = sayHeld(roles)
  return words ? html`<p>${shown(words)}</p>` : ''
}

function doubtWords({ view, now }: Facts): Words {
  const resources = [...new Set(view.unknown.map(({ resource }) => resource))].join(', ') || 'one of the resources'
  const { expiresAt = now.toISOString() } = view
  return {
    tone: 'warn',
    title: 'It is not known whether everything was granted',
    headline: html`${person(view.requester)} may hold part of it until ${time(expiresAt, now)}.`,
    more: html`<p>It may be in force on ${shown(resources)}. ${sentence(view.why)}</p>
      ${working(view)}
      <p>
        It ends by itself. To end it sooner, an owner of that resource can remove the binding titled
        <code>${titleOf(view.uid)}</code>.
      </p>`,
  }
}

function endedWords({ request, view, now }: Facts): Words {
  const at = view.endedAt ?? view.expiresAt ?? now.toISOString()
  const isEarly = view.state === 'revoked'
  const long = isEarly || view.window ? '' : ` for ${sayDuration(view.seconds)}`
  const had = html`${person(view.requester)} had ${shown(view.mapping)}${long}.`
  const early = view.endedBy ? html` It was ended early by ${person(view.endedBy)}.` : earlyFor(view)
  const follows = isEarly ? ` ${removal}` : ''
  const by = view.approvedBy ? html` It was approved by ${namesOf(request)}.` : ''
  return {
    tone: 'warn',
    title: 'This access has ended',
    headline: html`This access ended at ${time(at, now)}.`,
    more: html`<p>${had}${by}${early}${follows}</p>
      ${held(view)}`,
  }
}

function earlyFor({ removedFor }: MessageView): VNode | string {
  if (!removedFor) return ''
  return removedFor.isSeen
    ? html` ${person(removedFor)} was done with it.`
    : html` Hallpass’s janitor removed it for ${person(removedFor)}, who was done with it.`
}

function deniedWords({ request, view, now }: Facts): Words {
  const decision = standingDecision(request)
  const who = person({ ...view.deniedBy, ...deciderOf(request) })
  const at = decision ? html` at ${time(decision.at, now)}` : ''
  return {
    tone: 'warn',
    title: 'This request was already denied',
    headline: html`This request was already denied by ${who}${at}.`,
    more: decision?.comment
      ? html`<p><q>${shown(decision.comment)}</q></p>`
      : html`<p class="soft">Nothing was granted.</p>`,
  }
}

/** Name and address of the person who decided, as far as known. */
function deciderOf(request: AccessRequest): { name?: string; email?: string } {
  return named(request, standingDecision(request))
}

/** What the approver removed from the request, if anything. */
function narrowed(request: AccessRequest): string {
  const narrowing = approvedNarrowing(request)
  if (!narrowing) return ''
  const { duration, grants } = narrowing
  const fewer = grants && `${grants.length} of ${request.spec.grants.length} roles`
  const shorter = duration && `${say(duration)} instead of ${say(request.spec.duration)}`
  const parts = [fewer, shorter].filter(Boolean)
  return `Narrowed to ${parts.join(', ')}. `
}

function say(duration: string): string {
  return sayDuration(parseDuration(duration) ?? 0)
}

/** `Approved by mo@example.com (Mo Manager) at 14:05 UTC.` */
function approved({ request, now }: Facts): ComponentChildren {
  if (!standingDecision(request)) return ''
  return html`Approved by ${approversOf({ request, now })}.`
}

/** The words of one paragraph. */
export function said(tone: Tone, headline: string, more: ComponentChildren): Words {
  return { tone, title: headline, headline, more: html`<p>${more}</p>` }
}

function sentence(text: string | undefined): string {
  const words = oneLine(text ?? '')
  return words === '' || /[.!?…]$/.test(words) ? words : `${words}.`
}
