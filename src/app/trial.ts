// The services as `hallpass trial` asks them: one call at a time through the product's own clients, with answers as status
// and codes. Bodies of failed calls are dropped, and every call is noted without a secret.
import type { AuthClient } from 'google-auth-library'
import { passingOf } from '../domain/failed-answer.ts'
import type { PageEvent } from '../domain/calling/page-event.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Policy } from '../domain/granting/policy.ts'
import type { PolicyService } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { at, failedAnswer } from '../google/answer.ts'
import { groupSettingsScope, groupsScope } from '../google/groups.ts'
import { createPolicyService } from '../google/policy-service.ts'
import { readerIdentity } from '../google/reader-identity.ts'
import { personClient, withoutSlash } from '../google/transport.ts'
import { createGet, pagerDutyUrls } from '../pagerduty/client.ts'
import { createEnqueue, eventsUrls } from '../pagerduty/events.ts'
import { createClient } from '../slack/messages/client.ts'
import { codeOf, outcomeOf } from '../slack/messages/outcome.ts'
import { systemClock } from './clock.ts'
import type { Config, ControllerConfig } from './config.ts'
import { redeem } from './redeem.ts'
import { type NextCommand, typedCommands } from './trial-commands.ts'

/** One call and its answer, for the report: method and path, status and codes. */
export type Exchange = { request: string; answer: string }

export type GoogleCall = {
  api: 'cloudresourcemanager' | 'cloudkms' | 'logging' | 'openidconnect'
  /** Such as `v3/projects/p:getIamPolicy`. */
  path: string
  body?: object
  method?: 'GET' | 'POST' | 'DELETE'
  headers?: Record<string, string>
  /** Another token than the person's. */
  token?: Secret
}
/** A read with the account that reads groups: of Cloud Identity, or of the Groups Settings API. */
export type GroupsCall = { api: 'cloudidentity' | 'www'; path: string }
/** `code` is the status with Google's codes, such as `403 PERMISSION_DENIED IAM_PERMISSION_DENIED`; `data` comes with 200. */
export type GoogleAnswer = { code: string; data?: unknown }
/** `code` is `ok`, or Slack's error. */
export type SlackAnswer = { code: string; data?: unknown }
/** `code` is the status, with PagerDuty's own code if there is one. */
export type PagerDutyAnswer = { code: string; data?: unknown }

/** Each function rejects with Broken when the service did not answer, or asked to wait. */
export type TrialServices = {
  google(call: GoogleCall): Promise<GoogleAnswer>
  /** Absent unless the settings name an account that reads groups. The person's token makes tokens of that account. */
  groups?: (call: GroupsCall) => Promise<GoogleAnswer>
  /** Tries to exchange a code that Google has not given for a token. */
  redeem(code: string): Promise<string>
  readPolicy(resource: string): Promise<Policy>
  writePolicy(resource: string, policy: Policy, reason: string): Promise<Policy | 'conflict'>
  slack(method: string, args: Record<string, unknown>): Promise<SlackAnswer>
  pagerduty(path: string, query?: Record<string, string | string[]>): Promise<PagerDutyAnswer>
  /** Whether Google says that the person may write the policy; Refused when the resource cannot take conditions. */
  mayWrite(resource: string): Promise<boolean>
  /** The names of the routes of the settings. */
  routes: readonly string[]
  /** Sends an event under the key of a route, or under another one; gives the status with PagerDuty's own word. */
  sendEvent(route: string | Secret, event: PageEvent): Promise<string>
  /** The text of the next command that a person types, as Slack delivers it; absent without Socket Mode. */
  nextCommand?: NextCommand
}

type Opening = { config: Config; token: Secret; note: (exchange: Exchange) => void }

/** The services of a whole configuration; Google with the person's own token. */
export function openTrial({ config, token, note }: Opening): TrialServices {
  const { auth, controller, gateway, sandbox } = config
  if (!auth || !controller || !gateway) throw new Error('A trial needs the settings of all processes.')
  const root = sandbox?.google
  const policies = createPolicyService({ clock: systemClock, ...(root && { rootUrl: root }) })
  const appToken = 'appToken' in gateway.via ? gateway.via.appToken : undefined
  return {
    google: call => askGoogle(call, { root, token, note }),
    ...(controller.groupsReader && { groups: groupsOf(controller.groupsReader, { root, token, note }) }),
    redeem: async code => {
      const { request, status, answer } = await redeem(code, { auth, root })
      note({ request, answer })
      requireJudged(status, 'Google')
      return answer
    },
    ...policyCalls(policies, token, note),
    slack: slackOf(controller, sandbox?.slack, note),
    pagerduty: pagerDutyOf(controller, sandbox?.pagerduty, note),
    routes: [...controller.pageKeys.keys()],
    sendEvent: eventsOf(controller, sandbox?.pagerdutyEvents, note),
    ...(appToken && { nextCommand: typedCommands({ appToken, slackApiUrl: sandbox?.slack }) }),
  }
}

type Asking = { root: string | undefined; note: (exchange: Exchange) => void }

async function askGoogle(call: GoogleCall, { root, token, note }: Asking & { token: Secret }): Promise<GoogleAnswer> {
  const answer = await askAs(personClient(call.token ?? token), call, { root, note })
  if (answer.code.startsWith('401') && !call.token) throw new Broken('Google does not accept the access token (401).')
  return answer
}

type Call = Omit<GoogleCall, 'api' | 'token'> & { api: GoogleCall['api'] | GroupsCall['api'] }

