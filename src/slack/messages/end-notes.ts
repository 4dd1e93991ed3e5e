// What people read and press while access can be ended early: the lines and buttons of the message, and the notes that
// mention one person. Pure.
import { askedToEnd, type EndNote } from '../../domain/ending/end-notes.ts'
import type { Links, Reminding } from '../../domain/ports.ts'
import { titleOf } from '../../domain/granting/policy.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { actions, type Block, button, limits, linkButton, type Rendered, rendered, section } from './blocks.ts'
import { bold, code, escape, mention, nameOf, sayPerson, sentence, time } from './words.ts'

/** What somebody wants of access that is in force, and what has come of it. */
export function endingLines(view: MessageView): string[] {
  const { doneAt, isEnding, notEnded, approvedBy, requester } = view
  if (isEnding) return ['Somebody has signed in to end it early; it is being removed.']
  const refused = notEnded && `It was not ended at ${time(notEnded.at, approvedBy?.at)}: ${sentence(notEnded.why)}`
  const done =
    doneAt &&
    `${nameOf(requester)} is done with it since ${time(doneAt, approvedBy?.at)}. ${whoCan(view)} ${orLater(view)}`
  return [refused, done].filter(line => line !== undefined)
}

// Without a janitor Hallpass removes nothing by itself, and says so.
function whoCan(view: MessageView): string {
  if (view.janitor === 'asked') return "Hallpass's janitor removes it."
  return `${whyPeople(view.janitor)}; ${sayPerson(askedToEnd(view) ?? {}, 'the approver')} is asked to.`
}

function whyPeople(janitor: MessageView['janitor']): string {
  if (janitor === 'refused') return "Hallpass's janitor could not remove it"
  return janitor ? "Hallpass's janitor has not removed it yet" : 'Hallpass has no right to remove it'
}

function orLater({ expiresAt, approvedBy }: MessageView): string {
  return `It ends by itself at ${expiresAt ? time(expiresAt, approvedBy?.at) : 'its time'}.`
}

/** The buttons while access is in force: for its holder, and for people who may change the policy. */
export function endButtons(view: MessageView, { revoke }: Links): (Block | undefined)[] {
  if (view.isEnding) return []
  const isHeld = view.state === 'granted' || view.state === 'inDoubt'
  return [
    isHeld && !view.doneAt ? button('done', "I'm done", view) : undefined,
    isHeld || view.state === 'granting' ? revokeButton('Revoke ↗', revoke) : undefined,
  ]
}

function revokeButton(label: string, url: string | undefined): Block | undefined {
  return url !== undefined && url.length <= limits.url ? linkButton('revoke', label, url) : undefined
}

/** The note, which mentions one person. */
export function renderEndNote(view: MessageView, note: Reminding): Rendered {
  const say = (who: string): string => `${who}, ${wordsOf(view, note)}`
  const label = note.about === 'done' ? 'Remove now ↗' : 'Try again ↗'
  return rendered(say(sayPerson(note.to)).replaceAll('*', ''), [
    section(say(mention(note.to))),
    ...actions('end', [revokeButton(label, note.links.revoke)]),
    ...byHand(view, note.commands.slice(0, mostCommands)),
  ])
}

function wordsOf(view: MessageView, note: EndNote): string {
  const whose = `the access of ${sayPerson(view.requester)} to ${bold(view.mapping)}`
  return note.about === 'done'
    ? `${sayPerson(view.requester)} is done with ${bold(view.mapping)}. ${whyPeople(view.janitor)}, you may: please sign in and remove it now. ${orLater(view)}`
    : `${whose} was not ended with your sign-in. ${sentence(note.why)} ${orLater(view)}`
}

/** Longer ones are not shown: a command that is cut would remove nothing, or something else. */
const longestCommand = limits.section - 10
/** A note has 50 blocks at most, and nobody reads more commands than these. */
const mostCommands = 10

/** The commands for a person who may change the policy and does not want to sign in here. */
function byHand(view: MessageView, commands: readonly string[]): Block[] {
  if (commands.length === 0) return []
  const shown = commands.map(command => escape(command))
  const isShort = shown.every(command => command.length <= longestCommand && !command.includes('```'))
  if (!isShort)
    return [section(`Or remove the bindings titled ${code(titleOf(view.uid))} with gcloud or in the console.`)]
  return [section('Or run this with gcloud:'), ...shown.map(command => section(`\`\`\`${command}\`\`\``))]
}
