// The configuration: one YAML file and secrets as files, read once, validated whole, frozen. Closed unless proved open:
// an unknown setting is a fault, and other endpoints than the real services are accepted only with the setting for a
// sandbox.
import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import type { ExternalRequester } from '../domain/people/belonging.ts'
import type { People } from '../domain/people/identity.ts'
import type { Limits } from '../domain/asking/limits.ts'
import type { PageLimits, PageRoute } from '../domain/calling/paging.ts'
import type { Secret } from '../domain/secret.ts'
import { crossFaults, distinct, faultsOf, freeze, valueAt } from './config-check.ts'
import { ConfigFault, type Fault } from './config-fault.ts'
import { everySetting, needs } from './config-schema.ts'
import type { Environment } from './environment.ts'
import type { ProcessName } from './process-names.ts'
import { type SecretFiles, secretFiles } from './secret-files.ts'

/** The common settings, and a part for each process that runs here; the other parts are absent. */
export type Config = {
  process: ProcessName
  /** Watched namespaces; an empty list means all. */
  namespaces: readonly string[]
  tokenNamespace: string
  systemNamespace: string
  people: People
  /** Partners who may ask, each until an instant. */
  externalRequesters: readonly ExternalRequester[]
  retainForSeconds: number
  listen: { port: number; healthPort: number; host: string }
  /**
   * When another controller takes over from a leader that no longer renews its lease, and how often the leader renews
   * it.
   */
  leaderElection: { leaseSeconds: number; renewDeadlineSeconds: number; retrySeconds: number }
  /** The limits for requests of one person and for one mapping. */
  limits: Limits
  gateway?: GatewayConfig
  auth?: AuthConfig
  controller?: ControllerConfig
  /** Only of a janitor itself. */
  janitor?: JanitorConfig
  /** Present only in a sandbox: where the simulators listen, always on loopback addresses. */
  sandbox?: SandboxConfig
}

/** The Slack workspaces, and the organisation, that Hallpass is installed in. */
export type Installed = { teamIDs: readonly string[]; enterpriseID?: string }

export type GatewayConfig = {
  /** The account that reads Google groups; absent when mappings must not name any. */
  groupsReader?: string
  hostedDomains: readonly string[]
  botToken: Secret
  installed: Installed
  command: string
  via: { signingSecrets: readonly Secret[] } | { appToken: Secret }
  hasJanitor: boolean
}

/** The janitor's identity at Google, as the audit log names it. */
export type JanitorConfig = { account: string }

export type AuthConfig = {
  groupsReader?: string
  /** Scheme and host, without a slash at the end. */
  publicUrl: string
  hostedDomains: readonly string[]
  oauthClientID: string
  oauthClientSecret: Secret
  ticketKey: string
  tokenKey: string
}

export type ControllerConfig = {
  /** Scheme and host, without a slash at the end. */
  publicUrl: string
  hostedDomains: readonly string[]
  /** The audience that evidence must have. */
  oauthClientID: string
  ticketKey: string
  tokenKey: string
  auditLog: string
  /** Where the log is read back before a request is deleted; the log's project unless given. */
  auditView?: string
  /** Whether custom roles are read with the controller's own identity. */
  readCustomRoles: boolean
  groupsReader?: string
  /** Whether it is read who can join groups of approvers. */
  readGroupSettings: boolean
  /** The account that reads IAM policies, and how often they are compared with the record; absent when they are not. */
  drift?: { policyReader: string; everySeconds: number }
  installed: Installed
  /** The command that reaches every mapping. */
  command: string
  botToken: Secret
  pagerDutyToken: Secret
  pagerDutyRegion: 'us' | 'eu'
  /** The routes that mappings may page through, and the routing key of each by its name. */
  pageRoutes: readonly PageRoute[]
  pageKeys: ReadonlyMap<string, Secret>
  pageLimits: PageLimits
  /** The janitor's identity at Google, where one is installed. */
  janitor?: string
}

export type SandboxConfig = {
  google?: string
  slack?: string
  pagerduty?: string
  pagerdutyEvents?: string
  /** How soon after a sign-in its evidence is published, instead of after its end. */
  evidenceAfterSeconds?: number
  /** Replaces the process's own Google identity. */
  googleAccessToken?: Secret
}

