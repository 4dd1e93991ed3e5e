// Checks of the configuration that need more than the schema, and readable messages for the schema's findings.
import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { type Fault, sayGiven } from './config-fault.ts'
import { parseDuration } from '../domain/asking/duration.ts'
import { isLoopbackAddress, noRetention, settingsIn } from './config-schema.ts'
import { settings } from './settings.ts'

/** Faults between settings that are each well formed. */
export function crossFaults(raw: unknown): Fault[] {
  const at = (setting: string): unknown => valueAt(raw, setting.split('.'))
  const isSandbox = at('iAmASandbox') !== undefined
  const faults: Fault[] = []
  const note = (setting: string, why: string): void => {
    faults.push(faultAt(setting, at(setting), why))
  }
  const url = URL.parse(String(at('publicUrl')))
  if (url?.protocol === 'http:' && !isSandbox) note('publicUrl', 'is not https')
  if (url?.protocol === 'http:' && isSandbox && !isLoopbackAddress(url.hostname) && url.hostname !== 'localhost')
    note('publicUrl', 'is http but not on this machine')
  if (!isSandbox && (parseDuration(String(at('retainFor'))) ?? Infinity) < 3600) note('retainFor', noRetention)
  const clientID = at('google.oauthClientID')
  if (typeof clientID === 'string' && !isSandbox && !clientID.endsWith('.apps.googleusercontent.com'))
    note('google.oauthClientID', 'is not an OAuth client id of Google')
  if (isSame(at('google.ticketKey'), at('google.tokenKey')))
    note(
      'google.tokenKey',
      'is the same key as google.ticketKey, so the process that decrypts links could decrypt tokens',
    )
  if (isSame(at('listen.port'), at('listen.healthPort')) && at('listen.port') !== 0)
    note('listen.healthPort', 'is the same as listen.port')
  const [lease, deadline, retry] = leaseTimes(at)
  if (deadline >= lease)
    note('leaderElection.renewDeadlineSeconds', 'is not less than leaseSeconds, so two controllers could lead together')
  if (retry >= deadline)
    note('leaderElection.retrySeconds', 'is not less than renewDeadlineSeconds, so the lease would not be renewed')
  const tokenNamespace = at('tokenNamespace') ?? 'hallpass-tokens'
  const others = [at('systemNamespace') ?? 'hallpass-system', ...listAt(at('namespaces'))]
  if (others.includes(tokenNamespace)) note('tokenNamespace', 'is used for other things too')
  for (const address of repeated(listAt(at('people'))))
    faults.push(faultAt('people', address, 'is in more than one row, so it is unclear whose it is'))
  for (const address of repeated(listAt(at('externalRequesters')).map(listed => [valueAt(listed, ['email'])])))
    faults.push(faultAt('externalRequesters', address, 'is listed twice, so it is unclear until when'))
  for (const name of repeated(listAt(at('pagerduty.routes')).map(route => [valueAt(route, ['name'])])))
    faults.push(faultAt('pagerduty.routes', name, 'is listed twice, so it is unclear who may page through it'))
  // Else the pages of a sandbox would call real people.
  if (listAt(at('pagerduty.routes')).length > 0 && isSandbox && at('iAmASandbox.pagerduty') !== undefined)
    if (at('iAmASandbox.pagerdutyEvents') === undefined)
      note('iAmASandbox.pagerdutyEvents', 'is missing, although PagerDuty is simulated and pagerduty.routes has routes')
  for (const domain of listAt(at('hostedDomains')).filter(domain => privateDomains.includes(String(domain))))
    faults.push(faultAt('hostedDomains', domain, 'is a domain of private accounts, which belong to no organisation'))
  return faults
}

/** Anybody can have an account of Google's there. */
const privateDomains = ['gmail.com', 'googlemail.com']

// The form of each setting is checked elsewhere; here a default replaces a value that is not a number.
function leaseTimes(at: (setting: string) => unknown): [number, number, number] {
  const or = (name: string, otherwise: number): number => {
    const given = at(`leaderElection.${name}`)
    return typeof given === 'number' ? given : otherwise
  }
  return [or('leaseSeconds', 15), or('renewDeadlineSeconds', 10), or('retrySeconds', 2)]
}

function isSame(a: unknown, b: unknown): boolean {
  return a !== undefined && a === b
}

function listAt(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function repeated(rows: readonly unknown[]): string[] {
  const addresses = rows.flatMap(row => [...new Set(listAt(row).map(address => String(address).toLowerCase()))])
  return [...new Set(addresses.filter((address, n) => addresses.indexOf(address) !== n))]
}

/** The schema's findings as readable faults; `part` is the process that needs a missing setting. */
export function faultsOf(result: z.ZodSafeParseResult<unknown>, raw: unknown, part?: string): Fault[] {
  return (result.error?.issues ?? []).flatMap(issue => {
    const { path, code } = issue
    if (code === 'unrecognized_keys') return issue.keys.map(key => unknownSetting(path, key))
    const value = valueAt(raw, path)
    return [faultAt(nameOf(path), value, whyOf(issue, value, part))]
  })
}

function whyOf(issue: z.core.$ZodIssue, value: unknown, part: string | undefined): string {
  if (value === undefined) return part ? `is missing; ${part === 'auth' ? part : `the ${part}`} needs it` : 'is missing'
  if (issue.code === 'invalid_type')
    return isWorded(issue.message) ? issue.message : `is not ${words[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `is not ${issue.values.map(String).join(' or ')}`
  return issue.message
}

const words: Record<string, string> = {
  string: 'text',
  array: 'a list',
  object: 'a group of settings',
  int: 'a whole number',
  boolean: 'true or false',
}

function isWorded(message: string): boolean {
  return message.startsWith('is ')
}

function unknownSetting(path: readonly PropertyKey[], key: string): Fault {
  const group = nameOf(path).replace(/\[\d+\]/g, '')
  const known = settingsIn[group] ?? []
  const near = closest(key, [...known])
  const prefix = path.length === 0 ? '' : `${nameOf(path)}.`
  const remedy =
    distance(key.toLowerCase(), near.toLowerCase()) <= 3
      ? `Did you mean ${prefix}${near}?`
      : `Remove it. Settings here are: ${known.join(', ')}.`
  return { setting: `${prefix}${key}`, why: 'is not a setting', remedy }
}

/** A fault of a setting, with the remedy that settings.ts has for it. */
export function faultAt(setting: string, value: unknown, why: string): Fault {
  const remedy =
    settings[setting.replace(/\[\d+\]/g, '')]?.remedy ?? 'Leave it out, or set it as the documentation says.'
  const given = sayGiven(value)
  return { setting, ...(given !== undefined && { given }), why, remedy }
}

/** A path as people write it: `slack.teams[0]`. */
export function nameOf(path: readonly PropertyKey[]): string {
  return path.map((part, n) => (typeof part === 'number' ? `[${part}]` : `${n > 0 ? '.' : ''}${String(part)}`)).join('')
}

/** The value at a path of settings; undefined when there is no such value. */
export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    raw,
  )
}

/** The same setting may be reported by the common and by the process's check; once is enough. */
export function distinct(faults: readonly Fault[]): Fault[] {
  return faults.filter((fault, n) => faults.findIndex(other => other.setting === fault.setting) === n)
}

/** The value, which nobody can change any more. */
export function freeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
