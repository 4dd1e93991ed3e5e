// Assumptions about Slack: its error codes, what it keeps of a message, who is notified, and how typed text arrives.
import type { SlackAnswer } from '../../app/trial.ts'
import { type Assumption, equal, field, holds, listIn, needed, NotPrepared, type Trial } from './assumption.ts'
import { domainOf } from '../../domain/people/identity.ts'

const service = 'Slack' as const
/** One message a second in a channel, with a margin. */
const betweenPostsSeconds = 1.1
const typingSeconds = 300
const metadataType = 'hallpass_trial'

type Message = { channel: string; ts: string }

/** Tries to post a message. If Slack takes it, it is deleted when the check ends. */
async function tryToPost(trial: Trial, args: { channel: string; [more: string]: unknown }): Promise<SlackAnswer> {
  const answer = await trial.services.slack('chat.postMessage', args).catch((error: unknown) => {
    const what = `perhaps a message "${title(trial)}" to ${args.channel}, because Slack did not answer`
    trial.undo(what, () => Promise.reject(new Error(what)))
    throw error
  })
  const [channel, ts] = [field(answer.data, 'channel'), field(answer.data, 'ts')]
  if (typeof channel === 'string' && typeof ts === 'string')
    trial.undo(`the message ${ts} in the channel ${channel}`, () => remove(trial, { channel, ts }))
  return answer
}

/** Posts a message that is deleted when the check ends. */
async function post(trial: Trial, args: { channel: string; [more: string]: unknown }): Promise<Message> {
  await trial.pause(betweenPostsSeconds)
  const { code, data } = await tryToPost(trial, args)
  if (code !== 'ok') throw new NotPrepared(`Posting failed: ${code}.`)
  return { channel: String(field(data, 'channel')), ts: String(field(data, 'ts')) }
}

async function remove({ services }: Trial, message: Message): Promise<void> {
  const { code } = await services.slack('chat.delete', message)
  if (code !== 'ok' && code !== 'message_not_found') throw new Error(`Slack answered ${code}.`)
}

/** The Slack account of the person who runs the trial. */
async function ownAccount({ services, places }: Trial): Promise<string> {
  const user = needed('Finding you', await services.slack('users.lookupByEmail', { email: places.person }))
  const id = field(user, 'user', 'id')
  if (typeof id !== 'string') throw new NotPrepared('Slack named no account.')
  return id
}

const answers = (isYes: boolean): string => (isYes ? 'yes' : 'no')
const title = ({ id }: Trial): string => `Hallpass trial ${id}`

