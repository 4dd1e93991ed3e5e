// Whether evidence in the log is what it says: signed by Google, for exactly this request, and used once. Pure.
import { isDeepStrictEqual } from 'node:util'
import { nonceOf, sha256 } from '../../domain/approval/digest.ts'
import { parseObject } from '../../domain/json.ts'
import type { Finding, FindingKind } from './finding.ts'
import { type KeyRing, signedBy } from './key-ring.ts'
import { nameOf, type ToldEvidence, type ToldStep } from './told.ts'

/** The steps of a request, and whether none is known to be missing. */
export type Known = { steps: readonly ToldStep[]; isWhole: boolean }

/** What is wrong with the evidence of one request. */
export function checkEvidence(all: readonly ToldEvidence[], known: Known, ring: KeyRing): Finding[] {
  return all.flatMap(told => checkOne(told, known, ring))
}

type Say = (kind: FindingKind, why: string) => Finding

function checkOne(told: ToldEvidence, { steps, isWhole }: Known, ring: KeyRing): Finding[] {
  const say: Say = (kind, why) => ({ kind, about: nameOf(told), why: `the evidence of ${told.actor}: ${why}` })
  if (sha256(told.idToken) !== told.evidence) return [say('altered', 'its hash is not that of its token')]
  const signed = signedBy(ring, told.idToken)
  if ('why' in signed) return [say('forged', signed.why)]
  const { claims } = signed
  const users = steps.filter(({ details }) => details['evidence'] === told.evidence)
  return [
    ...signedFor(told, claims, say),
    ...aboutPerson(told, claims, say),
    ...ofSpec(told, steps, say),
    ...users.flatMap(step => usedBy(step, told, claims, say)),
    ...(users.filter(({ event }) => event !== 'EvidenceLost').length > 1
      ? [say('replayed', `${users.length} events of the request name it`)]
      : []),
    ...(users.length === 0 && isWhole && !steps.some(isRefusal)
      ? [say('added', 'no event of the request names it')]
      : []),
  ]
}

const issuers = ['https://accounts.google.com', 'accounts.google.com']

function signedFor(told: ToldEvidence, claims: Record<string, unknown>, say: Say): Finding[] {
  const { request, purpose, narrowing, comment, approvalsBefore, salt, spec, recordedAt } = told
  if (!issuers.includes(String(claims['iss']))) return [say('forged', 'it was not issued by Google')]
  const nonce = nonceOf({
    purpose,
    uid: request.uid,
    specDigest: sha256(spec),
    narrowing: narrowing === undefined ? undefined : parseObject(narrowing),
    comment,
    before: approvalsBefore,
    salt,
  })
  if (nonce !== claims['nonce']) return [say('foreign', 'Google signed it for another request, purpose or choice')]
  const at = Date.parse(recordedAt) / 1000
  const isInTime = at >= Number(claims['iat']) - 60 && at <= Number(claims['exp'])
  return isInTime ? [] : [say('moved', `it was recorded at ${recordedAt}, which is not within its sign-in`)]
}

function aboutPerson(
  { actor, requester, purpose }: ToldEvidence,
  claims: Record<string, unknown>,
  say: Say,
): Finding[] {
  const email = String(claims['email']).toLowerCase()
  if (claims['email_verified'] !== true) return [say('foreign', 'Google had not verified the address')]
  if (email !== actor.toLowerCase()) return [say('altered', `Google signed it for ${email}`)]
  return purpose !== 'revoke' && email === requester.toLowerCase() ? [say('self', 'it is of the requester')] : []
}

// The digest of the spec is in the nonce, so these are exactly the facts that the person agreed to.
function ofSpec(told: ToldEvidence, steps: readonly ToldStep[], say: Say): Finding[] {
  const spec = parseObject(told.spec) ?? {}
  const requester = (spec['requester'] as { email?: unknown } | undefined)?.email
  const facts = { roleMapping: spec['roleMapping'], requester, duration: spec['duration'], grants: spec['grants'] }
  return steps.flatMap(step => {
    const { roleMapping, requester: person, duration, grants, details, event, seq } = step
    const digest = details['spec']
    const isSame =
      isDeepStrictEqual(facts, { roleMapping, requester: person, duration, grants }) &&
      (digest === undefined || digest === sha256(told.spec))
    return isSame ? [] : [say('altered', `${event} (number ${seq}) says something else than what was signed`)]
  })
}

function usedBy(step: ToldStep, told: ToldEvidence, claims: Record<string, unknown>, say: Say): Finding[] {
  const { details, actor, event } = step
  const isSame =
    details['nonce'] === claims['nonce'] &&
    details['salt'] === told.salt &&
    details['googleSubject'] === claims['sub'] &&
    actor.toLowerCase() === String(claims['email']).toLowerCase()
  return isSame ? [] : [say('altered', `${event} names another person, nonce or salt than Google signed`)]
}

function isRefusal({ event }: ToldStep): boolean {
  return /Refused$|^Failed$|^TamperingSeen$|^(Denied|TimedOut|Withdrawn)$/.test(event)
}

/** Evidence is in the log at the latest so long after its sign-in was recorded: an hour, ten minutes, and an hour more. */
const publishedMs = (3600 + 600 + 3600) * 1000

/** Evidence that events name and that is not in the log, although its time is over. Entries of the first version had none. */
export function lackingEvidence(steps: readonly ToldStep[], all: readonly ToldEvidence[], end: Date): Finding[] {
  const known = new Set(all.map(({ evidence }) => evidence))
  const lost = new Set(steps.flatMap(({ event, details }) => (event === 'EvidenceLost' ? [details['evidence']] : [])))
  return steps.flatMap(step => {
    const { event, schemaVersion, details, at, actor } = step
    const hash = details['evidence']
    const isExpected = hash !== undefined && event !== 'EvidenceLost' && schemaVersion >= 2
    if (!isExpected || known.has(hash) || lost.has(hash) || Date.parse(at) + publishedMs >= end.getTime()) return []
    return [{ kind: 'missing', about: nameOf(step), why: `the evidence of ${actor} for ${event}` }]
  })
}

/** Evidence, by its hash, that more than one request has. */
export function replayed(all: Iterable<readonly [hash: string, uids: ReadonlySet<string>, about: string]>): Finding[] {
  return [...all].flatMap(([, uids, about]) =>
    uids.size > 1
      ? [{ kind: 'replayed' as const, about, why: `its evidence is also that of ${uids.size - 1} other requests` }]
      : [],
  )
}
