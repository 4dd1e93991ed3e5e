// Every sentence of the gateway for the person who typed or clicked, and nobody else. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { durationSeconds, formatDuration, sayDuration } from '../../domain/asking/duration.ts'
import { isPending, sayApprovers } from '../../domain/approval/eligibility.ts'
import { askedToEnd } from '../../domain/ending/end-notes.ts'
import { viewOf } from '../../domain/view/view.ts'
import { sayWorkingOf } from '../../domain/view/working.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import type { Refusal } from '../../domain/outcome.ts'
import { refusal } from '../../domain/outcome.ts'
import { whomToTell } from '../../domain/refusals.ts'
import type { SlackPerson } from '../../domain/ports.ts'
import { cut, oneLine } from '../../domain/text.ts'
import { sayClock, sayMoment, timeIn } from '../../domain/hours/local-time.ts'
import type { Begin } from '../../domain/asking/start.ts'
import { sayHoursOfWindow, sayWindow } from '../../domain/asking/window-words.ts'
import { mentionsTime } from '../../domain/asking/typed-start.ts'
import type { Unclear } from '../../domain/asking/typed-wish.ts'
import {
  actions,
  type Block,
  button,
  type ButtonTarget,
  linkButton,
  type Rendered,
  rendered,
  section,
} from '../messages/blocks.ts'
import { bold, code, escape, list, quoted, sayPerson, time } from '../messages/words.ts'

/** An answer that only one person sees. */
export type Answer = Rendered

const platformTeam = 'Please try again in a minute; if it goes on, tell the platform team'

function answer(text: string, more: Block[] = []): Answer {
  return rendered(text, [section(text), ...more])
}

/**
 * A refusal with its sentence; when others must act, also whom to tell, with the reason as a code. The sentence may
 * quote typed text, so it is escaped.
 */
export function refused({ reason, message }: Refusal): Answer {
  const tell = whomToTell(reason)
  return answer(`${escape(oneLine(message))}${tell ? ` ${tell} (code ${reason}).` : ''}`)
}

/** How long the request is for, and where that was said; and its start, if one was said. */
type Said = { mapping: Mapping; isDefault: boolean; isAtEnd?: boolean; begin?: Begin }

/** The request is stored; shows it as stored. */
export function asked(request: AccessRequest, { mapping, isDefault, isAtEnd = false, begin }: Said): Answer {
  const { roleMapping, duration, emergency, follows } = request.spec
  const where = isDefault ? ' (the default)' : isAtEnd ? ' (as said at the end of your reason)' : ''
  const { window, hours } = request.spec
  const askedAt = new Date(request.metadata.creationTimestamp)
  const length = window ? sayWindow({ window, hours }, askedAt) : `${sayDuration(durationSeconds(duration))}${where}`
  const from = `${sayFrom(request, begin)}${follows ? `, after request ${code(follows.name)}` : ''}`
  return answer(
    `Asked for ${bold(roleMapping)}${emergency ? ' as an emergency' : ''}, ${length}${from}.${sayWhyThen(request, begin)}${works(request)}${emergency ? ` ${sayEmergency(request)}` : ''} The manager on call is being looked up; follow it in <#${mapping.channel}>.`,
    // A repeated delivery may find a request that was decided meanwhile.
    actions('own', [isPending(request) ? button('withdraw', 'Withdraw', targetOf(request)) : undefined]),
  )
}

/** When it works, as one more sentence, if not at any time. */
function works(request: AccessRequest): string {
  const words = sayWorkingOf(request)
  return words ? ` ${escape(words)}` : ''
}

// The day, the time and the zone as they were understood, so that a start that was meant otherwise is seen at once.
function sayFrom({ spec: { notBefore }, metadata }: AccessRequest, begin: Begin | undefined): string {
  if (!notBefore) return ''
  return begin
    ? `, from ${sayMoment(new Date(notBefore), begin.zone)}`
    : ` from ${time(notBefore, metadata.creationTimestamp)}`
}

function sayWhyThen({ spec: { notBefore, window, reason } }: AccessRequest, begin: Begin | undefined): string {
  if (notBefore && begin?.isNextDay)
    return ` It is the next one, because the ${sayClock(timeIn(begin.zone, begin.at))} of today is over.`
  // A time of day that only tells about the past belongs to the reason.
  const mayBeMeant = begin?.isNow || mentionsTime(reason)
  return !notBefore && !window && mayBeMeant ? ' Access begins as soon as it is approved.' : ''
}

