// The check of calls against an OpenAPI 3.0 document.
import type { Exchange } from '../../src/sim/traffic.ts'
import { faultsOf, type Json, type Schema } from './schema.ts'

type Parameter = { $ref?: string; name: string; in: string; required?: boolean; explode?: boolean; schema: Schema }
type Answer = { $ref?: string; content?: Record<string, { schema: Schema }> }
type Operation = { parameters?: Parameter[]; responses: Record<string, Answer> }
/** An OpenAPI document. */
export type OpenApi = { paths: Record<string, Record<string, Operation>>; components: Record<string, unknown> }

/** What is wrong with a call and its answer. */
export function faultsOfCall(exchange: Exchange, document: OpenApi): string[] {
  const url = new URL(exchange.url, 'http://service')
  const [path, operation] = find(document, exchange.method.toLowerCase(), url.pathname) ?? []
  if (!operation) return [`${exchange.method} ${url.pathname} is not in the document`]
  return [
    ...parameterFaults(exchange, url.searchParams, { operation, document }),
    ...answerFaults(exchange, operation, document),
  ].map(fault => `${exchange.method} ${path}: ${fault}`)
}

// A path without parameters comes before one with them.
function find(document: OpenApi, method: string, pathname: string): [string, Operation] | undefined {
  const fits = Object.entries(document.paths).flatMap(([path, operations]) => {
    const form = new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`)
    const operation = operations[method]
    return operation && form.test(pathname) ? [[path, operation] as [string, Operation]] : []
  })
  return fits.sort(([one], [other]) => one.split('{').length - other.split('{').length)[0]
}

type Known = { operation: Operation; document: OpenApi }

function parameterFaults(exchange: Exchange, query: URLSearchParams, { operation, document }: Known): string[] {
  const known = (operation.parameters ?? []).map(one => (one.$ref ? (at(document, one.$ref) as Parameter) : one))
  const named = new Map(known.filter(one => one.in === 'query').map(one => [one.name, one]))
  const values = [...query].flatMap(([name, text]) => {
    const parameter = named.get(name)
    if (!parameter) return [`the parameter ${name} is not in the document`]
    return faultsOf(typed(text, parameter.schema), ofOne(parameter.schema), reading(document, false), name)
  })
  const missing = known.filter(one => one.required && !isGiven(one, exchange, query)).map(one => one.name)
  return [...values, ...missing.map(name => `the parameter ${name} is missing`)]
}

function isGiven({ in: place, name }: Parameter, { headers }: Exchange, query: URLSearchParams): boolean {
  if (place === 'header') return headers[name.toLowerCase()] !== undefined
  return place === 'path' || query.has(name)
}

/** A list parameter is repeated, once for each item. */
const ofOne = (schema: Schema): Schema => (schema['type'] === 'array' ? (schema['items'] as Schema) : without(schema))
// Some list parameters are described as one text with unique items.
const without = (schema: Schema): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'uniqueItems'))

function typed(text: string, schema: Schema): unknown {
  if (schema['type'] === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text
  if (schema['type'] === 'boolean') return ['true', 'false'].includes(text) ? text === 'true' : text
  return text
}

function answerFaults({ status, answer }: Exchange, operation: Operation, document: OpenApi): string[] {
  const found = schemaOf(document, operation, status)
  if (!found) return [`the status ${status} is not in the document`]
  return faultsOf(JSON.parse(answer) as Json, found, reading(document, true), `the answer ${status}`)
}

/** The schema of an answer; one that allows everything when the document gives none; undefined without such an answer. */
function schemaOf(document: OpenApi, { responses }: Operation, status: number): Schema | undefined {
  const found = responses[String(status)]
  const { content } = found?.$ref ? (at(document, found.$ref) as Answer) : (found ?? {})
  return found && (content?.['application/json']?.schema ?? {})
}

/** What is wrong with the body of an answer to a call of this path. */
export function faultsOfAnswer(
  document: OpenApi,
  { method, path, status }: { method: string; path: string; status: number },
  body: unknown,
): string[] {
  const [, operation] = find(document, method, path) ?? []
  const schema = operation && schemaOf(document, operation, status)
  return schema
    ? faultsOf(body, schema, reading(document, true), `the answer ${status}`)
    : [`${method} ${path} has no answer ${status}`]
}

const reading = (document: OpenApi, isClosed: boolean): Parameters<typeof faultsOf>[2] => ({
  resolve: ref => at(document, ref) as Schema,
  isClosed,
})

/** The part of the document that a JSON pointer names. */
function at(document: OpenApi, ref: string): unknown {
  return ref
    .replace(/^#\//, '')
    .split('/')
    .map(step => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((found, step) => (found as Record<string, unknown> | undefined)?.[step], document)
}
