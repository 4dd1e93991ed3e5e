// The one message in the channel, through its life: from a view to text and blocks. Pure; the content is decided
// elsewhere.
import { sayDuration } from '../../domain/asking/duration.ts'
import { titleOf } from '../../domain/granting/policy.ts'
import type { Links } from '../../domain/ports.ts'
import { oneLine } from '../../domain/text.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { approvedLine, approvedShortly, isBegun, progressLine, tooFew } from './approved.ts'
import { earlierLines, isCalled } from './before.ts'
import {
  actions,
  approveButton,
  type Block,
  button,
  context,
  limits,
  type Rendered,
  rendered,
  section,
} from './blocks.ts'
import { heldWhen, howLong } from './how-long.ts'
import { emergencyLines, marked } from './emergency.ts'
import { endButtons, endingLines } from './end-notes.ts'
import { endedEarlyLine } from './ended-early.ts'
import { heldLines } from './held.ts'
import { grantTable } from './grant-table.ts'
import { membersLine } from './group-approvers.ts'
import { pageLines } from './paged.ts'
import { untaggedLine } from './untagged.ts'
import { bold, escape, link, list, mention, nameOf, quotation, quoted, sayPerson, sentence, time } from './words.ts'

/** How long a grant takes to work, as Google says (https://cloud.google.com/iam/docs/access-change-propagation). */
export const propagation = 'Usually works within 2 minutes, sometimes 7 or more.'

/** The message for a view, with the buttons that can still be used. */
export function renderMessage(view: MessageView, links: Links): Rendered {
  const headline = marked(view, headlineOf(view, nameOf))
  const lines = [...lastLines(view), ...emergencyLines(view).map((text): Line => ({ text }))]
  const isAsking = view.state === 'asking'
  const spoken = [
    marked(view, headlineOf(view, sayPerson), true),
    isAsking ? `Reason: ${quoted(view.reason)}.` : '',
    ...lines.map(line => line.spoken ?? line.text),
  ]
  return rendered(spoken.filter(Boolean).join('\n').replaceAll('*', ''), [
    section(headline),
    section(`\`\`\`${grantTable(view.grants)}\`\`\``),
    ...(view.reason ? [section(quotation(view.reason))] : []),
    ...lines.map(line => section(line.text)),
    ...actions('decide', buttonsOf(view, links)),
    context(smallPrint(view)),
  ])
}

// Anybody can choose any name in Slack, so the address is always shown.
export function smallPrint({ note, requester, name, follows, isFromWeb }: MessageView): string {
  const asked = isFromWeb ? 'asked on the web, signed in with Google' : ''
  return [note ?? '', requester.email, `request ${name}`, follows ? `follows ${follows}` : '', asked]
    .map(part => escape(oneLine(part)))
    .filter(Boolean)
    .join('  ·  ')
}

/**
 * `say` is the requester's name: in the blocks the address is below it, in the text that is read aloud it must be here.
 */
export function headlineOf(view: MessageView, say: typeof sayPerson): string {
  const who = say(view.requester)
  const what = bold(view.mapping)
  const until = view.expiresAt ? time(view.expiresAt, view.approvedBy?.at) : 'its end'
  switch (view.state) {
    case 'granted':
      return `${who} has ${what}${heldWhen(view)}.`
    case 'inDoubt':
      return `${who} may hold part of ${what} until ${until}, on ${unknownResources(view)}.`
    case 'expired':
    case 'revoked':
      return `${who} had ${what}.`
    case 'granting':
      return `${who} is being given ${what}${howLong(view)}.`
    case 'denied':
      return `${who} asked for ${wanted(view)} and was denied.`
    case 'timedOut':
      return `${who} asked for ${wanted(view)} and ${isBegun(view) ? 'too few people approved' : 'got no answer'}.`
    case 'withdrawn':
      return `${who} asked for ${wanted(view)}; the request was withdrawn.`
    case 'failed':
      return `${who} asked for ${wanted(view)} and did not get it.`
    case 'asking':
      return `${who} asks for ${wanted(view)}`
  }
}

function wanted(view: MessageView): string {
  const { mapping, seconds, narrowed } = view
  return `${bold(mapping)}${howLong({ ...view, seconds: narrowed?.insteadOf ?? seconds })}`
}

/** `spoken` replaces the line in the text that is read aloud. */
type Line = { text: string; spoken?: string }

/** What follows the headline in the view's state. */
export function lastLines(view: MessageView): Line[] {
  switch (view.state) {
    case 'asking':
      return [
        ...hoursLines(view),
        ...earlierLines(view).map(text => ({ text })),
        ...progressLines(view),
        askingLine(view),
        ...othersLines(view),
        ...pageLines(view).map(text => ({ text })),
        ...lookingLines(view),
      ]
    case 'granting':
      return [{ text: `${approvedShortly(view)} Granting…` }, ...hoursLines(view), ...endLines(view)]
    case 'granted':
      return [
        { text: `${approvedLine(view)} ${propagation}` },
        ...hoursLines(view),
        ...heldLines(view),
        ...afterGrantLines(view),
        ...endLines(view),
      ]
    case 'inDoubt':
      return [{ text: approvedLine(view) }, { text: doubtLine(view) }, ...hoursLines(view), ...endLines(view)]
    case 'expired':
      return [
        { text: `Ended at ${end(view)}${view.window ? '' : ` after ${sayDuration(view.seconds)}`}.` },
        ...heldLines(view),
        ...approvedLines(view),
      ]
    case 'revoked':
      return [{ text: endedEarlyLine(view, end(view)) }, ...heldLines(view), ...approvedLines(view)]
    case 'denied':
      return [{ text: `D${deniedBy(view).slice(1)}` }]
    case 'timedOut':
      return [{ text: timedOutLine(view, nameOf(view.requester)) }]
    case 'withdrawn':
      return [{ text: 'There is nothing to decide any more.' }]
    case 'failed':
      return [{ text: failedLine(view) }]
  }
}

