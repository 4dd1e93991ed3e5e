// Assumptions about PagerDuty. All of them only read.
import { type Assumption, equal, field, holds, listIn, needed, NotPrepared, type Trial } from './assumption.ts'

const service = 'PagerDuty' as const
const daySeconds = 86_400

async function onCalls(
  { services }: Trial,
  policy: string,
  include: string[],
): Promise<{ code: string; users: unknown[] }> {
  const query = { 'escalation_policy_ids[]': [policy], ...(include.length > 0 && { 'include[]': include }) }
  const answer = await services.pagerduty('/oncalls', query)
  return { code: answer.code, users: listIn(answer.data, 'oncalls').map(entry => field(entry, 'user')) }
}

const hasAddress = (user: unknown): boolean => typeof field(user, 'email') === 'string'

async function lookUp({ services }: Trial, user: unknown): Promise<unknown> {
  const { data } = await services.pagerduty(`/users/${encodeURIComponent(String(field(user, 'id')))}`)
  return field(data, 'user')
}

export const pagerDutyAssumptions: Assumption[] = [
  {
    id: 'pagerduty-unknown',
    service,
    says: 'An unknown policy is answered with 404 and the code 2100, and a question who is on call for it with an empty list.',
    check: async trial => {
      const unknown = `P${trial.id.toUpperCase()}`
      const { code } = await trial.services.pagerduty(`/escalation_policies/${unknown}`)
      const duty = await onCalls(trial, unknown, ['users'])
      return [
        equal('the policy', '404 2100', code),
        equal('who is on call', '200, 0 entries', `${duty.code}, ${duty.users.length} entries`),
      ]
    },
  },
  {
    id: 'pagerduty-on-call',
    service,
    says: 'The people on call are listed without addresses; if users are included, or each is looked up, everybody has one.',
    check: async trial => {
      const { policy } = trial.places
      const [bare, named] = [await onCalls(trial, policy, []), await onCalls(trial, policy, ['users'])]
      if (bare.users.length === 0) throw new NotPrepared(`Nobody is on call for the policy "${policy}".`)
      const lookedUp = await Promise.all(named.users.map(user => (hasAddress(user) ? user : lookUp(trial, user))))
      const said = (users: unknown[]): string => `${users.filter(hasAddress).length} of ${users.length} have one`
      return [
        holds('without users', 'nobody has one', { came: said(bare.users), isSame: !bare.users.some(hasAddress) }),
        holds('with users, or looked up', 'all have one', {
          came: `${said(lookedUp)}, ${named.users.filter(hasAddress).length} without looking up`,
          isSame: lookedUp.every(hasAddress),
        }),
      ]
    },
  },
  {
    id: 'pagerduty-schedule',
    service,
    says: 'A schedule is answered on the path for its kind, and with 400 on the other one; a newer one shows its shifts if they are included.',
    lacks: ({ places }) => (places.schedule ? undefined : 'no --schedule was given'),
    check: async trial => {
      const { services, places } = trial
      const since = trial.now().toISOString()
      const until = new Date(trial.now().getTime() + daySeconds * 1000).toISOString()
      const classic = await services.pagerduty(`/schedules/${places.schedule}`, { since, until })
      const newer = await services.pagerduty(`/v3/schedules/${places.schedule}`, {
        since,
        until,
        'include[]': ['final_schedule'],
      })
      const [own, other] = newer.data === undefined ? [classic, newer] : [newer, classic]
      const schedule = field(needed('Reading the schedule', own), 'schedule', 'final_schedule')
      const shifts = field(schedule, own === newer ? 'computed_shift_assignments' : 'rendered_schedule_entries')
      return [
        equal('the other path', '400 2001', other.code),
        equal('its shifts', 'a list', Array.isArray(shifts) ? 'a list' : 'no list'),
      ]
    },
  },
]
