// Refusals that depend on nothing a caller does, ready to be injected: quota, an API that is off, a perimeter, a conflict as
// some Google APIs report it.
import type { Fault } from '../../../src/sim/serve.ts'

type Kind = 'quota exceeded' | 'API off' | 'outside the perimeter' | 'conflict by 412' | 'unavailable'

const service = 'cloudresourcemanager.googleapis.com'
const consumer = 'projects/123'

/** What Resource Manager answers, for `google.faults.add({ route, ...answerOf('quota exceeded') })`. */
export function answerOf(kind: Kind): Pick<Fault, 'status' | 'body'> {
  switch (kind) {
    case 'quota exceeded':
      return answer(429, 'RESOURCE_EXHAUSTED', quotaText, 'RATE_LIMIT_EXCEEDED', {
        consumer,
        service,
        quota_metric: `${service}/read_requests`,
        quota_limit: 'ReadRequestsPerMinutePerProject',
        quota_limit_value: '1200',
      })
    case 'API off':
      return answer(403, 'PERMISSION_DENIED', disabledText, 'SERVICE_DISABLED', { consumer, service })
    case 'outside the perimeter':
      return answer(403, 'PERMISSION_DENIED', perimeterText, 'SECURITY_POLICY_VIOLATED', { consumer, service })
    case 'conflict by 412':
      return answer(412, 'FAILED_PRECONDITION', 'Precondition Failed')
    case 'unavailable':
      return answer(503, 'UNAVAILABLE', 'The service is currently unavailable.')
  }
}

const quotaText =
  "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service " +
  `'${service}' for consumer 'project_number:123'.`
const disabledText =
  'Cloud Resource Manager API has not been used in project 123 before or it is disabled. Enable it and retry.'
const perimeterText = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: sim-1"

function answer(
  status: number,
  rpc: string,
  message: string,
  reason?: string,
  metadata?: object,
): Pick<Fault, 'status' | 'body'> {
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata }
  return { status, body: { error: { code: status, message, status: rpc, ...(reason && { details: [info] }) } } }
}
