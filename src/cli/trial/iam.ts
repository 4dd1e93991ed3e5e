// Assumptions about policies in Resource Manager: what it answers to calls that change nothing, and how it treats writes.
import { randomBytes } from 'node:crypto'
import type { GoogleAnswer } from '../../app/trial.ts'
import { after } from '../../domain/asking/duration.ts'
import { domainOf } from '../../domain/people/identity.ts'
import type { Binding } from '../../domain/granting/policy.ts'
import { shortLine } from '../../domain/text.ts'
import { Secret } from '../../domain/secret.ts'
import { type Assumption, equal, holds, listIn, needed, NotPrepared, type Trial } from './assumption.ts'
import { add, added, basicRole, bindingOf, isTrials, readWhole, trialRole, untilExpression } from './policies.ts'

const service = 'Google IAM' as const
const invalid = '400 INVALID_ARGUMENT'
const changes = `adds a binding of ${trialRole} for you to the project, and removes it again`
/** At most this many bindings of one role and member may differ by their condition. */
const mostConditions = 20

function ask(trial: Trial, verb: string, body: object, project = trial.places.project): Promise<GoogleAnswer> {
  return trial.services.google({ api: 'cloudresourcemanager', path: `v3/${project}:${verb}`, body })
}

const version = (requestedPolicyVersion: number): object => ({ options: { requestedPolicyVersion } })
const permissions = (...names: string[]): object => ({ permissions: names })

/** The trial's own bindings in an answer. */
function ownIn(data: unknown): Binding[] {
  return (listIn(data, 'bindings') as Binding[]).filter(isTrials)
}

