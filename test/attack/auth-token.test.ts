// Somebody with auth's token and key: approvals without a person, of another request, of another time, or never signed.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision } from '../../src/api/kinds.ts'
import { nonceOf, sha256, specDigest } from '../../src/domain/approval/digest.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { sealedTokenAad, sealedTokenName } from '../../src/domain/approval/sealed-token.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { cast, reached, stored, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { declare, quickWorld } from '../story/world.ts'
import { attack, attacksTogether, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import {
  accounted,
  asked,
  bindingsOf,
  foreign,
  like,
  nothingWritten,
  refusedBy,
  routed,
  standing,
  statusOf,
  stolen,
  store,
  tokensPath,
  why,
  writeStatus,
} from './attacker.ts'
import { decisionWith, putSecret, sealAs, signedInFor } from './forging.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('auth’s token in strange hands', { timeoutMs: 60_000 })
const { dana, mo, ana, otto } = cast

let world: World
let auth: Transport
let before = ''
let count = 0

test.before(async () => {
  world = await quickWorld()
  auth = await stolen(world, 'auth')
  before = foreign(world)
  const fallback = { emails: [mo.email, ana.email] }
  await declare(world, 'together', { approval: { required: 2, window: '30m', fallback } })
  await declare(world, 'anas', { approval: { window: '30m', fallback: { emails: [ana.email] } } })
})
test.after(async () => {
  await auth.close()
  await world.stop()
})

/**
 * A request that waits; asked by another person each time, because a waiting request is returned for the next equal
 * one.
 */
async function waiting(line = '/prod-db'): Promise<AccessRequest> {
  const made = await store(await gateway(), like(await template(line), `forgery-${++count}`))
  return routed(world, made)
}
let gatewayOnce: Promise<Transport> | undefined
const gateway = (): Promise<Transport> => (gatewayOnce ??= stolen(world, 'gateway'))
const templates = new Map<string, AccessRequest>()
async function template(line: string): Promise<AccessRequest> {
  const known = templates.get(line) ?? (await routed(world, await asked(world, dana, `${line} 5s same words`)))
  templates.set(line, known)
  return known
}

/** An ID token as Google would sign it, signed by a key of one's own. */
function selfMade(
  request: AccessRequest,
  kid: string,
  claims: object = {},
): { idToken: string; salt: string; accessToken: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const salt = randomBytes(32).toString('base64url')
  const accessToken = 'ya29.self-made'
  const now = Math.floor(Date.now() / 1000)
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = `${encode({ alg: 'RS256', kid, typ: 'JWT' })}.${encode({
    iss: 'https://accounts.google.com',
    aud: world.google.seeds.client.id,
    azp: world.google.seeds.client.id,
    sub: '100000000000000000002',
    email: mo.email,
    email_verified: true,
    hd: 'example.com',
    iat: now,
    exp: now + 3600,
    nonce: nonceOf({ purpose: 'approve', uid: request.metadata.uid, specDigest: specDigest(request.spec), salt }),
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    ...claims,
  })}`
  return {
    idToken: `${head}.${sign('sha256', Buffer.from(head), privateKey).toString('base64url')}`,
    salt,
    accessToken,
  }
}

type Case = { forge: (request: AccessRequest) => Promise<Decision>; line?: string; says: RegExp; isTampering?: boolean }

async function seal(
  request: AccessRequest,
  what: { idToken: string; accessToken: string; salt: string; aad?: string },
): Promise<Decision> {
  const decision = decisionWith(what)
  await sealAs(world, auth, { uid: request.metadata.uid, hash: sha256(what.idToken), ...what })
  return decision
}

const forgeries: Record<string, Case> = {
  'evidence that is made up, with nothing sealed': {
    forge: async request => decisionWith(selfMade(request, 'none')),
    says: /sign-in is no longer there/,
    isTampering: false,
  },
  'a self-made ID token under an unknown key': {
    forge: async request => seal(request, selfMade(request, 'mine')),
    says: /Google did not sign it/,
  },
  'a self-made ID token under Google’s key id': {
    forge: async request => {
      const certs = (await (await fetch(`${world.google.url}/oauth2/v1/certs`)).json()) as Record<string, string>
      return seal(request, selfMade(request, Object.keys(certs)[0] ?? ''))
    },
    says: /Google did not sign it/,
  },
  'true evidence of another request with exactly the same spec': {
    forge: async request => {
      const other = await waiting()
      assert.is(specDigest(other.spec), specDigest(request.spec))
      return seal(request, await signedInFor(world, other, mo))
    },
    says: /signed it for another request/,
  },
  'true evidence with a narrowing removed afterwards': {
    forge: async request =>
      seal(request, await signedInFor(world, request, { ...mo, narrowing: { duration: '2s', grants: [0] } })),
    says: /signed it for another request or other terms/,
  },
  'true evidence with another comment': {
    forge: async request => {
      const signed = await signedInFor(world, request, { ...mo, comment: 'only if Ana agrees' })
      return { ...(await seal(request, signed)), comment: 'go ahead' }
    },
    says: /signed it for another request or other terms/,
  },
  'true evidence with somebody else’s access token': {
    forge: async request => {
      const signed = await signedInFor(world, request, mo)
      const { accessToken } = await signedInFor(world, request, ana)
      return seal(request, { ...signed, accessToken })
    },
    says: /did not sign it for Hallpass/,
  },
  'a sign-in of somebody who was not asked': {
    forge: async request => seal(request, await signedInFor(world, request, otto)),
    says: /waits for mo@example\.com \(Mo Manager\)/,
    isTampering: false,
  },
  'a sign-in of Otto under Mo’s name': {
    forge: async request => {
      const decision = await seal(request, await signedInFor(world, request, otto))
      return { ...decision, who: { email: mo.email } }
    },
    says: /names a different person than Google/,
  },
  'a private account of the same name': {
    forge: async request => seal(request, await signedInFor(world, request, { email: 'mo@gmail.com' })),
    says: /not an account of example\.com/,
    isTampering: false,
  },
  'a decision dated before the sign-in': {
    forge: async request => {
      const decision = await seal(request, await signedInFor(world, request, mo))
      return { ...decision, at: instant(after(new Date(decision.at), -240)) }
    },
    says: /time differs from that of the sign-in/,
  },
  'a sealed token for another request': {
    forge: async request => {
      const signed = await signedInFor(world, request, mo)
      return seal(request, {
        ...signed,
        aad: sealedTokenAad(
          request.metadata.uid.replace(/^./, first => (first === '0' ? '1' : '0')),
          sha256(signed.idToken),
        ),
      })
    },
    says: /not one that Hallpass stored/,
  },
  'a Secret of garbage': {
    forge: async request => {
      const { decision, idToken } = await signedInFor(world, request, mo)
      await putSecret(auth, sealedTokenName(request.metadata.uid, sha256(idToken)), 'garbage')
      return decision
    },
    says: /not one that Hallpass stored/,
  },
  'another salt': {
    forge: async request => {
      const signed = await signedInFor(world, request, mo)
      const decision = await seal(request, signed)
      return {
        ...decision,
        evidence: { ...decision.evidence, salt: 'B'.repeat(43) } as Decision['evidence'] & object,
      }
    },
    says: /belongs to another approval/,
  },
  'grants that were never asked': {
    forge: async request =>
      seal(request, await signedInFor(world, request, { ...mo, narrowing: { grants: [0, 9] } })).then(d => ({
        ...d,
        narrowing: { grants: [0, 9] },
      })),
    says: /Only what was requested/,
    isTampering: false,
  },
}

attacksTogether<Case>(
  test,
  ending('Failed, nothing written', forgeries, 'auth stores an approval by '),
  async ({ forge, says, isTampering = true }) => {
    const request = await waiting()
    await writeStatus(auth, request, { decisions: [await forge(request)] })
    const failed = await reached(world, request.metadata.name, 'Failed')
    assert.match(why(failed, 'Approved'), says)
    const said = await accounted(world, failed, 'Failed')
    assert.is(said.includes('TamperingSeen'), isTampering)
    return `${failed.status?.phase}, ${nothingWritten(world, request)}`
  },
)

type OnSecret = (path: string, name: string) => Promise<unknown>
attacksTogether<OnSecret>(
  test,
  {
    'auth replaces a sealed token … 409': (_, name) => putSecret(auth, name, 'second'),
    'auth deletes a sealed token … 403': path => auth.request({ method: 'DELETE', path }),
    'auth reads a sealed token back … 403': path => auth.request({ method: 'GET', path }),
    'auth lists sealed tokens … 403': () => auth.request({ method: 'GET', path: tokensPath }),
    'auth edits a sealed token … 403': path =>
      auth.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body: { data: { sealed: 'eA==' } },
      }),
  },
  async act => {
    const request = await waiting()
    const name = sealedTokenName(request.metadata.uid, sha256(request.metadata.uid))
    await putSecret(auth, name, 'first')
    return statusOf(act(`${tokensPath}/${name}`, name))
  },
)

