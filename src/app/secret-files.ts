// Secrets, each a file in one folder. Values leave here only as `Secret`; a fault never says what a file holds.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../domain/secret.ts'
import type { Fault } from './config-fault.ts'

type SecretName =
  | 'slack-bot-token'
  | 'slack-signing-secret'
  | 'slack-app-token'
  | 'oauth-client-secret'
  | 'pagerduty-token'
  | 'google-access-token'

const forms: Record<SecretName, { prefix?: string; from: string }> = {
  'slack-bot-token': { prefix: 'xoxb-', from: 'the Slack app, "OAuth & Permissions"' },
  'slack-signing-secret': { from: 'the Slack app, "Basic Information"; while it rotates, one on each line' },
  'slack-app-token': { prefix: 'xapp-', from: 'the Slack app, "App-Level Tokens", scope connections:write' },
  'oauth-client-secret': { from: 'the OAuth client in the Google Cloud console' },
  'pagerduty-token': { from: 'PagerDuty, "API Access Keys", read-only' },
  'google-access-token': { from: 'the simulated Google' },
}
/** Far above any of these; a larger file is not a secret. */
const maxBytes = 4096

/** Reads secrets and collects what is wrong with them. */
export type SecretFiles = {
  /** One secret. When it will not do, a fault is noted and the empty secret returned. */
  one(name: SecretName): Secret
  /** One secret on each line, one at least. */
  lines(name: SecretName): Secret[]
  has(name: SecretName): boolean
  readonly faults: readonly Fault[]
}

/** The secrets in this folder; nothing is read before it is asked for. */
export function secretFiles(folder: string | undefined): SecretFiles {
  const faults: Fault[] = []
  const lines = (name: SecretName): Secret[] => {
    const found = folder === undefined ? undefined : readLines(join(folder, name))
    const why = found === undefined ? 'cannot be read' : whyUnfit(name, found)
    if (why) faults.push(fault(name, folder, why))
    return (found ?? []).map(line => new Secret(line))
  }
  const one = (name: SecretName): Secret => {
    const [first, ...others] = lines(name)
    if (others.length > 0) faults.push(fault(name, folder, 'has more than one line'))
    return first ?? new Secret('')
  }
  return { one, lines, has: name => folder !== undefined && readLines(join(folder, name)) !== undefined, faults }
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
  const { prefix } = forms[name]
  if (lines.length === 0) return 'is empty'
  if (!lines.every(line => /^[\x21-\x7e]{8,}$/.test(line))) return 'does not hold a secret of at least 8 characters'
  if (prefix && !lines.every(line => line.startsWith(prefix))) return `does not begin with ${prefix}`
  return undefined
}

function fault(name: SecretName, folder: string | undefined, why: string): Fault {
  const where = folder === undefined ? 'the folder that HALLPASS_SECRETS names' : folder
  return {
    setting: `secret ${name}`,
    why,
    remedy: `Put it into the file ${name} in ${where}; it comes from ${forms[name].from}.`,
  }
}
