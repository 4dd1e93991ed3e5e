// A liar who rewrites whole histories: every number, place and hash fits again. What Google signed and recorded does not.
import * as assert from 'uvu/assert'
import { readKeyRing } from '../../../src/audit/verify/key-ring.ts'
import { hashOf, toldIn, type ToldStep } from '../../../src/audit/verify/told.ts'
import { sha256 } from '../../../src/domain/approval/digest.ts'
import { Verification, type Verified } from '../../../src/audit/verify/verification.ts'
import { attacks } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { honestLog, inMemory, jwt, type Logged, newKey, uidOf } from './honest-log.ts'

const test = suite('a liar rewrites histories', { timeoutMs: 60_000 })
const key = newKey()
const ring = readKeyRing(JSON.stringify({ [key.kid]: key.pem }))

function verified(log: readonly Logged[]): Verified {
  const verification = new Verification({ ring }, inMemory)
  for (const entry of log) verification.push(entry)
  return verification.result()
}

/** Four hours, so that the evidence of the first requests must be there. */
const honest = honestLog(240, key)

test('before anything is rewritten, nothing is wrong', () => assert.equal(verified(honest).findings, []))

type Payload = { event?: string; seq?: number; request?: { uid?: string }; details?: Record<string, string> }
const of = (n: number, { jsonPayload }: Logged): boolean =>
  (jsonPayload as Payload | undefined)?.request?.uid === uidOf(n)
type Change = (payload: Payload & Record<string, unknown>) => Record<string, unknown>

/** The log in which every step of the nth request is changed, and its hashes are made to fit. */
function rewritten(n: number, change: Change): Logged[] {
  let previous = ''
  return structuredClone(honest).map(entry => {
    if (!of(n, entry) || entry.jsonPayload?.['seq'] === undefined) return entry
    const changed = { ...entry.jsonPayload, ...change(entry.jsonPayload), previous }
    const jsonPayload = JSON.parse(JSON.stringify(changed)) as Record<string, unknown>
    const step = toldIn({ ...entry, jsonPayload })
    previous = step === undefined || step === 'unreadable' ? '' : hashOf(step as ToldStep)
    return { ...entry, jsonPayload: { ...jsonPayload, hash: previous } }
  })
}

const inEvery =
  (fields: object): Change =>
  () => ({ ...fields })
const details =
  (is: (payload: Payload) => boolean, more: (known: Record<string, string>) => object): Change =>
  payload =>
    is(payload) ? { details: { ...payload.details, ...more(payload.details ?? {}) } } : {}
const hasTimes = ({ details: known }: Payload): boolean => known?.['expiresAt'] !== undefined
const isEvent = (event: string) => (payload: Payload) => payload.event === event
const detailsOf = (n: number, event: string): Record<string, string> => {
  const found = honest.find(entry => of(n, entry) && entry.jsonPayload?.['event'] === event)
  return (found?.jsonPayload as Payload | undefined)?.details ?? {}
}
const { evidence, nonce, salt } = detailsOf(2, 'Revoked')
/** The evidence of a person who signed in to something else, with a nonce that its owner chose. */
function otherClient(): Logged {
  const mine = honest.find(entry => of(0, entry) && entry.jsonPayload?.['event'] === 'Evidence')
  const [, claims = ''] = String(mine?.jsonPayload?.['idToken']).split('.')
  const signed = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
  const idToken = jwt({ alg: 'RS256', kid: key.kid }, { ...signed, aud: 'other-client' }, key)
  return {
    ...structuredClone(mine as Logged),
    jsonPayload: { ...mine?.jsonPayload, idToken, evidence: sha256(idToken) },
  }
}
/** The binding of one grant in another log than Google's. */
const inLog = (logName: string, log: Logged[]): Logged[] =>
  log.map(entry => (entry.insertId.startsWith(`google-${uidOf(5)}-ADD`) ? { ...entry, logName } : entry))

