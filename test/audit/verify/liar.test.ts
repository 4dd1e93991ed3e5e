// A liar who may write the log changes one thing, and each is found and named. An honest log gives no alarm.
import * as assert from 'uvu/assert'
import type { FindingKind } from '../../../src/audit/verify/finding.ts'
import { readKeyRing } from '../../../src/audit/verify/key-ring.ts'
import { Verification, type Verified } from '../../../src/audit/verify/verification.ts'
import { hashOfRules, toldIn, type ToldMapping } from '../../../src/audit/verify/told.ts'
import { sha256 } from '../../../src/domain/approval/digest.ts'
import { attacks } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { honestLog, inMemory, installation, janitor, jwt, type Logged, newKey, uidOf } from './honest-log.ts'

const test = suite('a liar changes the log', { timeoutMs: 60_000 })
const key = newKey()
const ring = readKeyRing(JSON.stringify({ [key.kid]: key.pem }))

function verified(log: readonly Logged[]): Verified {
  const verification = new Verification({ ring }, inMemory)
  for (const entry of log) verification.push(entry)
  return verification.result()
}

/** Twelve requests in two hours, and one a day later, so that the log goes on after their ends. */
const honest = honestLog(12, key)
const begin = '2026-11-23T08:00:00Z'
const later = { insertId: 'x', timestamp: '2026-11-25T08:00:00Z', jsonPayload: {} }
const lasting = [...honest, ...lateDenial()]

// A day later somebody asks and is refused, which shows that the log goes on.
function lateDenial(): Logged[] {
  return honestLog(2, key)
    .filter(({ jsonPayload }) => (jsonPayload?.['request'] as { uid?: string } | undefined)?.uid === uidOf(1))
    .map(entry => {
      const text = JSON.stringify(entry)
        .replaceAll(uidOf(1), uidOf(999))
        .replaceAll('prod-db-000000000001', 'prod-db-late')
      return JSON.parse(text.replaceAll('2026-11-23T', '2026-11-25T')) as Logged
    })
    .filter(({ jsonPayload }) => jsonPayload?.['seq'] === 1)
    .concat([])
}

/** The hash that an entry about a mapping must have. */
function hashOf(entry: Logged): string {
  return hashOfRules(toldIn(entry) as ToldMapping)
}

test('an honest log has nothing wrong, in any order, with repeats, and with entries of other systems in between', () => {
  const { findings, read } = verified(honest)
  assert.equal(findings, [])
  assert.equal([read.requests, read.unreadable], [12, 0])
  const mixed = [...honest, ...honest.slice(0, 40), later, { textPayload: 'hello' } as never, null as never]
  assert.equal(verified(mixed.toReversed()).findings, [])
})

test('edits so quick that no generation between them was seen are no gap', () => {
  let previous: string | undefined
  const skipped = honest.flatMap(entry => {
    const mapping = entry.jsonPayload?.['mapping'] as { generation: number; follows?: number } | undefined
    if (!mapping) return [entry]
    const times = { generation: mapping.generation * 3, ...(mapping.follows && { follows: mapping.follows * 3 }) }
    const jsonPayload = { ...entry.jsonPayload, mapping: { ...mapping, ...times }, ...(previous && { previous }) }
    previous = hashOf({ ...entry, jsonPayload })
    return [{ ...entry, jsonPayload: { ...jsonPayload, hash: previous } } as Logged]
  })
  assert.equal(verified(skipped).findings, [])
})

test('an honest log of 10,000 requests gives no alarm', () => {
  const { findings, read } = verified(honestLog(10_000, key))
  assert.equal(findings.slice(0, 3), [])
  assert.is(read.requests, 10_000)
})

test('what came late is told, and is not wrong', () => {
  const late = honest.map(entry =>
    entry.insertId === `${uidOf(3)}-0001` ? { ...entry, receiveTimestamp: '2026-11-25T09:00:00Z' } : entry,
  )
  const { findings, late: told } = verified(late)
  assert.equal(findings, [])
  assert.equal(told, { count: 1, first: `request hallpass/prod-db-000000000003 (${uidOf(3)})` })
})

