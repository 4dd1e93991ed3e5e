// Policy writes with the header of Hallpass: each must be one that its request made. Anybody can set that header.
import * as assert from 'uvu/assert'
import { type PolicyWrite, policyWriteIn } from '../../../src/audit/around.ts'
import type { DriftReport } from '../../../src/audit/drift/drift.ts'
import { after } from '../../../src/domain/asking/duration.ts'
import { entriesOf } from '../../../src/domain/granting/removal-commands.ts'
import { expressionOf, titleOf } from '../../../src/domain/granting/policy.ts'
import { attack } from '../../attacks.ts'
import { noon } from '../../builders/history.ts'
import { suite } from '../../suite.ts'
import { client, eu, found, granted, say, uidOf } from './stage.ts'

const test = suite('drift, headers of policy writes')
const dana = granted(1)

type Delta = { action: string; role: string; member: string; condition?: object }
type Entry = { reason?: string; by?: string; at?: Date; deltas?: Delta[]; code?: number }

/** An entry of Google's log. */
function entry({
  reason = titleOf(uidOf(1)),
  by = 'mo@example.com',
  at = noon,
  deltas = [own()],
  code,
}: Entry = {}): unknown {
  return {
    logName: 'projects/prod-eu/logs/cloudaudit.googleapis.com%2Factivity',
    timestamp: at.toISOString(),
    insertId: 'abc',
    protoPayload: {
      serviceName: 'cloudresourcemanager.googleapis.com',
      methodName: 'SetIamPolicy',
      resourceName: eu,
      authenticationInfo: { principalEmail: by },
      requestMetadata: { requestAttributes: { reason } },
      status: code === undefined ? {} : { code },
      serviceData: { policyDelta: { bindingDeltas: deltas } },
    },
  }
}

/** What Hallpass added for Dana. */
function own(change: Partial<Delta> & { title?: string; expression?: string } = {}): Delta {
  const [first] = entriesOf(dana)
  if (!first) throw new Error('no entry')
  const { wanted } = first
  const { title = titleOf(uidOf(1)), expression = expressionOf(wanted), ...more } = change
  const condition = { title, description: wanted.description, expression }
  return { action: 'ADD', role: client, member: 'user:dana@example.com', condition, ...more }
}

function foundIn(...entries: unknown[]): DriftReport {
  return found([dana, granted(2, {}, { startsAt: undefined, expiresAt: undefined, grants: [] })], {
    bindings: before => before.filter(({ condition }) => condition?.title === titleOf(uidOf(1))),
    writes: entries.flatMap(one => policyWriteIn(one) ?? []),
  })
}

const wrote = (who = 'mo@example.com'): string => `${who} wrote the policy with this header, and`
const eve = 'user:eve@example.com'
const lies: Record<string, { entry: Entry; says: string }> = {
  'no such request': {
    entry: { reason: titleOf(uidOf(9)), deltas: [own({ title: titleOf(uidOf(9)) })] },
    says: `user:dana@example.com: ${wrote()} no request on record has this id`,
  },
  'no such request, and nothing that it changed': {
    entry: { reason: titleOf(uidOf(9)), deltas: [] },
    says: `: ${wrote()} no request on record has this id`,
  },
  'a request that was never approved': {
    entry: { reason: titleOf(uidOf(2)) },
    says: `user:dana@example.com: ${wrote()} that request was never approved`,
  },
  'another writer than the approver': {
    entry: { by: 'eve@example.com' },
    says: `user:dana@example.com: ${wrote('eve@example.com')} the approver was mo@example.com`,
  },
  'a second role under another title': {
    entry: { deltas: [own(), own({ role: 'roles/owner', title: 'something' })] },
    says: `user:dana@example.com: ${wrote()} it gave roles/owner to user:dana@example.com under another title`,
  },
  'another role under its title': {
    entry: { deltas: [own({ role: 'roles/owner' })] },
    says: `user:dana@example.com: ${wrote()} the request is for other roles or resources`,
  },
  'another person': {
    entry: { deltas: [own({ member: eve })] },
    says: `${eve}: ${wrote()} the request is of dana@example.com`,
  },
  'another condition': {
    entry: { deltas: [own({ expression: 'true' })] },
    says: `user:dana@example.com: ${wrote()} its condition is another one`,
  },
  'long after the end': {
    entry: { at: after(noon, 7200) },
    says: `user:dana@example.com: ${wrote()} it was written at another time than the grant`,
  },
  'somebody else’s entry taken out': {
    entry: { deltas: [own({ action: 'REMOVE', member: eve, title: 'other' })] },
    says: `${eve}: ${wrote()} it took ${client} from ${eve}, which Hallpass never does`,
  },
}
for (const [sentence, { entry: facts, says }] of Object.entries(lies))
  test(`a header with ${sentence} is found and named`, () => {
    const { findings } = foundIn(entry(facts))
    const [one, ...more] = findings
    assert.equal(more, [])
    assert.is(one && say(one), `claimed ${eu} ${says.startsWith(':') ? ' ' : `${roleIn(facts)} `}${says}`)
    assert.match(
      one?.command ?? '',
      /^gcloud logging read 'insertId="abc" AND timestamp="[^"]+"' --project=prod-eu --format=json$/,
    )
    assert.is(one?.since?.by, facts.by ?? 'mo@example.com')
  })

