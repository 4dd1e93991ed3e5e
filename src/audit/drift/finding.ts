// What a comparison of the IAM policies with the record can find. Each finding says what and where, since when if that is
// known, and what a person who may change it does next.

/** The kinds, each with what it means. */
export const driftKinds = {
  altered: 'An entry with the title of a request says something else than the record of that request.',
  unbacked: 'An entry has a title of Hallpass, and no approved request of the record has it.',
  missing: 'Access is in force by the record, and its entry is not in the policy.',
  leftover: 'An entry of Hallpass has expired. It gives nothing, and Google counts it until it is removed.',
  wider: 'Somebody else wrote an entry with a condition for a mapped role, and it gives more than any mapping allows.',
  claimed:
    'A policy write says in its header that it is for a request of Hallpass, and it is not what that request wrote.',
} as const

/** The kind of a finding. */
export type DriftKind = keyof typeof driftKinds
export const allDriftKinds = Object.keys(driftKinds) as DriftKind[]

/** The place of an entry in a policy. Member and title may be anything: other people have written them. */
export type Place = { resource: string; role: string; member: string; title: string }

/** When a policy write put an entry in or took it out, and who wrote it. */
export type Written = { at: Date; by: string }

/** One difference. */
export type Finding = Place & {
  kind: DriftKind
  /** A clause about the entry. */
  why: string
  /** The request that the title names, when it is on record. */
  request?: { namespace: string; name: string; mapping: string }
  since?: Written
  /** A sentence: what a person who may change the policy does next. */
  next: string
  /** For a shell; absent when there is nothing to run. */
  command?: string
}

/**
 * An entry without a condition for a mapped role, whose members could ask for it instead. No lie and no difference from the
 * record: it is told so that people know of it.
 */
export type Standing = Pick<Place, 'resource' | 'role' | 'member'> & { mapping: string }

/** What makes a finding the same when it is seen again. */
export function keyOf({ kind, resource, role, member, title, why }: Finding): string {
  return JSON.stringify([kind, resource, role, member, title, why])
}

/** The findings in the order of every answer, each once. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const byKey = new Map(findings.map(one => [keyOf(one), one]))
  const order = (one: Finding): string => `${allDriftKinds.indexOf(one.kind)} ${one.resource}\n${keyOf(one)}`
  return [...byKey.values()]
    .map(one => ({ one, order: order(one) }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ one }) => one)
}