attacks<Logged[]>(
  test,
  {
    'a request is said to be for longer … altered': rewritten(
      0,
      details(hasTimes, () => ({ expiresAt: '2026-11-24T08:00:00Z' })),
    ),
    'a request is said to have had no hours or other hours … altered': rewritten(
      0,
      inEvery({ hours: { zone: 'UTC', spans: [{ from: '00:00', to: '12:00' }] } }),
    ),
    'a request is said to have been an emergency … altered': rewritten(0, inEvery({ emergency: true })),
    'a request is said to have had another reason … altered': rewritten(0, inEvery({ reason: 'INC-9' })),
    'two people are said to have had to approve … altered': rewritten(0, inEvery({ approval: { required: 2 } })),
    'a role is said to have been granted that was not asked for … altered': rewritten(
      0,
      details(hasTimes, () => ({ 'grant.0': 'Written roles/owner projects/prod-eu' })),
    ),
    'another person is said to have approved with them … altered': rewritten(
      0,
      details(hasTimes, () => ({ approvedBy: 'otto@example.com, mo@example.com' })),
    ),
    'an approval is said to have had no evidence … missing': rewritten(0, payload =>
      payload.event === 'Approved' ? { details: { rules: payload.details?.['rules'] ?? '' } } : {},
    ),
    'an approval without evidence is said to be of an earlier release … missing': rewritten(6, payload => ({
      schemaVersion: 1,
      ...(payload.event === 'Approved' ? { details: { ...payload.details, evidence: 'f'.repeat(64) } } : {}),
    })).filter(entry => !of(6, entry) || entry.jsonPayload?.['event'] !== 'Evidence'),
    'the sign-in of an early end is used for the approval … foreign': rewritten(
      2,
      details(isEvent('Approved'), () => ({ evidence, nonce, salt })),
    ),
    'an early end has no evidence … missing': rewritten(
      2,
      details(isEvent('Revoked'), () => ({ evidence: undefined })),
    ),
    "an early end is said to be the janitor's, who was not asked … missing": rewritten(
      2,
      details(isEvent('Revoked'), () => ({
        evidence: undefined,
        ending: 'done-1',
        wantedBy: 'dana@example.com',
        states: 'Removed Removed',
      })),
    ),
    'another janitor than the one that was asked ended it … missing': rewritten(8, payload =>
      payload.event === 'Revoked' ? { actor: 'other@hallpass-ops.iam.gserviceaccount.com' } : {},
    ),
    'the janitor was asked by another person than the holder … missing': rewritten(8, payload =>
      payload.event === 'RemovalAsked' ? { actor: 'ida@example.com' } : {},
    ),
    'the sign-in of an approval is used for the early end … foreign': rewritten(
      2,
      details(isEvent('Revoked'), () => {
        const approval = detailsOf(2, 'Approved')
        return { evidence: approval['evidence'], nonce: approval['nonce'], salt: approval['salt'] }
      }),
    ),
    'sign-ins for an OAuth client of somebody else are in the log … installations': [...honest, otherClient()],
    'the binding of a grant is only in a log that anybody can write … unwritten': inLog(
      'projects/prod-eu/logs/hallpass',
      honest,
    ),
  } as Record<`${string} … ${string}`, Logged[]>,
  log => {
    const kinds = new Set(verified(log).findings.map(({ kind }) => kind))
    return (
      (['foreign', 'missing', 'altered', 'unwritten', 'installations'] as const).find(kind => kinds.has(kind)) ??
      'nothing is found'
    )
  },
)

const unreadable: Record<string, Logged[]> = {
  'a time': rewritten(
    0,
    details(hasTimes, () => ({ expiresAt: 'soon' })),
  ),
  'the end of a review': rewritten(
    0,
    details(
      () => true,
      () => ({ reviewBy: 'soon' }),
    ),
  ),
  'the window of an approval': rewritten(1, inEvery({ approval: { window: 'a while' } })).filter(
    entry => !of(1, entry) || entry.jsonPayload?.['event'] !== 'Denied',
  ),
}
for (const [what, log] of Object.entries(unreadable))
  test(`an entry in which nobody can read ${what} does not end the check`, () => {
    assert.ok(verified(log).read.unreadable > 0)
  })

test('policy writes that do not say what they changed are counted', () => {
  const write = honest.find(({ protoPayload }) => protoPayload) as Logged
  const silent = { ...write, protoPayload: { ...write.protoPayload, serviceData: {} } }
  assert.is(verified([...honest, silent]).read.unreadableWrites, 1)
})

test.run()
