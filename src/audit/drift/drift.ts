// Compares IAM policies, as they are now, with the record of Hallpass, and says everything that differs. Pure: the caller
// has read the policies, the record and, if it may, Google's log of policy writes.
import { setImmediate } from 'node:timers/promises'
import type { RoleMapping } from '../../api/kinds.ts'
import type { Looked } from '../looked.ts'
import type { Change, PolicyWrite } from '../around.ts'
import { judgeClaims } from './claimed.ts'
import type { Coverage } from './coverage.ts'
import { type Finding, sorted, type Standing, type Written } from './finding.ts'
import { hasGroups, judgeForeign } from './foreign.ts'
import type { Records } from './record.ts'
import { judgeTitled, type Uncovered } from './titled.ts'

/** Something that could not be read, and why: so the answer has a gap there. `resource`: whose policy it was. */
export type Unread = { what: string; why: string; resource?: string }

/** Everything that was read. */
export type Seen = {
  looked: readonly Looked[]
  records: Records
  coverage: Coverage
  mappings: readonly RoleMapping[]
  /** Policy writes of the last time, in any order; absent when they were not asked for. */
  writes?: readonly PolicyWrite[]
  unread: readonly Unread[]
  now: Date
}

/** The answer. */
export type DriftReport = {
  /** How many policies and policy writes were read, and how many requests of the record were compared. */
  policies: number
  writes: number | undefined
  requests: number
  findings: Finding[]
  standing: Standing[]
  unread: Unread[]
  /** What this answer does not cover: sentences. */
  notes: string[]
}

/** What one policy shows by itself. */
type Judged = { findings: Finding[]; standing: Standing[]; uncovered: Uncovered[] }

/** Compares everything that was read. */
export function compareWithRecord(seen: Seen): DriftReport {
  return reportOn(
    seen.looked.map(one => judgePolicy(one, seen)),
    seen,
  )
}

/** The same, so that other work goes on between two policies: a full one takes a while. */
export async function comparePatiently(seen: Seen): Promise<DriftReport> {
  const judged: Judged[] = []
  for (const one of seen.looked) {
    judged.push(judgePolicy(one, seen))
    await setImmediate()
  }
  return reportOn(judged, seen)
}

function judgePolicy(looked: Looked, seen: Seen): Judged {
  if (!('policy' in looked)) return { findings: [], standing: [], uncovered: [] }
  const { findings, uncovered } = judgeTitled(looked, seen)
  const foreign = judgeForeign(looked, seen.mappings, seen.now)
  return { findings: [...findings, ...foreign.findings], standing: foreign.standing, uncovered }
}

function reportOn(judged: readonly Judged[], seen: Seen): DriftReport {
  const { looked, writes } = seen
  const claims = judgeClaims(writes ?? [], seen)
  const findings = [...judged, claims].flatMap(one => one.findings)
  const uncovered = [...judged, claims].flatMap(one => one.uncovered)
  return {
    policies: looked.filter(one => 'policy' in one).length,
    writes: writes?.length,
    requests: seen.records.size,
    findings: sorted(findings.map(one => withSince(one, writes ?? []))),
    standing: judged.flatMap(one => one.standing),
    unread: [
      ...looked.flatMap(one => ('why' in one ? [unreadPolicy(one)] : [])),
      ...uncovered.map(({ resource, why }) => ({ what: `what the record says about "${resource}"`, why })),
      ...seen.unread,
    ],
    notes: notesOf(seen),
  }
}

function unreadPolicy({ resource, why }: { resource: string; why: string }): Unread {
  return { what: `the policy of "${resource}"`, why, resource }
}

function withSince(finding: Finding, writes: readonly PolicyWrite[]): Finding {
  if (finding.since) return finding
  const action = finding.kind === 'missing' ? 'REMOVE' : 'ADD'
  const change = newest(
    writes.flatMap(({ changes }) => changes).filter(one => one.action === action && isOf(one, finding)),
  )
  return change ? { ...finding, since: writtenBy(change) } : finding
}

function isOf(change: Change, { resource, role, member, title }: Finding): boolean {
  return change.resource === resource && change.role === role && change.member === member && change.title === title
}

function newest(changes: readonly Change[]): Change | undefined {
  return changes.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0]
}

function writtenBy({ at, by }: Change): Written {
  return { at: new Date(at), by }
}

function notesOf({ mappings, writes }: Seen): string[] {
  return [
    ...(writes
      ? []
      : ["Google's log of policy writes was not read, so no header was compared, and no finding says since when."]),
    ...(mappings.some(hasGroups)
      ? ['Who belongs to a group is not known here, so a person whom only a group may let ask is not called another.']
      : []),
    'What people have from above these resources, as members of groups, or by roles of no mapping is not compared.',
  ]
}
