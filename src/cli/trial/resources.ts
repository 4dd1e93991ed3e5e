// Assumptions about the policies of resources that have their own: each takes a condition and an etag as a project does, and
// a bucket without uniform access takes no condition. The resources are throwaway, and are named with --resource.
import { Refused } from '../../domain/outcome.ts'
import type { Binding, Policy } from '../../domain/granting/policy.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import { type Assumption, equal, NotPrepared, type Trial } from './assumption.ts'
import { bindingOf, isTrials } from './policies.ts'

const service = 'Google IAM' as const

type Kind = { id: string; noun: string; type: string; role: string }

/** Roles that let the person only look at the one resource, of which they are the owner. */
const kinds: readonly Kind[] = [
  { id: 'bucket', noun: 'a bucket', type: 'storage.googleapis.com/Bucket', role: 'roles/storage.objectViewer' },
  { id: 'secret', noun: 'a secret', type: 'secretmanager.googleapis.com/Secret', role: 'roles/secretmanager.viewer' },
  { id: 'key', noun: 'a key', type: 'cloudkms.googleapis.com/CryptoKey', role: 'roles/cloudkms.viewer' },
  { id: 'run', noun: 'a Cloud Run service', type: 'run.googleapis.com/Service', role: 'roles/run.invoker' },
]

/** The resource of this type that the person has named. */
function named({ places }: Pick<Trial, 'places'>, type: string): string | undefined {
  return places.resources.find(name => resourceOf(name)?.type === type)
}

function own({ places }: Trial, type: string): string {
  const resource = named({ places }, type)
  if (resource === undefined) throw new NotPrepared(`No --resource is a ${type}.`)
  return resource
}

/** What came of a write: Hallpass's own reason when Google refused it. */
async function tried(work: Promise<unknown>): Promise<string> {
  try {
    return (await work) === 'conflict' ? 'conflict' : 'taken'
  } catch (error) {
    if (error instanceof Refused) return `refused, ${error.refusal.reason}`
    throw error
  }
}

type Writing = { resource: string; policy: Policy; binding: Binding }

function write(trial: Trial, { resource, policy, binding }: Writing): Promise<string> {
  trial.undo(`the bindings of ${binding.role} titled "${binding.condition?.title}" on ${resource}`, () =>
    restore(trial, { resource, role: binding.role, before: policy }),
  )
  const changed = { ...policy, version: 3, bindings: [...(policy.bindings ?? []), binding] }
  return tried(trial.services.writePolicy(resource, changed, `hallpass trial ${trial.id}`))
}

const mostTries = 5

// Restores the role and not only the title: if Google took the binding without its condition, that one is removed too.
async function restore(
  { id, services }: Trial,
  { resource, role, before }: { resource: string; role: string; before: Policy },
): Promise<void> {
  const kept = (before.bindings ?? []).filter(binding => binding.role === role && !isTrials(binding))
  for (let tries = 0; tries < mostTries; tries++) {
    const policy = await services.readPolicy(resource)
    const rest = (policy.bindings ?? []).filter(binding => binding.role !== role)
    if (JSON.stringify(policy.bindings) === JSON.stringify([...rest, ...kept])) return
    const restored = { ...policy, version: 3, bindings: [...rest, ...kept] }
    if ((await services.writePolicy(resource, restored, `hallpass trial ${id} undo`)) !== 'conflict') return
  }
  throw new NotPrepared('Somebody else keeps changing the policy.')
}

function others({ bindings = [] }: Policy): string {
  return JSON.stringify(bindings.filter(binding => !isTrials(binding)))
}

function foundAs(binding: Binding, { bindings = [] }: Policy): string {
  const found = bindings.find(({ condition }) => condition?.title === binding.condition?.title)
  if (!found) return 'not there'
  const isSame = found.role === binding.role && found.condition?.expression === binding.condition?.expression
  return isSame ? 'there, unchanged' : 'there, changed'
}

function conditionOn({ id, noun, type, role }: Kind): Assumption {
  return {
    id: `iam-${id}`,
    service,
    says: `The policy of ${noun} is read at version 3, takes a binding with a condition, shows it unchanged, leaves the others, and refuses a write with an etag of before.`,
    changes: `adds a binding of ${role} for you to the policy of the resource, and removes it again`,
    lacks: ({ places }) => (named({ places }, type) ? undefined : `no --resource of the type ${type} was given`),
    check: async trial => {
      const resource = own(trial, type)
      const before = await trial.services.readPolicy(resource)
      const binding = bindingOf(trial, { role, name: `on ${noun}` })
      const first = await write(trial, { resource, policy: before, binding })
      const second = await write(trial, { resource, policy: before, binding })
      const after = await trial.services.readPolicy(resource)
      return [
        equal('the write', 'taken', first),
        equal('a write with the etag of before', 'conflict', second),
        equal('the binding', 'there, unchanged', foundAs(binding, after)),
        equal('the bindings of others', 'unchanged', others(after) === others(before) ? 'unchanged' : 'changed'),
      ]
    },
  }
}

const withoutUniformAccess: Assumption = {
  id: 'iam-bucket-not-uniform',
  service,
  says: 'A bucket without uniform access says so in its settings, and refuses a condition in its policy in words that Hallpass knows.',
  changes:
    'tries to add a binding with a condition to the policy of the bucket; if Google takes it, it is removed again',
  lacks: ({ places }) => (places.fineBucket ? undefined : 'no --fine-bucket was given'),
  check: async trial => {
    const resource = trial.places.fineBucket ?? ''
    const policy = await trial.services.readPolicy(resource)
    const binding = bindingOf(trial, { name: 'on a bucket without uniform access' })
    const early = await tried(trial.services.mayWrite(resource))
    return [
      equal('asked before', 'refused, BucketWithoutUniformAccess', early),
      equal('the write', 'refused, BucketWithoutUniformAccess', await write(trial, { resource, policy, binding })),
    ]
  },
}

/** One for each type that a person can name, and the bucket that takes no conditions. */
export const resourceAssumptions: Assumption[] = [...kinds.map(conditionOn), withoutUniformAccess]
