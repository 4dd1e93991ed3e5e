// IAM policies as a person reads them with their own access token, for commands that only read.
import type { Policy } from '../domain/granting/policy.ts'
import type { PolicyService } from '../domain/ports.ts'
import { Broken } from '../domain/outcome.ts'
import { Secret } from '../domain/secret.ts'
import { createPolicyService } from '../google/policy-service.ts'
import { type Caller, callerClient, noCredentials } from './caller-logs.ts'
import { systemClock } from './clock.ts'
import { silenceLibraries } from './environment.ts'
import { useProxies } from './proxies.ts'

/** Reads one policy at version 3. Rejects with Refused, Waiting or Broken. */
export type ReadPolicy = (resource: string) => Promise<Policy>

/** Reads with this token; `root` is the address of a sandbox's simulator. */
export function policyReader(token: Secret, root: string | undefined): ReadPolicy {
  const read = readerFor(root)
  return async resource => read(resource, token)
}

/** Reads with the credentials of the person at the terminal, or with the token that they gave. */
export async function callerPolicies({ place, token }: Caller): Promise<ReadPolicy> {
  const read = readerFor(place.sandbox?.rootUrl, 'you')
  const client = await callerClient({ place, token })
  return async resource => {
    const { token: current } = await client.getAccessToken().catch(() => ({ token: undefined }))
    if (!current) throw new Broken(noCredentials)
    return read(resource, new Secret(current))
  }
}

function readerFor(root: string | undefined, whose?: 'you'): PolicyService['read'] {
  silenceLibraries()
  useProxies()
  const policies: Pick<PolicyService, 'read'> = createPolicyService({
    clock: systemClock,
    ...(root && { rootUrl: root }),
    ...(whose && { whose }),
  })
  return policies.read
}
