// From Google's answer to a stored approval: exchange, proof, rules, rights, then sealed token, then decision, in this
// order. Every rule is run again on the state that is stored at the moment of writing. Tokens never leave this file but
// sealed.
import type { AccessRequest, Decision } from '../api/kinds.ts'
import { decisionId, decisionOf, judgeApproval, type ProvedApproval } from '../domain/approval.ts'
import { isInside, type SignedClaims } from '../domain/evidence.ts'
import { grantsLeft } from '../domain/narrowing.ts'
import { Broken, Refused, type Refusal, refusal, Waiting } from '../domain/outcome.ts'
import type { Login } from '../domain/ports.ts'
import { encodeSealed, evidenceHash, sealedTokenAad, sealedTokenName } from '../domain/sealed-token.ts'
import type { Ticket } from '../domain/ticket.ts'
import { noteAttempt } from './attempts.ts'
import { type Desk, inHouse, no } from './desk.ts'
import { findRequest, openTicket, refuseNow, type Standing } from './opening.ts'
import type { PendingLogin } from './pending-login.ts'

/**
 * What became of a login that returned. `unknown` when the cluster never said whether the approval was stored; `signedInAs`
 * is whom Google named, if it came that far, and `isInside` whether that is an account of the organisation.
 */
export type Approval =
  { approved: AccessRequest | 'unknown' } | { refused: Refusal; signedInAs?: string; isInside?: boolean }

type Tokens = Awaited<ReturnType<Login['exchange']>>
/** All that speaks for an approval. */
type Proof = { login: PendingLogin; ticket: Ticket; tokens: Tokens; claims: SignedClaims }
type Judged = Standing & ProvedApproval

/** Conflicts come from the controller and from other deciders; more than this in a row means something is wrong. */
const attempts = 8

/** Stores the approval that this login stands for, or says why not. Rejects with Broken or Waiting only. */
export async function approve(login: PendingLogin, code: string, desk: Desk): Promise<Approval> {
  const proof = await refusedOr(() => prove(login, code, desk))
  if ('refused' in proof) return proof
  const { claims, ticket } = proof
  const result = await refusedOr(async () => ({ approved: await store(proof, desk) }))
  if ('approved' in result) return result
  await noteAttempt({ ticket, who: claims.email, refused: result.refused }, desk)
  return { ...result, signedInAs: claims.email, isInside: isInside(claims, desk.hostedDomains) }
}

async function prove(login: PendingLogin, code: string, desk: Desk): Promise<Proof> {
  const ticket = await openTicket(login.ticket, desk)
  const before = refuseNow(await findRequest(ticket, desk), desk)
  if (before) throw no(before)
  const tokens = await desk.login.exchange(code, login.verifier)
  const claims = await desk.verifier.verify(tokens.idToken, desk.oauthClientID, desk.clock.now())
  return { login, ticket, tokens, claims }
}

async function store(proof: Proof, desk: Desk): Promise<AccessRequest | 'unknown'> {
  const judged = judge(await findRequest(proof.ticket, desk), proof, desk)
  await requireRights(judged, proof, desk)
  await storeSealedToken(proof, desk)
  return append(proof, desk)
}

/** Runs every rule on the request as it stands. Throws Refused. */
function judge({ request, mapping }: Standing, { login, tokens, claims }: Proof, desk: Desk): Judged {
  const { people, oauthClientID: audience, clock } = desk
  const judged = judgeApproval({
    occasion: 'approve',
    request,
    mapping,
    people,
    organisation: desk,
    now: clock.now(),
    terms: login,
    signIn: { claims, accessToken: tokens.accessToken, audience },
    scopes: tokens.scopes,
  })
  if ('refused' in judged) throw no(judged.refused)
  return { request, mapping, ...judged }
}

// A courtesy for a clear early no; the write is the true check, so a Google that does not answer stops nothing here.
async function requireRights({ request }: Judged, { login, tokens }: Proof, desk: Desk): Promise<void> {
  const resources = [...new Set(grantsLeft(request.spec, login.narrowing).map(({ resource }) => resource))]
  const answers = await Promise.all(resources.map(async resource => mayWrite(resource, tokens, desk)))
  const refused = resources.find((_, index) => answers[index] === false)
  if (refused) throw no(noRights(refused, request.spec.roleMapping))
}

async function mayWrite(resource: string, { accessToken }: Tokens, { policies, log }: Desk): Promise<boolean> {
  try {
    return await policies.mayWrite(resource, accessToken)
  } catch (error) {
    if (!(error instanceof Broken || error instanceof Waiting)) throw error
    log.warn({ resource, why: error.message }, 'Google did not say whether the approver may write the policy')
    return true
  }
}

async function storeSealedToken({ login, ticket: { uid }, tokens }: Proof, desk: Desk): Promise<void> {
  const hash = hashOf(tokens)
  const content = {
    accessToken: tokens.accessToken.reveal(),
    idToken: tokens.idToken.reveal(),
    salt: login.salt,
  }
  const sealed = await inHouse(desk.tokens.seal(encodeSealed(content), sealedTokenAad(uid, hash)))
  await inHouse(desk.sealedTokens.create(sealedTokenName(uid, hash), uid, sealed))
}

/** Appends the decision; a conflict, or no answer, looks and judges again. `unknown` when no answer came to the end. */
async function append(proof: Proof, desk: Desk): Promise<AccessRequest | 'unknown'> {
  let isUnknown = false
  for (let attempt = 0; attempt < attempts; attempt++) {
    const result = await appendOnce(proof, desk).catch((error: unknown) => {
      if (isUnknown && (error instanceof Broken || error instanceof Waiting)) return 'unknown' as const
      throw error
    })
    if (typeof result === 'object') return result
    isUnknown ||= result === 'unknown'
  }
  if (isUnknown) return 'unknown'
  throw new Broken('The request changed each time an approval was to be stored.')
}

/** Judges the request as it stands, and writes against exactly that state. */
async function appendOnce(proof: Proof, desk: Desk): Promise<AccessRequest | 'conflict' | 'unknown'> {
  const standing = await findRequest(proof.ticket, desk)
  const hash = hashOf(proof.tokens)
  const id = decisionId(hash)
  if (standing.request.status?.decisions?.some(decision => decision.id === id)) return standing.request
  const judged = judge(standing, proof, desk)
  return patch(judged, decisionOf(judged, proof.login, { hash, now: desk.clock.now() }), desk)
}

async function patch(
  { request }: Judged,
  decision: Decision,
  { requests }: Desk,
): Promise<AccessRequest | 'conflict' | 'unknown'> {
  const decisions = [...(request.status?.decisions ?? []), decision]
  try {
    return await inHouse(requests.patchStatus(request, { decisions }))
  } catch (error) {
    if (error instanceof Broken && !error.answered) return 'unknown'
    throw error
  }
}

function hashOf({ idToken }: Tokens): string {
  return evidenceHash(idToken.reveal())
}

function noRights(resource: string, mapping: string): Refusal {
  const permission = `resourcemanager.${resource.split('/')[0]}.setIamPolicy`
  return refusal(
    'NoRights',
    `You cannot grant this: on "${resource}" your account does not have the permission "${permission}". Somebody who has it must approve. To give it to you for the roles of this mapping alone, the platform team runs: hallpass approver-rights ${mapping}`,
  )
}

async function refusedOr<T>(work: () => Promise<T>): Promise<T | { refused: Refusal }> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refused) return { refused: error.refusal }
    throw error
  }
}
