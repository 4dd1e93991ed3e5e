// Google's discovery documents, as shipped in the Python package of its client: fetched once into our cache folder by pip,
// which checks the package's digest. And the check of calls to Google's APIs against them.
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../../src/sim/controlplane/build.ts'
import { withLock } from '../../src/sim/controlplane/lock.ts'
import { binariesFolder } from '../../src/sim/controlplane/places.ts'
import type { Exchange } from '../../src/sim/traffic.ts'
import { faultsOf, type Json, type Schema } from './schema.ts'

/** The pinned package. */
const wheel = {
  name: 'google-api-python-client',
  version: '2.202.0',
  sha256: 'aaa90064c9bb642ff1d065b22ca8958a2cb6e345909cefe70d0e5452fc50e08b',
}
/** The APIs that Hallpass calls. */
const apis = [
  'cloudresourcemanager.v3',
  'cloudkms.v1',
  'logging.v2',
  'iam.v1',
  'iamcredentials.v1',
  'cloudidentity.v1',
  'groupssettings.v1',
  'storage.v1',
  'secretmanager.v1',
  'run.v2',
  'bigquery.v2',
  'compute.v1',
  'spanner.v1',
  // It describes the messages of Pub/Sub, and is not called.
  'pubsub.v1',
  // It describes the entries of Cloud Audit Logs, and is not called.
  'servicecontrol.v1',
]

/** The documents; a clause instead, when they are not available here. */
export async function discoveryDocuments(
  say: (line: string) => void,
): Promise<{ documents: Discovery[] } | { because: string }> {
  const cache = dirname(binariesFolder(process.env))
  await mkdir(cache, { recursive: true })
  const folder = join(cache, `discovery-${wheel.version}-${apis.length}`)
  return withLock(`${folder}.lock`, say, async () => {
    const because = (await isThere(folder)) ? undefined : await fetchInto(folder, cache)
    if (because !== undefined) return { because }
    const texts = await Promise.all(apis.map(async api => readFile(join(folder, `${api}.json`), 'utf8')))
    return { documents: texts.map(text => JSON.parse(text) as Discovery) }
  })
}

