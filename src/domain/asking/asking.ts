// What a person may ask for: the rules that a new request must pass, and the object that it becomes.
import { distance } from 'fastest-levenshtein'
import type { NewAccessRequest, RequestSpec } from '../../api/kinds.ts'
import { accountFinalizer, apiVersion } from '../../api/kinds.ts'
import { after, formatDuration, sayDuration } from './duration.ts'
import { sha256 } from '../approval/digest.ts'
import { endOf, type Organisation, refuseOutsider } from '../people/belonging.ts'
import type { DisplayName } from '../people/display-name.ts'
import { domainOf, type Email, parseEmail } from '../people/identity.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { refuseOutsideHours } from '../hours/outside.ts'
import { refuseWindow, type Window } from './window.ts'
import { hasMatch } from '../mapping/pattern.ts'
import { oneLine } from '../text.ts'

/** The person who asks, as Slack knows them. It proves nothing; only approving needs Google's proof. */
export type Requester = {
  email: Email
  slackUserID?: string
  name?: DisplayName
  isGuest?: boolean
  /** The user groups of Slack, by id, and the Google groups, by address, that let the person in, of those that were asked about. */
  userGroups: readonly string[]
  googleGroups?: readonly string[]
}

/** What decides whether a person may ask. */
export type WhoAsks = Pick<Requester, 'email' | 'userGroups' | 'googleGroups'>

/** Whether this person may ask for this mapping. */
export function mayAsk({ requesters }: Mapping, { email, userGroups, googleGroups = [] }: WhoAsks): boolean {
  return (
    requesters.emails.some(listed => parseEmail(listed) === email) ||
    requesters.domains.includes(domainOf(email)) ||
    requesters.slackUserGroups.some(id => userGroups.includes(id)) ||
    requesters.googleGroups.some(group => googleGroups.includes(group))
  )
}

type Ask = {
  mapping: Mapping
  requester: WhoAsks & Pick<Requester, 'isGuest'>
  seconds: number
  reason: string
  notBefore?: string
  /** On several days. */
  window?: Window
  /** Asked as an emergency. */
  isEmergency?: boolean
}

/** Longest reason that is stored, in characters. */
export const maxReasonLength = 500

/** Why this cannot be requested now; undefined when it can. */
export function refuseAsk(ask: Ask, organisation: Organisation, now: Date): Refusal | undefined {
  const { mapping, requester, seconds } = ask
  const name = `*${mapping.name}*`
  // Before anything about the mapping is revealed.
  const outside = refuseOutsider(requester, organisation, { now, expiresAt: endOf(ask, now) })
  if (outside) return outside
  // Only people who may ask for a mapping are told its state.
  if (!mayAsk(mapping, requester)) return refusal('NotARequester', `You are not among those who may ask for ${name}.`)
  const unready = refuseUnready(mapping)
  if (unready) return unready
  if (seconds > mapping.maxSeconds)
    return refusal(
      'TooLong',
      `${name} lasts at most ${sayDuration(mapping.maxSeconds)}; you asked for ${sayDuration(seconds)}.`,
    )
  if (seconds < mapping.minSeconds)
    return refusal(
      'TooShort',
      `${name} lasts at least ${sayDuration(mapping.minSeconds)}; you asked for ${sayDuration(seconds)}.`,
    )
  if (ask.window)
    return refuseEmergency(ask) ?? refuseInEmergency(ask) ?? refuseWindow(ask.window, mapping, now) ?? refuseReason(ask)
  return refuseHours(ask, now) ?? refuseEmergency(ask) ?? refuseReason(ask)
}

function refuseHours({ mapping: { name, hours }, seconds, notBefore }: Ask, now: Date): Refusal | undefined {
  const start = notBefore ? new Date(notBefore) : now
  const from = start > now ? start : now
  const remedy = ` To begin then, ask for it "at opening", as in "${formatDuration(seconds)} at opening".`
  return refuseOutsideHours(hours, [{ from, until: after(from, seconds) }], { what: `*${name}*`, now, remedy })
}

