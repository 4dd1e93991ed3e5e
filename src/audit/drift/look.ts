// Reads everything that is compared, and looks a second time at what may only seem different because something changed
// between two reads. What both looks show is told.
import type { RoleMapping } from '../../api/kinds.ts'
import { uidOfOurs } from '../../domain/granting/policy.ts'
import type { Looked } from '../looked.ts'
import type { PolicyWrite } from '../around.ts'
import { uidClaimed } from './claimed.ts'
import type { Coverage } from './coverage.ts'
import { comparePatiently, type DriftReport, type Unread } from './drift.ts'
import { type DriftKind, type Finding, keyOf } from './finding.ts'
import type { Records } from './record.ts'

/** Where everything is read. Each call reads again; none changes anything. */
export type DriftWorld = {
  mappings: readonly RoleMapping[]
  resources: readonly string[]
  /** The policies of these resources, or why one was not read. */
  policies(resources: readonly string[]): Promise<Looked[]>
  /** Policy writes of the last time; absent when they are not to be read. */
  writes?: () => Promise<{ writes: PolicyWrite[]; unread: Unread[] }>
  /** The requests of these uids, and all by which access is in force. */
  records(uids: ReadonlySet<string>): Promise<{ records: Records; coverage: Coverage }>
  /** What could not be read before. */
  unread?: readonly Unread[]
  now(): Date
}

/** A grant or an end that is under way can seem to be one of these. */
const maybePassing: readonly DriftKind[] = ['altered', 'unbacked', 'missing']

/** The answer. Rejects when the record cannot be read. */
export async function lookForDrift(world: DriftWorld): Promise<DriftReport> {
  const { report } = await look(world, world.resources)
  const doubted = report.findings.filter(({ kind }) => maybePassing.includes(kind))
  if (doubted.length === 0) return report
  const { writes: _, ...withoutLog } = world
  const second = await look(withoutLog, [...new Set(doubted.map(({ resource }) => resource))])
  const again = new Set(second.report.findings.map(keyOf))
  // A policy that could not be read again denies nothing.
  const isDenied = (one: Finding): boolean => second.read.has(one.resource) && !again.has(keyOf(one))
  return {
    ...report,
    findings: report.findings.filter(one => !doubted.includes(one) || !isDenied(one)),
    unread: distinct([...report.unread, ...second.report.unread]),
  }
}

type Look = { report: DriftReport; read: ReadonlySet<string> }

async function look(world: DriftWorld, resources: readonly string[]): Promise<Look> {
  const looked = await world.policies(resources)
  const logged = await world.writes?.()
  const uids = new Set([...looked.flatMap(uidsIn), ...(logged?.writes ?? []).flatMap(write => uidClaimed(write) ?? [])])
  const { records, coverage } = await world.records(uids)
  const unread = [...(world.unread ?? []), ...(logged?.unread ?? [])]
  const { mappings } = world
  const seen = { looked, records, coverage, mappings, unread, now: world.now() }
  const read = new Set(looked.flatMap(one => ('policy' in one ? [one.resource] : [])))
  return { report: await comparePatiently({ ...seen, ...(logged && { writes: logged.writes }) }), read }
}

function uidsIn(looked: Looked): string[] {
  return 'policy' in looked ? (looked.policy.bindings ?? []).flatMap(binding => uidOfOurs(binding) ?? []) : []
}

function distinct(unread: readonly Unread[]): Unread[] {
  return [...new Map(unread.map(one => [JSON.stringify(one), one])).values()]
}
