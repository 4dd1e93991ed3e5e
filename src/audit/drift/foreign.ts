// Entries of mapped roles that Hallpass did not write: those with a condition that give more than any mapping allows, and
// those without one, which give people what they could ask for. Nothing is known here about who belongs to a group.
import type { RoleMapping } from '../../api/kinds.ts'
import { after, formatDuration, instant } from '../../domain/asking/duration.ts'
import { type Binding, type Condition, timesIn, uidOfOurs } from '../../domain/granting/policy.ts'
import { restrictionOf } from '../../domain/granting/restriction.ts'
import { isOver } from '../../domain/mapping/condition.ts'
import { type Mapping, readMapping } from '../../domain/mapping/mapping.ts'
import { domainOf, parseEmail } from '../../domain/people/identity.ts'
import type { Read } from '../looked.ts'
import type { Finding, Standing } from './finding.ts'
import { commandFor } from './safe-command.ts'

/** Google's own limit for a condition is far below; a longer one is not read. */
const longestExpression = 12_000

/** What was found in one policy, and how many members were not judged because only a group could let them ask. */
export type Foreign = { findings: Finding[]; standing: Standing[] }

type Offered = { mapping: Mapping; condition?: string }

/** Judges the entries of mapped roles without a title of Hallpass. */
export function judgeForeign({ resource, policy }: Read, mappings: readonly RoleMapping[], now: Date): Foreign {
  const offers = offersOn(resource, mappings)
  const foreign = (policy.bindings ?? []).filter(
    binding => offers.has(binding.role) && uidOfOurs(binding) === undefined,
  )
  // Many entries of a policy have the same condition, and reading one takes longer than everything else.
  const known = new Map<string, Times>()
  const timesOf = ({ condition = none }: Binding): Times => {
    const times = known.get(condition.expression) ?? readTimes(condition, now)
    known.set(condition.expression, times)
    return times
  }
  const [bound, plain] = [foreign.filter(({ condition }) => condition), foreign.filter(({ condition }) => !condition)]
  return {
    findings: bound.flatMap(binding =>
      widerIn({ resource, binding, offers: offers.get(binding.role) ?? [], read: timesOf(binding) }),
    ),
    standing: plain.flatMap(binding => standingIn(resource, binding, offers.get(binding.role) ?? [])),
  }
}

function offersOn(resource: string, mappings: readonly RoleMapping[]): Map<string, Offered[]> {
  const all = mappings.map(readMapping).flatMap(mapping =>
    mapping.grants
      .filter(grant => grant.resource === resource)
      .map(grant => {
        const condition = restrictionOf(mapping, grant)
        return { role: grant.role, offered: { mapping, ...(condition !== undefined && { condition }) } }
      }),
  )
  const roles = Map.groupBy(all, ({ role }) => role)
  return new Map([...roles].map(([role, offers]) => [role, offers.map(({ offered }) => offered)]))
}

type Bound = { resource: string; binding: Binding; offers: readonly Offered[]; read: Times }
const none: Condition = { expression: '' }

function widerIn({ resource, binding, offers, read }: Bound): Finding[] {
  const { role, members = [], condition = none } = binding
  if (read.isOver) return []
  return members.flatMap(member => {
    const whys = offers.map(offered => beyond(member, read, offered))
    const [why] = whys
    if (why === undefined || whys.includes(undefined)) return []
    return [
      {
        kind: 'wider' as const,
        resource,
        role,
        member,
        title: condition.title ?? '',
        why: [...new Set(whys)].join('; '),
        next: 'Find out who wrote it and why. Remove it with the command, unless it is needed; then a mapping should allow it.',
        ...commandFor({ resource, role, member, condition }),
      },
    ]
  })
}

type Times = { expression: string; isOver: boolean; isOverAt: (at: Date) => boolean; now: Date }

const noEnd = new Date('9999-01-01T00:00:00Z')

// A condition that cannot be read counts as one without an end.
function readTimes({ expression }: Condition, now: Date): Times {
  const known = new Map<number, boolean>()
  const isOverAt = (at: Date): boolean => {
    const over = known.get(at.getTime()) ?? (expression.length <= longestExpression && isOver(expression, at))
    known.set(at.getTime(), over)
    return over
  }
  return { expression, isOver: isOverAt(now), isOverAt, now }
}

/** In what an entry gives more than this offer; undefined when it is within it. */
function beyond(member: string, read: Times, { mapping, condition }: Offered): string | undefined {
  const { name, maxSeconds } = mapping
  const whose = mayAskOf(member, mapping)
  if (whose === 'no') return `mapping "${name}" does not let ${member} ask`
  if (!read.isOverAt(noEnd)) return 'it has no end'
  const ours = timesIn(read.expression)
  const begins = ours && ours.startsAt > read.now ? ours.startsAt : read.now
  const seconds = ours ? (ours.expiresAt.getTime() - ours.startsAt.getTime()) / 1000 : 0
  if (seconds > maxSeconds || !read.isOverAt(after(begins, maxSeconds)))
    return `it lasts longer than the ${formatDuration(maxSeconds)} of mapping "${name}"${ours ? `, until ${instant(ours.expiresAt)}` : ''}`
  return condition !== undefined && ours?.condition !== condition
    ? `it is without the condition of mapping "${name}"`
    : undefined
}

/** Whether a member is one whom the mapping lets ask. Only addresses and domains are known; `maybe` is about a group. */
function mayAskOf(member: string, { requesters }: Mapping): 'yes' | 'no' | 'maybe' {
  const { emails, domains, googleGroups, slackUserGroups } = requesters
  const [, kind = '', name = ''] = /^([A-Za-z]+):(.*)$/.exec(member) ?? []
  if (kind === 'group') return googleGroups.includes(name.toLowerCase()) ? 'yes' : 'no'
  if (kind === 'domain') return domains.includes(name.toLowerCase()) ? 'yes' : 'no'
  const email = kind === 'user' ? parseEmail(name) : undefined
  if (!email) return 'no'
  if (domains.includes(domainOf(email)) || emails.some(listed => parseEmail(listed) === email)) return 'yes'
  return googleGroups.length + slackUserGroups.length > 0 ? 'maybe' : 'no'
}

/** Everybody in the world, or everybody with an account: the people of each mapping among them. */
const everybody = ['allUsers', 'allAuthenticatedUsers']

function standingIn(resource: string, { role, members = [] }: Binding, offers: readonly Offered[]): Standing[] {
  return members.flatMap(member => {
    const own = offers.find(({ mapping }) => everybody.includes(member) || mayAskOf(member, mapping) === 'yes')
    return own ? [{ resource, role, member, mapping: own.mapping.name }] : []
  })
}

/** Whether a mapping lets people ask whom only a group names, so that it is not known here who they are. */
export function hasGroups({ spec: { requesters } }: RoleMapping): boolean {
  return (requesters.slackUserGroups ?? []).length + (requesters.googleGroups ?? []).length > 0
}