/** The configuration of this process. Throws ConfigFault with all faults, those that `check` finds included. */
export function readConfig(process: ProcessName, env: Environment, check?: (raw: unknown) => Fault[]): Config {
  const raw = readSettings(env)
  const every = everySetting.safeParse(raw)
  const secrets = secretFiles(env.secretsPath)
  const runs = (part: keyof typeof needs): boolean => process === part || process === 'all'
  const faults = [...faultsOf(every, raw), ...crossFaults(raw), ...(check?.(raw) ?? [])]
  const gateway = runs('gateway') ? gatewayOf(settingsOf('gateway', raw, faults), secrets) : undefined
  const auth = runs('auth') ? authOf(settingsOf('auth', raw, faults), secrets) : undefined
  const controller = runs('controller') ? controllerOf(settingsOf('controller', raw, faults), secrets) : undefined
  const janitor = process === 'janitor' ? settingsOf('janitor', raw, faults)?.janitor : undefined
  const sandbox = every.success
    ? sandboxOf(
        every.data.iAmASandbox,
        secrets,
        runs('auth') || runs('controller') || process === 'janitor' || gateway?.groupsReader !== undefined,
      )
    : undefined
  const all = distinct([...faults, ...secrets.faults, ...strayToken(raw, secrets)])
  if (!every.success || all.length > 0) throw new ConfigFault(all)
  const { people, externalRequesters, retainFor, listen, leaderElection, limits } = every.data
  const { namespaces, tokenNamespace, systemNamespace } = every.data
  return freeze({
    process,
    namespaces,
    tokenNamespace,
    systemNamespace,
    people,
    externalRequesters,
    retainForSeconds: retainFor,
    listen,
    leaderElection,
    limits,
    ...(gateway && { gateway }),
    ...(auth && { auth }),
    ...(controller && { controller }),
    ...(janitor && { janitor }),
    ...(sandbox && { sandbox }),
  })
}

/**
 * Where the simulated Google of a sandbox is, if the settings are those of a sandbox; undefined for Google itself, also
 * without settings. Throws ConfigFault.
 */
export function sandboxGoogle(env: Environment): string | undefined {
  if (!env.configPath) return undefined
  const raw = readSettings(env)
  const every = everySetting.safeParse(raw)
  if (!every.success) throw new ConfigFault(distinct([...faultsOf(every, raw)]))
  return every.data.iAmASandbox?.google
}

/** The settings as they are in the file. Throws ConfigFault when it cannot be read. */
export function readSettings(env: Environment): unknown {
  const { configPath } = env
  if (!configPath)
    throw new ConfigFault([
      { setting: 'HALLPASS_CONFIG', why: 'is not set', remedy: 'Set it to the path of the configuration file.' },
    ])
  const lines = new LineCounter()
  const document = parseDocument(readText(configPath), { prettyErrors: false, lineCounter: lines })
  // The parser's own message may quote the file, and so a secret that was put there by mistake.
  const faults = document.errors.map(({ code, pos }): Fault => {
    const { line, col } = lines.linePos(pos[0])
    return {
      setting: configPath,
      why: `is not well-formed YAML at line ${line}, column ${col} (${code})`,
      remedy: 'Correct that line; settings are written as name: value.',
    }
  })
  if (faults.length > 0) throw new ConfigFault(faults)
  return document.toJS() ?? {}
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new ConfigFault([
      {
        setting: 'HALLPASS_CONFIG',
        given: path,
        why: `cannot be read (${code})`,
        remedy: 'Set it to the path of the configuration file, readable by this process.',
      },
    ])
  }
}

function settingsOf<P extends keyof typeof needs>(
  part: P,
  raw: unknown,
  faults: Fault[],
): z.infer<(typeof needs)[P]> | undefined {
  const result = needs[part].safeParse(raw)
  faults.push(...faultsOf(result, raw, part))
  return result.success ? (result.data as z.infer<(typeof needs)[P]>) : undefined
}

