// The manifest of the Slack app, with a command for each mapping that has one. Pure.
// https://docs.slack.dev/reference/app-manifest
import type { RoleMapping } from '../../api/kinds.ts'
import { botScopes, mostCommands } from '../../app/slack-app.ts'

/** The part of the settings that the app depends on. `url` is needed unless the gateway calls Slack. */
export type AppSettings = { url?: string | undefined; mode: 'http' | 'socket'; command: string }

export type SlashCommand = {
  command: string
  url?: string
  description: string
  usage_hint: string
  should_escape: boolean
}
export type AppManifest = {
  _metadata: { major_version: number; minor_version: number }
  display_information: { name: string; description: string; background_color: string }
  features: {
    app_home: Record<string, boolean>
    bot_user: { display_name: string; always_online: boolean }
    slash_commands: SlashCommand[]
  }
  oauth_config: { scopes: { bot: string[] } }
  settings: {
    interactivity: { is_enabled: boolean; request_url?: string }
    org_deploy_enabled: boolean
    socket_mode_enabled: boolean
    token_rotation_enabled: boolean
  }
}

// Slack allows this much for one command.
const longestDescription = 2000

/** Why Slack would refuse the manifest, and what to do; undefined when it would not. */
export function faultOfApp(mappings: readonly RoleMapping[], settings: AppSettings): string | undefined {
  if (settings.mode === 'http' && settings.url === undefined)
    return 'The address is missing that Slack calls. Give --url, or set HALLPASS_CONFIG to settings with publicUrl.'
  const count = commandsOf(mappings, settings).length
  if (count <= mostCommands) return undefined
  return (
    `Slack allows ${mostCommands} commands for one app, and this would have ${count}. ` +
    `Leave "command" out of at least ${count - mostCommands} mappings: ` +
    `"${settings.command} NAME" reaches every mapping.`
  )
}

/** The manifest; only when `faultOfApp` has nothing to say. */
export function appManifest(mappings: readonly RoleMapping[], settings: AppSettings): AppManifest {
  const calls = settings.mode === 'http' ? { request_url: eventsUrl(settings) } : {}
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name: 'Hallpass',
      description: "Production access for as long as you need it, with your manager's yes.",
      background_color: '#1f2937',
    },
    features: {
      app_home: {
        home_tab_enabled: false,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: true,
      },
      bot_user: { display_name: 'hallpass', always_online: true },
      slash_commands: commandsOf(mappings, settings),
    },
    oauth_config: { scopes: { bot: [...botScopes] } },
    settings: {
      interactivity: { is_enabled: true, ...calls },
      org_deploy_enabled: false,
      socket_mode_enabled: settings.mode === 'socket',
      token_rotation_enabled: false,
    },
  }
}

function eventsUrl({ url = '' }: AppSettings): string {
  return `${url.replace(/\/+$/, '')}/slack/events`
}

function commandsOf(mappings: readonly RoleMapping[], settings: AppSettings): SlashCommand[] {
  const rest = { ...(settings.mode === 'http' && { url: eventsUrl(settings) }) }
  // Names of people and channels in a reason stay as they were typed.
  const shape = (command: string, description: string, hint: string): SlashCommand => ({
    command,
    ...rest,
    description,
    usage_hint: hint,
    should_escape: false,
  })
  const own = new Map<string, SlashCommand>()
  for (const { spec, metadata } of mappings) {
    if (!spec.command || spec.command === settings.command || own.has(spec.command)) continue
    const about = spec.description ?? `Ask for ${metadata.name}`
    own.set(spec.command, shape(spec.command, about.slice(0, longestDescription), '[duration] reason'))
  }
  const general = shape(settings.command, 'Ask for production access', '[mapping] [duration] reason, or help')
  return [general, ...[...own.values()].toSorted((a, b) => (a.command < b.command ? -1 : 1))]
}
