// Access that ends before its time: the bindings are removed with the token of a person who has signed in for exactly
// that. It only takes out, and only entries of this request. A crash repeats it, until the sign-in has ended.
import type { AccessRequest, Evidence, GrantRecord } from '../../api/kinds.ts'
import { detailsOfGrant } from '../../domain/audit/audit.ts'
import { sayPerson } from '../../domain/people/display-name.ts'
import { after, instant } from '../../domain/asking/duration.ts'
import type { Edited } from '../../domain/granting/edited.ts'
import { openRevocation, type Revocation } from '../../domain/ending/endings.ts'
import { isRefusal } from '../../domain/approval/evidence.ts'
import { policiesOf, type PolicyGrants, withRefusal, withResults } from '../../domain/granting/grant-records.ts'
import { hasEnded } from '../../domain/lifecycle.ts'
import { isByJanitor } from '../../domain/ending/removal.ts'
import { mayHold } from '../../domain/granting/approved-record.ts'
import { type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { approvedNarrowing, standingDecision } from '../../domain/approval/quorum.ts'
import { auditedAs } from '../../domain/refusals.ts'
import { endingNotAuthentic, judgeRevocation } from '../../domain/ending/revoking.ts'
import { sealedTokenAad, sealedTokenName } from '../../domain/approval/sealed-token.ts'
import { shortLine } from '../../domain/text.ts'
import { unlessLater } from '../mapping/account.ts'
import type { Failing } from './close.ts'
import { removedByJanitor } from './janitor.ts'
import { inDoubt } from '../granting/conclude.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Proof } from '../granting/prove.ts'
import { openSignIn } from '../granting/sealed-sign-in.ts'
import { type Change, conditionsWith, recordChange, transition, type Written } from '../granting/write.ts'
import { editGrants } from '../granting/write-grants.ts'

/** Removes what is granted, or records why not. Broken when it must be tried again. */
export async function endEarly(deps: Dependencies, request: AccessRequest, revocation: Revocation): Promise<Written> {
  const ended = await end(deps, request, revocation)
  if (ended === 'conflict') return ended
  // A used token goes at once: the request itself waits for its evidence.
  if (hasEnded(ended) || openRevocation(ended.status ?? {})?.id !== revocation.id)
    await unlessLater(deps, dropToken(deps, ended, revocation))
  return ended
}

// The token of the approval stays: a request that is being granted goes on when the ending was refused. A forged ending
// may name it as its own.
async function dropToken({ sealedTokens }: Dependencies, request: AccessRequest, ending: Revocation): Promise<void> {
  const nameOf = ({ hash }: Evidence): string => sealedTokenName(request.metadata.uid, hash)
  const name = nameOf(ending.evidence)
  const isApprovals = request.status?.decisions?.some(({ evidence }) => evidence && nameOf(evidence) === name)
  if (!isApprovals || hasEnded(request)) await sealedTokens.delete(name)
}

async function end(deps: Dependencies, request: AccessRequest, revocation: Revocation): Promise<Written> {
  const proof = await prove(deps, request, revocation).catch(async error => wait(deps, request, error))
  const { grants = [] } = request.status ?? {}
  if ('refusal' in proof) return put(deps, request, notProved(deps, request, { revocation, grants, ...proof }))
  const policies = heldPolicies(grants)
  if (policies.length === 0) return put(deps, request, revoked(deps, request, { revocation, grants: [...grants] }))
  return takeOut(deps, request, { revocation, proof, policies })
}

/** The sign-in is verified as that of an approval is, for its own purpose. The approval itself gives no right here. */
async function prove(
  deps: Dependencies,
  request: AccessRequest,
  revocation: Revocation,
): Promise<Pick<Proof, 'approver' | 'token' | 'tokenEndsAt'> | Failing> {
  const now = deps.clock.now()
  const { at, evidence } = revocation
  if (now.getTime() / 1000 >= evidence.claims.exp) return { refusal: tooOld }
  const { uid } = request.metadata
  const sealed = await deps.sealedTokens.read(sealedTokenName(uid, evidence.hash))
  if (sealed === undefined) return { refusal: missing }
  const aad = sealedTokenAad(uid, evidence.hash, 'revoke')
  const signIn = await openSignIn(deps, { sealed, aad, at, evidence, notAuthentic: endingNotAuthentic }, now)
  if ('refusal' in signIn) return signIn
  const { hostedDomains } = deps
  const person = judgeRevocation({ occasion: 'end', request, revocation, signIn, hostedDomains, now })
  if (!isRefusal(person))
    return { approver: person, token: signIn.accessToken, tokenEndsAt: new Date(person.claims.exp * 1000) }
  // The clock of Hallpass is slow: nothing is wrong with the record.
  if (person.reason === 'EvidenceNotYet') throw new Refused(person.reason, person.message)
  return { refusal: person }
}

const tooOld = refusal('EvidenceExpired', 'The sign-in was too old before the access could be removed.')
const missing = refusal('SealedTokenMissing', 'The sign-in is no longer there, so the access could not be removed.')

/** A correction by a person takes effect this soon; a sign-in lasts an hour. */
const lookAgainSeconds = 30

// A right or setting of Hallpass that is wrong proves nothing against the sign-in.
async function wait(deps: Dependencies, request: AccessRequest, error: unknown): Promise<never> {
  if (!(error instanceof Refused)) throw error
  deps.events.record(request, { type: 'Warning', ...error.refusal })
  throw new Waiting(after(deps.clock.now(), lookAgainSeconds), error.message)
}

function heldPolicies(grants: readonly GrantRecord[]): PolicyGrants[] {
  const isHeld = (i: number): boolean => mayHold(grants[i]?.state ?? 'Pending')
  return policiesOf(grants)
    .map(({ resource, positions }) => ({ resource, positions: positions.filter(isHeld) }))
    .filter(({ positions }) => positions.length > 0)
}

type Removing = {
  revocation: Revocation
  proof: Pick<Proof, 'approver' | 'token' | 'tokenEndsAt'>
  policies: readonly PolicyGrants[]
}

async function takeOut(
  deps: Dependencies,
  request: AccessRequest,
  { revocation, proof, policies }: Removing,
): Promise<Written> {
  const { startsAt = '', expiresAt = '' } = request.status ?? {}
  const decision = standingDecision(request)
  // Without them the request does not come from an approval, and the step is not due.
  if (!decision) return request
  const approval = {
    decision,
    narrowing: approvedNarrowing(request),
    approvedBy: request.status?.approvedBy ?? '',
    earlier: [],
    rules: undefined,
    groups: new Map<string, string>(),
  }
  const times = { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) }
  let current = request
  for (const [n, policy] of policies.entries()) {
    const before = current.status?.grants ?? []
    const ready = { proof: { ...proof, ...approval }, times, before, mapping: async () => undefined }
    const edited = await editGrants(deps, current, { ready, policy, goal: 'take out' })
    const isLast = n === policies.length - 1
    current = await recordChange(deps, current, fresh => changeOf(deps, fresh, { revocation, policy, edited, isLast }))
  }
  return current
}

