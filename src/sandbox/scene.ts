// What one person sees in the sandbox, for the page: Slack as Slack shows it, and what happens behind the scenes.
import type { AccessRequest } from '../api/kinds.ts'
import type { PageChannel, PageMessage } from '../sim/slack/page-state.ts'
import type { Binding, Channel, Message, State } from './page/state.ts'
import { cast } from './plays.ts'
import { namespace, type World } from './world.ts'

const project = 'projects/prod-eu'

/** Everything that `user` sees now. */
export async function sceneOf(world: World, user: string): Promise<State> {
  const state = world.slack.pageStateOf(user)
  const { items } = await world.requests.list({ namespace })
  const names = Object.fromEntries([
    ...state.people.map(({ id, name }) => [id, name]),
    ...state.channels.map(({ id, name }) => [id, name]),
    ...[...world.slack.state.usergroups.values()].map(({ id, handle }) => [id, handle]),
  ]) as Record<string, string>
  return {
    now: world.clock.now().toISOString(),
    me: user,
    people: Object.values(cast).map(({ id, name, email, role }) => ({ id, name, email, role })),
    channels: state.channels.filter(({ isMember }) => isMember).map(channelOf),
    messages: Object.fromEntries(state.channels.map(each => [each.id, messagesOf(each, names)])),
    views: state.views.map(({ id, view, errors }) => ({ id, view, errors: errors ?? {} })),
    commands: state.commands.map(({ command, usageHint }) => ({ name: command, hint: usageHint ?? '' })),
    policies: [{ resource: project, bindings: bindingsOf(world) }],
    requests: items
      .toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))
      .map(rowOf),
    audit: world.google.logs
      .entries()
      .toReversed()
      .slice(0, 100)
      .map(entry => {
        const payload = entry.jsonPayload as AuditPayload
        return {
          at: entry.timestamp,
          event: payload.event ?? '',
          actor: payload.actor ?? '',
          message: payload.message ?? '',
          request: payload.request?.name ?? '',
        }
      }),
    names,
  }
}

type AuditPayload = { event?: string; actor?: string; message?: string; request?: { name?: string } }
function channelOf({ id, name, isDirect }: PageChannel): Channel {
  return { id, name: isDirect ? 'Hallpass (direct)' : name, isDirect }
}

function messagesOf({ messages, ephemerals }: PageChannel, names: Record<string, string>): Message[] {
  return [...messages, ...ephemerals].sort((a, b) => Number(a.ts) - Number(b.ts)).map(one => messageOf(one, names))
}

function messageOf(
  { ts, user, isApp, text, blocks, editedAt, isEphemeral, replies = [] }: PageMessage & { replies?: PageMessage[] },
  names: Record<string, string>,
): Message {
  return {
    ts,
    author: user === 'USLACKBOT' ? 'Slackbot' : (names[user] ?? user),
    isApp: isApp || user === 'USLACKBOT',
    at: new Date(Number(ts) * 1000).toISOString(),
    text,
    blocks: blocks as Message['blocks'],
    isEdited: editedAt !== undefined,
    isEphemeral,
    replies: replies.map(reply => messageOf(reply, names)),
  }
}

function bindingsOf({ google }: World): Binding[] {
  const bindings = google.policies.read(project)?.bindings ?? []
  return bindings
    .flatMap(({ role, members, condition }) =>
      members.map((member): Binding => {
        const { title = '', expression = '' } = condition ?? {}
        const [, startsAt] = /request\.time >= timestamp\("([^"]+)"\)/.exec(expression) ?? []
        const [, endsAt] = /request\.time < timestamp\("([^"]+)"\)/.exec(expression) ?? []
        return {
          role,
          member,
          title,
          expression,
          isOurs: title.startsWith('hallpass '),
          ...(startsAt && { startsAt }),
          ...(endsAt && { endsAt }),
        }
      }),
    )
    .sort((a, b) => Number(b.isOurs) - Number(a.isOurs))
}

function rowOf({ metadata, spec, status = {} }: AccessRequest): State['requests'][number] {
  return {
    name: metadata.name,
    phase: status.phase ?? 'Pending',
    requester: spec.requester.email,
    mapping: spec.roleMapping,
    decidedBy: status.decidedBy ?? '',
    begins: spec.notBefore ?? '',
    expires: status.expiresAt ?? '',
    reason: spec.reason,
  }
}