type SettingsOf<P extends keyof typeof needs> = z.infer<(typeof needs)[P]> | undefined

// Secrets are read even when settings are wrong, so that their faults are printed together with the others.
function gatewayOf(settings: SettingsOf<'gateway'>, secrets: SecretFiles): GatewayConfig | undefined {
  const botToken = secrets.one('slack-bot-token')
  const isSocket = settings?.slack.mode === 'socket'
  const via = isSocket
    ? { appToken: secrets.one('slack-app-token') }
    : { signingSecrets: secrets.lines('slack-signing-secret') }
  if (!settings) return undefined
  const { slack, hostedDomains, google, janitor } = settings
  const own = { ...readerIn(google), hasJanitor: janitor !== undefined }
  return { hostedDomains, botToken, installed: installedIn(slack), command: slack.command, via, ...own }
}

function readerIn({ groupsReader }: { groupsReader?: string | undefined }): { groupsReader?: string } {
  return groupsReader === undefined ? {} : { groupsReader }
}

function installedIn({ teams, enterprise }: { teams: string[]; enterprise?: string | undefined }): Installed {
  return { teamIDs: teams, ...(enterprise && { enterpriseID: enterprise }) }
}

function authOf(settings: SettingsOf<'auth'>, secrets: SecretFiles): AuthConfig | undefined {
  const oauthClientSecret = secrets.one('oauth-client-secret')
  if (!settings) return undefined
  const { google, publicUrl, hostedDomains } = settings
  const { groupsReader, ...used } = google
  return { publicUrl, hostedDomains, ...used, ...readerIn({ groupsReader }), oauthClientSecret }
}

function controllerOf(settings: SettingsOf<'controller'>, secrets: SecretFiles): ControllerConfig | undefined {
  const [botToken, pagerDutyToken] = [secrets.one('slack-bot-token'), secrets.one('pagerduty-token')]
  if (!settings) return undefined
  const { publicUrl, hostedDomains, slack, pagerduty, janitor } = settings
  const { groupsReader, policyReader, compareEvery: everySeconds, ...google } = settings.google
  const { region: pagerDutyRegion, routes: pageRoutes, ...pageLimits } = pagerduty
  const pageKeys = new Map(pageRoutes.map(({ name }) => [name, secrets.ofRoute(name)]))
  const read = {
    publicUrl,
    hostedDomains,
    ...google,
    ...readerIn({ groupsReader }),
    ...(policyReader !== undefined && { drift: { policyReader, everySeconds } }),
    installed: installedIn(slack),
    command: slack.command,
  }
  const own = { botToken, pagerDutyToken, pagerDutyRegion, pageRoutes, pageKeys, pageLimits }
  return { ...read, ...own, ...(janitor && { janitor: janitor.account }) }
}

type SandboxSettings = z.infer<typeof everySetting>['iAmASandbox']

// With a simulated Google the process's real credentials are not used: it needs simulated ones.
function sandboxOf(settings: SandboxSettings, secrets: SecretFiles, isGoogleUsed: boolean): SandboxConfig | undefined {
  if (!settings) return undefined
  const { google, slack, pagerduty, pagerdutyEvents, evidenceAfter: evidenceAfterSeconds } = settings
  const needsToken = isGoogleUsed && google !== undefined
  return {
    ...(google && { google }),
    ...(slack && { slack }),
    ...(pagerduty && { pagerduty }),
    ...(pagerdutyEvents && { pagerdutyEvents }),
    // The tokens of a simulated Google are worth nothing; those of the real one are never published earlier.
    ...(google && evidenceAfterSeconds !== undefined && { evidenceAfterSeconds }),
    ...(needsToken && { googleAccessToken: secrets.one('google-access-token') }),
  }
}

function strayToken(raw: unknown, secrets: SecretFiles): Fault[] {
  if (valueAt(raw, ['iAmASandbox']) !== undefined || !secrets.has('google-access-token')) return []
  return [
    {
      setting: 'secret google-access-token',
      why: 'is accepted only in a sandbox',
      remedy: "Remove the file; in production Google's own credentials of the workload are used.",
    },
  ]
}
