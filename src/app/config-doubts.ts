// What `hallpass check-config` says beyond the faults that keep a process from starting: values of the samples that
// nobody replaced, and settings that contradict each other.
import { domainOf } from '../domain/people/identity.ts'
import type { Config } from './config.ts'
import { faultAt, nameOf, valueAt } from './config-check.ts'
import { type Fault, sayGiven } from './config-fault.ts'

/**
 * Names that stand for others in the samples and in the remedies. Domains of RFC 2606 belong to nobody; ids of projects
 * have no capital letters.
 */
const placeholderForms = [
  /(^|[@./])example\.(com|net|org)$/i,
  /\.example$/i,
  /^[TE]0EXAMPLE$/,
  /^0{12}-example\./,
  /^projects\/(example-access|[^/]*[A-Z][^/]*)\//,
  /<[^<>]+>|\b(YOUR|CHANGEME|REPLACE_ME|TODO)\b/,
]

/** The values that are still those of the samples. A sandbox may keep them. */
export function placeholders(raw: unknown): Fault[] {
  if (valueAt(raw, ['iAmASandbox']) !== undefined) return []
  return textsIn(raw)
    .filter(({ text }) => placeholderForms.some(form => form.test(text)))
    .map(({ path, text }) => faultAt(nameOf(path), text, 'is a placeholder of the samples'))
}

type Placed = { path: readonly PropertyKey[]; text: string }

function textsIn(value: unknown, path: readonly PropertyKey[] = []): Placed[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (value === null || typeof value !== 'object') return []
  const entries: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, inner]) => textsIn(inner, [...path, key]))
}

const daySeconds = 86_400

/** Which secrets exist, and for which routes there is a routing key. */
type Found = { has: (secret: string) => boolean; routesWithKey: readonly string[] }

/** Settings that are each correct, and together mean less than somebody may expect. */
export function contradictions(config: Config, { has, routesWithKey }: Found): Fault[] {
  return [
    ...peopleDoubts(config),
    ...slackDoubts(config, has),
    ...routeDoubts(config, routesWithKey),
    ...otherDoubts(config),
  ]
}

function routeDoubts({ controller, namespaces }: Config, routesWithKey: readonly string[]): Fault[] {
  if (!controller) return []
  const { pageRoutes, pageKeys } = controller
  const unlisted = routesWithKey.filter(name => !pageKeys.has(name))
  const twins = pageRoutes.filter(({ name }, i) =>
    pageRoutes.slice(0, i).some(other => pageKeys.get(other.name)?.reveal() === pageKeys.get(name)?.reveal()),
  )
  const unwatched = pageRoutes.filter(
    route => namespaces.length > 0 && !route.namespaces.some(namespace => namespaces.includes(namespace)),
  )
  return [
    ...unlisted.map(name =>
      doubt(
        `secret pagerduty-route-${name}`,
        undefined,
        'exists, but pagerduty.routes has no route of that name',
        'Add the route to pagerduty.routes, or remove the file.',
      ),
    ),
    ...twins.map(({ name }) =>
      doubt(
        'pagerduty.routes',
        name,
        'has the same routing key as a route before it, so both page the same service',
        'Give each route the key of another integration.',
      ),
    ),
    ...unwatched.map(({ name }) =>
      doubt(
        'pagerduty.routes',
        name,
        'lists no namespace that Hallpass watches, so no mapping can page through it',
        'List one of the namespaces of the setting namespaces.',
      ),
    ),
  ]
}

function peopleDoubts({ people, externalRequesters, ...config }: Config): Fault[] {
  const { hostedDomains = [] } = config.gateway ?? config.auth ?? config.controller ?? {}
  const isHosted = (email: string): boolean => hostedDomains.some(domain => email.endsWith(`@${domain}`))
  const isKnown = (email: string): boolean =>
    isHosted(email) || externalRequesters.some(listed => listed.email === email)
  return [
    ...externalRequesters
      .filter(({ email }) => isHosted(email))
      .map(({ email }) =>
        doubt(
          'externalRequesters',
          email,
          `is in ${domainOf(email)}, one of hostedDomains, so its date counts only while it is a guest in Slack`,
          'Remove it, unless it is a guest.',
        ),
      ),
    ...people.flatMap(([first]) =>
      first === undefined || isKnown(first)
        ? []
        : [
            doubt(
              'people',
              first,
              'is the first address of its row, but it is neither in hostedDomains nor in externalRequesters',
              'Begin the row with the Google address of the person.',
            ),
          ],
    ),
  ]
}

function slackDoubts({ gateway }: Config, has: (secret: string) => boolean): Fault[] {
  if (!gateway) return []
  const mode = 'appToken' in gateway.via ? 'socket' : 'http'
  const unused = mode === 'socket' ? 'slack-signing-secret' : 'slack-app-token'
  if (!has(unused)) return []
  return [
    doubt(
      `secret ${unused}`,
      undefined,
      `exists, but slack.mode is ${mode}, which does not use it`,
      'Remove the file, or change slack.mode.',
    ),
  ]
}

function otherDoubts({ retainForSeconds, listen, sandbox, ...config }: Config): Fault[] {
  const url = (config.auth ?? config.controller)?.publicUrl
  const isPublic = url?.startsWith('https:') ?? false
  return [
    ...(retainForSeconds < daySeconds
      ? [
          doubt(
            'retainFor',
            `${retainForSeconds / 3600} h`,
            'is shorter than the 24 hours for which approvers are shown an earlier denial',
            'Keep requests for 1d or longer.',
          ),
        ]
      : []),
    ...(sandbox && isPublic
      ? [doubt('publicUrl', url, 'is public, but iAmASandbox is set', 'Leave iAmASandbox out in production.')]
      : []),
    ...(!sandbox && /^(127\.|::1$)/.test(listen.host)
      ? [
          doubt(
            'listen.host',
            listen.host,
            'is reachable only from this machine, so Kubernetes finds no healthy pod',
            'In a pod, use 0.0.0.0.',
          ),
        ]
      : []),
  ]
}

function doubt(setting: string, value: unknown, why: string, remedy: string): Fault {
  const given = sayGiven(value)
  return { setting, ...(given !== undefined && { given }), why, remedy }
}