type Result = { revocation: Revocation; policy: PolicyGrants; edited: readonly Edited[]; isLast: boolean }

/** What an edit has shown and, with the last one, its consequence: one write. */
function changeOf(deps: Dependencies, fresh: AccessRequest, { revocation, policy, edited, isLast }: Result): Change {
  const now = deps.clock.now()
  const before = fresh.status?.grants ?? []
  const known = withResults(before, { positions: policy.positions, edited }, now).map((grant, i) =>
    isStill(before[i], edited[policy.positions.indexOf(i)]) ? { ...grant, state: 'Written' as const } : grant,
  )
  const grants = withRefusal(known, 'The access was ended before this was granted.', now)
  if (!isLast) return { patch: { grants }, happened: [] }
  if (!grants.some(({ state }) => mayHold(state))) return revoked(deps, fresh, { revocation, grants })
  const why = grants.find(({ state, why }) => mayHold(state) && why)?.why ?? 'Google did not remove it.'
  return unfinished(deps, fresh, {
    revocation,
    grants,
    refusal: refusal('NotRemoved', why),
    actor: revocation.who.email,
  })
}

// Google refused, and the entry was seen where it was before.
function isStill(before: GrantRecord | undefined, edited: Edited | undefined): boolean {
  return before?.state === 'Written' && edited?.state === 'Unknown' && edited.isThere === true
}