/** A request that two people must approve. */
const waitingForTwo = (): Promise<AccessRequest> => waiting('/access together')

attack(
  test,
  'auth signs the first of two approvals itself, and the second is true … Failed, nothing written',
  async () => {
    const request = await waitingForTwo()
    const { uid } = request.metadata
    const kid = Object.keys(await world.google.signing.certs()).at(-1) ?? ''
    const forged = selfMade(request, kid, { nonce: 'n'.repeat(43) })
    const { hash = '' } = decisionWith(forged).evidence ?? {}
    await sealAs(world, auth, { uid, hash, ...forged })
    await writeStatus(auth, request, { decisions: [decisionWith(forged)] })
    const failed = await reached(world, request.metadata.name, 'Failed')
    assert.match(why(failed, 'Approved'), /Google did not sign it/)
    return `${failed.status?.phase}, ${nothingWritten(world, request)}`
  },
)

attack(test, 'auth puts a true approval behind one that its approver never saw … Failed, nothing written', async () => {
  const request = await waitingForTwo()
  const { uid, name } = request.metadata
  const first = await signedInFor(world, request, { ...mo, before: [] })
  const second = await signedInFor(world, request, { ...ana, before: [] })
  for (const { decision, ...tokens } of [first, second])
    await sealAs(world, auth, { uid, hash: decision.evidence?.hash ?? '', ...tokens })
  await writeStatus(auth, request, { decisions: [first.decision] })
  const once = await until('the first is counted', async () => {
    const now = await stored(world, name)
    return now?.status?.approvalsCounted === 1 ? now : undefined
  })
  await writeStatus(auth, once, { decisions: [first.decision, second.decision] })
  const failed = await reached(world, name, 'Failed')
  assert.match(why(failed, 'Approved'), /Google signed it for another request or other terms/)
  return `${failed.status?.phase}, ${nothingWritten(world, request)}`
})

