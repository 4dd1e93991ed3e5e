// The labels of metrics and their values: every series that a metric can have is made of these.
import { type Purpose, purposes } from '../approval/digest.ts'
import type { Step } from '../lifecycle.ts'
import type { Limits } from '../asking/limits.ts'
import { chapters, isReason, ownerOf, type Reason, reasons } from '../refusals.ts'
import { owners } from '../refusals/row.ts'
import type { News } from '../view/view.ts'

/** The values of a metric's labels. */
export type Series = Readonly<Record<string, string>>

/** A service outside the cluster. */
export type OutsideService =
  'slack' | 'pagerduty' | 'pages' | 'kms' | 'resourceManager' | 'signIn' | 'logging' | 'iam' | 'groups'
/** How a call ended, in the words of domain/outcome.ts. */
export type CallOutcome = 'ok' | 'refused' | 'waiting' | 'broken'
/** A step of the controller: one of a request's life, news for the requester, or the check of a mapping. */
export type StepName = Exclude<Step['do'], 'tell'> | `tell ${News}` | 'judge' | 'logRules'

/** Every step. */
export const steps = namesOf<StepName>({
  begin: true,
  close: true,
  accept: true,
  count: true,
  grant: true,
  expire: true,
  failForged: true,
  markUnknown: true,
  route: true,
  refresh: true,
  intend: true,
  awaitReview: true,
  review: true,
  closeReview: true,
  alert: true,
  showAlert: true,
  callReviewers: true,
  post: true,
  show: true,
  call: true,
  callAgain: true,
  raise: true,
  noteAttempt: true,
  page: true,
  account: true,
  publish: true,
  settle: true,
  end: true,
  askJanitor: true,
  heedJanitor: true,
  remind: true,
  release: true,
  judge: true,
  logRules: true,
  'tell unposted': true,
  'tell untagged': true,
  'tell tooFew': true,
  'tell unpaged': true,
  'tell granted': true,
  'tell inDoubt': true,
  'tell endingSoon': true,
  'tell ended': true,
  'tell denied': true,
  'tell timedOut': true,
  'tell failed': true,
  'tell withdrawn': true,
  'tell revoked': true,
})
/** Every kind of difference between a policy and the record that policies alone show. */
export const driftKinds = ['altered', 'unbacked', 'missing', 'leftover', 'wider'] as const
/** Every limit of asking. */
export const limits = namesOf<keyof Limits>({
  openPerPerson: true,
  openPerMapping: true,
  hourlyPerPerson: true,
  hourlyPerMapping: true,
  hourlyEmergenciesPerPerson: true,
})
/** The one series of a metric without labels. */
export const alone: readonly Series[] = [{}]
/** How a step can fail, and who must act. */
export const failures = [
  ...each({ outcome: ['refused'], owner: Object.keys(owners) }),
  ...each({ outcome: ['waiting', 'broken'], owner: [''] }),
]
/** A page of auth, as it is counted. */
export type PageName = (typeof signInPages)[number] | (typeof doorPages)[number]
const signInPages = [...purposes, 'login', 'sign-in', 'result', 'outcome', 'callback'] as const
const doorPages = ['door', 'ask', 'decide', 'me'] as const
/** How a sign-in that was accepted is counted. */
export const acceptedAs = { approve: 'Approved', revoke: 'Ended', review: 'Reviewed' } as const satisfies Record<
  Purpose,
  string
>
/** What a page did, when nothing was refused and nothing failed. */
export type PageSuccess = (typeof pageSuccesses)[number]
const pageSuccesses = [
  ...(['Shown', 'LoginBegun', 'Unknown'] as const),
  ...Object.values(acceptedAs),
  ...(['SignedIn', 'SignedOut', 'Asked', 'AskedBefore', 'Limited', 'Rehearsed'] as const),
  ...(['Denied', 'Withdrawn', 'Done'] as const),
] as const
const answers = [
  ...each({ outcome: pageSuccesses, owner: [''] }),
  ...each({ outcome: ['400', '404', '405', '413', '421', '500', '503'].map(status => `areq-${status}`), owner: [''] }),
]
const refusals = (of: readonly Reason[]): { outcome: string; owner: string }[] =>
  of.map(reason => ({ outcome: reason, owner: ownerOf(reason) }))
/** The door judges what is asked for and by whom; what happens to a request later is not its answer. */
const doorReasons = [chapters.asking, chapters.door, chapters.signingIn, chapters.approving]
  .flatMap(rows => Object.keys(rows))
  .filter(isReason)
/** The janitor has no pages. */
const signInReasons = reasons.filter(reason => !(reason in chapters.removing))
/** How each page of auth can answer. */
export const pages = [
  ...signInPages.flatMap(page => [...answers, ...refusals(signInReasons)].map(answer => ({ page, ...answer }))),
  ...doorPages.flatMap(page => [...answers, ...refusals(doorReasons)].map(answer => ({ page, ...answer }))),
]

/** Every combination of the labels' values. */
export function each(labels: Readonly<Record<string, readonly string[]>>): readonly Series[] {
  return Object.entries(labels).reduce<readonly Series[]>(
    (made, [label, values]) => made.flatMap(one => values.map(value => ({ ...one, [label]: value }))),
    [{}],
  )
}

/** Calls of these services, by how they end. */
export function calls(...service: OutsideService[]): readonly Series[] {
  return each({ service, outcome: namesOf<CallOutcome>({ ok: true, refused: true, waiting: true, broken: true }) })
}

/** The names of a type, all of them. */
function namesOf<Name extends string>(all: Readonly<Record<Name, true>>): Name[] {
  return Object.keys(all) as Name[]
}