function progressLines(view: MessageView): Line[] {
  const text = progressLine(view)
  return text ? [{ text }] : []
}

// The people found last are asked now; people found earlier, at another level, have not answered. Who has approved has
// answered.
function askingLine(view: MessageView): Line {
  const left = view.approvers.filter(({ email }) => !view.quorum?.approved.some(one => one.email === email))
  const level = left.at(-1)?.level
  const asked = left.filter(approver => approver.level === level)
  const silent = left.filter(approver => approver.level !== level)
  const decide = `lease decide by ${time(view.decideBy, view.askedAt)}.`
  if (asked.length === 0) return { text: `${lookedUp(view)} P${decide}` }
  const say = (call: typeof mention): string => {
    if (view.quorum)
      return `${list(left.map(person => (isCalled(view, person) ? nameOf(person) : call(person))))}, p${decide}`
    const who = list(asked.map(person => (isCalled(view, person) ? nameOf(person) : call(person))))
    if (silent.length > 0)
      return `No answer from ${list(silent.map(person => call(person)))} since ${time(view.askedAt)}; ${who}, p${decide}`
    return level === 0 ? `${who}, you are asked to decide. P${decide}` : `${who}, you are on call. P${decide}`
  }
  return { text: say(mention), spoken: say(sayPerson) }
}

function lookedUp({ approvers }: MessageView): string {
  return approvers.length > 0 ? 'Somebody else to ask is being looked up.' : 'The manager on call is being looked up.'
}

// It mentions nobody: the person who is looking knows it.
function lookingLines({ looking = [] }: MessageView): Line[] {
  if (looking.length === 0) return []
  return [
    { text: `${list(looking.map(person => sayPerson(person)))} ${looking.length > 1 ? 'are' : 'is'} looking at it.` },
  ]
}

function endLines(view: MessageView): Line[] {
  return endingLines(view).map(text => ({ text }))
}

function hoursLines({ hours }: MessageView): Line[] {
  return hours === undefined ? [] : [{ text: escape(hours) }]
}

function othersLines(view: MessageView): Line[] {
  return [untaggedLine(view), membersLine(view)].flatMap(text => (text === undefined ? [] : [{ text }]))
}

function approvedLines(view: MessageView): Line[] {
  return view.approvedBy ? [{ text: approvedLine(view) }] : []
}

/** The mapping's own text about the first steps. */
export function afterGrantText({ afterGrant }: Pick<MessageView, 'afterGrant'>): string {
  const parts = [
    afterGrant?.text ? escape(oneLine(afterGrant.text)) : '',
    ...(afterGrant?.links ?? []).map(({ text, url }) => link(text, url)),
  ]
  // A cut link would not work, so a link that does not fit after the text is left out completely.
  return parts.filter(Boolean).reduce((said, part) => {
    const more = said ? `${said}  ·  ${part}` : part
    return more.length <= limits.section - 500 ? more : said
  }, '')
}

function afterGrantLines(view: MessageView): Line[] {
  const text = afterGrantText(view)
  return text ? [{ text }] : []
}

/** What to do while it is not known whether a grant is in force. */
export function doubtLine(view: MessageView): string {
  const why = view.why ? `${sentence(view.why)} ` : ''
  return `${why}It ends by itself. To end it sooner, an owner of ${unknownResources(view)} can remove the binding titled ${quoted(titleOf(view.uid))}.`
}

export function unknownResources({ unknown }: MessageView): string {
  return list([...new Set(unknown.map(({ resource }) => escape(resource)))]) || 'one of the resources'
}

/** Who denied it, and the comment: `denied by mo@example.com (Mo Manager): "use the replica".` */
export function deniedBy(view: MessageView): string {
  const comment = view.comment ? `: ${quoted(view.comment)}` : ''
  return `denied by ${sayPerson(view.deniedBy ?? {}, 'an approver')}${comment}.`
}

export function timedOutLine(view: MessageView, who: string): string {
  const seconds = (new Date(view.decideBy).getTime() - new Date(view.askedAt).getTime()) / 1000
  const why = view.why ? sentence(view.why) : `${tooFew(view)} in ${sayDuration(seconds)}.`
  return `${why} ${who} may ask again.`
}

export function failedLine(view: MessageView): string {
  const why = view.why ? ` ${sentence(view.why)}` : ''
  const again = view.againOnce
    ? `Asking again helps only once ${view.againOnce}. The name of this request is ${escape(view.name)}.`
    : `If asking again does not help, ask the platform team about request ${escape(view.name)}.`
  return `${bold(view.mapping)} was not granted.${why} ${again}`
}

function end(view: MessageView): string {
  const at = view.endedAt ?? view.expiresAt
  return at ? time(at, view.approvedBy?.at ?? view.askedAt) : 'its time'
}

function buttonsOf(view: MessageView, links: Links): (Block | undefined)[] {
  if (view.state === 'asking')
    return [
      links.approve && links.approve.length <= limits.url ? approveButton('Approve ↗', links.approve, view) : undefined,
      button('deny', 'Deny', view, 'danger'),
    ]
  if (view.state === 'timedOut' || view.state === 'failed') return [button('ask-again', 'Ask again', view)]
  return endButtons(view, links)
}
