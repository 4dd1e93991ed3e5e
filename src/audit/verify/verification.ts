// Checks a whole log: takes entries in any order, and says at the end what is wrong. It holds what it must compare, and
// forgets entries of other systems.
import { z } from 'zod'
import { fromAuditLog } from '../../domain/mapping/resources.ts'
import { checkEndings } from './endings.ts'
import { checkEvidence, clientsIn, lackingEvidence, otherApprovers, replayed, type Trusted } from './evidence.ts'
import { activityLog } from '../activity-log.ts'
import { isUnreadable } from '../around.ts'
import type { Finding } from './finding.ts'
import { checkHistory } from './history.ts'
import { checkMappings } from './mappings.ts'
import { checkWrites, unwritten, type Write } from './policy-writes.ts'
import { isLate, receivedBefore } from './receipt.ts'
import { nameOf, nameOfMapping, type Told, toldIn, type ToldEvidence, type ToldMapping, type ToldStep } from './told.ts'

/** What was read. */
export type Read = {
  entries: number
  requests: number
  evidence: number
  writes: number
  others: number
  unreadable: number
  /** Policy writes that do not say what they changed. */
  unreadableWrites: number
  /** Entries of Hallpass that do not say when the log received them. */
  unreceived: number
}

/** Entries that the log received more than a day after they were due. `first`: what the first of them is about. */
export type Late = { count: number; first: string }

/**
 * The result: what was read, until when the log goes, the OAuth clients of the sign-ins, entries that came late, and everything
 * that is wrong.
 */
export type Verified = { read: Read; end: Date | undefined; clients: string[]; late?: Late; findings: Finding[] }

type Request = { steps: ToldStep[]; evidence: ToldEvidence[]; writes: Write[] }

