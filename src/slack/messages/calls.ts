// What people read who are asked to decide, besides the one message: the note in its thread, and the direct message to
// those who are not in the channel. Neither is edited later, so neither says anything that changes. Pure.
import type { Links } from '../../domain/ports.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { howLong } from './how-long.ts'
import { isCalled } from './before.ts'
import { actions, approveButton, context, limits, type Rendered, rendered, section } from './blocks.ts'
import { bold, escape, link, list, mention, nameOf, quotation, quoted, sayPerson, time } from './words.ts'

type Person = MessageView['approvers'][number]

/** The note that mentions people who are asked after the message was posted. */
export function renderMention(view: MessageView, people: readonly Person[]): Rendered {
  const say = (call: typeof mention): string => {
    const who = list(people.map(person => (isCalled(view, person) ? nameOf(person) : call(person))))
    const why = whyNow(view, people)
    return `${who}, ${why ? `${why} P` : 'p'}lease decide by ${time(view.decideBy, view.askedAt)}.`
  }
  return rendered(say(sayPerson), [section(say(mention))])
}

// People of an earlier level have not answered; people of the same level are asked because the on-call has changed.
function whyNow({ approvers }: MessageView, people: readonly Person[]): string {
  const level = people.at(-1)?.level ?? 0
  const known = new Set(people.map(({ email }) => email))
  const silent = approvers.filter(
    one => !known.has(one.email) && (level === 0 ? one.level > 0 : one.level > 0 && one.level < level),
  )
  if (silent.length > 0)
    return `${list(silent.map(person => sayPerson(person)))} ${silent.length === 1 ? 'has' : 'have'} not answered.`
  return level === 0 ? '' : 'you are on call now.'
}

/** The note that reminds people who have not answered. */
export function renderReminder(view: MessageView, people: readonly Person[]): Rendered {
  const say = (call: typeof mention): string =>
    `${list(people.map(person => call(person)))}, ${still(view)} Please decide by ${time(view.decideBy, view.askedAt)}.`
  return rendered(say(sayPerson).replaceAll('*', ''), [section(say(mention))])
}

/** The direct message that reminds a person who is not in the channel. */
export function renderDirectReminder(view: MessageView, links: Links): Rendered {
  const reminder = `Nobody has answered: ${still(view)}`
  const { blocks, text } = renderAsk(view, links)
  return { text: `${reminder} ${text}`.replaceAll('*', ''), blocks: [section(reminder), ...blocks] }
}

function still(view: MessageView): string {
  return `the request of ${sayPerson(view.requester)} for ${bold(view.mapping)} still waits for you.`
}

/**
 * The direct message to a person who is asked. It links to the page, which always shows the current state, and has no
 * Deny, which would stay when there is nothing left to decide.
 */
export function renderAsk(view: MessageView, { approve, message }: Links): Rendered {
  const what = `${sayPerson(view.requester)} asks for ${bold(view.mapping)}${howLong(view)}.`
  const decide = `You are asked to decide by ${time(view.decideBy, view.askedAt)}.`
  const reason = view.reason ? ` Reason: ${quoted(view.reason)}.` : ''
  const isLinked = approve !== undefined && approve.length <= limits.url
  const hours = view.hours === undefined ? '' : escape(view.hours)
  return rendered([`${what}${reason}`, hours, decide].filter(Boolean).join(' ').replaceAll('*', ''), [
    section(what),
    ...(view.reason ? [section(quotation(view.reason))] : []),
    ...(hours ? [section(hours)] : []),
    section(decide),
    ...actions('ask', [isLinked ? approveButton('Look at it ↗', approve, view) : undefined]),
    context(message ? `${link('The message in the channel', message)} has Deny. ${whyDirect}` : whyDirect),
  ])
}

const whyDirect = 'You get this directly because the message in the channel does not reach you.'
