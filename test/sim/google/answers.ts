// Answers that depend on nothing a caller does, ready to be injected with `faults.add({ route, ...answer })`: Google's own,
// with the bodies of https://google.aip.dev/193 and google/api/error_reason.proto, and those of proxies in between.
import type { Fault } from '../../../src/sim/serve.ts'

type FaultAnswer = Pick<Fault, 'status' | 'headers' | 'body'>

const httpOf = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const

/** Every code that can be answered. */
export const codes = Object.keys(httpOf) as (keyof typeof httpOf)[]

type More = { message?: string; reason?: string; metadata?: Record<string, string>; http?: number }

/** What a Google API answers: a google.rpc.Code, and the ErrorInfo that goes with it if a reason is given. */
export function googleAnswer(
  code: keyof typeof httpOf,
  { message = 'No.', reason, metadata = {}, http }: More = {},
): FaultAnswer {
  const status = http ?? httpOf[code]
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata }
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: { error: { code: status, message, status: code, ...(reason && { details: [info] }) } },
  }
}

const bodies = {
  page: {
    'content-type': 'text/html',
    body: '<html><head><title>Error</title></head><body><h1>Error</h1></body></html>',
  },
  nothing: { 'content-type': 'text/plain', body: '' },
  'other JSON': { 'content-type': 'application/json', body: '{"message":"blocked by policy"}' },
  'an OAuth error': { 'content-type': 'application/json', body: '{"error":"access_denied"}' },
} as const

/** Bodies that something in between sends. */
export const foreignBodies = Object.keys(bodies) as (keyof typeof bodies)[]

/** What a proxy, a balancer or a portal answers in Google's stead. */
export function foreignAnswer(status: number, kind: keyof typeof bodies = 'page'): FaultAnswer {
  const { body, ...headers } = bodies[kind]
  return { status, headers, body }
}

const service = 'cloudresourcemanager.googleapis.com'
const consumer = 'projects/123'

/** Every kind of answer of Resource Manager. */
export const answerKinds = [
  'quota exceeded',
  'API off',
  'outside the perimeter',
  'conflict by 412',
  'unavailable',
] as const
type Kind = (typeof answerKinds)[number]

/** Resource Manager's answers to callers that did nothing wrong themselves. */
export function answerOf(kind: Kind): FaultAnswer {
  switch (kind) {
    case 'quota exceeded':
      return googleAnswer('RESOURCE_EXHAUSTED', {
        message: quotaText,
        reason: 'RATE_LIMIT_EXCEEDED',
        metadata: {
          consumer,
          service,
          quota_metric: `${service}/read_requests`,
          quota_limit: 'ReadRequestsPerMinutePerProject',
          quota_limit_value: '1200',
        },
      })
    case 'API off':
      return googleAnswer('PERMISSION_DENIED', {
        message: 'Cloud Resource Manager API has not been used in project 123 before or it is disabled.',
        reason: 'SERVICE_DISABLED',
        metadata: { consumer, service },
      })
    case 'outside the perimeter':
      return googleAnswer('PERMISSION_DENIED', {
        message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: sim-1",
        reason: 'SECURITY_POLICY_VIOLATED',
        metadata: { consumer, service, uid: 'sim-1' },
      })
    case 'conflict by 412':
      return googleAnswer('FAILED_PRECONDITION', { message: 'Precondition Failed', http: 412 })
    case 'unavailable':
      return googleAnswer('UNAVAILABLE', { message: 'The service is currently unavailable.' })
  }
}

const quotaText =
  "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service " +
  `'${service}' for consumer 'project_number:123'.`
