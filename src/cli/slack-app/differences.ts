// What differs between the Slack app as it should be and as it is, one sentence for each difference, with what follows
// from it. Pure. What Hallpass does not depend on, such as names and colours, may differ.
import { z } from 'zod'
import type { AppManifest, SlashCommand } from './manifest.ts'

const command = z.object({ command: z.string(), url: z.string().optional(), should_escape: z.boolean().optional() })
/** The part of an exported manifest that Hallpass depends on. */
const exported = z.object({
  features: z.object({
    app_home: z.object({ messages_tab_enabled: z.boolean().optional() }).optional(),
    slash_commands: z.array(command).default([]),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()).default([]) }) }),
  settings: z.object({
    interactivity: z.object({ is_enabled: z.boolean(), request_url: z.string().optional() }).optional(),
    socket_mode_enabled: z.boolean().default(false),
  }),
})
type Exported = z.infer<typeof exported>

/** Reads an exported manifest. Throws when it is something else; the error names the first part that is missing. */
export function readManifest(value: unknown): Exported {
  const inner = z.object({ manifest: z.unknown() }).safeParse(value)
  const { success, data, error } = exported.safeParse(inner.success ? inner.data.manifest : value)
  if (success) return data
  const [issue] = error.issues
  const place = issue?.path.join('.') || 'the file'
  throw new Error(`This is not the manifest of a Slack app: ${place}: ${issue?.message ?? 'unreadable'}.`)
}

/** The differences, the ones that stop people first. Empty when the app is as it should be. */
export function differencesOf(wanted: AppManifest, seen: Exported): string[] {
  return [
    ...modeDifferences(wanted, seen),
    ...scopeDifferences(wanted, seen),
    ...commandDifferences(wanted.features.slash_commands, seen.features.slash_commands),
  ]
}

function modeDifferences(wanted: AppManifest, seen: Exported): string[] {
  const { interactivity, socket_mode_enabled: isSocket } = wanted.settings
  const mode = (on: boolean): string => (on ? 'on' : 'off')
  const found: string[] = []
  if (seen.settings.socket_mode_enabled !== isSocket)
    found.push(
      `Socket Mode is ${mode(!isSocket)} and should be ${mode(isSocket)}: otherwise no command reaches the gateway.`,
    )
  if (!seen.settings.interactivity?.is_enabled) found.push('Interactivity is off: buttons and forms do nothing.')
  else if (!isSocket && seen.settings.interactivity.request_url !== interactivity.request_url)
    found.push(
      `Buttons and forms are sent to ${quoted(seen.settings.interactivity.request_url)} ` +
        `and should be sent to ${quoted(interactivity.request_url)}.`,
    )
  if (!seen.features.app_home?.messages_tab_enabled)
    found.push('The Messages tab is off: Slack refuses direct messages to people who are not in the channel.')
  return found
}

function scopeDifferences(wanted: AppManifest, seen: Exported): string[] {
  const [needed, given] = [wanted.oauth_config.scopes.bot, seen.oauth_config.scopes.bot]
  const missing = needed.filter(scope => !given.includes(scope))
  const more = given.filter(scope => !needed.includes(scope))
  return [
    ...missing.map(scope => `The scope ${scope} is missing. Add it and install the app again.`),
    ...more.map(scope => `The scope ${scope} is not needed. Remove it, so that a stolen token can do less.`),
  ]
}

function commandDifferences(wanted: readonly SlashCommand[], seen: Exported['features']['slash_commands']): string[] {
  const found = wanted.flatMap(each => {
    const other = seen.find(({ command: name }) => name === each.command)
    if (!other) return [`The command ${each.command} is missing.`]
    return [
      ...(each.url !== undefined && other.url !== each.url
        ? [`The command ${each.command} is sent to ${quoted(other.url)} and should be sent to ${quoted(each.url)}.`]
        : []),
      ...(other.should_escape
        ? [`The command ${each.command} escapes names: reasons would contain ids instead of what was typed.`]
        : []),
    ]
  })
  const unknown = seen.filter(({ command: name }) => !wanted.some(each => each.command === name))
  return [...found, ...unknown.map(({ command: name }) => `The command ${name} belongs to no mapping: remove it.`)]
}

const quoted = (address: string | undefined): string => (address === undefined ? 'nowhere' : `"${address}"`)
