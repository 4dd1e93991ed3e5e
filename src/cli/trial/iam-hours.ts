// The assumption about IAM on which hours rely: it takes as many operators as we write, with its date functions in a zone.
import { after } from '../../domain/asking/duration.ts'
import { expressionOf } from '../../domain/granting/policy.ts'
import { clauseOf } from '../../domain/hours/clause.ts'
import type { Hours } from '../../domain/hours/span.ts'
import { type Assumption, equal, holds } from './assumption.ts'
import { add, added, bindingOf, isTrials, readWhole, trialRole } from './policies.ts'

/** Ten logical operators, as many as hours can have. */
const hours: Hours = {
  zone: 'Australia/Lord_Howe',
  spans: [
    { days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '08:30', to: '17:15' },
    { days: ['Sat'], from: '09:00', to: '12:00' },
  ],
}

export const iamHoursAssumptions: Assumption[] = [
  {
    id: 'iam-hours',
    service: 'Google IAM',
    says: 'A condition with hours in a time zone and twelve logical operators is accepted and stays as it was written; one with thirteen is refused with 400 INVALID_ARGUMENT.',
    changes: `adds a binding of ${trialRole} for you to the project that has ended, and removes it again`,
    check: async trial => {
      const [startsAt, expiresAt] = [after(trial.now(), -120), after(trial.now(), -60)]
      const expression = expressionOf({ condition: clauseOf(hours), startsAt, expiresAt })
      await added(trial, [bindingOf(trial, { name: 'hours', expression })])
      const policy = await readWhole(trial)
      const kept = policy.bindings?.filter(isTrials).some(({ condition }) => condition?.expression === expression)
      const more = bindingOf(trial, { name: 'hours, more', expression: `${expression} && resource.type != "x.test/Y"` })
      const came = kept ? 'there, unchanged' : 'not there as it was written'
      return [
        holds('with twelve operators', 'there, unchanged', { came, isSame: kept === true }),
        equal('with thirteen', '400 INVALID_ARGUMENT', (await add(trial, { policy, bindings: [more] })).code),
      ]
    },
  },
]
