// Secrets, each a file in one folder. Values leave this file only as `Secret`; a fault never shows a file's content.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../domain/secret.ts'
import type { Fault } from './config-fault.ts'

/** Who reads a secret, where it comes from, and how it begins. */
type SecretFacts = {
  readBy: readonly ('gateway' | 'auth' | 'controller' | 'janitor')[]
  from: string
  prefix?: string
  /** When it is read, unless always. */
  onlyWhen?: string
  /** Its form, if it is a fixed one, and what to say of another. */
  form?: { pattern: RegExp; why: string }
}

/** Every secret, by the name of its file. */
export const secretFacts = {
  'slack-bot-token': {
    readBy: ['gateway', 'controller'],
    from: 'the Slack app, "OAuth & Permissions"',
    prefix: 'xoxb-',
  },
  'slack-signing-secret': {
    readBy: ['gateway'],
    from: 'the Slack app, "Basic Information"; while it rotates, one on each line',
    onlyWhen: 'slack.mode is http',
  },
  'slack-app-token': {
    readBy: ['gateway'],
    from: 'the Slack app, "App-Level Tokens", scope connections:write',
    prefix: 'xapp-',
    onlyWhen: 'slack.mode is socket',
  },
  'oauth-client-secret': { readBy: ['auth'], from: 'the OAuth client in the Google Cloud console' },
  'pagerduty-token': { readBy: ['controller'], from: 'PagerDuty, "API Access Keys", read-only' },
  'pagerduty-route-NAME': {
    readBy: ['controller'],
    from: 'PagerDuty, the service that is paged, "Integrations", Events API v2: its integration key',
    onlyWhen: 'pagerduty.routes has a route of that name',
    form: { pattern: /^[A-Za-z0-9]{32}$/, why: 'does not hold a routing key of 32 letters and digits' },
  },
  'google-access-token': {
    readBy: ['auth', 'controller', 'janitor'],
    from: 'the simulated Google',
    onlyWhen: 'iAmASandbox.google is set',
  },
} as const satisfies Readonly<Record<string, SecretFacts>>
type SecretName = keyof typeof secretFacts
/** How the secret of a route begins; the route's name follows. */
const routeSecret = 'pagerduty-route-'
/** Much larger than any of these; a larger file is not a secret. */
const maxBytes = 4096

/** Reads secrets and collects their faults. */
export type SecretFiles = {
  /** One secret. When it is invalid, a fault is noted and an empty secret returned. */
  one(name: SecretName): Secret
  /** The routing key of this route. */
  ofRoute(route: string): Secret
  /** One secret on each line, at least one. */
  lines(name: SecretName): Secret[]
  has(name: SecretName): boolean
  readonly faults: readonly Fault[]
}

/** The secrets in this folder; a file is read only when its secret is requested. */
export function secretFiles(folder: string | undefined): SecretFiles {
  const faults: Fault[] = []
  const linesOf = (name: SecretName, file: string): Secret[] => {
    const found = folder === undefined ? undefined : readLines(join(folder, file))
    const why = found === undefined ? 'cannot be read' : whyUnfit(name, found)
    if (why) faults.push(fault({ name, file }, folder, why))
    return (found ?? []).map(line => new Secret(line))
  }
  const oneOf = (name: SecretName, file: string): Secret => {
    const [first, ...others] = linesOf(name, file)
    if (others.length > 0) faults.push(fault({ name, file }, folder, 'has more than one line'))
    return first ?? new Secret('')
  }
  const one = (name: SecretName): Secret => oneOf(name, name)
  const lines = (name: SecretName): Secret[] => linesOf(name, name)
  const ofRoute = (route: string): Secret => oneOf('pagerduty-route-NAME', `${routeSecret}${route}`)
  return { one, ofRoute, lines, has: name => hasSecret(folder, name), faults }
}

/** The routes that the folder has a key for. */
export function routesWithSecret(folder: string | undefined): string[] {
  try {
    const files = folder === undefined ? [] : readdirSync(folder)
    return files.flatMap(file => (file.startsWith(routeSecret) ? [file.slice(routeSecret.length)] : [])).sort()
  } catch {
    return []
  }
}

/** Whether the folder has a file for this secret. */
export function hasSecret(folder: string | undefined, name: string): boolean {
  return folder !== undefined && readLines(join(folder, name)) !== undefined
}

function readLines(path: string): string[] | undefined {
  try {
    const content = readFileSync(path)
    if (content.length > maxBytes) return [' ']
    return content
      .toString('utf8')
      .split(/\r?\n/)
      .map(line => line.trim())
      .filter(line => line !== '')
  } catch {
    return undefined
  }
}

function whyUnfit(name: SecretName, lines: readonly string[]): string | undefined {
  const { prefix, form }: SecretFacts = secretFacts[name]
  if (lines.length === 0) return 'is empty'
  if (!lines.every(line => /^[\x21-\x7e]{8,}$/.test(line))) return 'does not hold a secret of at least 8 characters'
  if (prefix && !lines.every(line => line.startsWith(prefix))) return `does not begin with ${prefix}`
  if (form && !lines.every(line => form.pattern.test(line))) return form.why
  return undefined
}

type Named = { name: SecretName; file: string }

function fault({ name, file }: Named, folder: string | undefined, why: string): Fault {
  const where = folder === undefined ? 'the folder that HALLPASS_SECRETS names' : folder
  return {
    setting: `secret ${file}`,
    why,
    remedy: `Put it into the file ${file} in ${where}; it comes from ${secretFacts[name].from}.`,
  }
}