async function fetchInto(folder: string, cache: string): Promise<string | undefined> {
  const work = await mkdtemp(join(cache, '.discovery-'))
  try {
    const { name, version, sha256 } = wheel
    await writeFile(join(work, 'wanted.txt'), `${name}==${version} --hash=sha256:${sha256}\n`)
    const wanted = ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '-r', 'wanted.txt']
    const fetched = await python(['-m', 'pip', ...wanted, '-d', 'wheel', '--disable-pip-version-check'], work)
    if (fetched !== undefined) return `pip cannot fetch ${name} (${fetched})`
    const unpacked = await python(['-c', unpack, ...apis.map(api => `${api}.json`)], work)
    if (unpacked !== undefined) return `the package ${name} cannot be unpacked (${unpacked})`
    await rename(join(work, 'documents'), folder)
    return undefined
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const unpack = `
import glob, os, sys, zipfile
os.mkdir("documents")
archive = zipfile.ZipFile(glob.glob("wheel/*.whl")[0])
for name in sys.argv[1:]:
    with open("documents/" + name, "wb") as file:
        file.write(archive.read("googleapiclient/discovery_cache/documents/" + name))
`

/** Why a Python program failed, in a few words; undefined when it did not. */
async function python(args: string[], cwd: string): Promise<string | undefined> {
  try {
    const { code, output } = await run('python3', args, { cwd, env: process.env })
    return code === 0 ? undefined : (output.trim().split('\n').at(-1) ?? `it ended with ${code}`).slice(0, 200)
  } catch {
    return 'python3 is not installed'
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

type Parameter = Schema & { location?: 'path' | 'query'; required?: boolean; repeated?: boolean; pattern?: string }
type Method = {
  id: string
  httpMethod: string
  path: string
  parameters?: Record<string, Parameter>
  request?: { $ref: string }
  response?: { $ref: string }
}
type Resources = Record<string, { methods?: Record<string, Method>; resources?: Resources }>
/** A discovery document. */
export type Discovery = {
  name: string
  /** The beginning of every path. */
  servicePath: string
  parameters: Record<string, Parameter>
  schemas: Record<string, Schema>
  resources: Resources
}

type Found = { method: Method; document: Discovery }

/** What is wrong with a call to one of the APIs and its answer; undefined when no document describes the path. */
export function faultsOfCall(exchange: Exchange, documents: readonly Discovery[]): string[] | undefined {
  const url = new URL(exchange.url, 'http://google')
  const all = documents.flatMap(document =>
    methodsOf(document.resources)
      .filter(method => method.httpMethod === exchange.method && pathOf(method, document).test(url.pathname))
      .map(method => ({ method, document })),
  )
  // `v1/{+name}` also matches the path of `v1/{+resource}:getIamPolicy`; the one that says more is meant.
  const [found] = all.toSorted((one, other) => literal(other.method) - literal(one.method))
  if (!found) return undefined
  const enumsAsInts = url.searchParams.get('$alt')?.includes('enum-encoding=int') ?? false
  const resolve = (ref: string): Schema => found.document.schemas[ref] ?? {}
  const reading = { resolve, isClosed: true, enumsAsInts }
  const fits = (what: string, text: string, schema: Schema | undefined): string[] =>
    schema ? faultsOf(parsed(text), schema, reading, what) : text === '' ? [] : [`${what} should have no body`]
  const { method } = found
  return [
    ...queryFaults(url.searchParams, found),
    ...fits('the request', exchange.request, method.request),
    ...(exchange.status === 200 ? fits('the answer', exchange.answer, method.response) : errorFaults(exchange)),
  ].map(fault => `${method.id}: ${fault}`)
}

function methodsOf(resources: Resources): Method[] {
  return Object.values(resources).flatMap(({ methods = {}, resources: deeper = {} }) => [
    ...Object.values(methods),
    ...methodsOf(deeper),
  ])
}

/** How much of a path is not a parameter. */
function literal({ path }: Method): number {
  return path.replace(/\{[^}]+\}/g, '').length
}

function pathOf({ path, parameters = {} }: Method, { servicePath }: Discovery): RegExp {
  const parts = `${servicePath}${path}`.split(/(\{[^}]+\})/).map(part => {
    const name = /^\{\+?(.+)\}$/.exec(part)?.[1]
    if (name === undefined) return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    return `(?:${parameters[name]?.pattern?.replace(/^\^|\$$/g, '') ?? '[^/]+'})`
  })
  return new RegExp(`^/${parts.join('')}$`)
}

// Each parameter that all methods have may be written with a dollar sign too
// (https://cloud.google.com/apis/docs/system-parameters).
function queryFaults(query: URLSearchParams, { method, document }: Found): string[] {
  const own = method.parameters ?? {}
  return [...query.keys()]
    .filter(name => own[name]?.location !== 'query' && !Object.hasOwn(document.parameters, name.replace(/^\$/, '')))
    .map(name => `the parameter ${name} is not in the document`)
}

/** The form of every Google error (https://google.aip.dev/193). */
export const errorForm: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'status'],
      properties: {
        code: { type: 'integer' },
        message: { type: 'string' },
        status: { type: 'string', pattern: '^[A-Z_]+$' },
        details: { type: 'array', items: { type: 'object', required: ['@type'], additionalProperties: {} } },
      },
    },
  },
}

/** The form of the errors of older JSON APIs (https://cloud.google.com/storage/docs/json_api/v1/status-codes). */
const olderErrorForm: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'errors'],
      properties: {
        code: { type: 'integer' },
        message: { type: 'string' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            required: ['message', 'domain', 'reason'],
            properties: { message: { type: 'string' }, domain: { type: 'string' }, reason: { type: 'string' } },
          },
        },
      },
    },
  },
}

function at({ error }: { error?: object }, name: string): boolean {
  return error !== undefined && Object.hasOwn(error, name)
}

function errorFaults({ answer, status }: Exchange): string[] {
  const body = parsed(answer) as { error?: { code?: number } }
  const faults = faultsOf(
    body,
    at(body, 'errors') ? olderErrorForm : errorForm,
    { resolve: () => ({}), isClosed: true },
    'the error',
  )
  return body.error?.code === status ? faults : [...faults, `the error names ${body.error?.code}, HTTP ${status}`]
}

function parsed(text: string): Json {
  return text === '' ? {} : (JSON.parse(text) as Json)
}
