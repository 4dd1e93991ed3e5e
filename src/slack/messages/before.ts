// The words about what was before this request: a denial, running access, and a withdrawn request that asked the same
// people. Pure.
import { type Earlier, sayHeld } from '../../domain/asking/earlier.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { escape, list, quoted, sayPerson, time } from './words.ts'

type Asked = MessageView['approvers'][number]
/** Nobody is mentioned twice when a request is withdrawn and asked again: the first mention counts. */
export function isCalled({ earlier }: MessageView, { slackUserID }: Asked): boolean {
  return slackUserID !== undefined && (earlier?.called?.who.includes(slackUserID) ?? false)
}

/** What the people who are asked should know about earlier requests of the same person for the same mapping. */
export function earlierLines(view: MessageView): string[] {
  const { denial, called, holding, held } = view.earlier ?? {}
  const again = view.approvers.filter(person => isCalled(view, person))
  return [
    ...(denial ? [earlierDenial(denial, view.askedAt)] : []),
    ...(holding ? [heldLine(view, holding)] : []),
    ...(held ? [sayHeld(held, view.mostInSequence)] : []),
    ...(called && again.length > 0 ? [earlierCall(view, called.at, again)] : []),
  ]
}

function heldLine(
  { requester, askedAt }: MessageView,
  { from, until, hours }: NonNullable<Earlier['holding']>,
): string {
  const begins = from ? `from ${time(from, askedAt)} ` : ''
  return `${sayPerson(requester)} already has access by an earlier request for the same, ${begins}until ${time(until, askedAt)}${hours ? `, but only ${escape(hours)}` : ''}.`
}

function earlierCall({ requester, askedAt }: MessageView, at: string, again: Asked[]): string {
  const who = list(again.map(person => sayPerson(person)))
  return `${sayPerson(requester)} withdrew the same request and asks again; ${who} ${again.length > 1 ? 'were' : 'was'} mentioned at ${time(at, askedAt)}.`
}

function earlierDenial({ at, comment, ...who }: NonNullable<Earlier['denial']>, askedAt: string): string {
  return `*Denied before*, at ${time(at, askedAt)} by ${sayPerson(who, 'an approver')}${comment ? `: ${quoted(comment)}` : ', without a comment'}.`
}
