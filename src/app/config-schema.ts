// The settings of the configuration file: their forms, the messages for faults, and which process needs which setting.
// What each decides is in settings.ts.
import { z } from 'zod'
import { parseDuration } from '../domain/asking/duration.ts'
import { type Email, parseEmail } from '../domain/people/identity.ts'

const text = (form: RegExp, why: string): z.ZodString => z.string().regex(form, why)

const namespace = text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is not the name of a namespace')
const domain = text(/^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/, 'is not a domain in lower case')
const kmsKey = text(
  /^projects\/[^/\s]+\/locations\/[^/\s]+\/keyRings\/[^/\s]+\/cryptoKeys\/[^/\s]+$/,
  'is not the full name of a KMS key',
)
const port = z.int('is not a port number').min(0, 'is not a port number').max(65_535, 'is not a port number')
const email = z.string().transform((given, context): Email => {
  const parsed = parseEmail(given)
  if (parsed) return parsed
  context.addIssue({ code: 'custom', message: 'is not an e-mail address' })
  return z.NEVER
})

/** What is wrong with a time for which requests are kept. */
export const noRetention = 'is not a duration of at least an hour, such as 90d or 2160h'

/** Seconds of `90d`, `2160h` or any other duration. Outside of a sandbox it is an hour at least. */
const retainFor = z.string().transform((given, context): number => {
  const days = /^(\d{1,5})d$/.exec(given)?.[1]
  const seconds = days === undefined ? parseDuration(given) : Number(days) * 86_400
  if (seconds !== undefined) return seconds
  context.addIssue({ code: 'custom', message: noRetention })
  return z.NEVER
})

/** Seconds of a duration: how soon after a sign-in a sandbox publishes its evidence. */
const evidenceAfter = z.string().transform((given, context): number => {
  const seconds = parseDuration(given)
  if (seconds !== undefined) return seconds
  context.addIssue({ code: 'custom', message: 'is not a duration such as 10s' })
  return z.NEVER
})

/** Seconds of a duration: how often policies are compared with the record. */
const compareEvery = z.string().transform((given, context): number => {
  const seconds = parseDuration(given)
  if (seconds !== undefined && seconds >= 10) return seconds
  context.addIssue({ code: 'custom', message: 'is not a duration of at least 10s, such as 1h' })
  return z.NEVER
})

/** The end of a partner's time: an instant such as `2026-12-31T18:00:00Z`, or a date, the last day in UTC. */
const until = z
  .union(
    [z.iso.datetime(), z.iso.date()],
    'is not a date such as 2026-12-31, nor an instant of UTC such as 2026-12-31T18:00:00Z',
  )
  .transform(given => (given.includes('T') ? new Date(given) : new Date(Date.parse(given) + 86_400_000)))

/** An origin that people's browsers open: scheme and host, nothing more. */
const publicUrl = z.string().transform((given, context): string => {
  const url = URL.parse(given)
  const isOrigin = url && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href
  if (isOrigin) return url.origin
  context.addIssue({ code: 'custom', message: 'is not an address with only scheme and host' })
  return z.NEVER
})

/** An address on this machine, by number: a name could be made to resolve to another machine. */
const loopback = z.string().transform((given, context): string => {
  const url = URL.parse(given)
  const isBare = url?.protocol === 'http:' && !url.username && !url.password && !url.search && !url.hash
  if (isBare && isLoopbackAddress(url.hostname)) return url.href
  context.addIssue({ code: 'custom', message: 'is not an http address on 127.0.0.0/8 or [::1]' })
  return z.NEVER
})

/** Whether a URL's host name is, literally, an address of this machine. */
export function isLoopbackAddress(hostname: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]'
}

const slack = {
  teams: z.array(text(/^T[A-Z0-9]{2,29}$/, 'is not the id of a Slack workspace')).min(1, 'is empty'),
  enterprise: text(/^E[A-Z0-9]{2,29}$/, 'is not the id of a Slack Enterprise organisation'),
  command: text(/^\/[a-z0-9_-]{1,31}$/, 'is not a slash command'),
  mode: z.enum(['http', 'socket']),
}
const serviceAccount = text(
  /^[a-z0-9-]{1,63}@[a-z0-9-]{1,63}[.]iam[.]gserviceaccount[.]com$/,
  'is not the address of a service account',
)
const google = {
  oauthClientID: text(/^[A-Za-z0-9._-]{5,200}$/, 'is not an OAuth client id'),
  ticketKey: kmsKey,
  tokenKey: kmsKey,
  auditLog: text(/^projects\/[^/\s]+\/logs\/hallpass$/, 'is not the log "hallpass" of a project'),
  auditView: text(
    /^projects\/[^/\s]+\/locations\/[^/\s]+\/buckets\/[^/\s]+\/views\/[^/\s]+$/,
    'is not a view of a log bucket',
  ).exactOptional(),
  readCustomRoles: z.boolean().default(false),
  groupsReader: serviceAccount.optional(),
  readGroupSettings: z.boolean().default(false),
  policyReader: serviceAccount.optional(),
  compareEvery: compareEvery.prefault('1h'),
}
/** A route for pages. Its routing key is a secret, `pagerduty-route-NAME`. */
const route = {
  name: text(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, 'is not a name of small letters, digits and hyphens'),
  namespaces: z.array(namespace).min(1, 'is empty'),
  service: text(/^[A-Z0-9]{2,40}$/, 'is not the id of a PagerDuty service').optional(),
}
const most = (standard: number): z.ZodDefault<z.ZodInt> => {
  const why = 'is not a whole number from 1 to 100000'
  return z.int(why).min(1, why).max(100_000, why).default(standard)
}
/** PagerDuty's EU service has separate accounts at another address. */
const pagerduty = {
  region: z.enum(['us', 'eu']).default('us'),
  routes: z.array(z.strictObject(route)).default([]),
  pagesPerPerson: most(3),
  pagesPerMapping: most(10),
}
const listen = {
  port: port.default(8080),
  healthPort: port.default(8081),
  host: text(/^[0-9a-f.:]+$/, 'is not an IP address').default('0.0.0.0'),
}
/**
 * client-go's intervals. With shorter ones another controller takes over sooner after a crash, but a slow API server
 * costs the lease sooner.
 */
