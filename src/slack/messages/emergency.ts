// What the messages say about an emergency: its mark, how far its review is, and the calls to the reviewers. Pure.
import type { Calling, Reviewer } from '../../domain/calling/alerts.ts'
import type { Links } from '../../domain/ports.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { actions, type Block, context, limits, linkButton, type Rendered, rendered, section } from './blocks.ts'
import { bold, escape, list, mention, quotation, quoted, sayPerson, time } from './words.ts'

/** The headline of an emergency says so first; `isSpoken` is for the text that is read aloud. */
export function marked(view: MessageView, headline: string, isSpoken = false): string {
  if (!view.emergency) return headline
  return isSpoken ? `Emergency: ${headline}` : `:rotating_light: *Emergency:* ${headline}`
}

/** The lines about the review, and about a second channel that could not be told. */
export function emergencyLines({ emergency, askedAt }: MessageView): string[] {
  if (!emergency) return []
  const { review, reviewBy, reviewedBy, untold } = emergency
  const by = reviewBy ? ` by ${time(reviewBy, askedAt)}` : ''
  const comment = reviewedBy?.comment ? `: ${quoted(reviewedBy.comment)}` : ''
  const said: Record<typeof review, string> = {
    later: 'If access is given, somebody who neither asked nor approved must review it afterwards.',
    running: 'Somebody who neither asked nor approved must review it after its end.',
    due: `Nobody has reviewed it yet. Please do${by}, if you neither asked nor approved.`,
    done: `Reviewed by ${sayPerson(reviewedBy ?? {})}${comment}.`,
    overdue: `Nobody reviewed it${by}, so it stays unreviewed.`,
    none: '',
  }
  const silent = untold ? `The emergency channel could not be told: ${withStop(escape(untold))}` : ''
  return [said[review], silent].filter(Boolean)
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** The button that leads to the review, while one is awaited. */
export function reviewButtons({ emergency }: MessageView, { review }: Links): Block[] {
  const isOffered = emergency?.review === 'due' && review !== undefined && review.length <= limits.url
  return actions('review', [isOffered ? linkButton('review', 'Review ↗', review) : undefined])
}

/** `<!here>`, and the user group of the reviewers, while there is still something to stop. */
export function loudly({ emergency, state }: MessageView): string {
  const isOn = state === 'asking' || state === 'granting' || state === 'granted' || state === 'inDoubt'
  return isOn ? ['<!here>', ...groupOf(emergency?.group), ''].join(' ') : ''
}

function groupOf(group: string | undefined): string[] {
  return group && /^S[A-Z0-9]{2,29}$/.test(group) ? [`<!subteam^${group}>`] : []
}

/** The note in the alert's thread that asks the reviewers. An edit of the alert would notify nobody. */
export function renderReviewCall(view: MessageView, { call, people, links }: Calling): Rendered {
  const who = [...people.map(person => mention(person)), ...groupOf(view.emergency?.group)]
  const spoken = people.map(person => sayPerson(person))
  return rendered(addressed(spoken, sentence(view, call)).replaceAll('*', ''), [
    section(addressed(who, sentence(view, call))),
    ...reviewButtons(view, links),
  ])
}

/** The direct message to a reviewer whom the note does not reach. It links to the page, which shows the current state. */
export function renderReviewAsk(view: MessageView, { call, links }: Omit<Calling, 'people'>): Rendered {
  const said = sentence(view, call)
  const text = `${said.charAt(0).toUpperCase()}${said.slice(1)}`
  return rendered(`${text} Reason: ${quoted(view.reason)}.`.replaceAll('*', ''), [
    section(text),
    section(quotation(view.reason)),
    ...reviewButtons(view, links),
    context('You get this directly because the message in the emergency channel does not reach you.'),
  ])
}

function addressed(who: readonly string[], said: string): string {
  return who.length > 0 ? `${list(who)}, ${said}` : `${said.charAt(0).toUpperCase()}${said.slice(1)}`
}

function sentence(view: MessageView, call: Calling['call']): string {
  const { requester, mapping, askedAt, emergency } = view
  const by = emergency?.reviewBy ? ` by ${time(emergency.reviewBy, askedAt)}` : ''
  const what = `${sayPerson(requester)}'s emergency access to ${bold(mapping)}`
  return call === 'reviewAsked'
    ? `please review ${what}${by}. It has ended.`
    : `nobody has reviewed ${what} yet. Please do${by}.`
}

/** The names of people, as the alert shows who is asked to decide. It mentions nobody. */
export function askedLine(people: readonly (Reviewer | MessageView['approvers'][number])[]): string {
  return people.length > 0
    ? `Asked to decide: ${list(people.map(person => sayPerson(person)))}.`
    : 'The people who decide are being looked up.'
}