function sayEmergency({ spec }: AccessRequest): string {
  return `<#${spec.review?.channel ?? ''}> is told, and somebody else reviews it afterwards.`
}

/** The same request is already waiting. */
export function alreadyAsked(request: AccessRequest): Answer {
  const { metadata, spec, status } = request
  const permalink = status?.message?.permalink
  return answer(
    `You already asked for ${bold(spec.roleMapping)}${spec.emergency ? ' as an emergency' : ''}, ${spec.window ? sayHoursOfWindow(spec.window) : sayDuration(durationSeconds(spec.duration))}${sayFrom(request, undefined)}, at ${time(metadata.creationTimestamp)}; it waits for ${escape(sayApprovers(status?.approvers ?? []))}.${works(request)}`,
    actions('own', [
      permalink ? linkButton('open', 'Open', permalink) : undefined,
      button('withdraw', 'Withdraw', targetOf(request)),
    ]),
  )
}

export const unknownMapping = (typed: string, near: readonly string[], generic: string): Answer =>
  answer(
    `${quoted(cut(typed, 80))} is not something you can ask for here.${
      near.length > 0 ? ` Did you mean ${list(near.map(bold), 'or')}?` : ` \`${generic} help\` lists what is.`
    }`,
  )

export const ambiguous = (name: string, namespaces: readonly string[]): Answer =>
  answer(
    `There are several ${bold(name)}. Please say which: ${list(
      namespaces.map(namespace => `${bold(`${namespace}/${name}`)}`),
      'or',
    )}.`,
  )

export const badDuration = (typed: string): Refusal =>
  refusal('BadDuration', `"${cut(typed, 40)}" is not a duration here; write 30m, 2h or 1h30m.`)

/** Nothing was asked for: an emergency is told to other people. */
export const unclearEmergency = (): Refusal =>
  refusal(
    'EmergencyUnclear',
    'To ask as an emergency, write that word first: "emergency 30m …". If it belongs to your reason, write another word before it.',
  )

/** Nothing was asked for: a default in the place of an unknown time would be another time. */
export function unclearTime({ unclear, either, remedy }: Unclear): Refusal {
  const typed = `"${cut(unclear, 40)}"`
  if (remedy !== undefined) return refusal('BadStart', sayUnclearStart(typed, remedy))
  if (!either)
    return refusal(
      'BadDuration',
      `${typed} may be a time, but it is not clear how long you need. Write that first, such as 30m, 2h or 1h30m, and then the reason.`,
    )
  const { seconds, reason, whole } = either
  return refusal(
    'BadDuration',
    `${typed} may be how long you need, or belong to the reason. If you need ${sayDuration(seconds)}, write that first: "${formatDuration(seconds)} ${inShort(reason)}". If it belongs to the reason, write how long you need before it, such as "30m ${inShort(whole)}".`,
  )
}

function sayUnclearStart(typed: string, remedy: string): string {
  const otherwise = remedy.includes('the reason') ? '' : ' If it belongs to the reason, write another word before it.'
  return `${typed} may say when access should begin, and that is not clear. ${remedy}${otherwise}`
}

/** The window is understood, and cannot be meant. */
export const badWindow = (fault: string): Refusal => refusal('BadWindow', fault)

/** The start is understood, and access cannot begin then. */
export const badStart = (fault: string): Refusal => refusal('BadStart', fault)

const inShort = (text: string): string => (text.length > 80 ? `${cut(text, 79)}…` : text)

export const notStored = (): Answer =>
  answer(`Your request could not be stored, so nobody was asked. ${platformTeam} (code areq-503).`)

/** The connection to the cluster broke during the write: neither "stored" nor "not stored" would be true. */
export const notKnown = (): Answer =>
  answer(
    'It is not known whether your request was stored. If it was, it appears in the channel within a minute; if it does not, please ask again (code areq-504).',
  )

/** Refused immediately instead of too late. */
export const tooMany = (): Answer =>
  answer(`Hallpass is too busy at the moment, so nothing was stored. ${platformTeam} (code areq-429).`)

/** The admission policies that restrict the gateway are missing. */
export const notHeld = (): Answer =>
  answer(
    'Hallpass accepts nothing at the moment, because rules that protect it are missing in its cluster. Nothing was stored. Please tell the platform team (code areq-503).',
  )

/** The person already has too many commands and clicks under way. */
export const tooManyOfYours = (most: number): Answer =>
  answer(
    `${most} of your commands and clicks are still being answered, so nothing was done with this one. Please wait for them (code areq-429).`,
  )

export const notDone = (): Answer =>
  answer(`That could not be stored, so nothing has changed. ${platformTeam} (code areq-503).`)

export const notRead = (): Answer => answer(`Your requests could not be read. ${platformTeam} (code areq-503).`)

export const slackSilent = (): Refusal =>
  refusal('SlackSilent', `Slack did not say who you are, so nothing has changed. ${platformTeam} (code areq-502).`)

export const failed = (): Answer => answer(`That did not work. ${platformTeam} (code areq-500).`)

export const stillStoring = (what: 'request' | 'decision'): Answer =>
  answer(`Still storing your ${what}; the answer follows here in a moment.`)

/** No request is being stored; only a read or a form is slow. */
export const stillWorking = (): Answer => answer('This takes a moment; it follows here.')

/** The form could not be opened; shows the other way to ask. */
export const formNotOpened = (generic: string): Answer =>
  answer(`The form could not be opened. Please try again, or type it in one line: \`${generic} NAME 30m reason\`.`)

