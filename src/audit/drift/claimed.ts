// Policy writes that say in their header that they are for a request of Hallpass. Anybody can set that header, so each is
// joined with its request by uid, writer and what it changed.
import { isUidTitle, titleOf } from '../../domain/granting/policy.ts'
import { quoted } from '../../domain/granting/policy-command.ts'
import type { Change, PolicyWrite } from '../around.ts'
import { refuseUnbacked } from '../backing.ts'
import { all, quoted as inFilter } from '../log-filters.ts'
import { outsideOf } from './coverage.ts'
import type { Finding } from './finding.ts'
import type { Recorded } from './record.ts'
import { requestOf, type Uncovered, type Witness } from './titled.ts'

/** The uid in the header of a write; undefined for every other header. */
export function uidClaimed({ reason }: Pick<PolicyWrite, 'reason'>): string | undefined {
  return isUidTitle(reason) ? reason.slice(titleOf('').length) : undefined
}

/** The writes whose header names a request that did not write this. */
export function judgeClaims(
  writes: readonly PolicyWrite[],
  witness: Witness,
): { findings: Finding[]; uncovered: Uncovered[] } {
  const judged = writes.flatMap(write => {
    const uid = uidClaimed(write)
    return uid === undefined ? [] : judge(write, uid, witness)
  })
  return { findings: judged.filter(one => 'kind' in one), uncovered: judged.filter(one => !('kind' in one)) }
}

function judge(write: PolicyWrite, uid: string, { records, coverage }: Witness): (Finding | Uncovered)[] {
  const recorded = records.get(uid)
  const [first] = write.changes
  if (!recorded) {
    const outside = outsideOf(coverage, new Date(write.at))
    if (outside)
      return [{ resource: write.resource, why: `A policy write with the header "${write.reason}" ${outside}` }]
    return [findingOf(write, first, 'no request on record has this id')]
  }
  if (recorded.entries.length === 0) return [findingOf(write, first, 'that request was never approved', recorded)]
  return write.changes.flatMap(change => {
    const why = refuse(change, write, recorded)
    return why === undefined ? [] : [findingOf(write, change, why, recorded)]
  })
}

function refuse(change: Change, { reason }: PolicyWrite, recorded: Recorded): string | undefined {
  const { approvedBy = '', times, person, asked, entries } = recorded
  if (change.action !== 'ADD')
    return isUidTitle(change.title)
      ? undefined
      : `it took ${change.role} from ${change.member}, which Hallpass never does`
  if (change.title !== reason) return `it gave ${change.role} to ${change.member} under another title`
  if (!times) return 'that request was never approved'
  const resource = namedAs(change, recorded)
  return refuseUnbacked(
    { ...change, resource, reason },
    { approvedBy, person, asked, entries, expiresAt: times.expiresAt },
  )
}

// Google's log names a service account by its number, and mappings by its address (docs/resources.md). Title, role, member
// and condition must be those of the request anyway.
function namedAs({ resource, role }: Change, { entries }: Recorded): string {
  if (!/\/serviceAccounts\/\d+$/.test(resource)) return resource
  const own = entries.find(one => one.role === role && one.resource.startsWith('//iam.googleapis.com/'))
  return own?.resource ?? resource
}

function findingOf(write: PolicyWrite, change: Change | undefined, why: string, recorded?: Recorded): Finding {
  const { resource, by, at, reason } = write
  return {
    kind: 'claimed',
    resource,
    role: change?.role ?? '',
    member: change?.member ?? '',
    title: reason,
    ...requestOf(recorded),
    why: `${by} wrote the policy with this header, and ${why}`,
    since: { at: new Date(at), by },
    next: `Ask ${by} about it: anybody can set this header. The command shows the entry in Google's log.`,
    command: commandOf(write),
  }
}

function commandOf({ id, at, log }: PolicyWrite): string {
  const [, kind = '', name = ''] = /^(project|folder|organization)s\/([^/]+)\/logs\//.exec(log) ?? []
  const filter = all([`insertId=${inFilter(id)}`, `timestamp=${inFilter(at)}`])
  return ['gcloud logging read', quoted(filter), ...(kind ? [`--${kind}=${quoted(name)}`] : []), '--format=json'].join(
    ' ',
  )
}