const seconds = (least: number, most: number): z.ZodNumber => {
  const why = `is not a number of seconds from ${least} to ${most}`
  return z.number(why).min(least, why).max(most, why)
}
const leaderElection = {
  leaseSeconds: seconds(2, 600).int('is not a whole number of seconds').default(15),
  renewDeadlineSeconds: seconds(1, 600).default(10),
  retrySeconds: seconds(0.1, 60).default(2),
}
const limits = {
  openPerPerson: most(5),
  openPerMapping: most(50),
  hourlyPerPerson: most(20),
  hourlyPerMapping: most(100),
  hourlyEmergenciesPerPerson: most(3),
}
const sandbox = {
  acceptLoopbackEndpoints: z.literal(true),
  google: loopback,
  slack: loopback,
  pagerduty: loopback,
  pagerdutyEvents: loopback,
  evidenceAfter,
}
/** As Google's audit log names it: a service account, or one of the cluster by Workload Identity Federation. */
const janitor = {
  account: text(
    /^(?=.{1,254}$)(?:[a-z0-9-]{1,63}@[a-z0-9.-]+\.gserviceaccount\.com|principal:\/\/iam\.googleapis\.com\/projects\/\d+\/[\w./-]+)$/,
    'is not the address of a service account, nor a principal',
  ),
}
const externalRequester = { email, until }
const hostedDomains = z.array(domain).min(1, 'is empty')

const common = {
  namespaces: z.array(namespace).default([]),
  tokenNamespace: namespace.default('hallpass-tokens'),
  systemNamespace: namespace.default('hallpass-system'),
  people: z.array(z.array(email).min(2, 'needs at least two addresses')).default([]),
  externalRequesters: z.array(z.strictObject(externalRequester)).default([]),
  retainFor: retainFor.prefault('90d'),
  listen: z.strictObject(listen).prefault({}),
  leaderElection: z.strictObject(leaderElection).prefault({}),
  limits: z.strictObject(limits).prefault({}),
}

/** All settings. An unknown setting is a fault. */
export const everySetting = z.strictObject({
  ...common,
  publicUrl: publicUrl.optional(),
  hostedDomains: hostedDomains.optional(),
  slack: z.strictObject(slack).partial().optional(),
  google: z.strictObject(google).partial().optional(),
  pagerduty: z.strictObject(pagerduty).optional(),
  janitor: z.strictObject(janitor).optional(),
  iAmASandbox: z
    .strictObject(sandbox)
    .partial({ google: true, slack: true, pagerduty: true, pagerdutyEvents: true, evidenceAfter: true })
    .optional(),
})

/** The settings that each process needs. */
export const needs = {
  gateway: z.object({
    hostedDomains,
    slack: z
      .object({
        ...slack,
        enterprise: slack.enterprise.optional(),
        command: slack.command.default('/access'),
        mode: slack.mode.default('http'),
      })
      .prefault({} as never),
    google: z.object({ groupsReader: google.groupsReader }).prefault({}),
    janitor: z.object(janitor).optional(),
  }),
  auth: z.object({
    publicUrl,
    hostedDomains,
    google: z
      .object(google)
      .omit({
        auditLog: true,
        auditView: true,
        readCustomRoles: true,
        readGroupSettings: true,
        policyReader: true,
        compareEvery: true,
      })
      .prefault({} as never),
  }),
  controller: z.object({
    slack: z
      .object({
        teams: slack.teams,
        enterprise: slack.enterprise.optional(),
        command: slack.command.default('/access'),
      })
      .prefault({} as never),
    publicUrl,
    hostedDomains,
    google: z.object(google).prefault({} as never),
    pagerduty: z.object(pagerduty).prefault({}),
    janitor: z.object(janitor).optional(),
  }),
  janitor: z.object({ janitor: z.object(janitor).prefault({} as never) }),
}

/** The names of the settings in each group, for suggestions. */
export const settingsIn: Record<string, readonly string[]> = {
  '': Object.keys(everySetting.shape),
  slack: Object.keys(slack),
  google: Object.keys(google),
  pagerduty: Object.keys(pagerduty),
  'pagerduty.routes': Object.keys(route),
  janitor: Object.keys(janitor),
  listen: Object.keys(listen),
  leaderElection: Object.keys(leaderElection),
  limits: Object.keys(limits),
  externalRequesters: Object.keys(externalRequester),
  iAmASandbox: Object.keys(sandbox),
}