export const denyFormNotOpened = (): Answer =>
  answer('The form could not be opened, so nothing has changed. Please press Deny again.')

export const nothingToAsk = (): Answer =>
  answer('There is nothing that you can ask for here. The platform team decides who may ask for what.')

export const gone = (): Refusal => refusal('Gone', 'This request no longer exists.')

export const notOurs = (): Refusal =>
  refusal('ForeignWorkspace', 'Only members of the workspace that Hallpass is installed in can use it.')

export const noEmail = (): Refusal =>
  refusal(
    'NoEmail',
    'Slack shows no confirmed e-mail address for you, so it is not known which Google account is yours. Please confirm your address in your Slack profile.',
  )

export const unknownPerson = (): Refusal =>
  refusal('UnknownPerson', 'Slack does not know your account, so you cannot use this.')

/** Why an account cannot take part. */
export function unfit(why: NonNullable<SlackPerson['unfit']>): Refusal {
  switch (why) {
    case 'guest':
      return refusal('Guest', 'Guests of this workspace cannot ask for or decide on access; please ask a full member.')
    case 'bot':
      return refusal('Bot', 'Apps and bots cannot ask for or decide on access.')
    case 'stranger':
      return notOurs()
    case 'deactivated':
      return refusal('Deactivated', 'Your Slack account is deactivated, so you cannot use this.')
  }
}

export const withdrawn = ({ spec }: AccessRequest): Answer =>
  answer(`You withdrew your request for ${bold(spec.roleMapping)}.`)

export const denied = ({ spec }: AccessRequest): Answer =>
  answer(`You denied ${bold(spec.roleMapping)} to ${sayPerson(spec.requester)}. They are being told.`)

/** The holder is done. Without a janitor Hallpass has no right to remove the access, and says so. */
export function doneWith(request: AccessRequest, hasJanitor: boolean): Answer {
  const { spec, status } = request
  const { expiresAt, message } = status ?? {}
  const approver = askedToEnd(viewOf(request, undefined)) ?? {}
  const end = expiresAt ? time(expiresAt) : 'its time'
  const asked = `${sayPerson(approver, 'the approver')} is asked to`
  const who = hasJanitor
    ? `Hallpass's janitor removes it now. If it does not, ${asked}.`
    : `Hallpass has no right to remove it, so ${asked}.`
  return answer(
    `Noted: you are done with ${bold(spec.roleMapping)}. ${who} If you may change the policy yourself, press Revoke in the message. It ends by itself at ${end} in any case.`,
    actions('own', [message?.permalink ? linkButton('open', 'Open', message.permalink) : undefined]),
  )
}

/** Others who pressed Approve a moment ago. */
export function othersLook({ spec }: AccessRequest, others: readonly { email: string; at: string }[]): Answer {
  const who = list(others.map(({ email, at }) => `${sayPerson({ email })} since ${time(at)}`))
  const { required } = spec.approval
  const counts = required > 1 ? `${required} different people must approve.` : 'The first decision counts.'
  return answer(
    `${who} ${others.length > 1 ? 'are' : 'is'} looking at the request for ${bold(spec.roleMapping)} too. ${counts}`,
  )
}

/** What a button for this request names. */
export function targetOf({ metadata: { namespace, name, uid } }: AccessRequest): ButtonTarget {
  return { namespace, name, uid }
}
