// Conditions at random, the same in every run: some that IAM takes, and some made of what might lead out of brackets.
import { numbers } from '../../builders/numbers.ts'

/** Conditions of IAM's attributes and functions, most of them right. */
export function conditionsAtRandom(count: number): string[] {
  const next = numbers(20_261_128)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T
  const quoted = (text: string): string => pick([`'${text}'`, `"${text}"`])
  const zone = (): string => pick(['', '', quoted(pick(zones))])
  const statements: readonly (() => string)[] = [
    () => `resource.type ${pick(['==', '!='])} ${quoted(pick(types))}`,
    () => `resource.service ${pick(['==', '!='])} ${quoted(pick(services))}`,
    () => `resource.name ${pick(['==', '!='])} ${quoted(pick(names))}`,
    () => `resource.name.startsWith(${quoted(pick(names))})`,
    () => `resource.name.endsWith(${quoted(pick(ends))})`,
    () => `resource.name.extract(${quoted(pick(templates))}) ${pick(['==', '!='])} ${quoted(pick(ends))}`,
    () => `request.time ${pick(['<', '<=', '>', '>='])} ${instant()}`,
    () =>
      `request.time.${pick(hours)}(${zone()}) ${pick(['<', '<=', '>', '>=', '==', '!='])} ${Math.floor(next() * 13)}`,
    () => `destination.port ${pick(['<', '>=', '=='])} ${pick([22, 443, 8080])}`,
    () => `resource.hasTagKey(${quoted('123456789012/env')})`,
    () => `${quoted('accessPolicies/199923665455/accessLevels/CorpNet')} in request.auth.access_levels`,
    () => `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/pubsub.editor'])`,
  ]
  const instant = (): string =>
    pick([
      () => `timestamp(${quoted(`${pick(days)}T${pick(clocks)}`)})`,
      () => `date(${quoted(pick(days))})`,
      () =>
        `timestamp(${quoted(`${pick(days)}T${pick(clocks)}`)}) ${pick(['+', '-'])} duration(${quoted(pick(lengths))})`,
    ])()
  const condition = (depth: number): string => {
    if (depth === 0 || next() < 0.3) return pick(statements)()
    const [left, right] = [condition(depth - 1), condition(depth - 1)]
    return pick([
      () => `(${left}) && (${right})`,
      () => `(${left} || ${right})`,
      () => `!(${left})`,
      () => `${left} && ${right}`,
    ])()
  }
  return Array.from({ length: count }, () => condition(3))
}

/** Pieces of CEL in any order: what is accepted of it must not reach out of the brackets around it. */
export function tokensAtRandom(count: number): string[] {
  const next = numbers(1_128_2026)
  const pick = (): string => pieces[Math.floor(next() * pieces.length)] as string
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(next() * 7) }, pick).join(next() < 0.5 ? ' ' : ''),
  )
}

const types = ['compute.googleapis.com/Instance', 'storage.googleapis.com/Object', 'storage.googleapis.com/Bucket']
const services = ['compute.googleapis.com', 'storage.googleapis.com', 'iap.googleapis.com']
const names = [
  'projects/prod-eu/zones/',
  'projects/_/buckets/acme-orders',
  'projects/x//y',
  'projects/) || (',
  'projects/r',
]
const ends = ['.jpg', 'prod-db-1', '-1', 'acme-orders']
const templates = ['buckets/{name}/', 'instances/{name}', '{all}', '{start}/objects/']
const zones = [
  'Europe/Berlin',
  'America/Los_Angeles',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  '+05:30',
  '-07:00',
  'UTC',
  'PST',
]
const hours = ['getHours', 'getMinutes', 'getDayOfWeek', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfYear']
const days = ['2026-11-23', '2026-11-25', '2026-07-04', '2024-02-29', '2026-12-31', '2026-02-30']
const clocks = ['14:05:00Z', '00:00:00.5Z', '23:59:59+02:00', '10:15:30.250Z', '24:00:00Z']
const lengths = ['1800s', '86400s', '0.5s', '30s']
const wholes = [
  "resource.type == 'compute.googleapis.com/Instance'",
  "resource.name.startsWith('projects/')",
  "resource.name.endsWith('.jpg')",
  "resource.name != 'projects/) || (true'",
  "resource.hasTagKey('123456789012/env')",
  'destination.port == 22',
]
const pieces = [...wholes, ...String.raw`( ) && || ! != == // / ' " ''' """ \ r b true , [ ] in`.split(' '), '\n']
