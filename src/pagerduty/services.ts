// Which services page the people of a policy or schedule, as far as PagerDuty shows it.
import { isUnknown, isUnknownOrOfOtherKind, type Of, type Question } from './asking.ts'
import { at, textAt } from './json.ts'

/** A schedule belongs to few policies; of more than these it is not known who is paged. */
const mostPolicies = 5

/** Ids of the services; undefined when they are not known, such as for shift-based schedules. */
export async function servicesOf(question: Question<Of>): Promise<string[] | undefined> {
  const { escalationPolicy, schedule } = question.of
  const policies = escalationPolicy === undefined ? await policiesOf(question, schedule ?? '') : [escalationPolicy]
  if (!policies || policies.length > mostPolicies) return undefined
  const services: string[] = []
  for (const policy of policies) {
    const found = await servicesOfPolicy(question, policy)
    if (!found) return undefined
    services.push(...found)
  }
  return services
}

async function policiesOf({ ask, signal }: Question<Of>, schedule: string): Promise<string[] | undefined> {
  const path = `/schedules/${encodeURIComponent(schedule)}`
  const data = await ask({ path, doing: 'read a schedule', signal, unless: isUnknownOrOfOtherKind })
  return idsIn(at(at(data, 'schedule'), 'escalation_policies'))
}

async function servicesOfPolicy({ ask, signal }: Question<Of>, policy: string): Promise<string[] | undefined> {
  const path = `/escalation_policies/${encodeURIComponent(policy)}`
  const data = await ask({ path, doing: 'read an escalation policy', signal, unless: isUnknown })
  return idsIn(at(at(data, 'escalation_policy'), 'services'))
}

function idsIn(list: unknown): string[] | undefined {
  return Array.isArray(list) ? list.flatMap(each => textAt(each, 'id') ?? []) : undefined
}