test('evidence that an outage held back for two days is not forged while its certificate lasts', () => {
  const late = honest.map(entry =>
    entry.jsonPayload?.['event'] === 'Evidence' ? { ...entry, receiveTimestamp: '2026-11-25T12:00:00Z' } : entry,
  )
  assert.equal(verified(late).findings, [])
})

const isStep = (n: number, event: string) => (entry: Logged) =>
  entry.jsonPayload?.['event'] === event &&
  (entry.jsonPayload['request'] as { uid?: string } | undefined)?.uid === uidOf(n)
const isEvidence = (n: number) => isStep(n, 'Evidence')
const without = (is: (entry: Logged) => boolean) => (log: Logged[]) => log.filter(entry => !is(entry))
const changed =
  (is: (entry: Logged) => boolean, change: (payload: Record<string, unknown>) => object) =>
  (log: Logged[]): Logged[] =>
    log.map(entry =>
      is(entry) ? { ...entry, jsonPayload: { ...entry.jsonPayload, ...change(entry.jsonPayload ?? {}) } } : entry,
    )
const isGeneration =
  (generation: number) =>
  ({ jsonPayload }: Logged): boolean =>
    (jsonPayload?.['mapping'] as { generation?: number } | undefined)?.generation === generation
/** Changes the rules of a generation, and makes its own hash fit. */
const rehashed =
  (is: (entry: Logged) => boolean, change: (payload: Record<string, unknown>) => object) =>
  (log: Logged[]): Logged[] =>
    changed(is, jsonPayload => ({ hash: hashOf({ insertId: 'x', timestamp: begin, jsonPayload }) }))(
      changed(is, change)(log),
    )
const isRemoval = (n: number) => (entry: Logged) => entry.insertId.startsWith(`google-${uidOf(n)}-REMOVE`)
const find = (log: Logged[], is: (entry: Logged) => boolean): Logged => {
  const found = log.find(is)
  if (!found) throw new Error('not in the log')
  return found
}
const isWrite = (n: number) => (entry: Logged) => entry.insertId.startsWith(`google-${uidOf(n)}-ADD`)
/** An entry of Google about another member, writer or role. */
const rewritten = (entry: Logged, words: Record<string, string>): Logged =>
  JSON.parse(
    Object.entries(words).reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(entry)),
  ) as Logged

type Lie = (log: Logged[]) => Logged[]
/** A token that somebody else signs under the id of Google's key, with everything else as it should be. */
const forged = (payload: Record<string, unknown>): object => {
  const claims = JSON.parse(
    Buffer.from(String(payload['idToken']).split('.')[1] ?? '', 'base64url').toString(),
  ) as object
  const idToken = jwt({ alg: 'RS256', kid: key.kid }, claims, newKey())
  return { idToken, evidence: sha256(idToken) }
}