function roleIn({ deltas = [own()] }: Entry): string {
  return deltas.at(-1)?.role ?? ''
}

const honest: Record<string, Entry> = {
  'what the request wrote': {},
  'an entry of Hallpass that is taken out, with expired ones of other requests': {
    deltas: [own({ action: 'REMOVE' }), own({ action: 'REMOVE', title: titleOf(uidOf(5)), member: eve })],
  },
  'another header': { reason: 'INC-1234 by hand', deltas: [own({ member: eve, title: 'x' })] },
  'a header that is longer': { reason: `${titleOf(uidOf(9))} and more`, deltas: [own()] },
  'a write that Google refused': { reason: titleOf(uidOf(9)), code: 7 },
}
for (const [sentence, facts] of Object.entries(honest))
  test(`${sentence} is no finding`, () => assert.equal(foundIn(entry(facts)).findings, []))

test('a service account, which the log names by its number, is that of the request', () => {
  const account = '//iam.googleapis.com/projects/prod-eu/serviceAccounts/replay@prod-eu.iam.gserviceaccount.com'
  const role = 'roles/iam.serviceAccountTokenCreator'
  const ofAccount = granted(1, { grants: [{ resource: account, role }] })
  const logged = policyWriteIn(entry({ deltas: [own({ role })] }))
  const numbered = (deltas = logged?.changes ?? []): PolicyWrite[] => {
    const resource = '//iam.googleapis.com/projects/prod-eu/serviceAccounts/117'
    return logged ? [{ ...logged, resource, changes: deltas.map(one => ({ ...one, resource })) }] : []
  }
  assert.equal(found([ofAccount], { writes: numbered() }).findings, [])
  const other = numbered((logged?.changes ?? []).map(one => ({ ...one, role: 'roles/owner' })))
  assert.equal(found([ofAccount], { writes: other }).findings.length, 1)
})

test('the log says since when an entry is there, and who wrote it', () => {
  const { findings } = found([dana], {
    bindings: before => before.map(one => ({ ...one, members: ['user:dana@example.com', eve] })),
    writes: [
      policyWriteIn(entry({ reason: '', by: 'Root@example.com', at: after(noon, 90), deltas: [own({ member: eve })] })),
    ].flatMap(one => one ?? []),
  })
  assert.equal(
    findings.map(({ kind, since }) => [kind, since]),
    [['altered', { at: after(noon, 90), by: 'root@example.com' }]],
  )
})

attack(test, 'a header of our form in a log that only looks like Google’s … not read', async () => {
  const forged = { ...(entry({ reason: titleOf(uidOf(9)) }) as object), logName: 'projects/prod-eu/logs/mine' }
  return foundIn(forged).findings.length === 0 ? 'not read' : 'read'
})

test.run()
