// Reads Hallpass's own log back with the process's identity: implements the read-back port. What a person must change is
// Refused, with the permission and the place to grant it on; everything else may pass.
import type { AuthClient } from 'google-auth-library'
import { type Refusal, refusal } from '../domain/outcome.ts'
import type { LogReadBack } from '../domain/audit/log-read-back.ts'
import type { Clock } from '../domain/ports.ts'
import type { FailedAnswer } from './answer.ts'
import { callerFault, ownIdentityFault } from './caller.ts'
import { setupFault } from './forbidden.ts'
import { createLogReader, type LogReaderOptions } from './log-reader.ts'
import { callTimeoutMs } from './transport.ts'

type ReadBackOptions = {
  /** The process's own identity, with the scope logging.read. */
  authClient: AuthClient
  clock: Clock
  /** Another address than Google's, for the sandbox and tests. */
  rootUrl?: string
  pause?: (ms: number) => Promise<void>
  limits?: LogReaderOptions['limits']
}

/** A batch is a page or two; the quota is shared with everybody who reads logs there, so it is not waited for long. */
const ownLimits = { callMs: callTimeoutMs, waitMs: 60_000, emptyPages: 20, pages: 50 }

/** The port over Cloud Logging. */
export function createLogReadBack({ limits, ...options }: ReadBackOptions): LogReadBack {
  const reader = createLogReader({ ...options, limits: { ...ownLimits, ...limits }, refused })
  return { read: async query => Array.fromAsync(reader.entries(query)) }
}

function refused(answer: FailedAnswer, places: readonly string[]): Refusal | undefined {
  const [place = ''] = places
  const project = place.split('/').slice(0, 2).join('/')
  const called = { service: 'logging.googleapis.com', project: `"${project}"`, what: `the logs of "${place}"` }
  const fault = setupFault(answer, called) ?? ownIdentityFault(answer, 'Cloud Logging')
  if (fault) return fault
  const { status } = answer
  if (callerFault(answer) || (status !== 403 && status !== 404)) return undefined
  const [permission, role] = place.includes('/views/')
    ? ['logging.views.access', 'roles/logging.viewAccessor']
    : ['logging.logEntries.list', 'roles/logging.viewer']
  return refusal(
    'LogUnreadable',
    `Cloud Logging does not let Hallpass read "${place}", so settled requests are kept for longer than retainFor. Grant the controller "${permission}" there (${role}), or correct google.auditView.`,
  )
}
