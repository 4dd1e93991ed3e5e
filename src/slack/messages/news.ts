// The news for the requester, each sent once: a sentence in the message's thread, or in a direct message. Pure.
import type { Links } from '../../domain/ports.ts'
import { removal } from '../../domain/ending/revoking.ts'
import type { MessageView, News } from '../../domain/view/view.ts'
import { isBegun, termsLine } from './approved.ts'
import { heldLine } from './held.ts'
import { actions, type Block, button, type Rendered, rendered, section } from './blocks.ts'
import { endButtons } from './end-notes.ts'
import { endedBy } from './ended-early.ts'
import {
  afterGrantText,
  deniedBy,
  doubtLine,
  failedLine,
  propagation,
  timedOutLine,
  unknownResources,
} from './message.ts'
import { heldWhen } from './how-long.ts'
import { unpagedLine } from './paged.ts'
import { untaggedLine } from './untagged.ts'
import { bold, escape, mention, sayPerson, sentence, time } from './words.ts'

/** The news, which mentions the requester and nobody else. */
export function renderNews(view: MessageView, news: News, links: Links = {}): Rendered {
  const say = (who: string): string => `${who}, ${sentenceOf(view, news)}`
  return rendered(say(sayPerson(view.requester)).replaceAll('*', ''), [
    section(say(mention(view.requester))),
    ...actions('again', [againButton(view, news), ...(aboutHeld.includes(news) ? endButtons(view, links) : [])]),
  ])
}

/** News about access that is in force. */
const aboutHeld: readonly News[] = ['granted', 'inDoubt', 'endingSoon']

function sentenceOf(view: MessageView, news: News): string {
  const what = bold(view.mapping)
  const until = view.expiresAt ? time(view.expiresAt, view.approvedBy?.at) : 'its end'
  switch (news) {
    case 'unposted':
      return `your request for ${what} is stored, but it is not in the channel. ${unpostedLine(view)}`
    case 'tooFew':
      return `your request for ${what} cannot be approved yet. ${sentence(view.note ?? '')}`
    case 'untagged':
      return `your request for ${what} is in the channel. ${untaggedLine(view) ?? ''}`.trim()
    case 'unpaged':
      return `nobody could be paged for your request for ${what}. ${unpagedLine(view)}`
    case 'granted':
      return [
        `you have ${what}${heldWhen(view)}. ${propagation}`,
        escape(view.hours ?? ''),
        termsLine(view),
        heldLine(view),
        afterGrantText(view),
      ]
        .filter(Boolean)
        .join('\n')
    case 'inDoubt':
      return [
        `you may hold part of ${what} until ${until}, on ${unknownResources(view)}.`,
        escape(view.hours ?? ''),
        doubtLine(view),
        termsLine(view),
      ]
        .filter(Boolean)
        .join(' ')
    case 'endingSoon':
      return `your access to ${what} ends soon, at ${until}.`
    case 'ended':
      return view.unknown.length > 0
        ? `your access to ${what} has ended, if you had it: Google never confirmed it for ${unknownResources(view)}.`
        : `your access to ${what} has ended. ${heldLine(view)}`.trim()
    case 'revoked':
      return `your access to ${what} was ended early${endedBy(view)}. ${removal} ${heldLine(view)}`.trim()
    case 'denied':
      return `your request for ${what} was ${deniedBy(view)}`
    case 'timedOut':
      return `your request for ${what} ${isBegun(view) ? 'was not approved' : 'got no answer'}. ${timedOutLine(view, 'You')}`
    case 'withdrawn':
      return `your request for ${what} was withdrawn.`
    case 'failed':
      return `your request failed. ${failedLine(view)}`
  }
}

function unpostedLine({ why, approvers }: MessageView): string {
  const cause = why ? `${sentence(why)} ` : ''
  const isDirect = approvers.some(({ slackUserID }) => slackUserID !== undefined)
  return isDirect
    ? `${cause}The people who may decide are asked by direct message.`
    : `${cause}Nobody could be asked, because Slack knows none of the people who may decide.`
}

function againButton(view: MessageView, news: News): Block | undefined {
  if (news === 'granted' || news === 'endingSoon') return button('ask-again', 'Ask for more time', view)
  return news === 'timedOut' || news === 'failed' ? button('ask-again', 'Ask again', view) : undefined
}
