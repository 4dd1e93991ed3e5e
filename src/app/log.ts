// The log: one JSON object a line on stdout, as Cloud Logging reads it (severity, message, time). Whoever logs gives facts
// that hold no body, header, query or token; what looks like one is struck out all the same.
import { pino, type Logger } from 'pino'
import type { Log as KubeLog } from '../kube/environment.ts'

const severities: Record<string, string> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

/** Facts of these names are never printed, wherever they stand. */
const secretNames = ['token', 'accessToken', 'idToken', 'secret', 'authorization', 'cookie', 'code', 'ticket', 'state']

/** A log that names its process. `level` is pino's: debug, info, warn, error. */
export function createLog(process: string, level = 'info'): Logger {
  return pino({
    level,
    base: { process },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ severity: severities[label] ?? 'DEFAULT' }) },
    redact: { paths: secretNames.flatMap(name => [name, `*.${name}`]), censor: '[secret]' },
  })
}

/** The same log in the runtime's words. */
export function kubeLogOf(log: Logger): KubeLog {
  return {
    debug: (message, facts = {}) => log.debug(facts, message),
    info: (message, facts = {}) => log.info(facts, message),
    warn: (message, facts = {}) => log.warn(facts, message),
    error: (message, facts = {}) => log.error(facts, message),
  }
}
