// Parses the arguments of the command line. Each error says what was wrong and what to give instead.
import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { after } from '../domain/asking/duration.ts'
import { type Email, parseEmail } from '../domain/people/identity.ts'
import { faultOfResource } from '../domain/mapping/resources.ts'
import { readDuration } from '../domain/asking/typed-duration.ts'

/** RFC 3339 with a zone. It must exist in the calendar and on the clock: `Date` reads 30 February as 2 March. */
const rfc3339 = z.iso.datetime({ offset: true })
const instantForms = 'Give RFC 3339 with a zone (2026-11-23T14:20:00Z), now, or how long ago (-2h).'

/** An instant: RFC 3339 with a zone, `now`, or a duration ago such as `-2h`. */
export function parseInstant(text: string, now: Date): Date {
  if (text === 'now') return now
  if (text.startsWith('-')) return ago(text, now)
  const { success, data } = rfc3339.safeParse(text.toUpperCase().replace(' ', 'T'))
  if (!success) throw new InvalidArgumentError(`${whyNoInstant(text)} ${instantForms}`)
  return new Date(data)
}

function whyNoInstant(text: string): string {
  const [, zone] = /^\d{4}-\d\d-\d\d[T ][\d:.]+ ?([A-Za-z][A-Za-z/_]+)$/.exec(text) ?? []
  if (zone !== undefined) return `"${zone}" is not a zone here: write Z, or an offset such as +01:00.`
  return 'It is not an instant, or there is no such date or time of day.'
}

function ago(text: string, now: Date): Date {
  const seconds = readDuration(text.slice(1))
  if (seconds === undefined)
    throw new InvalidArgumentError(`"${text.slice(1)}" is not a duration such as 30m, 2h or 1h30m. ${instantForms}`)
  return after(now, -seconds)
}

/** A resource as mappings name it. */
export function parseResource(text: string): string {
  const fault = faultOfResource(text)
  if (fault) throw new InvalidArgumentError(fault.message)
  return text
}

/** A person's e-mail address. */
export function parsePerson(text: string): Email {
  const email = parseEmail(text)
  if (email) return email
  throw new InvalidArgumentError('It is not an e-mail address. Give the Google address, such as dana@example.com.')
}

/** The values of an option that can be repeated. */
export function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

/** Names of namespaces, separated by commas or in repeated options. */
export function parseNamespaces(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',')
  const wrong = names.find(name => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name))
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is not the name of a namespace. Give one, or several with commas: a,b.`)
  return [...before, ...names]
}

/** Who gets the rights: `group:ADDRESS` or `user:ADDRESS`; the option can be repeated. */
export function parseMember(text: string, before: readonly string[] = []): string[] {
  const [, kind, address = ''] = /^(group|user):(.+)$/.exec(text) ?? []
  const email = kind ? parseEmail(address) : undefined
  if (email) return [...before, `${kind}:${email}`]
  throw new InvalidArgumentError(
    'It is not a person or a group. Give group:ADDRESS or user:ADDRESS, such as group:approvers@example.com.',
  )
}

/** The identity of the janitor: a service account, or a principal of Workload Identity Federation. */
export function parseJanitor(text: string): string {
  const [, address] = /^(?:serviceAccount:)?([a-z0-9-]{1,63}@[a-z0-9.-]{1,150}\.gserviceaccount\.com)$/.exec(text) ?? []
  if (address) return `serviceAccount:${address}`
  if (/^principal:\/\/iam\.googleapis\.com\/projects\/\d{1,20}\/[\w./-]{1,180}$/.test(text)) return text
  throw new InvalidArgumentError(
    'It is not a service account. Give its address, NAME@PROJECT.iam.gserviceaccount.com, or principal://iam.googleapis.com/…',
  )
}

/** The number of an organisation. */
export function parseOrganization(text: string): string {
  const number = /^(?:organizations\/)?(\d{1,20})$/.exec(text)?.[1]
  if (number) return number
  throw new InvalidArgumentError('It is not the number of an organisation. "gcloud organizations list" shows it.')
}

/** A log of Cloud Logging: `projects/P/logs/hallpass`. */
export function parseLogName(text: string): string {
  if (/^projects\/[^/\s"]{1,100}\/logs\/[^/\s"]{1,200}$/.test(text)) return text
  throw new InvalidArgumentError('It is not the name of a log. Give projects/PROJECT/logs/hallpass.')
}

/** Where audit logs are: projects, folders, organisations, or views of a log bucket; several with commas. */
export function parseLogPlaces(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',')
  const form =
    /^(projects|folders|organizations)\/[^/\s"]{1,100}(\/locations\/[^/\s"]+\/buckets\/[^/\s"]+\/views\/[^/\s"]+)?$/
  const wrong = names.find(name => !form.test(name))
  if (wrong === undefined) return [...before, ...names]
  throw new InvalidArgumentError(
    `"${wrong}" has no audit log. Give projects/PROJECT, folders/NUMBER, organizations/NUMBER, or a view of a log bucket.`,
  )
}