/** A check of one log. `trusted`: what counts, besides what the log says of itself. */
export class Verification {
  readonly #trusted: Trusted
  readonly #requests = new Map<string, Request>()
  readonly #mappings: ToldMapping[] = []
  readonly #installations = new Map<string, string>()
  readonly #covered = new Map<string, Date>()
  readonly #read: Read = {
    entries: 0,
    requests: 0,
    evidence: 0,
    writes: 0,
    others: 0,
    unreadable: 0,
    unreadableWrites: 0,
    unreceived: 0,
  }
  /** Policy writes that say in a header, which anybody can set, for which request they are. */
  readonly #claims: { uid: string; at: string; by: string; resource: string }[] = []
  #end = Number.NEGATIVE_INFINITY
  #late: Late | undefined
  /** When the log first has an entry of a release that publishes evidence. */
  #publishesSince = Number.POSITIVE_INFINITY

  constructor(trusted: Trusted) {
    this.#trusted = trusted
  }

  /** One entry, of any system. */
  push(entry: unknown): void {
    this.#read.entries++
    const told = toldIn(entry)
    if (told === 'unreadable') this.#read.unreadable++
    else if (told) this.#take(told)
    else if (isUnreadable(entry)) this.#read.unreadableWrites++
    else if (!this.#takeWrite(entry)) this.#read.others++
  }

  /** What is wrong. `end`: until when the log goes, if not until its newest entry. */
  result(end = new Date(this.#end)): Verified {
    const findings: Finding[] = []
    const approvals: ToldStep[] = []
    const uses = new Map<string, { uids: Set<string>; about: string }>()
    for (const [uid, { steps: told, evidence, writes }] of this.#requests) {
      const all = [...told, ...evidence]
      const [one] = all
      if (one) findings.push(...receivedBefore(all, nameOf(one)))
      const { steps: hashed, findings: found } = checkHistory(told, end)
      const steps = hashed.map(({ step }) => step)
      approvals.push(...steps.filter(({ event }) => event === 'Approved' || event === 'ApprovalCounted'))
      const isWhole = !found.some(({ kind }) => kind === 'missing' || kind === 'truncated')
      findings.push(...found, ...checkEvidence(onceEach(evidence), { steps, isWhole }, this.#trusted))
      const span = { publishes: new Date(this.#publishesSince), end }
      findings.push(...lackingEvidence(steps, evidence, span), ...this.#writes(writes, steps))
      if (isWhole) findings.push(...otherApprovers(steps))
      for (const one of [...evidence, ...steps]) this.#note(uses, uid, one)
    }
    findings.push(...replayed([...uses].map(([hash, { uids, about }]) => [hash, uids, about] as const)))
    for (const one of this.#mappings) findings.push(...receivedBefore([one], nameOfMapping(one)))
    findings.push(...checkMappings(this.#mappings, approvals), ...this.#several(), ...this.#unclaimed())
    const clients = clientsIn([...this.#requests.values()].flatMap(({ evidence }) => evidence))
    if (clients.size > 1 && !this.#trusted.clients) findings.push(severalClients(clients))
    const read = {
      ...this.#read,
      requests: [...this.#requests.values()].filter(({ steps }) => steps.length > 0).length,
    }
    return {
      read,
      end: Number.isFinite(this.#end) ? end : undefined,
      clients: [...clients.keys()],
      ...(this.#late && { late: this.#late }),
      findings,
    }
  }

  #take(told: Told): void {
    this.#end = Math.max(this.#end, Date.parse(told.timestamp))
    const { installation, receiveTimestamp } = told
    if (receiveTimestamp === undefined) this.#read.unreceived++
    if (isLate(told)) this.#late = { count: (this.#late?.count ?? 0) + 1, first: this.#late?.first ?? subjectOf(told) }
    if (installation !== undefined && !this.#installations.has(installation))
      this.#installations.set(installation, subjectOf(told))
    if ('mapping' in told) this.#mappings.push(told)
    else if ('seq' in told) this.#takeStep(told)
    else {
      this.#read.evidence++
      this.#of(told.request.uid).evidence.push(told)
    }
  }

  #takeStep(told: ToldStep): void {
    if (told.schemaVersion >= 2) this.#publishesSince = Math.min(this.#publishesSince, Date.parse(told.at))
    this.#of(told.request.uid).steps.push(told)
  }

  #of(uid: string): Request {
    const known = this.#requests.get(uid)
    if (known) return known
    const fresh: Request = { steps: [], evidence: [], writes: [] }
    this.#requests.set(uid, fresh)
    return fresh
  }

  #takeWrite(entry: unknown): boolean {
    const { data } = policyWrite.safeParse(entry)
    if (!data || data.protoPayload.status.code !== 0) return false
    const { serviceName, resourceName, authenticationInfo, requestMetadata, serviceData } = data.protoPayload
    const resource = fromAuditLog(serviceName, resourceName)
    this.#read.writes++
    this.#end = Math.max(this.#end, Date.parse(data.timestamp))
    const since = this.#covered.get(resource)
    const at = new Date(data.timestamp)
    if (!since || at < since) this.#covered.set(resource, at)
    const by = authenticationInfo.principalEmail.toLowerCase()
    const { reason } = requestMetadata.requestAttributes
    const claimed = uidIn(reason)
    if (claimed) this.#claims.push({ uid: claimed, at: data.timestamp, by, resource })
    for (const { action, role, member, condition } of serviceData.policyDelta.bindingDeltas) {
      const uid = uidIn(condition.title)
      if (uid && (action === 'ADD' || action === 'REMOVE'))
        this.#of(uid).writes.push({ action, at: data.timestamp, by, resource, role, member, ...condition, reason })
    }
    return true
  }

  #writes(writes: readonly Write[], steps: readonly ToldStep[]): Finding[] {
    return [...checkWrites(writes, steps), ...unwritten(steps, writes, this.#covered), ...checkEndings(steps, writes)]
  }

  #note(uses: Map<string, { uids: Set<string>; about: string }>, uid: string, one: ToldEvidence | ToldStep): void {
    const hash = 'seq' in one ? one.details['evidence'] : one.evidence
    if (hash === undefined) return
    const use = uses.get(hash) ?? { uids: new Set<string>(), about: nameOf(one) }
    use.uids.add(uid)
    uses.set(hash, use)
  }

  #unclaimed(): Finding[] {
    return this.#claims.flatMap(({ uid, at, by, resource }) => {
      const known = this.#requests.get(uid)
      if (known && (known.steps.length > 0 || known.writes.length > 0)) return []
      const why = `${by} wrote it at ${at} for request ${uid}, which this log does not have`
      return [{ kind: 'unbacked' as const, about: `the policy of ${resource}`, why }]
    })
  }

  #several(): Finding[] {
    if (this.#installations.size < 2) return []
    const named = [...this.#installations].map(([address, first]) => `${address} (${first})`).join(' and ')
    return [{ kind: 'installations', about: 'the log', why: `it has entries of ${named}` }]
  }
}

function subjectOf(told: Told): string {
  return 'mapping' in told ? nameOfMapping(told) : nameOf(told)
}

function severalClients(clients: ReadonlyMap<string, string>): Finding {
  const named = [...clients].map(([client, first]) => `"${client}" (${first})`).join(' and ')
  return { kind: 'installations', about: 'the log', why: `it has sign-ins for several OAuth clients: ${named}` }
}

function uidIn(title: string): string | undefined {
  return /^hallpass ([0-9a-f-]{36})$/.exec(title)?.[1]
}

// A repeat is the same entry.
function onceEach(evidence: readonly ToldEvidence[]): ToldEvidence[] {
  return [...new Map(evidence.map(one => [JSON.stringify(one), one])).values()]
}

// https://cloud.google.com/logging/docs/reference/audit/bigquery/rest/Shared.Types/BindingDelta
const condition = z.object({ title: z.string().default(''), expression: z.string().default('') })
const policyWrite = z.object({
  logName: activityLog,
  timestamp: z.iso.datetime({ offset: true }),
  protoPayload: z.object({
    serviceName: z.string().default(''),
    methodName: z.string().regex(/[sS]etI(am|AM)(Policy|Permissions)$/),
    resourceName: z.string(),
    authenticationInfo: z.object({ principalEmail: z.string().default('') }).default({ principalEmail: '' }),
    requestMetadata: z
      .object({ requestAttributes: z.object({ reason: z.string().default('') }).default({ reason: '' }) })
      .default({ requestAttributes: { reason: '' } }),
    status: z.object({ code: z.int().default(0) }).default({ code: 0 }),
    serviceData: z.object({
      policyDelta: z.object({
        bindingDeltas: z
          .array(
            z.object({
              action: z.string(),
              role: z.string(),
              member: z.string(),
              condition: condition.default({ title: '', expression: '' }),
            }),
          )
          .default([]),
      }),
    }),
  }),
})
