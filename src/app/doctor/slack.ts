// Slack: the token, its scopes, the commands, the channels of the mappings, and how deliveries arrive.
import type { WebClient } from '@slack/web-api'
import type { RoleMapping } from '../../api/kinds.ts'
import { counted } from '../../audit/columns.ts'
import { Refused } from '../../domain/outcome.ts'
import { AppTokenRefused, createAskAddress } from '../../slack/gateway/socket-address.ts'
import { createChannels } from '../../slack/messages/channels.ts'
import { createClient } from '../../slack/messages/client.ts'
import { askOwnToken, TokenRefused } from '../../slack/messages/own-token.ts'
import { secretFacts } from '../secret-files.ts'
import { botScopes, mostCommands } from '../slack-app.ts'
import { type Check, type Found, ok, type Installation, unlessWrong, wrong } from './check.ts'

const component = 'slack' as const
const of = ['gateway', 'controller'] as const
const sentence = (secret: 'slack-bot-token' | 'slack-app-token'): string =>
  `Put a valid token into the secret ${secret}, and restart what uses it; it comes from ${secretFacts[secret].from}.`

function botOf({ config, withinMs }: Installation): WebClient {
  const { botToken } = config.gateway ?? config.controller ?? {}
  if (!botToken) throw new Error('This process has no bot token.')
  return createClient({
    token: botToken,
    timeoutMs: withinMs,
    ...(config.sandbox?.slack && { slackApiUrl: config.sandbox.slack }),
  })
}

const token: Check = {
  id: 'slack-token',
  component,
  of,
  asks: 'Does Slack accept the bot token, and is it for a workspace of slack.teams?',
  look: async installation => {
    const { config, clock } = installation
    const { teamIDs = [], enterpriseID = '' } = (config.gateway ?? config.controller)?.installed ?? {}
    try {
      const own = await askOwnToken({ client: botOf(installation), clock })
      if (own.teamIDs.some(id => id === enterpriseID || teamIDs.includes(id)))
        return ok(`The token is that of "${own.bot}" in the workspace "${own.team}" (${own.teamIDs[0]}).`)
      return wrong(
        `The bot token is for the workspace "${own.team}" (${own.teamIDs[0]}), and slack.teams has ${teamIDs.join(', ')}.`,
        `Set slack.teams to [${own.teamIDs[0]}], or put the token of the right workspace into the secret slack-bot-token.`,
      )
    } catch (error) {
      if (error instanceof TokenRefused) return wrong(error.message, sentence('slack-bot-token'))
      throw error
    }
  },
}

const scopes: Check = {
  id: 'slack-scopes',
  component,
  of,
  asks: "Has the bot token exactly the scopes of the app's manifest?",
  look: async installation => {
    const { scopes: given } = await askOwnToken({ client: botOf(installation), clock: installation.clock })
    const missing = botScopes.filter(scope => !given.includes(scope))
    const more = given.filter(scope => !botScopes.some(own => own === scope))
    const found = [
      ...missing.map(scope =>
        wrong(
          `The bot token lacks the scope ${scope}.`,
          'Add it under "OAuth & Permissions" of the Slack app, and install the app again.',
        ),
      ),
      ...more.map(scope =>
        wrong(
          `The bot token has the scope ${scope}, which Hallpass does not use.`,
          'Remove it under "OAuth & Permissions" of the Slack app, so that a stolen token can do less.',
        ),
      ),
    ]
    return unlessWrong(found, `The token has the ${botScopes.length} scopes of the manifest and no other.`)
  },
}

const commands: Check = {
  id: 'slack-commands',
  component,
  of,
  asks: 'Is there room in the Slack app for the command of each mapping?',
  look: async installation => {
    const { command: generic = '' } = installation.config.gateway ?? installation.config.controller ?? {}
    const named = (await installation.mappings()).flatMap(({ spec }) => spec.command ?? [])
    const all = new Set([generic, ...named])
    if (all.size > mostCommands)
      return wrong(
        `The mappings have ${all.size} commands, and Slack allows an app ${mostCommands}.`,
        `Leave "command" out of at least ${all.size - mostCommands} mappings: "${generic} NAME" reaches every mapping.`,
      )
    return ok(
      `${all.size} of ${mostCommands} commands are named; which exist, Slack shows only to hallpass slack-app --check.`,
    )
  },
}

const channels: Check = {
  id: 'slack-channels',
  component,
  of,
  withinMs: 60_000,
  asks: 'Can Hallpass write to the channel of each mapping?',
  look: async installation => {
    const looking = createChannels({ client: botOf(installation), clock: installation.clock })
    const mappings = await installation.mappings()
    const found: Found[] = []
    for (const { channel, of: name } of mappings.flatMap(channelsOf)) {
      const message = await looking.faultOf(channel).then(
        fault => fault?.message,
        (error: unknown) => {
          if (error instanceof Refused) return error.message
          throw error
        },
      )
      if (message !== undefined)
        found.push(wrong(`${message.replace(/\.$/, '')} (mapping "${name}").`, `In the channel: /invite @hallpass`))
    }
    return unlessWrong(found, `Hallpass can write to the channels of ${counted(mappings.length, 'mapping')}.`)
  },
}

function channelsOf({ metadata, spec }: RoleMapping): { channel: string; of: string }[] {
  const name = `${metadata.namespace}/${metadata.name}`
  return [spec.channel, ...(spec.emergency ? [spec.emergency.channel] : [])].map(channel => ({ channel, of: name }))
}

const deliveries: Check = {
  id: 'slack-deliveries',
  component,
  of: ['gateway'],
  asks: 'Can deliveries of Slack arrive: with a signing secret over HTTP, or over a socket that opens?',
  look: async ({ config: { gateway, sandbox }, clock }) => {
    if (!gateway) throw new Error('This process receives nothing.')
    if ('signingSecrets' in gateway.via)
      return ok(
        'slack.mode is http and there is a signing secret; whether it is that of the app, only a delivery can show.',
      )
    const slackApiUrl = sandbox?.slack
    const client = createClient({ token: gateway.via.appToken, ...(slackApiUrl && { slackApiUrl }) })
    try {
      await createAskAddress({ client, clock, isSimulated: slackApiUrl !== undefined })()
      return ok('slack.mode is socket, and Slack accepts the app-level token; no socket was opened.')
    } catch (error) {
      if (!(error instanceof AppTokenRefused)) throw error
      return wrong(`${error.message.split('. ')[0]}.`, sentence('slack-app-token'))
    }
  },
}

/** Slack. */
export const slackChecks: readonly Check[] = [token, scopes, commands, channels, deliveries]
