// Every adapter of an outside service, made for an address and asked each kind of call that it makes: for promises that all
// of them keep alike.
import { createHash } from 'node:crypto'
import type { AccessRequest } from '../../src/api/kinds.ts'
import type { AuditEntry } from '../../src/domain/audit/audit.ts'
import type { Clock } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { createCertificates } from '../../src/google/certificates.ts'
import { createCustomRoles } from '../../src/google/custom-roles.ts'
import { createLogin } from '../../src/google/login.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { createPager } from '../../src/pagerduty/events.ts'
import { createOnCall } from '../../src/pagerduty/on-call.ts'
import { createChat } from '../../src/slack/messages/chat.ts'
import { createClient } from '../../src/slack/messages/client.ts'
import { createDirectory } from '../../src/slack/messages/directory.ts'
import { createRequests } from '../../src/store/requests.ts'
import { identity, redirectUri } from '../google/fixture.ts'

type Call = () => Promise<unknown>
/** An adapter and what its service would say. */
export type Adapter = {
  /** The calls of the adapter at this address. */
  at: (url: string, clock: Clock) => Record<string, Call>
  /** The service's own way to answer with an error. */
  own: (status: number) => unknown
}

const key = 'projects/p/locations/l/keyRings/r/cryptoKeys/k'
const sealed = `${createHash('sha256').update(key).digest('base64url').slice(0, 8)}AAAA`
const googles = (code: number): object => ({ error: { code, status: 'UNKNOWN', message: 'No.' } })
const now = new Date('2026-11-23T14:02:00Z')
export const entry = {
  insertId: 'i',
  at: now,
  severity: 'NOTICE',
  uid: 'u',
  payload: { schema: 'hallpass/audit/v1', event: 'Approved', seq: 1 },
  isFirst: true,
  isLast: false,
} as AuditEntry
const request = { metadata: { namespace: 'n', name: 'm', resourceVersion: '1' }, spec: {} } as AccessRequest

/** By the name of the service. */
export const adapters: Record<string, Adapter> = {
  'Resource Manager': {
    own: googles,
    at: (rootUrl, clock) => {
      const port = createPolicyService({ clock, rootUrl })
      const token = new Secret('ya29.x')
      const policy = { version: 3, etag: 'x', bindings: [] }
      return {
        read: () => port.read('projects/prod-eu', token),
        write: () => port.write('projects/prod-eu', policy, token, 'why'),
        mayWrite: () => port.mayWrite('projects/prod-eu', token),
      }
    },
  },
  IAM: {
    own: googles,
    at: (rootUrl, clock) => ({
      read: () => createCustomRoles({ authClient: identity('t'), clock, rootUrl }).read('projects/p/roles/r'),
    }),
  },
  'Cloud KMS': {
    own: googles,
    at: (rootUrl, clock) => {
      const options = { key, authClient: identity('t'), clock, rootUrl }
      return {
        seal: () => createSealer(options).seal('x', 'aad'),
        unseal: () => createUnsealer(options).unseal(sealed, 'aad'),
      }
    },
  },
  'Cloud Logging': {
    own: googles,
    at: (rootUrl, clock) => ({
      write: () => createAuditLog({ project: 'p', authClient: identity('t'), clock, rootUrl }).write([entry]),
    }),
  },
  OAuth: {
    own: () => ({ error: 'some_error', error_description: 'No.' }),
    at: (rootUrl, clock) => {
      const client = { clientID: 'c', clientSecret: new Secret('s'), redirectUri }
      return { exchange: () => createLogin({ clock, ...client, rootUrl }).exchange('code', 'v'.repeat(43)) }
    },
  },
  "Google's signing keys": {
    own: googles,
    at: (url, clock) => ({ fetch: () => createCertificates({ clock, url })('kid') }),
  },
  PagerDuty: {
    own: () => ({ error: { code: 2001, message: 'No.' } }),
    at: (rootUrl, clock) => {
      const port = createOnCall({ token: new Secret('k'), clock, rootUrl })
      return {
        onCall: () => port.onCall({ escalationPolicy: 'P', level: 1 }),
        describe: () => port.describe({ schedule: 'S' }),
      }
    },
  },
  "PagerDuty's Events API": {
    own: () => ({ status: 'invalid event', message: 'No.', errors: [] }),
    at: (rootUrl, clock) => {
      const port = createPager({ keys: new Map([['r', new Secret('k')]]), clock, rootUrl })
      return { send: () => port.send('r', { action: 'resolve', dedupKey: 'k' }) }
    },
  },
  Slack: {
    own: () => ({ ok: false, error: 'some_error' }),
    at: (url, clock) => {
      const client = createClient({ token: new Secret('xoxb-1'), slackApiUrl: `${url}/api/` })
      return {
        byId: () => createDirectory({ client, clock, installedTeams: ['T1'] }).byId('U1'),
        find: () => createChat({ client, clock }).find('C1', 'uid', now),
      }
    },
  },
  'the API server': {
    own: status => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'X', message: 'No.', code: status }),
    at: (server, clock) => {
      const transport = createTransport({ server })
      const requests = createRequests({ transport, clock })
      return {
        get: () => requests.get({ namespace: 'n', name: 'm' }),
        patchStatus: () => requests.patchStatus(request, {}),
      }
    },
  },
}
