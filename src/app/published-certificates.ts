// The certificates with which Google signs ID tokens now, for the archive of an auditor.
import { fetchCertificates } from '../google/certificates.ts'
import type { Environment } from './environment.ts'
import { readLogPlace } from './log-place.ts'

/** `{kid: PEM}`, as Google publishes it; in a sandbox, as the simulated Google does. Rejects with Broken or Waiting. */
export async function publishedCertificates({
  environment,
  now,
}: {
  environment: Environment
  now: () => Date
}): Promise<Record<string, string>> {
  const { sandbox } = readLogPlace(environment)
  return fetchCertificates({ clock: { now }, ...(sandbox && { rootUrl: sandbox.rootUrl }) })
}