async function askAs(client: AuthClient, call: Call, { root, note }: Asking): Promise<GoogleAnswer> {
  const { api, path, method = 'POST', headers, body } = call
  const request = `${method} ${api}.googleapis.com/${path}`
  const answer = await answerTo(client, request, {
    url: `${root ? withoutSlash(root) : `https://${api}.googleapis.com`}/${path}`,
    method,
    ...(headers && { headers }),
    ...(body && { data: body }),
  })
  const { status, rpc, reason } = failedAnswer({ response: answer })
  const code = [status, rpc, reason].filter(part => part !== undefined).join(' ')
  note({ request, answer: code })
  requireJudged(answer.status, 'Google')
  return { code, ...(answer.status === 200 && { data: answer.data }) }
}

function groupsOf(
  account: string,
  { root, token, note }: Asking & { token: Secret },
): NonNullable<TrialServices['groups']> {
  const source = personClient(token)
  const as = (scope: string): AuthClient =>
    readerIdentity({ account, scope, source, ...(root && { rootUrl: withoutSlash(root) }) })
  const clients = { cloudidentity: as(groupsScope), www: as(groupSettingsScope) }
  return async ({ api, path }) => {
    const client = clients[api]
    await client.getAccessToken().catch((error: unknown) => {
      const { status = 'no answer' } = failedAnswer(error)
      throw new Broken(
        `No token of ${account} could be made (${status}). Give yourself roles/iam.serviceAccountTokenCreator on that account.`,
      )
    })
    return askAs(client, { api, path, method: 'GET' }, { root, note })
  }
}

type Sent = { url: string; method: 'GET' | 'POST' | 'DELETE'; headers?: Record<string, string>; data?: object }

// The client's own error holds the token, so it is dropped.
async function answerTo(client: AuthClient, request: string, sent: Sent): Promise<{ status: number; data: unknown }> {
  try {
    return await client.request<unknown>({ ...sent, responseType: 'json', validateStatus: () => true })
  } catch {
    throw new Broken(`Google did not answer ${request}.`, { answered: false })
  }
}

function policyCalls(
  policies: PolicyService,
  token: Secret,
  note: Asking['note'],
): Pick<TrialServices, 'readPolicy' | 'writePolicy' | 'mayWrite'> {
  const noted = async <T>(request: string, work: Promise<T>): Promise<T> => {
    const result = await work.catch((error: unknown) => {
      note({ request, answer: error instanceof Refused ? `refused, ${error.refusal.reason}` : 'failed' })
      throw error
    })
    note({ request, answer: result === 'conflict' ? '409' : '200' })
    return result
  }
  // Each other API has its own path for each type.
  const named = (resource: string, verb: string): string =>
    resource.startsWith('//')
      ? `${verb} ${resource.slice(2)}`
      : `POST cloudresourcemanager.googleapis.com/v3/${resource}:${verb}`
  return {
    readPolicy: resource => noted(named(resource, 'getIamPolicy'), policies.read(resource, token)),
    writePolicy: (resource, policy, reason) =>
      noted(named(resource, 'setIamPolicy'), policies.write(resource, policy, token, reason)),
    mayWrite: resource => noted(named(resource, 'testIamPermissions'), policies.mayWrite(resource, token)),
  }
}

function slackOf(
  { botToken }: ControllerConfig,
  slackApiUrl: string | undefined,
  note: Asking['note'],
): TrialServices['slack'] {
  const client = createClient({ token: botToken, ...(slackApiUrl && { slackApiUrl }) })
  return async (method, args) => {
    try {
      const data = await client.apiCall(method, args)
      note({ request: `POST slack.com/api/${method}`, answer: 'ok' })
      return { code: 'ok', data }
    } catch (error) {
      const code = codeOf(error)
      note({ request: `POST slack.com/api/${method}`, answer: code ?? 'no answer of Slack' })
      if (code === undefined) throw outcomeOf(error, { now: systemClock.now(), doing: method })
      return { code }
    }
  }
}

function pagerDutyOf(
  { pagerDutyToken: token, pagerDutyRegion }: ControllerConfig,
  sandbox: string | undefined,
  note: Asking['note'],
): TrialServices['pagerduty'] {
  const get = createGet({ token, rootUrl: sandbox ?? pagerDutyUrls[pagerDutyRegion] })
  return async (path, query = {}) => {
    const { status, data } = await get(path, query, AbortSignal.timeout(10_000))
    const code = at(at(data, 'error'), 'code')
    const answer = [status, typeof code === 'number' ? code : undefined].filter(part => part !== undefined).join(' ')
    note({ request: `GET api.pagerduty.com${path}`, answer })
    requireJudged(status, 'PagerDuty')
    return { code: answer, ...(status === 200 && { data }) }
  }
}

/** What the Events API calls its answers. */
const knownWords = ['success', 'invalid event', 'throttle exceeded']

function eventsOf(
  { pageKeys, pagerDutyRegion }: ControllerConfig,
  sandbox: string | undefined,
  note: Asking['note'],
): TrialServices['sendEvent'] {
  const enqueue = createEnqueue(sandbox ?? eventsUrls[pagerDutyRegion])
  return async (route, event) => {
    const key = typeof route === 'string' ? pageKeys.get(route) : route
    if (!key) throw new Broken(`The settings have no route "${String(route)}".`)
    const { status, data } = await enqueue(event, key)
    const word = at(data, 'status')
    const said = knownWords.find(known => known === word)
    const answer = [status, said].filter(part => part !== undefined).join(' ')
    note({ request: `POST events.pagerduty.com/v2/enqueue (${event.action})`, answer })
    if (status !== 202) requireJudged(status, 'PagerDuty')
    return answer
  }
}

/** An answer that may be another one in a minute says nothing about the service's rules. */
function requireJudged(status: number, whose: string): void {
  if (passingOf(status) !== undefined && status !== 200) throw new Broken(`${whose} answered ${status}.`)
}
