// The official clients, pointed at a simulated Google, and a clock that does not move until it is told.
import { randomBytes } from 'node:crypto'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import { CodeChallengeMethod, OAuth2Client } from 'google-auth-library'
import { cloudresourcemanager_v3 } from 'googleapis/build/src/apis/cloudresourcemanager/v3.js'
import { logging_v2 } from 'googleapis/build/src/apis/logging/v2.js'
import type { GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultGoogleSeeds } from '../../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../../src/sim/google/tokens.ts'
import type { GoogleSeeds } from '../../../src/sim/google/types.ts'

/** A clock for boundaries: it says what it is told. */
export class StillClock {
  at = new Date('2026-11-24T12:00:00Z')
  now(): Date {
    return this.at
  }
  forward(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000)
  }
}

function authOf(token: string): OAuth2Client {
  const auth = new OAuth2Client()
  auth.setCredentials({ access_token: token })
  return auth
}

export type ResourceManager = cloudresourcemanager_v3.Cloudresourcemanager
export type IamPolicy = cloudresourcemanager_v3.Schema$Policy
export type IamBinding = cloudresourcemanager_v3.Schema$Binding

/** Resource Manager with exactly this token. */
export function resourceManager(google: GoogleSim, token: string): ResourceManager {
  return new cloudresourcemanager_v3.Cloudresourcemanager({
    auth: authOf(token),
    rootUrl: `${google.url}/`,
    retryConfig: { retry: 0 },
  })
}

/** Resource Manager as a person who has just signed in and granted these scopes. */
export function as(google: GoogleSim, email: string, scopes = [cloudPlatform]): ResourceManager {
  return resourceManager(google, google.tokens.issue(email, scopes, google.seeds.client.id))
}

export function kms(google: GoogleSim, token: string): KeyManagementServiceClient {
  return new KeyManagementServiceClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: google.port,
    authClient: authOf(token),
  })
}

export function logging(google: GoogleSim, token: string): logging_v2.Logging {
  return new logging_v2.Logging({ auth: authOf(token), rootUrl: `${google.url}/`, retryConfig: { retry: 0 } })
}

/** An OAuth client as a web application has it. */
export function oauthClient(
  { url, seeds: { client } }: GoogleSim,
  other: { secret?: string; redirectUri?: string } = {},
): OAuth2Client {
  return new OAuth2Client({
    clientId: client.id,
    clientSecret: other.secret ?? client.secret,
    redirectUri: other.redirectUri ?? client.redirectUris[0] ?? '',
    endpoints: {
      oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${url}/token`,
      oauth2RevokeUrl: `${url}/revoke`,
      oauth2FederatedSignonPemCertsUrl: `${url}/oauth2/v1/certs`,
    },
    transporterOptions: { retryConfig: { retry: 0 } },
  })
}

/**
 * An authorization URL as Hallpass makes it, with its PKCE verifier; `changed` replaces parameters, undefined takes one
 * out.
 */
export async function authorization(
  client: OAuth2Client,
  changed: Record<string, string | undefined> = {},
): Promise<{ url: string; codeVerifier: string }> {
  const { codeVerifier, codeChallenge = '' } = await client.generateCodeVerifierAsync()
  const url = new URL(
    client.generateAuthUrl({
      scope: ['openid', 'email', cloudPlatform],
      access_type: 'online',
      prompt: 'select_account',
      state: randomBytes(8).toString('hex'),
      nonce: 'a-nonce',
      code_challenge: codeChallenge,
      code_challenge_method: CodeChallengeMethod.S256,
    } as Parameters<OAuth2Client['generateAuthUrl']>[0]),
  )
  for (const [name, value] of Object.entries(changed))
    if (value === undefined) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  return { url: url.href, codeVerifier }
}

/** The result of a client's call: HTTP status, google.rpc status, message and ErrorInfo. */
export type Refused = { status: number; rpc?: string; message: string; reason?: string; metadata?: object }

/** The refusal of a call; throws when the call went through. */
export async function refusalOf(call: Promise<unknown>): Promise<Refused> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown as { status?: number; message: string; response?: { data?: unknown } },
  )
  if (!error) throw new Error('The call went through')
  const body = (error.response?.data as { error?: ErrorBody } | undefined)?.error
  const info = body?.details?.[0]
  return {
    status: error.status ?? 0,
    message: body?.message ?? error.message,
    ...(body?.status && { rpc: body.status }),
    ...(info?.reason && { reason: info.reason }),
    ...(info?.metadata && { metadata: info.metadata }),
  }
}
type ErrorBody = { message: string; status?: string; details?: { reason?: string; metadata?: object }[] }

/** The default seeds, where Mo and Ana may change every binding of the project: for the rules that hold for any admin. */
export function withAdmins(seeds = defaultGoogleSeeds()): GoogleSeeds {
  const admins = {
    role: 'roles/resourcemanager.projectIamAdmin',
    members: ['user:mo@example.com', 'user:ana@example.com'],
  }
  const resources = seeds.resources.map(resource =>
    resource.name === 'projects/prod-eu'
      ? { ...resource, bindings: [admins, ...resource.bindings.slice(1)] }
      : resource,
  )
  return { ...seeds, resources }
}
