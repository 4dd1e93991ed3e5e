// The usual form of a step and of its place, checked by hand, because a log has millions of them. What is unusual is left to
// the schema in told.ts, which decides: whatever this takes, the schema takes as well, and reads the same.
import { parseDuration } from '../../domain/asking/duration.ts'

type Fields = Readonly<Record<string, unknown>>

/** Whether the schema of an entry's place would take it. */
export function isUsualPlace(entry: Fields): boolean {
  const { insertId, timestamp, receiveTimestamp } = entry
  return typeof insertId === 'string' && isUsualInstant(timestamp) && isOptional(receiveTimestamp, isUsualInstant)
}

/** Whether the schema of a step would take it, and would leave out only what is not named there. */
export function isUsualStep(payload: Fields): boolean {
  const { schemaVersion, installation, event, seq, at, request, requester, emergency, hash } = payload
  return (
    isOptional(schemaVersion, value => isCount(value, Number.MAX_SAFE_INTEGER)) &&
    isOptional(installation, value => isText(value, 300)) &&
    isText(event, 40) &&
    isCount(seq, 10_000) &&
    isUsualInstant(at) &&
    isName(request) &&
    isText(requester, 254) &&
    isOptional(emergency, value => value === true) &&
    isOptional(hash, value => isText(value)) &&
    payload['hours'] === undefined &&
    payload['window'] === undefined &&
    texts.every(name => typeof payload[name] === 'string') &&
    areGrants(payload['grants']) &&
    isApproval(payload['approval']) &&
    areDetails(payload['details'])
  )
}

const texts = ['message', 'actor', 'previous', 'roleMapping', 'duration', 'reason']
const instant =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/

function isUsualInstant(value: unknown): boolean {
  return typeof value === 'string' && instant.test(value)
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value)
}

function isText(value: unknown, most = Infinity): boolean {
  return typeof value === 'string' && value.length <= most
}

function isCount(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
}

function fieldsOf(value: unknown): Fields | undefined {
  const isFields = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isFields && !Object.hasOwn(value, '__proto__') ? (value as Fields) : undefined
}

function isName(value: unknown): boolean {
  const named = fieldsOf(value)
  return isText(named?.['namespace'], 63) && isText(named?.['name'], 253) && isText(named?.['uid'], 64)
}

function areGrants(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 10 && value.every(isGrant)
}

function isGrant(value: unknown): boolean {
  const grant = fieldsOf(value)
  if (grant === undefined || !isText(grant['resource']) || !isText(grant['role'])) return false
  return !('condition' in grant) || isText(grant['condition'])
}

function isApproval(value: unknown): boolean {
  const approval = fieldsOf(value)
  const window = approval?.['window']
  if (approval === undefined) return false
  return window === undefined || (typeof window === 'string' && parseDuration(window) !== undefined)
}

function areDetails(value: unknown): boolean {
  const details = fieldsOf(value)
  if (details === undefined) return false
  for (const name in details) if (typeof details[name] !== 'string') return false
  return times.every(name => isOptional(details[name], isUsualInstant))
}

const times = ['startsAt', 'expiresAt', 'endedAt', 'reviewBy']
