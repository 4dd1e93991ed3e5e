// Who may ask and who may approve by a mapping.
import { type Email, parseEmail } from '../people/identity.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Change, changed, memberChanges, say } from './change.ts'

type Approval = Mapping['approval']

/** Who may ask or approve in one version and not in the other. */
export function peopleChanges(before: Mapping, after: Mapping): Change[] {
  return [
    ...requesterChanges(before, after),
    ...approverChanges(before.approval, after.approval, ''),
    ...bothChanges(before, after),
  ]
}

// Who is named in one version and in a domain of the other may ask in both.
function requesterChanges(before: Mapping, after: Mapping): Change[] {
  const [old, now] = [requestersOf(before), requestersOf(after)]
  const [were, are] = [before.requesters.domains, after.requesters.domains]
  const stay = [...now].filter(who => !old.has(who) && isIn(who, were))
  const left = [...old].filter(who => isIn(who, are))
  const without = (all: ReadonlySet<string>, some: readonly string[]): Set<string> => all.difference(new Set(some))
  return [
    ...memberChanges([without(old, left), without(now, stay)], who => ({
      more: say`${who} may ask`,
      less: say`${who} may not ask any more`,
    })),
    ...stay.map(who => changed(say`${who} may still ask`)),
  ]
}

/** Whether this is an address in one of the domains. */
function isIn(who: string, domains: readonly string[]): boolean {
  const email = parseEmail(who)
  return email !== undefined && domains.includes(email.slice(email.lastIndexOf('@') + 1))
}

/** Everybody who may ask, each once: who is in a domain that may ask is not listed apart. */
export function requestersOf({ requesters: { emails, domains, slackUserGroups, googleGroups } }: Mapping): Set<string> {
  const single = emails.map(canonical).filter(email => !isIn(email, domains))
  return new Set([
    ...domains.map(domain => `everybody at ${domain}`),
    ...single,
    ...slackUserGroups.map(id => `members of Slack user group ${id}`),
    ...googleGroups.map(group => `members of Google group ${group}`),
  ])
}

/** Everybody who may approve, when they are asked or without. */
export function approversOf({ onCall, fallback, allowed, onlyOnCall }: Approval): Set<string> {
  const { escalationPolicy, schedule, level = 1 } = onCall ?? {}
  const open = onlyOnCall ? undefined : allowed
  return new Set([
    ...(escalationPolicy ? [`people on call by escalation policy ${escalationPolicy} from level ${level}`] : []),
    ...(schedule ? [`people on call by schedule ${schedule}`] : []),
    ...[...(fallback?.emails ?? []), ...(open?.emails ?? [])].map(canonical),
    ...(fallback?.slackUserGroup ? [`members of Slack user group ${fallback.slackUserGroup}`] : []),
    ...(open?.googleGroups ?? []).map(group => `members of Google group ${group}`),
  ])
}

/** Changes of approvers, of their number, and of who is asked. `when` begins with a blank, or is empty. */
export function approverChanges(before: Approval, after: Approval, when: string): Change[] {
  const both = [approversOf(before), approversOf(after)] as const
  return [
    ...memberChanges(both, who => ({
      more: [...say`${who} may approve`, when],
      less: [...say`${who} may not approve any more`, when],
    })),
    ...quorumChanges(before.required, after.required, when),
    ...askedChanges(before, after, both[1]).map(says => changed([...says, when])),
  ]
}

function quorumChanges(before: number, after: number, when: string): Change[] {
  if (before === after) return []
  const says = [...say`approvals that are needed: ${after}, until now ${before}`, when]
  return [{ effect: after < before ? 'gained' : 'lost', says }]
}

// Who may approve anyway and is only asked, or is no longer asked.
function askedChanges(before: Approval, after: Approval, approvers: ReadonlySet<string>): ReturnType<typeof say>[] {
  const asked = ({ fallback }: Approval): string[] => (fallback?.emails ?? []).map(canonical)
  const isStill = (who: string): boolean => approvers.has(who) && approversOf(before).has(who)
  const more = asked(after).filter(who => isStill(who) && !asked(before).includes(who))
  const less = asked(before).filter(who => isStill(who) && !asked(after).includes(who))
  return [
    ...more.map(who => say`${who} is asked when nobody on call answers`),
    ...less.map(who => say`${who} is not asked any more`),
  ]
}

// Nobody approves their own request, but two such people can approve each other's.
function bothChanges(before: Mapping, after: Mapping): Change[] {
  return [...bothOf(after)]
    .filter(who => !bothOf(before).has(who))
    .map(who => changed(say`${who} may ask, and approve what others ask`))
}

function bothOf(mapping: Mapping): Set<string> {
  const { emails, domains } = mapping.requesters
  const asking = new Set(emails.map(canonical))
  const persons = [...approversOf(mapping.approval)].flatMap((who): readonly Email[] | Email => parseEmail(who) ?? [])
  return new Set(persons.filter(who => asking.has(who) || isIn(who, domains)))
}

function canonical(email: string): string {
  return parseEmail(email) ?? email
}
