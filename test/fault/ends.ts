// What must be true at the end of every story, after any crash.
import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { Cluster } from '../../src/sandbox/cluster.ts'
import type { Installation } from './installation.ts'
import { alertsOf, messagesOf, toldOf } from './scene.ts'

/** The end of a story. */
export type End = {
  phase: string
  events: readonly string[]
  told: readonly RegExp[]
  bindings: number
  /** Whether no message could be posted, so that the requester is told directly. */
  isSilent?: boolean
  /** How often PagerDuty called somebody; never unless given. */
  pages?: number
  /** How many alerts there are in the second channel. */
  alerts?: number
}

const asked = ['Requested', 'Routed']
const denied = { phase: 'Denied', events: [...asked, 'Denied'], told: [/was denied by/], bindings: 0 }
const granted = {
  phase: 'Expired',
  events: [...asked, 'Approved', 'GrantStarted', 'Granted', 'Expired'],
  told: [/you have prod-db(-limited|-together|-bucket|-grouped)? until/, /has ended/],
  bindings: 2,
}
/** Every end there is, by name. */
export const ends = {
  granted,
  'ended early': {
    phase: 'Revoked',
    events: [...asked, 'Approved', 'GrantStarted', 'Granted', 'Revoked'],
    told: [/you have prod-db until/, /is done with prod-db\./, /was ended early by mo@example\.com/],
    bindings: 0,
  },
  'limited in sequence': granted,
  'granted on a bucket': { ...granted, bindings: 1 },
  'granted by groups': granted,
  // Google gives one answer for a person who is in no group and for an entry that may not be seen.
  'granted by groups after a refusal': { ...granted, events: [...asked, 'AttemptRefused', ...granted.events.slice(2)] },
  'granted by two': {
    ...granted,
    events: [...asked, 'ApprovalCounted', 'Approved', 'GrantStarted', 'Granted', 'Expired'],
  },
  'asked on the web': granted,
  emergency: {
    ...granted,
    events: [
      'Requested',
      'EmergencyRequested',
      'Routed',
      'Approved',
      'GrantStarted',
      'Granted',
      'Expired',
      'ReviewAsked',
      'Reviewed',
    ],
    alerts: 1,
  },
  denied,
  'denied on the web': denied,
  // A press of Approve decides nothing and is no event.
  'looked at': denied,
  paged: { ...denied, events: [...asked, 'Paged', 'Denied'], told: [/was denied by/], pages: 1 },
  // PagerDuty took an event after the page was resolved.
  'paged again': { ...denied, events: [...asked, 'Paged', 'Denied'], pages: 2 },
  'page never taken': { ...denied, events: [...asked, 'Paged', 'Denied'] },
  'not paged': {
    ...denied,
    events: [...asked, 'Paged', 'NotPaged', 'Denied'],
    told: [/nobody could be paged for your request for prod-db-paged\. .*can still decide/, /was denied by/],
  },
  'timed out': { phase: 'TimedOut', events: [...asked, 'TimedOut'], told: [/got no answer/], bindings: 0 },
  'nobody asked': {
    phase: 'TimedOut',
    events: ['Requested', 'TimedOut'],
    told: [/Nobody could be asked within 10s: PagerDuty does not answer\./],
    bindings: 0,
    isSilent: true,
  },
  'not posted': {
    phase: 'TimedOut',
    events: [...asked, 'TimedOut'],
    told: [/the message that asks them could not be posted in Slack\./],
    bindings: 0,
    isSilent: true,
  },
  'denied after the fallback was asked': {
    phase: 'Denied',
    events: ['Requested', 'Routed', 'Routed', 'Denied'],
    told: [/was denied by/],
    bindings: 0,
  },
  'never known': {
    phase: 'Expired',
    events: [...asked, 'Approved', 'GrantStarted', 'GrantInDoubt', 'Expired'],
    told: [/access to prod-db has ended, if you had it: Google never confirmed it for projects\/prod-eu/],
    bindings: 0,
  },
  'in doubt': {
    phase: 'Expired',
    events: [...asked, 'Approved', 'GrantStarted', 'GrantInDoubt', 'Expired'],
    told: [/may hold/, /access to prod-db has ended, if you had it/],
    // One write puts in all roles of a policy, so the one without an answer has put in both.
    bindings: 2,
  },
} satisfies Record<string, End>
export type EndName = keyof typeof ends

/** Throws what is not as promised, when `seconds` of access were asked for. */
export function check(
  installation: Installation,
  { end: name, seconds }: { end: EndName; seconds: number },
  made: readonly AccessRequest[],
): void {
  const end: End = ends[name]
  const [request] = made
  assert.is(made.length, 1, 'one request')
  if (!request) return
  const { status = {}, metadata } = request
  assert.is(status.phase, end.phase, `it is ${status.phase}: ${JSON.stringify(status.conditions)}`)
  assert.is(status.settled, true, 'settled')
  assert.equal(metadata.finalizers ?? [], [], 'released')
  checkBindings(installation, request, { ...end, seconds })
  checkPeople(installation, request, end)
  assert.is(alertsOf(installation, metadata.uid).length, end.alerts ?? 0, 'one living alert')
  checkLog(installation, metadata.uid, end)
  checkEvidence(installation, request)
  checkPages(installation, metadata.uid, end)
}

