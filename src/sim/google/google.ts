// The simulated Google: sign-in, policies of all resources and IAM, KMS and Logging on one port, and read-outs under /_sim/.
import express, { type Express } from 'express'
import { SimClock, type Clock } from '../clock.ts'
import { serve, type Faults } from '../serve.ts'
import { Accounts, type Choice } from './accounts.ts'
import { Api } from './api.ts'
import { serveIam } from './iam.ts'
import { serveCloudIdentity } from './cloud-identity.ts'
import { serveCredentials } from './credentials.ts'
import { GroupDirectory } from './group-directory.ts'
import { serveGroupSettings } from './group-settings.ts'
import { Keys, serveKms } from './kms.ts'
import { LogBuckets } from './log-buckets.ts'
import { serveLogging } from './logging.ts'
import { Policies } from './policies.ts'
import { Quota } from './quota.ts'
import { serveResourcePolicies } from './resource-policies.ts'
import { Rights } from './rights.ts'
import { Roles } from './roles.ts'
import { defaultGoogleSeeds } from './seeds.ts'
import { Signing } from './signing.ts'
import { Tokens } from './tokens.ts'
import type { Troubles } from './troubles.ts'
import { serveUserInfo } from './user-info.ts'
import type { Call, GoogleSeeds } from './types.ts'

export type GoogleOptions = {
  /** The machine's clock unless given. Only a SimClock can be moved through POST /_sim/clock. */
  clock?: Clock
  /** defaultGoogleSeeds() unless given. */
  seeds?: GoogleSeeds
  /** A free port unless given. */
  port?: number
}

/** A running simulator; tests in the same process may read and change everything in it. */
export type GoogleSim = {
  url: string
  port: number
  faults: Faults
  clock: Clock
  seeds: GoogleSeeds
  /** IAM policies as stored; `define` changes them past all checks. */
  policies: Policies
  keys: Keys
  logs: LogBuckets
  tokens: Tokens
  signing: Signing
  /** Resource Manager's quota, which is not limited unless it is set. */
  quota: Quota
  /** APIs that refuse every call because of a setting, by host. */
  troubles: Troubles
  /** Every API call that was processed, oldest first. */
  calls: Call[]
  /** Whether the account has the role (`roles/…`) or permission on the resource, now unless said otherwise. */
  holds(email: string, roleOrPermission: string, resource: string, at?: Date): boolean
  /** Deletes an account: it can no longer sign in or be granted anything, and policies show it as deleted. */
  deleteAccount(email: string): void
  /** Walks an authorization URL through the account chooser; returns the redirect, throws the text of an error page. */
  signIn(authorizeUrl: string, choice: Choice): URL
  close(): Promise<void>
}

/** Starts the simulated Google on a loopback port. */
export async function startGoogle(options: GoogleOptions = {}): Promise<GoogleSim> {
  const { clock = new SimClock(), seeds = defaultGoogleSeeds(), port } = options
  const roles = new Roles(seeds.roles, (seeds.customRoles ??= []))
  const policies = new Policies()
  for (const resource of seeds.resources) policies.define(resource)
  const rights = new Rights({ policies, roles, people: seeds.people, groups: seeds.groups })
  const tokens = new Tokens(clock, seeds.serviceIdentities)
  const signing = new Signing(clock)
  const accounts = new Accounts({ people: seeds.people, client: seeds.client, tokens, signing, clock })
  const api = new Api(tokens, clock)
  const directory = new GroupDirectory(seeds)
  const quota = new Quota()
  const [keys, logs] = [new Keys(seeds.keys), new LogBuckets(seeds.logViews)]
  const holds: GoogleSim['holds'] = (email, what, resource, at = clock.now()) =>
    what.includes('/') ? rights.hasRole(email, what, resource, { at }) : rights.may(email, what, resource, { at })
  const served = await serve(app => {
    accounts.serve(app)
    serveResourcePolicies(app, api, { policies, rights, roles, directory: seeds, logs, quota })
    serveIam(app, api, { seeds, rights })
    serveCredentials(app, api, { rights, tokens })
    serveCloudIdentity(app, api, directory)
    serveGroupSettings(app, api, directory)
    serveUserInfo(app, api, seeds.people)
    serveKms(app, api, { keys, rights })
    serveLogging(app, api, { logs, rights })
    serveReadOuts(app, { clock, policies, logs, tokens, calls: api.calls, holds })
    app.use((req, res) => void res.status(404).json(notFound(req.path)))
  }, port)
  const signIn: GoogleSim['signIn'] = (url, choice) => accounts.signIn(url, choice)
  const deleteAccount: GoogleSim['deleteAccount'] = email => {
    const found = seeds.people.findIndex(person => person.email === email)
    const [person] = found < 0 ? [] : seeds.people.splice(found, 1)
    if (!person) throw new Error(`No such account: ${email}`)
    tokens.revokeAllOf(email)
    policies.rename(`user:${email}`, `deleted:user:${email}?uid=${person.sub}`)
  }
  return {
    ...served,
    clock,
    seeds,
    policies,
    keys,
    logs,
    tokens,
    signing,
    quota,
    troubles: api.troubles,
    calls: api.calls,
    holds,
    deleteAccount,
    signIn,
  }
}

type Shown = Pick<GoogleSim, 'clock' | 'policies' | 'logs' | 'tokens' | 'calls' | 'holds'>

// For other processes: the simulator's data and its clock.
function serveReadOuts(app: Express, { clock, policies, logs, tokens, calls, holds }: Shown): void {
  app.get('/_sim/calls', (_req, res) => void res.json(calls))
  app.get('/_sim/entries', (_req, res) => void res.json(logs.entries()))
  app.get(/^\/_sim\/policies\/(.+)$/, (req, res) => {
    const policy = policies.read((req.params as unknown as Record<string, string>)['0'] ?? '')
    if (policy) res.json(policy)
    else res.status(404).json(notFound(req.path))
  })
  app.get('/_sim/holds', (req, res) => {
    const { searchParams: query } = new URL(req.originalUrl, 'http://google')
    const [email, what, resource] = ['email', 'what', 'resource'].map(name => query.get(name) ?? '')
    const at = query.get('at')
    res.json({ holds: holds(email ?? '', what ?? '', resource ?? '', at ? new Date(at) : clock.now()) })
  })
  app.post('/_sim/revoke', express.json(), (req, res) => {
    tokens.revokeAllOf((req.body as { email: string }).email)
    res.status(204).end()
  })
  app.get('/_sim/clock', (_req, res) => void res.json({ now: clock.now().toISOString() }))
  app.post('/_sim/clock', express.json(), (req, res) => {
    if (!(clock instanceof SimClock))
      return void res.status(409).json({ error: 'This clock cannot be moved from outside.' })
    const { forwardSeconds, set } = req.body as { forwardSeconds?: number; set?: string }
    if (set !== undefined) clock.set(new Date(set))
    if (forwardSeconds !== undefined) clock.forward(forwardSeconds)
    res.json({ now: clock.now().toISOString() })
  })
}

function notFound(path: string): object {
  return { error: { code: 404, message: `Nothing is served at ${path}.`, status: 'NOT_FOUND' } }
}
