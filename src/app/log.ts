// The log: one JSON object a line on stdout, as Cloud Logging reads it (severity, message, time). Callers must not log
// a body, header, query or token; fields that look like one are removed anyway.
import { type DestinationStream, type LogFn, type Logger, pino } from 'pino'
import { invisible } from '../domain/text.ts'
import type { Log as KubeLog } from '../kube/environment.ts'

const severities: Record<string, string> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
}

/** Fields with these names are never printed, at any depth of two. */
const secretNames = ['token', 'accessToken', 'idToken', 'secret', 'authorization', 'cookie', 'code', 'ticket', 'state']

/** A log that names its process. By default it goes to stdout, where the node collects it. */
export function createLog(process: string, { to = pino.destination(1) }: { to?: DestinationStream } = {}): Logger {
  const options = {
    base: { process },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ severity: severities[label] ?? 'DEFAULT' }) },
    hooks: { streamWrite: visibly, logMethod: messageFirst },
    redact: { paths: secretNames.flatMap(name => [name, `*.${name}`]), censor: '[secret]' },
  }
  return pino(options, to)
}

// pino would print the message last, where a person who reads `kubectl logs` finds it behind all fields.
function messageFirst(this: Logger, [facts, message]: Parameters<LogFn>, method: LogFn): void {
  if (typeof facts !== 'object' || message === undefined) return method.call(this, facts, message)
  return method.call(this, Object.assign({ message }, facts, { message }))
}

// JSON escapes only characters below U+0020, and `kubectl logs` prints the others unchanged: DEL, one-character
// escapes, direction marks. They can only be inside strings of the line, so each becomes its JSON escape.
function visibly(line: string): string {
  return line.replace(invisible, character => character.split('').map(escaped).join(''))
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The same log with the runtime's interface. */
export function kubeLogOf(log: Logger): KubeLog {
  return {
    debug: (message, facts = {}) => log.debug(facts, message),
    info: (message, facts = {}) => log.info(facts, message),
    warn: (message, facts = {}) => log.warn(facts, message),
    error: (message, facts = {}) => log.error(facts, message),
  }
}
