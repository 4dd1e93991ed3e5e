// What is wrong with an event, in PagerDuty's words where they are known. Fields that its documentation does not name are
// refused, although the service ignores them.
import { actions, severities } from './alerts.ts'

type Field = { at: string; most?: number; oneOf?: readonly string[] }

const topFields = ['routing_key', 'event_action', 'dedup_key', 'payload', 'links', 'images', 'client', 'client_url']
const payloadFields = ['summary', 'source', 'severity', 'timestamp', 'component', 'group', 'class', 'custom_details']

/** Every fault of the body; none when it is an event. */
export function faultsOfEvent(body: unknown): string[] {
  if (!isObject(body)) return ['Event is not an object']
  const { routing_key: key, event_action: action, payload } = body
  return [
    ...unknownFields(body, topFields, ''),
    ...faultsOfKey(key),
    ...faultOf(action, { at: 'event_action', oneOf: actions }),
    ...(action === 'trigger' || body['dedup_key'] !== undefined
      ? faultOf(body['dedup_key'] ?? 'generated', { at: 'dedup_key', most: 255 })
      : ["'dedup_key' is missing or blank"]),
    ...(action === 'trigger' ? faultsOfPayload(payload) : []),
    ...optional(body, ['client', 'client_url']),
    ...faultsOfList(body['links'], { at: 'links', address: 'href' }),
    ...faultsOfList(body['images'], { at: 'images', address: 'src' }),
  ]
}

function faultsOfKey(key: unknown): string[] {
  if (typeof key !== 'string' || key === '') return ["'routing_key' is missing or blank"]
  return [
    ...(key.length === 32 ? [] : ["Length of 'routing_key' is incorrect (should be 32 characters)"]),
    ...(/^[A-Za-z0-9]*$/.test(key) ? [] : ["'routing_key' cannot contain non-alphanumeric characters."]),
  ]
}

function faultsOfPayload(payload: unknown): string[] {
  if (!isObject(payload)) return ["'payload' is missing or blank"]
  const { custom_details: details = {}, timestamp = '2026-01-01T00:00:00Z' } = payload
  return [
    ...unknownFields(payload, payloadFields, 'payload.'),
    ...faultOf(payload['summary'], { at: 'payload.summary', most: 1024 }),
    ...faultOf(payload['source'], { at: 'payload.source', most: 255 }),
    ...faultOf(payload['severity'], { at: 'payload.severity', oneOf: severities }),
    ...optional(payload, ['component', 'group', 'class']),
    ...(typeof timestamp === 'string' && !Number.isNaN(Date.parse(timestamp))
      ? []
      : ["'payload.timestamp' is invalid (must be ISO 8601)"]),
    ...(isObject(details) ? [] : ["'payload.custom_details' is invalid (must be an object)"]),
  ]
}

function faultsOfList(list: unknown, { at, address }: { at: string; address: string }): string[] {
  if (list === undefined) return []
  const isFit = Array.isArray(list) && list.every(entry => isObject(entry) && isHttps(entry[address]))
  return isFit ? [] : [`'${at}' is invalid (must be a list of objects with '${address}', an https address)`]
}

function faultOf(value: unknown, { at, most = Infinity, oneOf }: Field): string[] {
  if (typeof value !== 'string' || value === '') return [`'${at}' is missing or blank`]
  if (oneOf && !oneOf.includes(value)) return [`'${at}' is invalid (must be one of the following: ${quoted(oneOf)})`]
  return value.length > most ? [`'${at}' is too long (maximum is ${most} characters)`] : []
}

function optional(object: Record<string, unknown>, fields: readonly string[]): string[] {
  return fields.flatMap(field => (object[field] === undefined ? [] : faultOf(object[field], { at: field, most: 1024 })))
}

function unknownFields(object: object, known: readonly string[], before: string): string[] {
  return Object.keys(object).flatMap(field => (known.includes(field) ? [] : [`'${before}${field}' is not a field`]))
}

function quoted(values: readonly string[]): string {
  return values.map(value => `'${value}'`).join(', ')
}

function isHttps(address: unknown): boolean {
  return typeof address === 'string' && URL.parse(address)?.protocol === 'https:'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
