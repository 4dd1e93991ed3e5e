// One IAM policy as the janitor reaches it: read, and written with less in it. Whatever else of the janitor is wrong, nothing
// is written that adds, changes or removes more than one request's own entries.
import { isOnlyLess } from '../domain/granting/only-less.ts'
import { type Policy, titleOf } from '../domain/granting/policy.ts'
import { Refused } from '../domain/outcome.ts'
import type { PolicyService } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'

/** A token of the janitor's own identity at Google. */
export type OwnToken = () => Promise<Secret>

/** One policy, for the removal of one request. */
export type Remover = {
  read(): Promise<Policy>
  /** Writes what was read last, without some of the request's entries. Refused for anything else: nothing is sent then. */
  write(less: Policy): Promise<Policy | 'conflict'>
}

type Options = { policies: Pick<PolicyService, 'read' | 'write'>; token: OwnToken }

/** The policy of this resource, for the request with this uid. */
export function createRemover({ policies, token }: Options, of: { resource: string; uid: string }): Remover {
  const { resource, uid } = of
  const title = titleOf(uid)
  let last: Policy | undefined
  return {
    read: async () => {
      const policy = await policies.read(resource, await token())
      last = structuredClone(policy)
      return policy
    },
    write: async less => {
      if (!last || !isOnlyLess(last, less, title))
        throw new Refused(
          'NotOnlyLess',
          `The janitor was about to write something else to the IAM policy of "${resource}" than what it may remove, and wrote nothing.`,
        )
      return policies.write(resource, less, await token(), title)
    },
  }
}
