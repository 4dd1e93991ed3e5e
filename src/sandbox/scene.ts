// What one person sees in the sandbox, for the page: Slack as Slack shows it, and what happens behind the scenes.
import type { PageChannel, PageMessage } from '../sim/slack/page-state.ts'
import type { Binding, Channel, Message, State } from './page/state.ts'
import { cast } from './plays.ts'
import { requestTable } from './request-table.ts'
import type { World } from './world.ts'

/** The projects that the sample mappings name. */
const projects = ['projects/prod-eu', 'projects/audit-prod']
/** As many messages of a channel and entries of the log are shown. */
const mostShown = 100

/** Everything that `user` sees now. */
export async function sceneOf(world: World, user: string): Promise<State> {
  const state = world.slack.pageStateOf(user)
  const requests = await requestTable(world.cluster.transport)
  const names = Object.fromEntries([
    ...state.people.map(({ id, name }) => [id, name]),
    ...state.channels.map(({ id, name }) => [id, name]),
    ...[...world.slack.state.usergroups.values()].map(({ id, handle }) => [id, handle]),
  ]) as Record<string, string>
  return {
    now: world.clock.now().toISOString(),
    me: user,
    door: `${world.authUrl}/`,
    hasJanitor: world.healthUrls.janitor !== undefined,
    people: Object.values(cast).map(({ id, name, email, role }) => ({ id, name, email, role })),
    channels: state.channels.filter(({ isMember }) => isMember).map(channelOf),
    messages: Object.fromEntries(state.channels.map(each => [each.id, messagesOf(each, names)])),
    views: state.views.map(({ id, view, errors }) => ({ id, view, errors: errors ?? {} })),
    commands: state.commands.map(({ command, usageHint }) => ({ name: command, hint: usageHint ?? '' })),
    policies: projects.flatMap(resource => policyOf(world, resource)).sort((a, b) => held(b) - held(a)),
    requests,
    audit: world.google.logs
      .entries()
      .slice(-mostShown)
      .toReversed()
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
    pages: world.pages.alerts.all
      .slice(-mostShown)
      .toReversed()
      .map(({ status, urgency, payload, links, log }) => ({
        at: log[0]?.at ?? '',
        status,
        urgency,
        summary: payload.summary,
        link: links[0]?.href ?? '',
        changedAt: log.at(-1)?.at ?? '',
      })),
    names,
  }
}

type AuditPayload = { event?: string; actor?: string; message?: string; request?: { name?: string } }
function channelOf({ id, name, isDirect }: PageChannel): Channel {
  return { id, name: isDirect ? 'Hallpass (direct)' : name, isDirect }
}

function messagesOf({ messages, ephemerals }: PageChannel, names: Record<string, string>): Message[] {
  return [...messages, ...ephemerals]
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .slice(-mostShown)
    .map(one => messageOf(one, names))
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

function policyOf({ google }: World, resource: string): State['policies'] {
  const policy = google.policies.read(resource)
  if (!policy) return []
  const bindings = policy.bindings
    .flatMap(({ role, members, condition = {} }) =>
      members.map((member): Binding => ({ role, member, ...readCondition(condition) })),
    )
    .sort((a, b) => Number(b.isOurs) - Number(a.isOurs))
  return [{ resource, bindings }]
}

/** How many bindings of Hallpass a policy has. A project with some comes first. */
function held({ bindings }: State['policies'][number]): number {
  return Math.min(1, bindings.filter(({ isOurs }) => isOurs).length)
}

const startForm = /request\.time >= timestamp\("([^"]+)"\)/
const endForm = /request\.time < timestamp\("([^"]+)"\)/

type Condition = { title?: string; expression?: string }

/** What a condition says of time, and what else it says. */
function readCondition({ title = '', expression = '' }: Condition): Omit<Binding, 'role' | 'member'> {
  const [, startsAt] = startForm.exec(expression) ?? []
  const [, endsAt] = endForm.exec(expression) ?? []
  const others = expression.split(' && ').filter(part => !startForm.test(part) && !endForm.test(part))
  return {
    title,
    expression,
    only: others.join(' && ').replace(/^\((.*)\)$/, '$1'),
    isOurs: title.startsWith('hallpass '),
    ...(startsAt && { startsAt }),
    ...(endsAt && { endsAt }),
  }
}
