// Objects as the API shows them: in full, or as a reference.
import type { EscalationPolicy, OnCallEntry, PagerDutyUser, Schedule } from './state.ts'

type Json = Record<string, unknown>

const site = 'https://example.pagerduty.com'
const api = 'https://api.pagerduty.com'

const named = (type: string, path: string, { id, name }: { id: string; name: string }): Json => ({
  id,
  type,
  summary: name,
  self: `${api}/${path}/${id}`,
  html_url: `${site}/${path}/${id}`,
})

export const userReference = (user: PagerDutyUser): Json => named('user_reference', 'users', user)

/** A user in full. Its calendar address is a secret: anyone who has it can read the person's shifts. */
export const fullUser = (user: PagerDutyUser): Json => ({
  ...named('user', 'users', user),
  name: user.name,
  email: user.email,
  time_zone: 'Europe/Berlin',
  color: 'green',
  role: user.role ?? 'limited_user',
  avatar_url: `${site}/avatars/${user.id}.png`,
  billed: true,
  description: null,
  invitation_sent: false,
  job_title: null,
  teams: [],
  contact_methods: [{ id: `C${user.id}`, type: 'email_contact_method_reference', summary: 'Default', html_url: null }],
  notification_rules: [],
  http_cal_url: `${site}/private/secret-calendar-${user.id}/feed`,
  web_cal_url: `webcal://example.pagerduty.com/private/secret-calendar-${user.id}/feed`,
})

export const scheduleReference = (schedule: Schedule): Json =>
  named(schedule.isV3 ? 'schedule_v3_reference' : 'schedule_reference', 'schedules', schedule)

export const fullSchedule = (schedule: Schedule, users: PagerDutyUser[]): Json => ({
  ...named(schedule.isV3 ? 'schedule_v3' : 'schedule', 'schedules', schedule),
  name: schedule.name,
  time_zone: 'Europe/Berlin',
  description: null,
  users: users.map(userReference),
  teams: [],
})

const policyReference = (policy: EscalationPolicy): Json =>
  named('escalation_policy_reference', 'escalation_policies', policy)

/** A policy in full; `targetOf` shows a target as a reference. */
export const fullPolicy = (policy: EscalationPolicy, targetOf: (id: string) => Json): Json => ({
  ...named('escalation_policy', 'escalation_policies', policy),
  name: policy.name,
  escalation_rules: policy.levels.map((targets, index) => ({
    id: `${policy.id}R${index + 1}`,
    escalation_delay_in_minutes: 30,
    targets: targets.map(target => targetOf('user' in target ? target.user : target.schedule)),
  })),
  services: [],
  num_loops: 0,
  teams: [],
  description: null,
  on_call_handoff_notifications: 'if_has_services',
})

/** One entry of `GET /oncalls`; what `include` names is shown in full. */
export function onCall(
  entry: OnCallEntry,
  include: ReadonlySet<string>,
  fullPolicyOf: (p: EscalationPolicy) => Json,
): Json {
  const { user, schedule, policy, level, start, end } = entry
  return {
    user: include.has('users') ? fullUser(user) : userReference(user),
    schedule: schedule
      ? include.has('schedules')
        ? fullSchedule(schedule, [user])
        : scheduleReference(schedule)
      : null,
    escalation_policy: include.has('escalation_policies') ? fullPolicyOf(policy) : policyReference(policy),
    escalation_level: level,
    start: start?.toISOString().replace('.000Z', 'Z') ?? null,
    end: end?.toISOString().replace('.000Z', 'Z') ?? null,
  }
}
