// Loops with which other tools change an IAM policy, written from their descriptions, for the benchmark `approvals`. Each
// approval runs its own loop, with nothing between them.
import type { Policy } from '../../src/domain/granting/policy.ts'
import type { PolicyService } from '../../src/domain/ports.ts'
import type { Secret } from '../../src/domain/secret.ts'

/** One approval's change of one policy. */
export type Change = {
  policies: PolicyService
  resource: string
  token: Secret
  reason: string
  /** The policy with the approval's entries. */
  edit: (policy: Policy) => Policy
  pause: (ms: number) => Promise<void>
  /** Whether the benchmark has stopped waiting. */
  isOver: () => boolean
}
/** Resolves when it has written, or has given up. */
export type Loop = (change: Change) => Promise<void>

/** Tries again only when a conflict is answered with 412. Resource Manager answers 409, so its first conflict is its end. */
export const only412: Loop = async change => void (await once(change))

/** The same if Resource Manager answered 412: four tries with 200 ms between them. */
export const fourTries: Loop = async change => {
  for (let tries = 1; !(await once(change)) && tries < 4; tries++) await change.pause(200)
}

/** Tries again on 409 after five seconds, without an end. Any other refusal, such as a quota, ends it. */
export const endless409: Loop = async change => {
  while (!(await once(change)) && !change.isOver()) await change.pause(5000)
}

async function once({ policies, resource, token, reason, edit }: Change): Promise<boolean> {
  return (await policies.write(resource, edit(await policies.read(resource, token)), token, reason)) !== 'conflict'
}
