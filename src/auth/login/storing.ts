// Stores what somebody has signed in for: first the sealed token, then the entry, against exactly the state that was
// judged. After a conflict it judges again. Tokens leave this file only sealed.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Held } from '../../domain/granting/held.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { encodeEvidence, evidenceAad, evidenceName } from '../../domain/approval/kept-evidence.ts'
import { encodeSealed, evidenceHash, sealedTokenAad, sealedTokenName } from '../../domain/approval/sealed-token.ts'
import { type Dependencies, inHouse } from '../dependencies.ts'
import { findRequest } from '../web/opening.ts'
import type { Words } from './purpose.ts'
import type { Recording } from './recording.ts'
import { requirePolicyRoom } from '../approving/policy-room.ts'
import { requireRights } from '../approving/rights.ts'
import { requireRoom } from '../approving/room.ts'
import { inTheBackground, type SignedIn } from './sign-in.ts'

/** Conflicts come from the controller and from other deciders; more than this in a row means something is wrong. */
const attempts = 8

/** What is stored, and the words when the person lacks a right. */
export type Storing = { recording: Recording; words: Words; deps: Dependencies }

/**
 * The request with the entry; `unknown` when the cluster did not answer whether it was stored. `held`: what the requester
 * has without a time limit already.
 */
export type StoredEntry = { stored: AccessRequest | 'unknown'; held: readonly Held[] }

/** Stores the entry. Throws Refused when a rule or Google refuses it; then no entry is stored. */
export async function store(returned: SignedIn, storing: Storing): Promise<StoredEntry> {
  const { recording, deps } = storing
  const signedIn = recording.lookUp ? await recording.lookUp(returned, deps) : returned
  const { request } = signedIn.opened
  const hash = evidenceHash(signedIn.tokens.idToken.reveal())
  recording.judge(request, signedIn, { hash, deps })
  // None of these stores anything, and none needs the answer of another one.
  const sealing = inTheBackground(seal(signedIn, storing))
  const policies = inTheBackground(requirePolicyRoom(signedIn, storing))
  await Promise.all([requireRights(signedIn, storing, deps), requireRoom(signedIn, deps)])
  const held = await policies
  const { uid } = request.metadata
  const secrets = await sealing
  await Promise.all(secrets.map(({ name, sealed }) => inHouse(deps.sealedTokens.create(name, uid, sealed))))
  return { stored: await append(signedIn, storing), held }
}

type Sealed = { name: string; sealed: string }

// An approval that others must follow writes nothing: its access token is dropped here. The evidence has its own Secret,
// because it stays for longer than an access token may.
async function seal(
  { login, ticket: { uid, purpose }, tokens, opened }: SignedIn,
  { recording, deps }: Storing,
): Promise<Sealed[]> {
  const isKept = recording.keepsToken(opened.request)
  const accessToken = isKept ? tokens.accessToken.reveal() : undefined
  const idToken = tokens.idToken.reveal()
  const hash = evidenceHash(idToken)
  const { salt } = login
  const sealed = (name: string, content: string, aad: string): Promise<Sealed> =>
    inHouse(deps.tokens.seal(content, aad)).then(text => ({ name, sealed: text }))
  return Promise.all([
    sealed(
      sealedTokenName(uid, hash),
      encodeSealed({ accessToken, idToken, salt }),
      sealedTokenAad(uid, hash, purpose),
    ),
    sealed(evidenceName(uid, hash), encodeEvidence({ idToken, salt }), evidenceAad(uid, hash, purpose)),
  ])
}

/**
 * Appends the entry to the state that was read when the browser returned: if that has changed since, the write is a
 * conflict. A conflict, or no answer, reads and judges again.
 */
async function append(signedIn: SignedIn, storing: Storing): Promise<AccessRequest | 'unknown'> {
  let isUnknown = false
  for (let attempt = 0; attempt < attempts; attempt++) {
    const reading = attempt === 0 ? signedIn.opened : findRequest(signedIn.ticket, storing.deps)
    const result = await appendTo(reading, signedIn, storing).catch((error: unknown) => {
      if (isUnknown && (error instanceof Broken || error instanceof Waiting)) return 'unknown' as const
      throw error
    })
    if (typeof result === 'object') return result
    isUnknown ||= result === 'unknown'
  }
  if (isUnknown) return 'unknown'
  throw new Broken('The request changed at each attempt to store a sign-in.')
}

/** Judges the request that was read, at this instant, and writes against exactly that state. */
async function appendTo(
  reading: SignedIn['opened'] | Promise<SignedIn['opened']>,
  signedIn: SignedIn,
  { recording: { isRecorded, judge }, deps }: Storing,
): Promise<AccessRequest | 'conflict' | 'unknown'> {
  const { request } = await reading
  const hash = evidenceHash(signedIn.tokens.idToken.reveal())
  if (isRecorded(request, hash)) return request
  const patched = await patch(request, judge(request, signedIn, { hash, deps }), deps)
  if (typeof patched === 'object' && !isRecorded(patched, hash)) throw new Broken(olderSchema)
  return patched
}

// The API server drops fields that its schema does not have, and says nothing.
const olderSchema = 'The cluster did not store the entry: its CRDs are older than this release.'

async function patch(
  request: AccessRequest,
  status: StatusPatch,
  { requests }: Dependencies,
): Promise<AccessRequest | 'conflict' | 'unknown'> {
  try {
    return await inHouse(requests.patchStatus(request, status))
  } catch (error) {
    if (error instanceof Broken && !error.answered) return 'unknown'
    throw error
  }
}
