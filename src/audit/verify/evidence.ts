// Whether evidence in the log is what it says: signed by Google, for exactly this request, and used once. Pure.
import { nonceOf, type Purpose, sha256 } from '../../domain/approval/digest.ts'
import { parseObject } from '../../domain/json.ts'
import type { Finding, FindingKind } from './finding.ts'
import { isBefore, type Order, type Placed } from './order.ts'
import { type KeyRing, signedBy } from './key-ring.ts'
import { isUnderRetiredKey, publishedMs } from './receipt.ts'
import { againstTerms } from './signed-terms.ts'
import { nameOf, type ToldEvidence, type ToldStep } from './told.ts'

/** The steps of a request, and whether none is known to be missing. */
export type Known = { steps: readonly ToldStep[]; isWhole: boolean }

/** What counts: Google's certificates, and the OAuth clients of this Hallpass, or any when they are not known. */
export type Trusted = { ring: KeyRing; clients?: ReadonlySet<string> }

/** What is wrong with the evidence of one request. */
export function checkEvidence(all: readonly ToldEvidence[], known: Known, by: Trusted): Finding[] {
  return all.flatMap(told => checkOne(told, known, by))
}

type Say = (kind: FindingKind, why: string) => Finding

function checkOne(told: ToldEvidence, { steps, isWhole }: Known, { ring, clients }: Trusted): Finding[] {
  const say: Say = (kind, why) => ({ kind, about: nameOf(told), why: `the evidence of ${told.actor}: ${why}` })
  if (sha256(told.idToken) !== told.evidence) return [say('altered', 'its hash is not that of its token')]
  const signed = signedBy(ring, told.idToken)
  if ('why' in signed) return [say('forged', signed.why)]
  const { claims, until } = signed
  if (isUnderRetiredKey(told, until))
    return [say('forged', `the log received it at ${told.receiveTimestamp}, when Google had given up its key`)]
  const users = steps.filter(({ details }) => details['evidence'] === told.evidence)
  const foreign = signedFor(told, claims, say)
  return [
    ...foreign,
    ...forOther(clients, claims, say),
    ...aboutPerson(told, claims, say),
    ...(foreign.length === 0 ? againstTerms(told, steps, say) : []),
    ...users.flatMap(step => usedBy(step, told, claims, say)),
    ...(users.filter(({ event }) => event !== 'EvidenceLost').length > 1
      ? [say('replayed', `${users.length} events of the request name it`)]
      : []),
    ...(users.length === 0 && isWhole && !steps.some(isRefusal)
      ? [say('added', 'no event of the request names it')]
      : []),
  ]
}

function forOther(clients: Trusted['clients'], claims: Record<string, unknown>, say: Say): Finding[] {
  const client = String(claims['aud'])
  return clients === undefined || clients.has(client) ? [] : [say('foreign', `it is for the OAuth client "${client}"`)]
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

/** What each event needs a sign-in for. */
const purposeOf: Readonly<Record<string, Purpose>> = {
  ApprovalCounted: 'approve',
  Approved: 'approve',
  Revoked: 'revoke',
  Reviewed: 'review',
}

function usedBy(step: ToldStep, told: ToldEvidence, claims: Record<string, unknown>, say: Say): Finding[] {
  const { details, actor, event } = step
  if ((purposeOf[event] ?? told.purpose) !== told.purpose)
    return [say('foreign', `${event} (number ${step.seq}) uses it, and it was signed to ${told.purpose}`)]
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

/** Until when the log goes, and since when it has entries of a release that publishes evidence. */
export type Span = { publishes: Date; end: Date }

/** Events that nobody can cause without a sign-in. Of an early end, which can also be the janitor's, endings.ts knows more. */
const signedIn = ['Approved', 'ApprovalCounted', 'Reviewed']

/**
 * Evidence that must be in the log and is not, although its time is over. Entries of the first version had none, unless
 * they are later than those of another version.
 */
export function lackingEvidence(steps: readonly ToldStep[], all: readonly ToldEvidence[], span: Span): Finding[] {
  const known = new Set(all.map(({ evidence }) => evidence))
  const lost = new Set(steps.flatMap(({ event, details }) => (event === 'EvidenceLost' ? [details['evidence']] : [])))
  return steps.flatMap(step => {
    const { event, schemaVersion, details, at, actor } = step
    const hash = details['evidence']
    if (hash === undefined)
      return signedIn.includes(event)
        ? [{ kind: 'missing', about: nameOf(step), why: `${event} (number ${step.seq}) names no evidence` }]
        : []
    const isExpected = event !== 'EvidenceLost' && (schemaVersion >= 2 || Date.parse(at) > span.publishes.getTime())
    if (!isExpected || known.has(hash) || lost.has(hash)) return []
    if (Date.parse(at) + publishedMs >= span.end.getTime()) return []
    return [{ kind: 'missing', about: nameOf(step), why: `the evidence of ${actor} for ${event}` }]
  })
}

/** Events that name an approver of whom no event says that they approved. Only of a request whose events are all there. */
export function otherApprovers(steps: readonly ToldStep[]): Finding[] {
  const approved = steps.filter(({ event }) => signedIn.slice(0, 2).includes(event))
  const known = new Set(approved.map(({ actor }) => actor.toLowerCase()))
  return steps.flatMap(step => {
    const other = step.details['approvedBy']?.split(', ').find(email => !known.has(email.toLowerCase()))
    if (other === undefined) return []
    const why = `${step.event} (number ${step.seq}) names ${other} as an approver, and no event says that they approved`
    return [{ kind: 'altered', about: nameOf(step), why }]
  })
}

/** The OAuth client for which somebody signed in. */
export function clientIn({ idToken }: ToldEvidence): string {
  const claims = parseObject(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return String(claims?.['aud'])
}

/** That a request has evidence with this hash. `about`: its name. */
export type Use = { hash: string; uid: string; about: string; order: Order }

/** Evidence that more than one request has. All uses of one hash must be there. */
export function replayed(uses: readonly Use[]): Placed<Finding>[] {
  return [...Map.groupBy(uses, ({ hash }) => hash).values()].flatMap(all => {
    const others = new Set(all.map(({ uid }) => uid)).size - 1
    const first = all.reduce((a, b) => (isBefore(b.order, a.order) ? b : a))
    if (others === 0) return []
    const why = `its evidence is also that of ${others} other requests`
    return [{ order: first.order, value: { kind: 'replayed' as const, about: first.about, why } }]
  })
}
