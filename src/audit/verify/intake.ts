// Takes the entries of a log, one by one. What belongs to a request is passed on; what concerns the whole log is noted here.
import { z } from 'zod'
import { fromAuditLog } from '../../domain/mapping/resources.ts'
import { activityLog } from '../activity-log.ts'
import { isUnreadable } from '../around.ts'
import type { Write } from './policy-writes.ts'
import { isLate } from './receipt.ts'
import {
  hashOf,
  nameOf,
  nameOfMapping,
  type Told,
  toldIn,
  type ToldEvidence,
  type ToldMapping,
  type ToldStep,
} from './told.ts'

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

/** A policy write that says in a header, which anybody can set, for which request it is. */
export type Claim = { at: string; by: string; resource: string }

/** Something about one request. `order`: when it came. `hash`: that of the step as it is. */
export type Kept = { uid: string; order: number } & (
  { step: ToldStep; hash: string } | { evidence: ToldEvidence } | { write: Write } | { claim: Claim }
)

/** What is known of the whole log. */
export class Intake {
  readonly read: Read = {
    entries: 0,
    requests: 0,
    evidence: 0,
    writes: 0,
    others: 0,
    unreadable: 0,
    unreadableWrites: 0,
    unreceived: 0,
  }
  readonly mappings: ToldMapping[] = []
  /** The installations, each with what its first entry is about. */
  readonly installations = new Map<string, string>()
  /** Since when Google's log has writes of a resource. */
  readonly covered = new Map<string, Date>()
  /** When the newest entry is from. */
  end = Number.NEGATIVE_INFINITY
  /** When the log first has an entry of a release that publishes evidence. */
  publishesSince = Number.POSITIVE_INFINITY
  late: Late | undefined
  #order = 0
  readonly #keep: (kept: Kept) => void

  constructor(keep: (kept: Kept) => void) {
    this.#keep = keep
  }

  /** One entry, of any system. */
  take(entry: unknown): void {
    this.read.entries++
    const told = toldIn(entry)
    if (told === 'unreadable') this.read.unreadable++
    else if (told) this.#takeTold(told)
    else this.#takeOther(entry)
  }

  #takeTold(told: Told): void {
    this.end = Math.max(this.end, Date.parse(told.timestamp))
    const { installation, receiveTimestamp } = told
    if (receiveTimestamp === undefined) this.read.unreceived++
    if (isLate(told)) this.late = { count: (this.late?.count ?? 0) + 1, first: this.late?.first ?? subjectOf(told) }
    if (installation !== undefined && !this.installations.has(installation))
      this.installations.set(installation, subjectOf(told))
    const order = this.#order++
    if ('mapping' in told) this.mappings.push(told)
    else if ('seq' in told) {
      if (told.schemaVersion >= 2) this.publishesSince = Math.min(this.publishesSince, Date.parse(told.at))
      this.#keep({ uid: told.request.uid, order, step: { ...told, message: '' }, hash: hashOf(told) })
    } else {
      this.read.evidence++
      this.#keep({ uid: told.request.uid, order, evidence: told })
    }
  }

  #takeOther(entry: unknown): void {
    const write = writeIn(entry)
    if (write) this.#takeWrite(write)
    else if (isUnreadable(entry)) this.read.unreadableWrites++
    else this.read.others++
  }

  #takeWrite({ timestamp, protoPayload }: PolicyWrite): void {
    const { serviceName, resourceName, authenticationInfo, requestMetadata, serviceData } = protoPayload
    const resource = fromAuditLog(serviceName, resourceName)
    const at = new Date(timestamp)
    const by = authenticationInfo.principalEmail.toLowerCase()
    const { reason } = requestMetadata.requestAttributes
    this.read.writes++
    this.end = Math.max(this.end, at.getTime())
    const since = this.covered.get(resource)
    if (!since || at < since) this.covered.set(resource, at)
    const claimed = uidIn(reason)
    if (claimed) this.#keep({ uid: claimed, order: this.#order++, claim: { at: timestamp, by, resource } })
    for (const { action, role, member, condition: said } of serviceData.policyDelta.bindingDeltas) {
      const uid = uidIn(said.title)
      if (!uid || (action !== 'ADD' && action !== 'REMOVE')) continue
      const write: Write = { action, at: timestamp, by, resource, role, member, ...said, reason }
      this.#keep({ uid, order: this.#order++, write })
    }
  }
}

function subjectOf(told: Told): string {
  return 'mapping' in told ? nameOfMapping(told) : nameOf(told)
}

function uidIn(title: string): string | undefined {
  return /^hallpass ([0-9a-f-]{36})$/.exec(title)?.[1]
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
    status: z.object({ code: z.literal(0).default(0) }).default({ code: 0 }),
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
type PolicyWrite = z.infer<typeof policyWrite>

/** The policy write that succeeded and says what it changed. Most entries are something else, and are not looked at closely. */
function writeIn(entry: unknown): PolicyWrite | undefined {
  if (entry === null || typeof entry !== 'object' || !('protoPayload' in entry)) return undefined
  return policyWrite.safeParse(entry).data
}