function checkBindings(
  { google }: Installation,
  { metadata, spec, status = {} }: AccessRequest,
  { bindings, seconds, events }: End & { seconds: number },
): void {
  const isSure = events.includes('Granted') && bindings > 0
  const { startsAt = '', expiresAt = '' } = status
  const own = (google.policies.read(spec.grants[0]?.resource ?? '')?.bindings ?? []).filter(({ condition }) =>
    condition?.title?.includes(metadata.uid),
  )
  const roles = own.map(({ role }) => role)
  assert.is(own.length, bindings, `one binding per grant, not ${roles.join(', ') || 'none'}`)
  assert.is(new Set(roles).size, bindings, 'each role once')
  for (const { members, condition } of own) {
    assert.equal(members, ['user:dana@example.com'])
    assert.is(
      condition?.expression,
      `request.time >= timestamp("${startsAt}") && request.time < timestamp("${expiresAt}")`,
      'the promised times',
    )
  }
  if (bindings > 0) assert.is(Date.parse(expiresAt) - Date.parse(startsAt), seconds * 1000, 'the promised length')
  if (isSure) for (const { state } of status.grants ?? []) assert.is(state, 'Written')
}

function checkPeople(installation: Installation, request: AccessRequest, { told, isSilent }: End): void {
  const [message, ...others] = messagesOf(installation, request.metadata.uid)
  if (isSilent) {
    assert.not.ok(message, 'no message')
    return checkTold(told, toldOf(installation, request))
  }
  assert.ok(message, 'a message')
  assert.is(others.length, 0, 'one living message')
  assert.not.match(
    JSON.stringify(message?.blocks),
    /"action_id":"(approve|deny|done|revoke)"/,
    'nothing is left to press',
  )
  checkTold(told, toldOf(installation, request))
}

function checkPages({ events }: Installation, uid: string, { pages = 0 }: End): void {
  const alerts = events.alerts.all.filter(({ dedupKey }) => dedupKey === `hallpass-${uid}`)
  assert.equal(
    alerts.map(({ status }) => status),
    Array.from({ length: pages }, () => 'resolved'),
    'one page for each request that nobody answered, resolved',
  )
}

function checkTold(told: readonly RegExp[], said: readonly { text: string }[]): void {
  for (const news of told) {
    const times = said.filter(({ text }) => news.test(text)).length
    assert.ok(times === 1 || times === 2, `told ${String(news)} ${times} times`)
  }
}

function checkLog({ google }: Installation, uid: string, { events }: End): void {
  const entries = google.logs
    .entries()
    .filter(({ insertId }) => insertId.startsWith(uid) && !insertId.includes('-evidence-'))
  const distinct = new Map(
    entries.map(({ insertId, jsonPayload }) => [insertId, jsonPayload as Record<string, unknown>]),
  )
  for (const { insertId, jsonPayload } of entries)
    assert.equal(jsonPayload, distinct.get(insertId), 'a repeated entry says the same')
  const inOrder = [...distinct.values()].sort((a, b) => Number(a['seq']) - Number(b['seq']))
  assert.equal(
    inOrder.map(entry => entry['event']),
    events,
    'each event once',
  )
  assert.equal(
    inOrder.map(entry => entry['seq']),
    events.map((_, i) => i + 1),
    'no gap in the audit trail',
  )
}

// Each sign-in that was stored has its own entry, with the token that its hash is of.
function checkEvidence({ google }: Installation, { metadata, status = {} }: AccessRequest): void {
  const { decisions = [], endings = [], reviews = [] } = status
  const stored = [...decisions, ...endings, ...reviews].flatMap(({ evidence }) => (evidence ? [evidence.hash] : []))
  const tokens = google.logs
    .entries()
    .filter(({ insertId }) => insertId.startsWith(`${metadata.uid}-evidence-`))
    .map(({ jsonPayload }) => String(jsonPayload?.['idToken']))
  const published = new Set(tokens.map(token => createHash('sha256').update(token).digest('hex')))
  assert.equal([...published].toSorted(), stored.toSorted(), 'each evidence is published')
  assert.ok(
    (status.evidence ?? []).every(({ state }) => state === 'Published'),
    'no evidence is lost',
  )
}

/** Names of the sealed tokens of these requests that are still there. */
export async function tokensLeft({ transport }: Cluster, uids: ReadonlySet<string>): Promise<string[]> {
  const path = '/api/v1/namespaces/hallpass-tokens/secrets'
  const { items } = await transport.request<{ items: { metadata: { name: string } }[] }>({
    method: 'GET',
    path,
  })
  return items.map(({ metadata }) => metadata.name).filter(name => [...uids].some(uid => name.includes(`token-${uid}`)))
}
