// IAM policies as a person reads them with their own access token, for commands that only read.
import type { Policy } from '../domain/granting/policy.ts'
import type { PolicyService } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { createPolicyService } from '../google/policy-service.ts'
import { systemClock } from './clock.ts'
import { silenceLibraries } from './environment.ts'
import { useProxies } from './proxies.ts'

/** Reads one policy at version 3. Rejects with Refused, Waiting or Broken. */
export type ReadPolicy = (resource: string) => Promise<Policy>

/** Reads with this token; `root` is the address of a sandbox's simulator. */
export function policyReader(token: Secret, root: string | undefined): ReadPolicy {
  silenceLibraries()
  useProxies()
  const policies: Pick<PolicyService, 'read'> = createPolicyService({
    clock: systemClock,
    ...(root && { rootUrl: root }),
  })
  return async resource => policies.read(resource, token)
}