attack(test, 'auth puts a second approval behind the first … refused, Failed, nothing written', async () => {
  const request = await waiting()
  const { decision } = await signedInFor(world, request, mo)
  await writeStatus(auth, request, { decisions: [decision] })
  const again = { ...decision, id: 'approved-again' }
  assert.match(await refusedBy(writeStatus(auth, request, { decisions: [decision, again] })), /decided already|phase/)
  const { status } = await reached(world, request.metadata.name, 'Failed')
  return `refused, ${status?.phase}, ${nothingWritten(world, request)}`
})

attack(test, 'auth approves as the requester, then under an alias … refused, Failed, nothing written', async () => {
  const request = await waiting()
  const own = await signedInFor(world, request, dana)
  assert.match(await refusedBy(writeStatus(auth, request, { decisions: [own.decision] })), /Nobody approves their own/)
  world.google.seeds.people.push({ email: 'dana+x@example.com', name: 'Dana', sub: '77', hd: 'example.com' })
  const decision = await seal(request, await signedInFor(world, request, { email: 'dana+x@example.com' }))
  await writeStatus(auth, request, { decisions: [decision] })
  const failed = await reached(world, request.metadata.name, 'Failed')
  assert.match(why(failed, 'Approved'), /asked for it yourself/)
  return `refused, ${failed.status?.phase}, ${nothingWritten(world, request)}`
})

attack(test, 'auth counts attempts up without end, and back … Pending, 422', async () => {
  const request = await waiting()
  for (const countTo of [1, 1000, Number.MAX_SAFE_INTEGER])
    await writeStatus(auth, request, {
      attempts: {
        count: countTo,
        last: Array.from({ length: 5 }, () => ({
          at: '2026-01-01T00:00:00Z',
          who: 'x'.repeat(254),
          why: 'y'.repeat(300),
        })),
      },
    })
  const code = await statusOf(writeStatus(auth, request, { attempts: { count: 0 } }))
  return `${(await standing(world, request)).status?.phase}, ${code}`
})

attack(
  test,
  'auth uses true evidence twice … 1 binding for the first, Failed and nothing written for the second',
  async () => {
    const request = await waiting()
    const narrowing = { duration: '3s', grants: [0] }
    const signed = await signedInFor(world, request, { ...mo, narrowing })
    const decision = { ...(await seal(request, signed)), narrowing }
    await writeStatus(auth, request, { decisions: [decision] })
    const granted = await reached(world, request.metadata.name, 'Provisioned')
    assert.equal(
      bindingsOf(world, granted).map(({ role }) => role),
      ['roles/cloudsql.client'],
    )
    const { startsAt = '', expiresAt = '' } = granted.status ?? {}
    assert.is(Date.parse(expiresAt) - Date.parse(startsAt), 3000)
    const copy = await waiting()
    await writeStatus(auth, copy, { decisions: [await seal(copy, signed).then(d => ({ ...d, narrowing }))] })
    const refused = await reached(world, copy.metadata.name, 'Failed')
    assert.match(why(refused, 'Approved'), /another request/)
    const first = `${bindingsOf(world, granted).length} binding for the first`
    const second = `${refused.status?.phase} and ${nothingWritten(world, copy)} for the second`
    await reached(world, request.metadata.name, 'Expired')
    await accounted(world, granted, 'Approved', 'Granted', 'Expired')
    return `${first}, ${second}`
  },
)

attack(test, 'whatever auth’s token was used for … foreign bindings as before, no secret seen', async () => {
  const seen = await noSecretSeen(world)
  return `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}, ${seen}`
})

test.run()