attacks<Lie>(
  test,
  {
    'an entry in the middle is taken out … missing': without(isStep(0, 'Routed')),
    'the approval is taken out … missing': without(isStep(0, 'Approved')),
    'the evidence of an approval is taken out … missing': without(isEvidence(0)),
    'an event is added after the end … altered': log => [
      ...log,
      { ...rewritten(find(log, isStep(1, 'Denied')), { '"seq":3': '"seq":4', '-0003"': '-0004"' }) },
    ],
    'a second event is put under the same number … added': log => [
      ...log,
      ...changed(
        () => true,
        () => ({ event: 'Withdrawn' }),
      )([find(log, isStep(1, 'Denied'))]),
    ],
    'who denied is changed … altered': changed(isStep(1, 'Denied'), () => ({ actor: 'otto@example.com' })),
    'who asked is changed in one entry … altered': changed(isStep(0, 'Granted'), () => ({
      requester: 'ida@example.com',
    })),
    'the role is changed in one entry … altered': changed(isStep(0, 'Granted'), () => ({
      grants: [{ resource: 'projects/prod-eu', role: 'roles/viewer' }],
    })),
    'an entry is moved to another time … moved': log =>
      log.map(entry => (isStep(0, 'Granted')(entry) ? { ...entry, timestamp: '2026-11-23T07:00:00.000Z' } : entry)),
    'an entry is moved to another request … moved': log =>
      log.map(entry => (isStep(1, 'Denied')(entry) ? { ...entry, insertId: `${uidOf(5)}-0003` } : entry)),
    'two events change places … altered': log =>
      log.map(entry => {
        const seq = isStep(0, 'Requested')(entry) ? 2 : isStep(0, 'Routed')(entry) ? 1 : undefined
        if (seq === undefined) return entry
        return { ...entry, insertId: `${uidOf(0)}-000${seq}`, jsonPayload: { ...entry.jsonPayload, seq } }
      }),
    'the end of a history is cut off … truncated': without(isStep(0, 'Expired')),
    'everything after the question is cut off … truncated': without(
      entry => isStep(1, 'Routed')(entry) || isStep(1, 'Denied')(entry),
    ),
    'the evidence is that of another request … foreign': log =>
      changed(isEvidence(0), () => {
        const { idToken, evidence, salt } = find(log, isEvidence(5)).jsonPayload ?? {}
        return { idToken, evidence, salt }
      })(log),
    'the evidence of another request is used for this one too … replayed': log =>
      changed(isStep(0, 'Approved'), payload => ({
        details: { ...(payload['details'] as object), evidence: find(log, isEvidence(5)).jsonPayload?.['evidence'] },
      }))(log),
    'one sign-in counts as two approvals of the same request … replayed': log => {
      const approved = find(log, isStep(0, 'Approved')).jsonPayload?.['details'] as object
      return changed(isStep(0, 'Granted'), ({ details }) => ({ details: { ...(details as object), ...approved } }))(log)
    },
    'the requester is said to have signed … self': changed(
      entry => (entry.jsonPayload?.['request'] as { uid?: string } | undefined)?.uid === uidOf(0),
      () => ({ requester: 'mo@example.com' }),
    ),
    'the evidence is under a forged certificate … forged': changed(isEvidence(0), forged),
    'the evidence is under a key that is in the export alone … forged': changed(isEvidence(0), payload => {
      const other = newKey('key-two')
      const claims = JSON.parse(
        Buffer.from(String(payload['idToken']).split('.')[1] ?? '', 'base64url').toString(),
      ) as object
      const idToken = jwt({ alg: 'RS256', kid: 'key-two' }, claims, other)
      return { idToken, evidence: sha256(idToken), keys: { 'key-two': other.pem } }
    }),
    'the evidence has no signature … forged': changed(isEvidence(0), payload => {
      const [, body] = String(payload['idToken']).split('.')
      const idToken = `${Buffer.from('{"alg":"none","kid":"key-one"}').toString('base64url')}.${body}.`
      return { idToken, evidence: sha256(idToken) }
    }),
    'the role in the signed spec is changed … foreign': changed(isEvidence(0), payload => ({
      spec: String(payload['spec']).replace('roles/', 'roles/x.'),
    })),
    'the comment of the approver is changed … foreign': changed(isEvidence(0), () => ({ comment: 'for a week' })),
    'another person is said to have signed … altered': changed(isEvidence(0), () => ({ actor: 'otto@example.com' })),
    'the rules were others for one approval … flipped': log => {
      const first = log.filter(({ jsonPayload }) => jsonPayload?.['event'] === 'MappingChanged')
      const rules = first.map(({ jsonPayload }) => jsonPayload?.['rules'])
      return changed(
        entry => entry === first[2],
        () => ({ rules: rules[0] }),
      )(log)
    },
    'a generation of the mapping is taken out … missing': without(isGeneration(2)),
    'the rules of a generation are changed … altered': changed(isGeneration(2), () => ({ grants: [] })),
    'the rules of a generation are changed, with a hash that fits … altered': rehashed(isGeneration(2), () => ({
      message: 'x',
    })),
    'a generation is taken out, and the next one follows the one before … missing': log =>
      rehashed(isGeneration(3), ({ mapping }) => ({ mapping: { ...(mapping as object), follows: 1 } }))(
        without(isGeneration(2))(log),
      ),
    'the hash of a generation is taken out … altered': changed(isGeneration(3), () => ({ hash: undefined })),
    'a generation is said to be of a release without hashes … altered': changed(isGeneration(2), () => ({
      hash: undefined,
      schemaVersion: 2,
      at: '2026-11-23T08:00:01Z',
    })),
    "the janitor's removal is not in Google's log … unwritten": without(isRemoval(8)),
    'somebody else removed what the janitor is said to have removed … unwritten': log =>
      log.map(entry => (isRemoval(8)(entry) ? rewritten(entry, { [janitor]: 'otto@example.com' }) : entry)),
    'a removal came later than the early end … unwritten': log =>
      log.map(entry => (isRemoval(2)(entry) ? { ...entry, timestamp: '2026-11-23T08:20:00.000Z' } : entry)),
    'an entry was received before it happened … moved': log =>
      log.map(entry =>
        isStep(1, 'Denied')(entry) ? { ...entry, receiveTimestamp: '2026-11-23T07:55:00.000Z' } : entry,
      ),
    'evidence came when Google had given up its key … forged': log =>
      log.map(entry => (isEvidence(0)(entry) ? { ...entry, receiveTimestamp: '2027-11-23T08:00:00.000Z' } : entry)),
    'a binding has the title of no request … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(0)), { [uidOf(0)]: uidOf(777) }),
    ],
    'a binding is for another person than asked … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(0)), { 'user:dana@example.com': 'user:ida@example.com' }),
    ],
    'a binding was written by another person than approved … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(0)), { 'mo@example.com': 'ida@example.com' }),
    ],
    'a binding is for another time than approved … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(0)), { '2026-11-23T08:30:45Z': '2027-11-23T08:30:45Z' }),
    ],
    'a binding opens two hours before the hours that were approved … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(5)), { '>= 22': '>= 20' }),
    ],
    'a binding opens earlier on each of several days … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(6)), { '>= 22': '>= 20' }),
    ],
    'the hours are taken out of the entries … unbacked': changed(
      entry => (entry.jsonPayload?.['request'] as { uid?: string } | undefined)?.uid === uidOf(5),
      () => ({ hours: undefined }),
    ),
    'a write claims in its header to be for a request that nobody asked … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(0)), { [uidOf(0)]: uidOf(778), '"title":"hallpass ': '"title":"other ' }),
    ],
    'a binding is taken out while the access runs … unbacked': log => [
      ...log,
      rewritten(find(log, isWrite(0)), { '"action":"ADD"': '"action":"REMOVE"' }),
    ],
    'a grant is said that Google never wrote … unwritten': without(isWrite(5)),
    'entries of another cluster are in the log … installations': log => [
      ...log,
      rewritten(find(log, isStep(1, 'Requested')), {
        [uidOf(1)]: uidOf(800),
        [installation]: 'https://other.example.com',
      }),
    ],
    'a copy of the cluster goes on under the same uid … added': log => [
      ...log,
      ...changed(
        () => true,
        () => ({ event: 'Withdrawn', installation: 'https://copy.example.com' }),
      )([find(log, isStep(1, 'Denied'))]),
    ],
  },
  lie => {
    const { findings } = verified(lie(structuredClone(lasting)))
    const before = verified(lasting).findings.map(({ why }) => why)
    const fresh = findings.filter(({ why }) => !before.includes(why))
    const kinds = new Set<FindingKind>(fresh.map(({ kind }) => kind))
    return expectedOf(kinds)
  },
)

/** The kind that says most; others may follow from it. */
function expectedOf(kinds: ReadonlySet<FindingKind>): string {
  const order: FindingKind[] = [
    'self',
    'forged',
    'foreign',
    'replayed',
    'flipped',
    'unbacked',
    'unwritten',
    'added',
    'installations',
    'missing',
    'moved',
    'reordered',
    'altered',
    'truncated',
  ]
  return order.find(kind => kinds.has(kind)) ?? 'nothing is found'
}

test.run()