export const slackAssumptions: Assumption[] = [
  {
    id: 'slack-unknown',
    service,
    says: 'What Slack does not know is refused with channel_not_found, users_not_found and message_not_found.',
    check: async trial => {
      const { services, places, id } = trial
      const text = title(trial)
      const email = `hallpass-trial-${id}@${domainOf(places.person)}`
      const edit = { channel: places.channel, ts: '1000000000.000001', text }
      return [
        equal(
          'a channel',
          'channel_not_found',
          (await services.slack('chat.postMessage', { channel: `C0${id.toUpperCase()}`, text })).code,
        ),
        equal('an address', 'users_not_found', (await services.slack('users.lookupByEmail', { email })).code),
        equal('a message', 'message_not_found', (await services.slack('chat.update', edit)).code),
      ]
    },
  },
  {
    id: 'slack-outside',
    service,
    says: 'Posting to a public channel without the app is refused with not_in_channel.',
    changes: 'tries to post to the channel without the app; if Slack takes the message, it is deleted',
    lacks: ({ places }) => (places.outsideChannel ? undefined : 'no --outside-channel was given'),
    check: async trial => {
      const args = { channel: trial.places.outsideChannel ?? '', text: title(trial) }
      return [equal('posting', 'not_in_channel', (await tryToPost(trial, args)).code)]
    },
  },
  {
    id: 'slack-metadata',
    service,
    says: "A message's metadata survives an edit without metadata, and the channel's history shows it.",
    changes: 'posts a message to the channel, edits it, and deletes it',
    check: async trial => {
      const { services, places, id } = trial
      const metadata = { event_type: metadataType, event_payload: { uid: id } }
      const { channel, ts } = await post(trial, { channel: places.channel, text: title(trial), metadata })
      needed('Editing', await services.slack('chat.update', { channel, ts, text: `${title(trial)}, edited` }))
      const asked = { channel, oldest: ts, inclusive: true, include_all_metadata: true, limit: 200 }
      const history = needed('Reading the history', await services.slack('conversations.history', asked))
      const found = listIn(history, 'messages').find(message => field(message, 'ts') === ts)
      const isThere = field(found, 'metadata', 'event_type') === metadataType
      const isOurs = isThere && field(found, 'metadata', 'event_payload', 'uid') === id
      return [
        equal(
          'the message',
          'found with its metadata',
          isOurs ? 'found with its metadata' : found ? 'found without it' : 'not found',
        ),
      ]
    },
  },
  {
    id: 'slack-ephemeral',
    service,
    says: 'A message for one person has its own ts, and the history does not show it.',
    changes: 'shows you a message in the channel that only you see; Slack removes it by itself',
    check: async trial => {
      const { services, places } = trial
      const args = { channel: places.channel, user: await ownAccount(trial), text: title(trial) }
      const ts = field(needed('Posting', await services.slack('chat.postEphemeral', args)), 'message_ts')
      const asked = { channel: places.channel, oldest: ts, inclusive: true }
      const history = needed('Reading the history', await services.slack('conversations.history', asked))
      const isListed = listIn(history, 'messages').some(message => field(message, 'ts') === ts)
      return [
        equal('it has a ts', 'yes', answers(typeof ts === 'string')),
        equal('the history shows it', 'no', answers(isListed)),
      ]
    },
  },
  {
    id: 'slack-direct',
    service,
    says: 'With the Messages tab, a message to the id of a person arrives in their conversation with the app, whose id begins with D.',
    changes: 'writes a direct message to you, and deletes it',
    check: async trial => {
      const { channel } = await post(trial, { channel: await ownAccount(trial), text: title(trial) })
      return [equal('the conversation begins with', 'D', channel.slice(0, 1))]
    },
  },
  {
    id: 'slack-notified',
    service,
    says: 'An edit that adds a mention notifies nobody; a new note in the thread that mentions a person notifies them.',
    changes: 'posts a message and a note that mentions you to the channel, and deletes both',
    needsPerson: true,
    check: async trial => {
      const { services, places } = trial
      const account = await ownAccount(trial)
      const { channel, ts } = await post(trial, { channel: places.channel, text: title(trial) })
      await trial.ask(`Look at another channel, so that Slack would notify you of "${title(trial)}". Are you ready?`)
      needed('Editing', await services.slack('chat.update', { channel, ts, text: `${title(trial)}: <@${account}>` }))
      const isOfEdit = await trial.ask('The message was edited and mentions you now. Did Slack notify you?')
      await post(trial, { channel: places.channel, thread_ts: ts, text: `A note for <@${account}>.` })
      const isOfNote = await trial.ask('A note in its thread mentions you now. Did Slack notify you?')
      return [
        equal('notified of the edit', 'no', answers(isOfEdit)),
        equal('notified of the note', 'yes', answers(isOfNote)),
      ]
    },
  },
  {
    id: 'slack-typed-text',
    service,
    says: 'The text of a command arrives with &, < and > escaped as &amp;, &lt; and &gt;.',
    changes: 'nothing itself: you type a command, which the trial receives and answers',
    needsPerson: true,
    lacks: ({ services }) =>
      services.nextCommand ? undefined : 'slack.mode is not socket, so no command arrives here',
    check: async trial => {
      const { services, places, stopped } = trial
      const isReady = trial.ask('No gateway of this app may run now. Are you ready to type a command?')
      if (!(await isReady) || !services.nextCommand) throw new NotPrepared('You were not ready.')
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(typingSeconds * 1000)])
      const user = await ownAccount(trial)
      const onReady = (): void => trial.tell(`Type in the channel: ${places.command} R&D <b>`)
      const text = await services.nextCommand({ user, signal, onReady })
      const isSame = text === 'R&amp;D &lt;b&gt;'
      return [holds('R&D <b> arrives as', 'R&amp;D &lt;b&gt;', { came: text.slice(0, 60), isSame })]
    },
  },
]
