// Simulators and adapters held to what the vendors publish: everything that goes over the wire in a play of all that
// Hallpass does fits Google's discovery documents, Slack's own types, PagerDuty's OpenAPI and Slack's manifest schema.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { suite } from '../suite.ts'
import { type Discovery, discoveryDocuments, faultsOfCall as faultsAtGoogle } from './discovery.ts'
import { faultsOfCall as faultsAtPagerDuty, type OpenApi } from './openapi.ts'
import { type Recorded, recordPlay } from './play.ts'
import { faultsOf, type Schema } from './schema.ts'
import { claimsOfAnswers, claimsOfDelivery } from './slack-deliveries.ts'
import { claimsOf, distinct, misfits } from './slack-types.ts'

const test = suite('what vendors publish', { timeoutMs: 240_000 })

/** The folder with schemas that vendors publish without a licence to copy them. */
const folder = process.env['VENDOR_SCHEMAS']
const google = await discoveryDocuments(line => console.log(line))
let recorded: Recorded

test.before(async () => {
  recorded = await recordPlay()
})

/** Registers a test, or says why it is skipped. */
function testIf(because: string | undefined, sentence: string, check: () => Promise<void>): void {
  if (because === undefined) return test(sentence, check)
  console.log(`SKIPPED ${sentence}: ${because}`)
  test.skip(sentence)
}
const noFolder = folder === undefined ? 'VENDOR_SCHEMAS names no folder with vendors’ schemas' : undefined
const published = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(folder ?? '', file), 'utf8'))

function assertNone(faults: readonly string[]): void {
  assert.equal([...new Set(faults)], [])
}

/** Google's addresses that no discovery document describes: sign-in, tokens, signing keys. */
const undescribed = /^\/(o\/oauth2|token|oauth2\/v1\/certs|revoke)/

testIf(
  'because' in google ? google.because : undefined,
  'every call to Google fits its discovery document',
  async () => {
    const documents: readonly Discovery[] = 'documents' in google ? google.documents : []
    const calls = recorded.google.filter(({ url }) => !undescribed.test(url))
    const verbs = new Set(calls.map(({ url }) => /:(\w+)/.exec(url)?.[1] ?? 'get'))
    const groups = ['checkTransitiveMembership', 'lookup', 'generateAccessToken']
    const others = ['getIamPolicy', 'setIamPolicy', 'testIamPermissions', 'encrypt', 'decrypt', 'write', 'get']
    for (const verb of [...others, ...groups]) assert.ok(verbs.has(verb), `the play does not call ${verb}`)
    assertNone(
      calls.flatMap(call => faultsAtGoogle(call, documents) ?? [`${call.method} ${call.url} is not described`]),
    )
  },
)

testIf(noFolder, 'every call to PagerDuty fits its OpenAPI', async () => {
  const document = amended((await published('pagerduty-openapi-part.json')) as OpenApi)
  const paths = recorded.pagerduty.map(({ url }) => url.replace(/\?.*/, '').replace(/P[A-Z]+/, '*'))
  for (const path of ['/oncalls', '/escalation_policies/*', '/schedules/*', '/v3/schedules/*', '/users/*'])
    assert.ok(paths.includes(path), `the play does not call ${path}`)
  assertNone(recorded.pagerduty.flatMap(call => faultsAtPagerDuty(call, document)))
})

test('every call to Slack, every answer and every delivery fits Slack’s own types', async () => {
  const calls = [...recorded.slack.flatMap(claimsOf), ...claimsOfAnswers(recorded.slack)]
  const deliveries = recorded.deliveries.flatMap(claimsOfDelivery)
  const seen = [...calls, ...deliveries].map(({ what }) => what)
  for (const what of ['chat.postMessage', 'chat.update', 'users.info', 'users.lookupByEmail', 'views.open'])
    assert.ok(seen.includes(`answer of ${what}`), `the play does not call ${what}`)
  for (const what of ['slash command', 'block_actions', 'view_submission'])
    assert.ok(seen.includes(what), `the play delivers no ${what}`)
  assertNone(await misfits(distinct([...calls, ...deliveries])))
})

/**
 * What the document says only in words: with `include[]=users` an entry holds the whole user; null is the start and end of a
 * permanent entry, and the schedule of a person who is on call directly.
 */
function amended(document: OpenApi): OpenApi {
  const { Oncall: entry } = document.components['schemas'] as Record<string, { properties: Record<string, Schema> }>
  if (!entry) throw new Error('The document does not describe an entry.')
  const { user = {}, schedule = {}, start = {}, end = {} } = entry.properties
  const whole = { oneOf: [user, { $ref: '#/components/schemas/User' }] }
  const nullable = (schema: Schema): Schema => ({ ...schema, nullable: true })
  Object.assign(entry.properties, {
    user: whole,
    schedule: nullable(schedule),
    start: nullable(start),
    end: nullable(end),
  })
  return document
}

testIf(noFolder, 'every error of Slack is documented for its method', async () => {
  const documented = new Map(
    String(await readFile(join(folder ?? '', 'slack-error-codes.tsv'), 'utf8'))
      .split('\n')
      .filter(line => line && !line.startsWith('#'))
      .map(line => line.split('\t') as [string, string])
      .map(([method, codes]) => [method, codes.split(' ')]),
  )
  const errors = recorded.slack.flatMap(({ url, answer }) => {
    const method = /^\/api\/([a-zA-Z.]+)/.exec(url)?.[1]
    const { error } = method ? (JSON.parse(answer) as { error?: string }) : {}
    return method && error ? [{ method, error }] : []
  })
  assertNone(
    errors
      .filter(({ method, error }) => ![...(documented.get(method) ?? []), ...everywhere].includes(error))
      .map(({ method, error }) => `${method} does not document "${error}"`),
  )
})

/** Codes that every method may answer with, and that the index leaves out. */
const everywhere = ['invalid_auth', 'not_authed', 'missing_scope', 'ratelimited', 'invalid_arguments']

testIf(noFolder, 'the manifest of the Slack app fits Slack’s schema', async () => {
  const schema = (await published('slack-manifest.schema.2.0.0.json')) as Schema
  const manifest: unknown = parse(await readFile(join(import.meta.dirname, '../../deploy/slack/manifest.yaml'), 'utf8'))
  const resolve = (ref: string): Schema =>
    (schema['definitions'] as Record<string, Schema>)[ref.replace('#/definitions/', '')] ?? {}
  assertNone(faultsOf(manifest, schema, { resolve, isClosed: false }, 'the manifest'))
})

test.run()