export const iamAssumptions: Assumption[] = [
  {
    id: 'iam-unknown-project',
    service,
    says: 'A project that does not exist looks like one without rights: reading its policy gives 403, and testing permissions gives none.',
    check: async trial => {
      const unknown = `projects/hallpass-trial-${trial.id}`
      const read = await ask(trial, 'getIamPolicy', version(3), unknown)
      const tested = await ask(trial, 'testIamPermissions', permissions('resourcemanager.projects.get'), unknown)
      const held = `${tested.code}, ${listIn(tested.data, 'permissions').length} permissions`
      return [
        equal('reading its policy', '403 PERMISSION_DENIED IAM_PERMISSION_DENIED', read.code),
        equal('testing a permission', '200, 0 permissions', held),
      ]
    },
  },
  {
    id: 'iam-bad-arguments',
    service,
    says: 'A policy version that does not exist, and a permission with a wildcard, are refused with 400 INVALID_ARGUMENT.',
    check: async trial => [
      equal('version 2', invalid, (await ask(trial, 'getIamPolicy', version(2))).code),
      equal(
        'a wildcard',
        invalid,
        (await ask(trial, 'testIamPermissions', permissions('resourcemanager.projects.*'))).code,
      ),
    ],
  },
  {
    id: 'iam-dead-token',
    service,
    says: 'A token that Google has not given is refused with 401 and the reason ACCESS_TOKEN_TYPE_UNSUPPORTED.',
    check: async ({ services, places }) => {
      const token = new Secret(`ya29.${randomBytes(24).toString('base64url')}`)
      const path = `v3/${places.project}:getIamPolicy`
      const { code } = await services.google({ api: 'cloudresourcemanager', path, body: version(3), token })
      return [equal('reading with it', '401 UNAUTHENTICATED ACCESS_TOKEN_TYPE_UNSUPPORTED', code)]
    },
  },
  {
    id: 'iam-etag',
    service,
    says: 'A write with an etag that is no longer current is refused with 409 ABORTED.',
    changes,
    check: async trial => {
      const policy = await readWhole(trial)
      const bindings = [bindingOf(trial, { name: 'etag' })]
      needed('The first write', await add(trial, { policy, bindings }))
      return [equal('the second write', '409 ABORTED', (await add(trial, { policy, bindings })).code)]
    },
  },
  {
    id: 'iam-version-3',
    service,
    says: 'A conditional binding in a policy of version 1 is refused with 400 INVALID_ARGUMENT.',
    changes: `tries to add a binding of ${trialRole} for you; if Google takes it, it is removed again`,
    check: async trial => {
      const policy = await readWhole(trial)
      // If Google took the write, these would lose their conditions.
      if (policy.bindings?.some(({ condition }) => condition))
        throw new NotPrepared('The project has other conditional bindings. Try this on a project without any.')
      const bindings = [bindingOf(trial, { name: 'version' })]
      return [equal('the write', invalid, (await add(trial, { policy, bindings, version: 1 })).code)]
    },
  },
  {
    id: 'iam-hidden-conditions',
    service,
    says: 'A policy that is read without version 3 hides conditions behind roles that end in _withcond_ and 20 hexadecimal digits.',
    changes,
    check: async trial => {
      await added(trial, [bindingOf(trial, { name: 'hidden' })])
      const { bindings } = needed('Reading', await ask(trial, 'getIamPolicy', {})) as { bindings?: Binding[] }
      const ours = (bindings ?? []).filter(({ role }) => role.startsWith(trialRole))
      const hidden = ours.filter(one => /_withcond_[0-9a-f]{20}$/.test(one.role) && !one.condition).length
      const came = `${hidden} hidden, ${ours.filter(({ condition }) => condition).length} with a condition`
      return [
        holds('the bindings', 'hidden ones only', { came, isSame: hidden > 0 && !ours.some(one => one.condition) }),
      ]
    },
  },
  {
    id: 'iam-letters',
    service,
    says: "A member that was written in other letters comes back in the account's own letters.",
    changes,
    check: async trial => {
      const { person } = trial.places
      const written = await added(trial, [
        bindingOf(trial, { name: 'letters', member: `user:${person.toUpperCase()}` }),
      ])
      const members = ownIn(written).flatMap(binding => binding.members ?? [])
      return [equal('the member', `user:${person}`, shortLine(members.join(', '), 200))]
    },
  },
  {
    id: 'iam-expired-kept',
    service,
    says: 'A binding whose time is over is accepted and stays in the policy, with every character of its condition.',
    changes,
    check: async trial => {
      const expression = `request.time >= timestamp("2026-01-01T00:00:00Z") && ${untilExpression(after(trial.now(), -60))}`
      const binding = bindingOf(trial, { name: 'expired', expression })
      await added(trial, [binding])
      const [found] = ownIn(await readWhole(trial))
      const { title, description, expression: kept } = binding.condition ?? {}
      const isSame = (['title', 'description', 'expression'] as const).every(
        name => found?.condition?.[name] === { title, description, expression: kept }[name],
      )
      const came = isSame ? 'there, unchanged' : found ? 'there, changed' : 'not there'
      return [holds('the binding', 'there, unchanged', { came, isSame })]
    },
  },
  {
    id: 'iam-refused-bindings',
    service,
    says: 'A condition on a basic role, a condition with a function that IAM does not have, and a person who does not exist are refused with 400 INVALID_ARGUMENT.',
    changes: `tries to add three bindings that Google should refuse; if it takes one, it is removed again`,
    check: async trial => {
      const stranger = `user:hallpass-trial-${trial.id}@${domainOf(trial.places.person)}`
      const wrong = {
        'a condition on a basic role': bindingOf(trial, { name: 'basic', role: basicRole }),
        'an unknown function': bindingOf(trial, { name: 'function', expression: 'resource.name.contains("x")' }),
        'an unknown person': bindingOf(trial, { name: 'person', member: stranger }),
      }
      const parts = []
      for (const [what, binding] of Object.entries(wrong)) {
        const policy = await readWhole(trial)
        parts.push(equal(what, invalid, (await add(trial, { policy, bindings: [binding] })).code))
      }
      return parts
    },
  },
  {
    id: 'iam-twenty-conditions',
    service,
    says: `More than ${mostConditions} bindings of one role and member that differ by their condition are refused with 400 INVALID_ARGUMENT.`,
    changes: `tries to add ${mostConditions + 1} bindings of ${trialRole} for you; if Google takes them, they are removed again`,
    check: async trial => {
      const policy = await readWhole(trial)
      const bindings = Array.from({ length: mostConditions + 1 }, (_, n) => bindingOf(trial, { name: `of many ${n}` }))
      return [equal('the write', invalid, (await add(trial, { policy, bindings })).code)]
    },
  },
]