function refuseEmergency({ mapping: { name, emergency }, isEmergency }: Ask): Refusal | undefined {
  if (!isEmergency || emergency) return undefined
  return refusal(
    'NoEmergency',
    `*${name}* cannot be asked for as an emergency. Ask without that word; if it belongs to your reason, write how long you need before it.`,
  )
}

function refuseInEmergency({ mapping: { name }, isEmergency, window }: Ask): Refusal | undefined {
  return isEmergency && window
    ? refusal(
        'NoWindow',
        `An emergency of *${name}* is for one time. Ask as an emergency for now, and for the other days as usual.`,
      )
    : undefined
}

/** Why nobody can request this mapping now; undefined when its requesters can. */
export function refuseUnready({ name, isReady }: Mapping): Refusal | undefined {
  if (isReady) return undefined
  return refusal(
    'NotReady',
    `*${name}* cannot be asked for at the moment: its mapping has a problem that the platform team must fix.`,
  )
}

function refuseReason({ mapping: { name, reason: rule }, reason, isEmergency }: Ask): Refusal | undefined {
  const hint = rule.hint ? `, with ${oneLine(rule.hint)}` : ''
  if (isEmergency && reason === '')
    return refusal(
      'ReasonMissing',
      `An emergency of *${name}* needs a reason${hint}, because it is reviewed afterwards.`,
    )
  if (rule.required && reason === '') return refusal('ReasonMissing', `*${name}* needs a reason${hint}.`)
  if (reason.length > maxReasonLength)
    return refusal('ReasonTooLong', `A reason has at most ${maxReasonLength} characters; yours has ${reason.length}.`)
  if (rule.pattern && reason !== '' && !hasMatch(rule.pattern, reason))
    return refusal('ReasonPattern', `*${name}* needs a reason${hint || ` that matches ${rule.pattern}`}.`)
  return undefined
}

/** Names similar to the typed one, the most similar first. */
export function nearMatches(typed: string, names: readonly string[]): string[] {
  const most = (name: string): number => Math.max(2, Math.floor(name.length / 3))
  return names
    .filter(name => Math.abs(name.length - typed.length) <= most(name))
    .map(name => ({ name, d: distance(typed.toLowerCase(), name) }))
    .filter(({ name, d }) => d <= most(name))
    .sort((a, b) => a.d - b.d)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Name of the request: mapping and 12 base32 characters of the trigger's digest, so that a repeat has the same name. */
export function requestName(mapping: string, triggerDigest: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const bytes = Buffer.from(triggerDigest, 'hex')
  const suffix = Array.from({ length: 12 }, (_, i) => alphabet[(bytes[i] ?? 0) % 32]).join('')
  return `${mapping}-${suffix}`
}

/** Digest to recognise a repeated delivery of the same trigger. */
export function triggerDigest(teamID: string, triggerID: string): string {
  return sha256(`${teamID.length}:${teamID}${triggerID}`)
}

/** The object to store for a request that no rule refuses. */
export function newRequest(
  mapping: Mapping,
  ask: Omit<RequestSpec, 'roleMapping' | 'duration' | 'grants' | 'hours' | 'approval' | 'emergency' | 'review'> & {
    seconds: number
    name: string
    isEmergency?: boolean
  },
): NewAccessRequest {
  const { seconds, name, isEmergency = false, ...spec } = ask
  // A mapping that offers none was refused before; without its rules nothing is an emergency.
  const emergency = isEmergency ? mapping.emergency : undefined
  return {
    apiVersion,
    kind: 'AccessRequest',
    metadata: { name, namespace: mapping.namespace, finalizers: [accountFinalizer] },
    spec: {
      ...spec,
      roleMapping: mapping.name,
      duration: formatDuration(seconds),
      grants: mapping.grants,
      ...(mapping.hours && { hours: mapping.hours }),
      approval: emergency?.approval ?? mapping.approval,
      ...(emergency && { emergency: true, review: emergency.review }),
    },
  }
}
