// What a mapping in a file contradicts or leaves unsaid, although the API server and the controller would take it. Pure.
import type { RoleMapping } from '../../api/kinds.ts'
import { differentPeople, isSamePerson, type People } from '../people/identity.ts'
import type { LintRuleName } from './lint-rules.ts'

/** One doubt: the rule, the field in the mapping, and the sentence. */
export type Doubt = { rule: LintRuleName; path: readonly (string | number)[]; says: string }

type Settings = { people: People; namespaces: readonly string[] }

/** All mappings, found by name and by what they grant: there may be ten thousand. */
export type MappingIndex = { byName: ReadonlyMap<string, RoleMapping>; byGrant: ReadonlyMap<string, RoleMapping[]> }

/** The index of mappings in the order of their files; of two with one name it has the first. */
export function indexOf(all: readonly RoleMapping[]): MappingIndex {
  const [byName, byGrant] = [new Map<string, RoleMapping>(), new Map<string, RoleMapping[]>()]
  for (const mapping of all) {
    if (!byName.has(keyOf(mapping))) byName.set(keyOf(mapping), mapping)
    for (const key of new Set(mapping.spec.grants.map(grantKey))) {
      const same = byGrant.get(key) ?? []
      same.push(mapping)
      byGrant.set(key, same)
    }
  }
  return { byName, byGrant }
}

/** The doubts about one of the mappings of the index. */
export function doubtsOf(mapping: RoleMapping, all: MappingIndex, settings: Settings): Doubt[] {
  return [
    ...nameTwice(mapping, all),
    ...notWatched(mapping, settings),
    ...personTwice(mapping, settings),
    ...fewerApprovals(mapping, all),
    ...notStated(mapping),
  ]
}

function keyOf({ metadata: { namespace, name } }: RoleMapping): string {
  return `${namespace}/${name}`
}

function nameTwice(mapping: RoleMapping, { byName }: MappingIndex): Doubt[] {
  return byName.get(keyOf(mapping)) === mapping
    ? []
    : [{ rule: 'NameTwice', path: ['metadata', 'name'], says: `There is already a mapping "${keyOf(mapping)}".` }]
}

function notWatched({ metadata: { namespace } }: RoleMapping, { namespaces }: Settings): Doubt[] {
  if (namespaces.length === 0 || namespaces.includes(namespace)) return []
  const says = `Hallpass watches ${namespaces.join(', ')}, and this mapping is in "${namespace}".`
  return [{ rule: 'NotWatched', path: ['metadata', 'namespace'], says }]
}

/** The lists of addresses in a mapping. */
const lists: readonly (readonly [string, ...string[]])[] = [
  ['requesters'],
  ['approval', 'fallback'],
  ['approval', 'allowed'],
  ['emergency', 'fallback'],
  ['emergency', 'allowed'],
  ['emergency', 'reviewers'],
]

function personTwice({ spec }: RoleMapping, { people }: Settings): Doubt[] {
  return lists.flatMap(path => {
    const emails = emailsAt(spec, path)
    if (
      differentPeople(
        emails.map(email => ({ email })),
        people,
      ) === emails.length
    )
      return []
    const twin = emails.findIndex((email, i) => emails.slice(0, i).some(other => isSame(email, other, people)))
    const first = emails.find(other => isSame(emails[twin] ?? '', other, people))
    const says = `"${emails[twin]}" (${path.join('.')}.emails) is the same person as "${first}", so they count once.`
    return [{ rule: 'PersonTwice', path: ['spec', ...path, 'emails', twin], says }]
  })
}

function isSame(email: string, other: string, people: People): boolean {
  return isSamePerson({ email }, { email: other }, people)
}

function emailsAt(spec: RoleMapping['spec'], path: readonly string[]): readonly string[] {
  const named = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], spec)
  return (named as { emails?: string[] } | undefined)?.emails ?? []
}

function fewerApprovals(mapping: RoleMapping, { byGrant }: MappingIndex): Doubt[] {
  const required = requiredOf(mapping)
  return mapping.spec.grants.flatMap((grant, i) => {
    const easier = byGrant
      .get(grantKey(grant))
      ?.find(other => requiredOf(other) < required && other.spec.grants.some(each => covers(each, grant)))
    if (!easier) return []
    const says = `"${grant.role}" on "${grant.resource}" needs ${required} approvals here, and ${requiredOf(easier)} in "${keyOf(easier)}".`
    return [{ rule: 'FewerApprovals' as const, path: ['spec', 'grants', i], says }]
  })
}

function requiredOf({ spec }: RoleMapping): number {
  return spec.approval.required ?? 1
}

type Grant = RoleMapping['spec']['grants'][number]

function grantKey({ role, resource }: Grant): string {
  return `${role} ${resource}`
}

// Whether one condition includes another is not known, unless they are the same.
function covers(wide: Grant, narrow: Grant): boolean {
  return grantKey(wide) === grantKey(narrow) && (wide.condition === undefined || wide.condition === narrow.condition)
}

/** What limits access, by its path in the spec, and how it is written when it has its default. */
const limits: readonly { path: readonly [string, ...string[]]; write: string }[] = [
  { path: ['duration', 'min'], write: 'duration.min: 1m' },
  { path: ['duration', 'default'], write: 'duration.default: 1h' },
  { path: ['duration', 'max'], write: 'duration.max: 4h' },
  { path: ['requesters', 'emails'], write: 'requesters.emails: []' },
  { path: ['requesters', 'domains'], write: 'requesters.domains: []' },
  { path: ['requesters', 'slackUserGroups'], write: 'requesters.slackUserGroups: []' },
  { path: ['approval', 'allowed'], write: 'approval.allowed: { emails: [] }' },
  { path: ['allowPrivileged'], write: 'allowPrivileged: false' },
]

function notStated({ spec }: RoleMapping): Doubt[] {
  return limits.flatMap(({ path, write }) => {
    const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], spec)
    if (value !== undefined && value !== null) return []
    const says = `${path.join('.')} is not stated. Write it in full, such as "${write}".`
    return [{ rule: 'NotStated' as const, path: ['spec', ...path.slice(0, -1)], says }]
  })
}
