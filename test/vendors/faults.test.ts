// Answers that tests inject in a service's stead, held to what the vendors publish about their errors: a body that claims
// to be Google's, PagerDuty's or Slack's has their form. Pages and bodies of proxies in between claim nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Fault } from '../../src/sim/serve.ts'
import { outages } from '../fault/outages.ts'
import type { Installation } from '../fault/installation.ts'
import { answerKinds, answerOf, codes, googleAnswer } from '../sim/google/answers.ts'
import { pagerDutyAnswer, pagerDutyErrors } from '../sim/pagerduty/answers.ts'
import { suite } from '../suite.ts'
import { errorForm } from './discovery.ts'
import { faultsOfAnswer, type OpenApi } from './openapi.ts'
import { faultsOf, type Json, type Schema } from './schema.ts'

const test = suite('injected answers')
const folder = process.env['VENDOR_SCHEMAS']

type Injected = { of: 'google' | 'slack' | 'pagerduty'; where: string; fault: Fault }

/** Every answer of the services in the outages. What takes a real installation is not asked for here. */
async function injected(): Promise<Injected[]> {
  const found: Injected[] = []
  for (const [where, { start }] of Object.entries(outages)) {
    const sim = (of: Injected['of']): object => ({
      faults: {
        add: (...faults: Fault[]) => void found.push(...faults.map(fault => ({ of, where, fault }))),
        clear: () => undefined,
      },
      sockets: { cut: () => undefined },
    })
    const hear = (): void => undefined
    const proxies = { controller: { hear }, gateway: { hear } }
    const fake = { google: sim('google'), slack: sim('slack'), pagerduty: sim('pagerduty'), proxies }
    // Outages of the cluster and of our own processes use parts that are not here.
    await Promise.resolve()
      .then(() => start(fake as unknown as Installation))
      .then(undo => undo())
      .catch(() => undefined)
  }
  return found
}

const claims = ({ fault }: Injected): boolean =>
  typeof fault.body === 'object' && fault.body !== null && 'error' in fault.body
const reading = { resolve: () => ({}), isClosed: true }

/** https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const oauthForm: Schema = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string', pattern: '^[a-z_]+$' }, error_description: { type: 'string' } },
}
/** Slack answers a limit with 429, and everything else with 200 (docs.slack.dev, "Evaluating responses"). */
const slackForm: Schema = {
  type: 'object',
  required: ['ok', 'error'],
  properties: { ok: { enum: [false] }, error: { type: 'string', pattern: '^[a-z_]+$' } },
}

function googleFaults({ where, fault: { route, status, body } }: Injected): string[] {
  if (route.endsWith('/token')) return faultsOf(body, oauthForm, reading, where)
  const { error } = body as { error: { code?: number } }
  const faults = faultsOf(body, errorForm, reading, where)
  return error.code === status ? faults : [...faults, `${where}: the error names ${error.code}, HTTP ${status}`]
}

function slackFaults({ where, fault: { status, body } }: Injected): string[] {
  const { error } = body as { error: string }
  const expected = error === 'ratelimited' ? 429 : 200
  const faults = faultsOf(body, slackForm, reading, where)
  return status === expected ? faults : [...faults, `${where}: "${error}" comes with ${expected}, not ${status}`]
}

test('outages in which Google or Slack answers with an error have its form', async () => {
  const all = (await injected()).filter(claims)
  const [google, slack] = (['google', 'slack'] as const).map(of => all.filter(one => one.of === of))
  assert.ok((google?.length ?? 0) > 5 && (slack?.length ?? 0) > 1, `${google?.length} and ${slack?.length} answers`)
  assert.equal([...(google ?? []).flatMap(googleFaults), ...(slack ?? []).flatMap(slackFaults)], [])
})

test('answers of Google for tests have the form of Google’s errors', () => {
  const answers = [
    ...codes.flatMap(code => [googleAnswer(code), googleAnswer(code, { reason: 'SOME_REASON', metadata: { a: 'b' } })]),
    ...answerKinds.map(answerOf),
  ]
  const faults = answers.flatMap(({ body, status }) => {
    const { error } = body as { error: { code: number; details?: Json[] } }
    const infos = (error.details ?? []).flatMap(info => faultsOf(info, errorInfo, reading, 'the ErrorInfo'))
    return [
      ...faultsOf(body, errorForm, reading, 'the error'),
      ...infos,
      ...(error.code === status ? [] : [`${status}`]),
    ]
  })
  assert.equal(faults, [])
})

/** google/rpc/error_details.proto, ErrorInfo. */
const errorInfo: Schema = {
  type: 'object',
  required: ['@type', 'reason', 'domain'],
  properties: {
    '@type': { enum: ['type.googleapis.com/google.rpc.ErrorInfo'] },
    reason: { type: 'string', pattern: '^[A-Z][A-Z0-9_]+[A-Z0-9]$', maxLength: 63 },
    domain: { type: 'string', pattern: '^[a-z.]+$' },
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
  },
}

const sentence = 'answers of PagerDuty for tests and outages fit its OpenAPI'
if (folder === undefined) {
  console.log(`SKIPPED ${sentence}: VENDOR_SCHEMAS names no folder with vendors’ schemas`)
  test.skip(sentence)
} else
  test(sentence, async () => {
    const document = JSON.parse(await readFile(join(folder, 'pagerduty-openapi-part.json'), 'utf8')) as OpenApi
    const all = (await injected()).filter(one => one.of === 'pagerduty' && claims(one))
    assert.ok(all.length > 0, 'there are answers')
    const answers = [...all.map(({ fault }) => fault), ...pagerDutyErrors.map(name => pagerDutyAnswer(name))]
    const faults = answers.flatMap(({ status = 0, body }) => {
      const path = { 402: '/v3/schedules/PX/audit/records', 404: '/escalation_policies/PX' }[status] ?? '/oncalls'
      return faultsOfAnswer(document, { method: 'get', path, status }, body)
    })
    assert.equal(faults, [])
  })

test.run()
