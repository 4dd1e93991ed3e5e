// The trial's own bindings in the policy of the throwaway project: how they are made, and how the roles that they touch are
// restored. All carry the trial's title and end by themselves within the hour.
import type { GoogleAnswer } from '../../app/trial.ts'
import { after, instant } from '../../domain/asking/duration.ts'
import type { Binding, Policy } from '../../domain/granting/policy.ts'
import { needed, NotPrepared, type Trial } from './assumption.ts'

/** A role that gives the person a permission that the owner of a project does not have, and nothing more. */
export const trialRole = 'roles/storage.objectViewer'
/** The basic role on which Google refuses conditions. */
export const basicRole = 'roles/viewer'
const touched = [trialRole, basicRole]
const mostTries = 5
/** Bindings end by themselves after this time, even if nobody undoes them. */
const lifeSeconds = 3600

/** What differs between the bindings of the trial. */
export type Wanted = { role?: string; member?: string; name: string; expression?: string }

/** A binding of the trial. */
export function bindingOf(trial: Trial, { role = trialRole, member, name, expression }: Wanted): Binding {
  return {
    role,
    members: [member ?? `user:${trial.places.person}`],
    condition: {
      title: `${titleStart}${trial.id} ${name}`,
      description: 'Made by hallpass trial, which removes it again.',
      expression: expression ?? untilExpression(after(trial.now(), lifeSeconds)),
    },
  }
}

/** The condition that ends at this instant. */
export function untilExpression(at: Date): string {
  return `request.time < timestamp("${instant(at)}")`
}

const titleStart = 'hallpass trial '

/** Whether a binding was made by a trial, this one or an earlier one. */
export function isTrials({ condition }: Binding): boolean {
  return condition?.title?.startsWith(titleStart) ?? false
}

/** The policy at version 3. */
export async function readWhole(trial: Trial): Promise<Policy> {
  return trial.services.readPolicy(trial.places.project)
}

type Writing = { policy: Policy; bindings: Binding[]; version?: number; reason?: string }

/** Writes the policy with further bindings; the roles are restored when the check ends. */
export async function add(
  trial: Trial,
  { policy, bindings, version = 3, reason = trial.id }: Writing,
): Promise<GoogleAnswer> {
  restoreAfterwards(trial, policy)
  const { project } = trial.places
  const changed = { ...policy, version, bindings: [...(policy.bindings ?? []), ...bindings] }
  return trial.services.google({
    api: 'cloudresourcemanager',
    path: `v3/${project}:setIamPolicy`,
    body: { policy: changed, updateMask: 'bindings,etag' },
    headers: { 'X-Goog-Request-Reason': `hallpass trial ${reason}` },
  })
}

/** Reads the policy, adds the bindings, and gives the policy as written. Throws NotPrepared when Google refuses. */
export async function added(trial: Trial, bindings: Binding[], reason?: string): Promise<Policy> {
  const policy = await readWhole(trial)
  const answer = await add(trial, { policy, bindings, ...(reason && { reason }) })
  return needed('Adding a binding', answer) as Policy
}

function restoreAfterwards(trial: Trial, before: Policy): void {
  const { project } = trial.places
  trial.undo(`bindings of ${touched.join(' and ')} titled "${titleStart}${trial.id} …" on ${project}`, () =>
    restore(trial, before),
  )
}

// Compares roles and not titles: if Google took a binding without its condition, that one is removed too. The write comes
// with an etag, so a stale read cannot hide a binding.
async function restore(trial: Trial, before: Policy): Promise<void> {
  const { services, places } = trial
  const kept = (before.bindings ?? []).filter(binding => touched.includes(binding.role) && !isTrials(binding))
  for (let tries = 0; tries < mostTries; tries++) {
    const policy = await services.readPolicy(places.project)
    const others = (policy.bindings ?? []).filter(({ role }) => !touched.includes(role))
    const restored = { ...policy, version: 3, bindings: [...others, ...kept] }
    if ((await services.writePolicy(places.project, restored, `hallpass trial ${trial.id} undo`)) !== 'conflict') return
  }
  throw new NotPrepared('Somebody else keeps changing the policy.')
}
