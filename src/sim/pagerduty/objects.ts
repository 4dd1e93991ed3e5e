// Objects as the API shows them: in full, or as a reference.
import type { EscalationPolicy, OnCallEntry, PagerDutyUser, Schedule, Shift } from './state.ts'

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
  description: null,
  invitation_sent: false,
  job_title: 'Engineer',
  teams: [],
  contact_methods: [{ id: `C${user.id}`, type: 'email_contact_method_reference', summary: 'Default', html_url: null }],
  notification_rules: [],
  http_cal_url: `${site}/private/secret-calendar-${user.id}/feed`,
  web_cal_url: `webcal://example.pagerduty.com/private/secret-calendar-${user.id}/feed`,
})

export const scheduleReference = (schedule: Schedule): Json =>
  named(schedule.isV3 ? 'schedule_v3_reference' : 'schedule_reference', 'schedules', schedule)

/** A user in a list: in full, or as a reference for those of whom lists show no more. */
export const listedUser = (user: PagerDutyUser): Json => (user.isBare ? userReference(user) : fullUser(user))

/** The shifts of a window, and what a shift's user looks like. */
type Window = { since: Date; until: Date; shifts: Required<Shift>[]; userOf: (id: string) => Json }

/** A classic schedule. Its shifts are shown only when a window was asked for. */
export const fullSchedule = (schedule: Schedule, users: PagerDutyUser[], window?: Window): Json => ({
  ...named('schedule', 'schedules', schedule),
  name: schedule.name,
  time_zone: 'Europe/Berlin',
  description: '',
  users: users.map(userReference),
  teams: [],
  schedule_layers: [],
  escalation_policies: [],
  final_schedule: {
    name: 'Final Schedule',
    ...(window && { rendered_schedule_entries: window.shifts.map(shift => rendered(shift, window)) }),
    ...(window && { rendered_coverage_percentage: coverage(window) }),
  },
})

const rendered = ({ user, start, end }: Required<Shift>, { userOf }: Window): Json => ({
  user: userOf(user ?? ''),
  start: inBerlin(start),
  end: inBerlin(end),
})

/** A v3 (shift-based) schedule. Its shifts are shown only when they and their window were asked for. */
export const fullScheduleV3 = ({ id, name }: Schedule, window?: Window): Json => ({
  id,
  type: 'schedule_v3',
  name,
  time_zone: 'Europe/Berlin',
  teams: [],
  escalation_policies: [],
  rotations: [],
  self: `${api}/v3/schedules/${id}`,
  html_url: `${site}/schedules/${id}`,
  ...(window && {
    final_schedule: {
      type: 'final_schedule',
      rendered_coverage_percentage: coverage(window),
      computed_shift_assignments: window.shifts.map(({ user, start, end }) => ({
        type: 'computed_shift_assignment',
        start_time: inBerlin(start),
        end_time: inBerlin(end),
        member: user === null ? { type: 'empty_member' } : { type: 'user_member', user_id: user },
        source: { type: 'custom_shift', shift_id: `${id}S` },
      })),
    },
  }),
})

/** As the service writes instants: in the schedule's time zone. In summer it would be another hour. */
function inBerlin(at: Date): string {
  return new Date(at.getTime() + 3_600_000).toISOString().replace(/\.\d+Z$/, '+01:00')
}

/** The part of the window with a person, in percent. */
function coverage({ since, until, shifts }: Window): number {
  let [covered, last] = [0, since.getTime()]
  for (const { user, start, end } of shifts) {
    if (user === null) continue
    covered += Math.max(0, end.getTime() - Math.max(start.getTime(), last))
    last = Math.max(last, end.getTime())
  }
  return Math.round((1000 * covered) / Math.max(1, until.getTime() - since.getTime())) / 10
}

export const policyReference = (policy: EscalationPolicy): Json =>
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
  services: (policy.services ?? []).map(id => named('service_reference', 'services', { id, name: `Service ${id}` })),
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
    user: include.has('users') ? listedUser(user) : userReference(user),
    schedule: schedule
      ? include.has('schedules') && !schedule.isV3
        ? fullSchedule(schedule, [user])
        : scheduleReference(schedule)
      : null,
    escalation_policy: include.has('escalation_policies') ? fullPolicyOf(policy) : policyReference(policy),
    escalation_level: level,
    start: start?.toISOString().replace('.000Z', 'Z') ?? null,
    end: end?.toISOString().replace('.000Z', 'Z') ?? null,
  }
}
