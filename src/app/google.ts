// The process's own Google identity: Workload Identity in production, a simulated token in a sandbox. It uses the keys
// and writes the log. No identity of Hallpass may change an IAM policy, except that of the janitor, which is off.
import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library'
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import { noGoogleGroups } from '../domain/people/google-groups.ts'
import type { Clock } from '../domain/ports.ts'
import type { GoogleGroups } from '../domain/people/group-reader.ts'
import type { Policy } from '../domain/granting/policy.ts'
import { guardMetadata } from '../google/identity.ts'
import { createOwnToken } from '../google/own-token.ts'
import { createPolicyService } from '../google/policy-service.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { SandboxConfig } from './config.ts'
import { counted } from './outside-calls.ts'

const ownScopes = ['https://www.googleapis.com/auth/cloudkms', 'https://www.googleapis.com/auth/logging.write']
/**
 * Only for reading custom roles, and for making tokens of the reader of groups: IAM accepts no narrower scope. The
 * identity's rights limit what it can do.
 */
export const roleReaderScopes = ['https://www.googleapis.com/auth/cloud-platform']
/** Only of the controller, for looking for requests in the log before they are deleted. */
export const logReaderScopes = ['https://www.googleapis.com/auth/logging.read']
/** Only of the janitor: the APIs of policies accept no narrower scope. */
export const janitorScopes = ['https://www.googleapis.com/auth/cloud-platform']

/**
 * Our calls name the project themselves. Without one the library looks for it, and runs a program with the name `gcloud`
 * if there is one, which may take seconds and prints a token of the person who is signed in there.
 */
const notAsked = 'not-asked'

/** The scope of the reader of policies: their APIs accept no narrower one. Its rights limit what it can do. */
const policyReaderScope = 'https://www.googleapis.com/auth/cloud-platform'

/** Google's client for this process. Rejects when there is no identity. No token is requested before the first call. */
export async function ownIdentity(
  sandbox: SandboxConfig | undefined,
  scopes: readonly string[] = ownScopes,
): Promise<AuthClient> {
  guardMetadata()
  if (!sandbox?.googleAccessToken) return new GoogleAuth({ scopes: [...scopes], projectId: notAsked }).getClient()
  const client = new OAuth2Client()
  client.setCredentials({ access_token: sandbox.googleAccessToken.reveal() })
  return client
}

type Reading = {
  groupsReader?: string
  readGroupSettings?: boolean
  sandbox: SandboxConfig | undefined
  clock: Clock
  metrics: Metrics<typeof hallpassMetrics>
}

/**
 * Google groups, read with tokens of the account that the settings name. Its adapter is loaded only when needed, because
 * Google's clients are large.
 */
export async function googleGroupsOf(reading: Reading): Promise<GoogleGroups> {
  const { groupsReader, readGroupSettings = false, sandbox, clock, metrics } = reading
  if (groupsReader === undefined) return noGoogleGroups
  const { createGoogleGroups, groupSettingsScope, groupsScope } = await import('../google/groups.ts')
  const { readerIdentity } = await import('../google/reader-identity.ts')
  const source = await ownIdentity(sandbox, roleReaderScopes)
  const as = (scope: string): AuthClient =>
    readerIdentity({ account: groupsReader, scope, source, ...(sandbox?.google && { rootUrl: sandbox.google }) })
  const groups = createGoogleGroups({
    reader: as(groupsScope),
    ...(readGroupSettings && { settingsReader: as(groupSettingsScope) }),
    clock,
    ...(sandbox?.google && { rootUrl: sandbox.google }),
  })
  return counted(groups, { service: 'groups', metrics })
}

type ReadingPolicies = Pick<Reading, 'sandbox' | 'clock' | 'metrics'> & { policyReader: string }

/** Reads one policy at version 3 with a token of the account that the settings name. Rejects with Refused, Waiting or Broken. */
export async function policiesReadBy(reading: ReadingPolicies): Promise<(resource: string) => Promise<Policy>> {
  const { policyReader: account, sandbox, clock, metrics } = reading
  const { readerIdentity } = await import('../google/reader-identity.ts')
  const root = sandbox?.google ? { rootUrl: sandbox.google } : {}
  const source = await ownIdentity(sandbox, roleReaderScopes)
  const identity = readerIdentity({ account, scope: policyReaderScope, source, ...root })
  const token = createOwnToken(identity, 'the account of google.policyReader')
  const service = createPolicyService({ clock, whose: 'the reader', ...root })
  const policies = counted(service, { service: 'resourceManager', metrics })
  return async resource => policies.read(resource, await token())
}