type Ending = { revocation: Revocation; grants: GrantRecord[] }

function revoked(deps: Dependencies, request: AccessRequest, { revocation, grants }: Ending): Change {
  const { status = {}, spec } = request
  // The janitor was faster, and has said so meanwhile.
  if (status.removal && isByJanitor(status)) return removedByJanitor(deps, request, status.removal)
  const { who, evidence, comment } = revocation
  const { email = '' } = who
  const known = [...(status.approvers ?? []), spec.requester].find(one => one.email === email)
  const message = `Access was ended early by ${sayPerson({ name: known?.name, email })}.`
  const endedAt = instant(deps.clock.now())
  return {
    patch: {
      phase: 'Revoked',
      endedAt,
      grants,
      conditions: conditionsWith(deps, request, { type: 'Provisioned', status: 'False', reason: 'Revoked', message }),
    },
    happened: [
      {
        event: 'Revoked',
        actor: email,
        message,
        details: {
          ...detailsOfGrant({ ...status, grants, endedAt }),
          googleSubject: evidence.claims.sub,
          evidence: evidence.hash,
          nonce: evidence.claims.nonce,
          salt: evidence.salt,
          comment,
        },
      },
    ],
  }
}

/** Nothing is removed with this sign-in. An earlier look may have removed a part with it, before it ended. */
function notProved(deps: Dependencies, request: AccessRequest, refusing: Unfinished): Change {
  const states = refusing.grants.map(({ state }) => state)
  const isHalf = request.status?.phase === 'Provisioned' && states.includes('Removed') && states.includes('Written')
  return isHalf ? unfinished(deps, request, refusing) : refused(deps, request, refusing)
}

type Unfinished = Refusing & { grants: readonly GrantRecord[] }

/** Some of it may still be held. If something was removed, or cannot be known, all that is left is in doubt. */
function unfinished(deps: Dependencies, request: AccessRequest, { grants, ...refusing }: Unfinished): Change {
  const ending = refused(deps, request, refusing)
  const isWhole = request.status?.phase === 'Provisioned' && grants.every(({ state }) => state === 'Written')
  if (isWhole) return { patch: { ...ending.patch, grants: [...grants] }, happened: ending.happened }
  const left = grants.map((grant): GrantRecord => (grant.state === 'Written' ? { ...grant, state: 'Unknown' } : grant))
  const status = { ...request.status, grants: left }
  const doubt = inDoubt(deps, { ...request, status }, { refusal: refusal('InDoubt', refusing.refusal.message) })
  return { patch: { ...ending.patch, ...doubt.patch }, happened: [...ending.happened, ...doubt.happened] }
}

/** `actor` is the person, if Google has confirmed who it is. */
type Refusing = { revocation: Revocation; refusal: Refusal; actor?: string | undefined }

/** Records that it was not carried out. The access goes on until its time, and another person may try. */
function refused({ clock }: Dependencies, { status }: AccessRequest, refusing: Refusing): Change {
  const { revocation, refusal, actor } = refusing
  const { reason, message } = refusal
  const entry = { id: revocation.id, reason, message: shortLine(message, 600), at: instant(clock.now()) }
  const details = { ending: revocation.id, reason }
  const audit = auditedAs(reason)
  return {
    patch: { endingsRefused: [...(status?.endingsRefused ?? []), entry] },
    happened: [
      ...(audit ? [{ event: audit, message, details: { reason } }] : []),
      { event: 'EndingRefused', actor, message: `The access was not ended: ${message}`, details },
    ],
  }
}

async function put(deps: Dependencies, request: AccessRequest, { patch, happened }: Change): Promise<Written> {
  return transition(deps, request, patch, ...happened)
}
