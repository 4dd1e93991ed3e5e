// An honest log of as many requests as are wanted, made by the functions that write the real one, together with Google's
// own entries. Keys are short, because only their number costs time here.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { AccessRequest, Decision, RequestStatus, RoleMapping } from '../../../src/api/kinds.ts'
import { nonceOf, type Purpose, specDigest } from '../../../src/domain/approval/digest.ts'
import { evidenceHash } from '../../../src/domain/approval/sealed-token.ts'
import { after, instant } from '../../../src/domain/asking/duration.ts'
import type { AuditEvent } from '../../../src/domain/audit/audit-events.ts'
import { type AuditEntry, detailsOfGrant, entryOf, withEvent } from '../../../src/domain/audit/audit.ts'
import { evidenceEntry } from '../../../src/domain/audit/evidence-entry.ts'
import { mappingEntry } from '../../../src/domain/audit/mapping-entry.ts'
import { expressionOf, titleOf } from '../../../src/domain/granting/policy.ts'
import { restrictionOf } from '../../../src/domain/granting/restriction.ts'
import { readMapping, rulesDigest } from '../../../src/domain/mapping/mapping.ts'
import { makeCertificate } from '../../../src/sim/certificate.ts'
import { nights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { request as built } from '../../builders/request.ts'

/** An entry as Cloud Logging gives it back. */
export type Logged = {
  insertId: string
  logName?: string
  timestamp: string
  receiveTimestamp?: string
  jsonPayload?: Record<string, unknown>
  protoPayload?: Record<string, unknown>
}

/** A key of Google's and its certificate. */
export type Key = { kid: string; pem: string; privateKey: KeyObject }

export const installation = 'https://hallpass.example.com'
const begin = new Date('2026-11-23T08:00:00Z')

/** No entry goes to a disk. */
export const inMemory = { partitions: 1, mostHeld: Infinity, folder: '/nowhere' }

/** A key with a certificate for two weeks from a day before, under this id. */
export function newKey(kid = 'key-one', { bits = 512, since = begin } = {}): Key {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const times = { from: after(since, -86_400), to: after(since, 14 * 86_400) }
  return { kid, privateKey, pem: makeCertificate({ name: 'federated-signon', key: privateKey, ...times }) }
}

/** The uid of the nth request. */
export function uidOf(n: number): string {
  return `22222222-0000-4000-8000-${String(n).padStart(12, '0')}`
}

/** How the nth request ends. */
const ends = ['granted', 'denied', 'revoked', 'timed out', 'withdrawn', 'granted'] as const

/** The identity of the janitor at Google. */
export const janitor = 'janitor@hallpass-ops.iam.gserviceaccount.com'

/** The mapping of all requests; each generation has another limit. */
export function mappingAt(generation: number): RoleMapping {
  const made = mapping({ spec: { duration: { default: '30m', max: `${generation + 1}h` } } })
  return { ...made, metadata: { ...made.metadata, uid: '33333333-0000-4000-8000-000000000001', generation } }
}

/** The entries of so many generations, which begin this many seconds after each other. */
function rulesOf(generations: number, seconds: number): Logged[] {
  let status: RoleMapping['status']
  return Array.from({ length: generations }, (_, n) => {
    const at = after(begin, Math.floor(n * seconds) - 60)
    const stored = { ...mappingAt(n + 1), ...(status && { status }) }
    const entry = mappingEntry(stored, { at, installation })
    status = { loggedGeneration: n + 1, loggedRules: { generation: n + 1, hash: String(entry.payload['hash']) } }
    return logged(entry)
  })
}

/** The entries of `count` requests, one a minute, in the order of their times. */
export function honestLog(count: number, key: Key): Logged[] {
  const generations = 3
  const entries = rulesOf(generations, (count * 60) / generations)
  for (let n = 0; n < count; n++) {
    const stored = mappingAt(1 + Math.floor((n * generations) / count))
    entries.push(...lifeOf({ n, at: after(begin, n * 60), stored, key }))
  }
  return entries.toSorted((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))
}

/** The nth request, asked at this time, of this mapping. */
type Life = { n: number; at: Date; stored: RoleMapping; key: Key }

/** The entries of one request, and Google's own. */
export function lifeOf({ n, at, stored, key }: Life): Logged[] {
  const born = built(stored)
  const request = {
    ...born,
    metadata: { ...born.metadata, uid: uidOf(n), name: `prod-db-${String(n).padStart(12, '0')}` },
    spec: { ...born.spec, ...restricted(n, at) },
  }
  const entries: Logged[] = []
  let status: RequestStatus = {}
  const say = (
    event: AuditEvent,
    seconds: number,
    more: { actor?: string; details?: Record<string, string | undefined> },
  ): void => {
    const joined = withEvent(status, { event, at: after(at, seconds), message: `It is ${event}.`, ...more })
    status = { ...status, ...joined, audit: [] }
    for (const record of joined.audit ?? []) entries.push(logged(entryOf(request, record, installation)))
  }
  const person = 'dana@example.com'
  say('Requested', 0, { actor: person, details: { origin: 'slack', spec: specDigest(request.spec) } })
  say('Routed', 1, { details: { reason: 'OnCall', asked: 'mo@example.com' } })
  const end = ends[n % ends.length]
  if (end === 'denied') say('Denied', 30, { actor: 'mo@example.com' })
  if (end === 'withdrawn') say('Withdrawn', 30, { actor: person })
  if (end === 'timed out') say('TimedOut', 1800, {})
  if (end !== 'granted' && end !== 'revoked') return entries
  const rules = rulesDigest(readMapping(stored))
  const approval = signIn({ request, purpose: 'approve', at: after(at, 40), key })
  const times = { startsAt: instant(after(at, 45)), expiresAt: instant(after(at, 1845)) }
  say('Approved', 45, { actor: 'mo@example.com', details: { ...approval.details, rules } })
  const grants = request.spec.grants.map(({ resource, role }) => ({ resource, role, state: 'Written' as const }))
  status = { ...status, ...times, approvedBy: 'mo@example.com', grants }
  say('GrantStarted', 45, { actor: 'mo@example.com', details: { ...detailsOfGrant(status), rules } })
  entries.push(...writesOf(request, times, { at: after(at, 46), action: 'ADD' }))
  say('Granted', 47, { actor: 'mo@example.com', details: { ...detailsOfGrant(status), rules } })
  const published = [approval]
  if (end === 'revoked' && n % 12 === 8) {
    const ending = 'done-1'
    say('RemovalAsked', 600, { actor: person, details: { ending, janitor, slackUserID: 'U0DANA' } })
    entries.push(...writesOf(request, times, { at: after(at, 604), action: 'REMOVE', by: janitor }))
    const gone = grants.map(grant => ({ ...grant, state: 'Removed' as const, at: instant(after(at, 605)) }))
    status = { ...status, endedAt: instant(after(at, 605)), grants: gone }
    const states = gone.map(({ state }) => state).join(' ')
    const details = { ...detailsOfGrant(status), ending, wantedBy: person, states }
    say('Revoked', 605, { actor: janitor, details })
  } else if (end === 'revoked') {
    const ending = signIn({ request, purpose: 'revoke', at: after(at, 600), key })
    published.push(ending)
    entries.push(...writesOf(request, times, { at: after(at, 604), action: 'REMOVE' }))
    const gone = grants.map(grant => ({ ...grant, state: 'Removed' as const, at: instant(after(at, 605)) }))
    status = { ...status, endedAt: instant(after(at, 605)), grants: gone }
    say('Revoked', 605, { actor: 'mo@example.com', details: { ...detailsOfGrant(status), ...ending.details } })
  } else {
    status = { ...status, endedAt: times.expiresAt }
    say('Expired', 1846, { details: detailsOfGrant(status) })
  }
  return [...entries, ...published.map(({ entry }) => logged(entry))]
}

// Some work only in the hours of the mapping, some on several days.
function restricted(n: number, at: Date): Pick<AccessRequest['spec'], 'hours' | 'window'> {
  if (n % 12 === 5) return { hours: nights }
  const until = instant(after(at, 1845))
  return n % 12 === 6 ? { window: { zone: 'Europe/Zurich', from: '22:00', to: '02:00', until } } : {}
}

type SignIn = { request: AccessRequest; purpose: Purpose; at: Date; key: Key }

/** What Google signs for Mo, as the event and the evidence have it. */
function signIn({ request, purpose, at, key }: SignIn): { entry: AuditEntry; details: Record<string, string> } {
  const salt = Buffer.from(`${request.metadata.uid} ${purpose}`.padEnd(32, ' ').slice(-32)).toString('base64url')
  const nonce = nonceOf({ purpose, uid: request.metadata.uid, specDigest: specDigest(request.spec), salt })
  const iat = Math.floor(at.getTime() / 1000)
  const claims = {
    iss: 'https://accounts.google.com',
    aud: 'hallpass-client',
    sub: 'sub-mo',
    email: 'mo@example.com',
    email_verified: true,
    iat,
    exp: iat + 3600,
    nonce,
  }
  const idToken = jwt({ alg: 'RS256', kid: key.kid }, claims, key)
  const hash = evidenceHash(idToken)
  const kept = {
    id: `${purpose}-${hash.slice(0, 12)}`,
    purpose,
    at: instant(after(at, 2)),
    evidence: { hash, salt, claims },
  } satisfies Pick<Decision, 'id' | 'at' | 'evidence'> & { purpose: Purpose }
  const entry = evidenceEntry(request, { kept, idToken, at: after(at, 4200), installation })
  return { entry, details: { googleSubject: claims.sub, evidence: hash, nonce, salt } }
}

/** A token with any header and claims, signed by this key. */
export function jwt(header: object, claims: object, { privateKey }: Key): string {
  const body = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${body}.${sign('RSA-SHA256', Buffer.from(body), privateKey).toString('base64url')}`
}

type Times = { startsAt: string; expiresAt: string }

/** What Google records of the approver's write: one entry for each policy. */
function writesOf(
  request: AccessRequest,
  times: Times,
  { at, action, by = 'mo@example.com' }: { at: Date; action: string; by?: string },
): Logged[] {
  const { uid } = request.metadata
  const byResource = Map.groupBy(request.spec.grants, ({ resource }) => resource)
  return [...byResource].map(([resource, grants], i) => ({
    insertId: `google-${uid}-${action}-${i}`,
    logName: `${resource}/logs/cloudaudit.googleapis.com%2Factivity`,
    timestamp: at.toISOString(),
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'cloudresourcemanager.googleapis.com',
      methodName: 'SetIamPolicy',
      resourceName: resource,
      authenticationInfo: { principalEmail: by },
      requestMetadata: { requestAttributes: { reason: titleOf(uid) } },
      status: {},
      serviceData: {
        policyDelta: {
          bindingDeltas: grants.map(grant => ({
            action,
            role: grant.role,
            member: `user:${request.spec.requester.email}`,
            condition: {
              title: titleOf(uid),
              expression: expressionOf({
                condition: restrictionOf(request.spec, grant),
                startsAt: new Date(times.startsAt),
                expiresAt: new Date(times.expiresAt),
              }),
            },
          })),
        },
      },
    },
  }))
}

function logged({ insertId, at, payload }: AuditEntry): Logged {
  const receiveTimestamp = after(at, 2).toISOString()
  return { insertId, timestamp: at.toISOString(), receiveTimestamp, jsonPayload: payload }
}
