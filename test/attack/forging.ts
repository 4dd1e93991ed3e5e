// What attackers forge: sign-ins that were begun elsewhere, decisions and sealed tokens.
import { randomBytes } from 'node:crypto'
import type { AccessRequest, Decision, Ending, Narrowing } from '../../src/api/kinds.ts'
import { nonceOf, type Purpose, sha256, specDigest } from '../../src/domain/approval/digest.ts'
import { approvalsDigest } from '../../src/domain/approval/quorum.ts'
import { encodeSealed, sealedTokenAad, sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createLogin } from '../../src/google/login.ts'
import { createSealer } from '../../src/google/seal.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import type { World } from '../../src/sandbox/world.ts'
import { identity } from '../google/fixture.ts'
import { tokensPath } from './attacker.ts'

type SignedIn = { idToken: string; accessToken: string; salt: string; decision: Decision }

/** `before`: the approvals that the sign-in comes after, if several people must approve. */
type SigningIn = { email: string; narrowing?: Narrowing; comment?: string; purpose?: Purpose; before?: Decision[] }

/** Somebody signs in to Google for exactly this request, in a flow that the attacker runs. */
export async function signedInFor(
  world: World,
  request: AccessRequest,
  { email, narrowing, comment, purpose = 'approve', before }: SigningIn,
): Promise<SignedIn> {
  const { uid } = request.metadata
  const salt = randomBytes(32).toString('base64url')
  const several = before && { before: approvalsDigest(before) }
  const nonce = nonceOf({ purpose, uid, specDigest: specDigest(request.spec), narrowing, comment, salt, ...several })
  const { id, secret } = world.google.seeds.client
  const login = createLogin({
    clock: world.google.clock,
    clientID: id,
    clientSecret: new Secret(secret),
    redirectUri: `${world.authUrl}/oauth/callback`,
    rootUrl: world.google.url,
  })
  const codeVerifier = randomBytes(32).toString('base64url')
  const back = world.google.signIn(login.authorizeUrl({ state: 'attack', nonce, codeVerifier, access: 'cloud' }), {
    account: email,
  })
  const { idToken, accessToken } = await login.exchange(back.searchParams.get('code') ?? '', codeVerifier)
  const text = idToken.reveal()
  const decision = decisionWith({ idToken: text, salt, ...(narrowing && { narrowing }), ...(comment && { comment }) })
  return { idToken: text, accessToken: accessToken.reveal(), salt, decision }
}

/** The decision that auth would store for this ID token, with any signature. */
export function decisionWith({
  idToken,
  salt,
  ...more
}: { idToken: string; salt: string } & Partial<Decision>): Decision {
  const { iss, aud, sub, email, hd, iat, exp, nonce } = JSON.parse(
    Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as NonNullable<Decision['evidence']>['claims']
  const hash = sha256(idToken)
  return {
    id: `approved-${hash.slice(0, 12)}`,
    verdict: 'Approved',
    who: { email, googleSubject: sub },
    at: new Date(iat * 1000).toISOString().replace(/\.\d+Z/, 'Z'),
    evidence: { hash, salt, claims: { iss, aud, sub, email, ...(hd && { hd }), iat, exp, nonce } },
    ...more,
  }
}

/** The entry that auth would store for somebody who ends access with this sign-in. */
export function endingWith({ id, who, at, evidence }: Decision): Ending {
  return { id: id.replace('approved', 'revoked'), verdict: 'Revoked', who, at, ...(evidence && { evidence }) }
}

type Sealing = { uid: string; hash: string; accessToken: string; idToken: string; salt: string; aad?: string }

/** Seals as auth can, and stores the Secret as auth can. */
export async function sealAs(world: World, auth: Transport, what: Sealing): Promise<void> {
  const { uid, hash, accessToken, idToken, salt, aad = sealedTokenAad(uid, hash) } = what
  const sealer = createSealer({
    key: defaultKeys.token,
    authClient: identity(defaultIdentities.auth.token),
    clock: world.google.clock,
    rootUrl: world.google.url,
  })
  const sealed = await sealer.seal(encodeSealed({ accessToken, idToken, salt }), aad)
  await putSecret(auth, sealedTokenName(uid, hash), sealed)
}

/** Stores any text as a sealed token. */
export async function putSecret(auth: Transport, name: string, sealed: string): Promise<void> {
  await auth.request({
    method: 'POST',
    path: tokensPath,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'hallpass.dev/sealed-token',
      immutable: true,
      data: { sealed: Buffer.from(sealed).toString('base64') },
    },
  })
}
