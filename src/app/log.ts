// The log: one JSON object a line on stdout, as Cloud Logging reads it (severity, message, time). Whoever logs gives facts
// that hold no body, header, query or token; what looks like one is struck out all the same.
import { type DestinationStream, type Logger, pino } from 'pino'
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

/** Facts of these names are never printed, wherever they stand. */
const secretNames = ['token', 'accessToken', 'idToken', 'secret', 'authorization', 'cookie', 'code', 'ticket', 'state']

/** A log that names its process. It goes to stdout, where the node collects it, unless it is given another place. */
export function createLog(process: string, { to = pino.destination(1) }: { to?: DestinationStream } = {}): Logger {
  const options = {
    base: { process },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ severity: severities[label] ?? 'DEFAULT' }) },
    hooks: { streamWrite: visibly },
    redact: { paths: secretNames.flatMap(name => [name, `*.${name}`]), censor: '[secret]' },
  }
  return pino(options, to)
}

// JSON escapes what is below U+0020 only, and `kubectl logs` prints the rest as it is: DEL, one-character escapes, marks of
// direction. Only strings of the line can hold them, so each becomes the escape that JSON has for it.
function visibly(line: string): string {
  return line.replace(invisible, character => character.split('').map(escaped).join(''))
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
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
