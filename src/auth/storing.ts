// Stores an approval: first the sealed token, then the decision, against exactly the state that was judged. After a
// conflict it judges again. Tokens leave this file only sealed.
import type { AccessRequest, Decision } from '../api/kinds.ts'
import { decisionId, decisionOf, judgeApproval, type ProvedApproval } from '../domain/approval.ts'
import { Broken, Waiting } from '../domain/outcome.ts'
import { encodeSealed, evidenceHash, sealedTokenAad, sealedTokenName } from '../domain/sealed-token.ts'
import { type Dependencies, inHouse, no } from './dependencies.ts'
import { findRequest, mappingOf } from './opening.ts'
import { requireRights } from './rights.ts'
import { inTheBackground, type SignedIn } from './sign-in.ts'

/** Conflicts come from the controller and from other deciders; more than this in a row means something is wrong. */
const attempts = 8

/**
 * Stores the approval and returns the request with it; `unknown` when the cluster did not answer whether it was stored.
 * Throws Refused when a rule or Google refuses it; then no decision is stored.
 */
export async function store(signedIn: SignedIn, deps: Dependencies): Promise<AccessRequest | 'unknown'> {
  const { request } = signedIn.opened
  judge(request, signedIn, deps)
  // Sealing stores nothing, so it need not wait for Google's answer about the approver's rights.
  const sealing = inTheBackground(seal(signedIn, deps))
  await requireRights(request, signedIn, deps)
  const { name, sealed } = await sealing
  await inHouse(deps.sealedTokens.create(name, request.metadata.uid, sealed))
  return append(signedIn, deps)
}

/** Runs every rule on the request, with the mapping from the watch. Throws Refused. */
function judge(request: AccessRequest, { login, tokens, claims }: SignedIn, deps: Dependencies): ProvedApproval {
  const { people, oauthClientID: audience, clock } = deps
  const judged = judgeApproval({
    occasion: 'approve',
    request,
    mapping: mappingOf(request, deps),
    people,
    organisation: deps,
    now: clock.now(),
    terms: login,
    signIn: { claims, accessToken: tokens.accessToken, audience },
    scopes: tokens.scopes,
  })
  if ('refused' in judged) throw no(judged.refused)
  return judged
}

async function seal(
  { login, ticket: { uid }, tokens }: SignedIn,
  deps: Dependencies,
): Promise<{ name: string; sealed: string }> {
  const [accessToken, idToken] = [tokens.accessToken.reveal(), tokens.idToken.reveal()]
  const hash = evidenceHash(idToken)
  const content = encodeSealed({ accessToken, idToken, salt: login.salt })
  const sealed = await inHouse(deps.tokens.seal(content, sealedTokenAad(uid, hash)))
  return { name: sealedTokenName(uid, hash), sealed }
}

/**
 * Appends the decision to the state that was read when the browser returned: if that has changed since, the write is a
 * conflict. A conflict, or no answer, reads and judges again.
 */
async function append(signedIn: SignedIn, deps: Dependencies): Promise<AccessRequest | 'unknown'> {
  let isUnknown = false
  for (let attempt = 0; attempt < attempts; attempt++) {
    const reading = attempt === 0 ? signedIn.opened : findRequest(signedIn.ticket, deps)
    const result = await appendTo(reading, signedIn, deps).catch((error: unknown) => {
      if (isUnknown && (error instanceof Broken || error instanceof Waiting)) return 'unknown' as const
      throw error
    })
    if (typeof result === 'object') return result
    isUnknown ||= result === 'unknown'
  }
  if (isUnknown) return 'unknown'
  throw new Broken('The request changed at each attempt to store an approval.')
}

/** Judges the request that was read, at this instant, and writes against exactly that state. */
async function appendTo(
  reading: SignedIn['opened'] | Promise<SignedIn['opened']>,
  signedIn: SignedIn,
  deps: Dependencies,
): Promise<AccessRequest | 'conflict' | 'unknown'> {
  const { request } = await reading
  const hash = evidenceHash(signedIn.tokens.idToken.reveal())
  if (request.status?.decisions?.some(({ id }) => id === decisionId(hash))) return request
  const judged = judge(request, signedIn, deps)
  return patch(request, decisionOf(judged, signedIn.login, { hash, now: deps.clock.now() }), deps)
}

async function patch(
  request: AccessRequest,
  decision: Decision,
  { requests }: Dependencies,
): Promise<AccessRequest | 'conflict' | 'unknown'> {
  const decisions = [...(request.status?.decisions ?? []), decision]
  try {
    return await inHouse(requests.patchStatus(request, { decisions }))
  } catch (error) {
    if (error instanceof Broken && !error.answered) return 'unknown'
    throw error
  }
}
