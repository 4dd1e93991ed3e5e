// What Google's answers say goes a long way: into the status, Events, the audit log, Slack and the pages. A body made to
// deceive stays one visible line there, mentions nobody, links nowhere and is no markup.
import * as assert from 'uvu/assert'
import { outcomePage } from '../../src/auth/pages/outcome-page.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { viewOf } from '../../src/domain/view/view.ts'
import { failedAnswer } from '../../src/google/answer.ts'
import { policyOutcome } from '../../src/google/policy-outcome.ts'
import { renderMessage } from '../../src/slack/messages/message.ts'
import { renderNews } from '../../src/slack/messages/news.ts'
import { createEvents } from '../../src/store/events.ts'
import { attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator, prodEu } from './fakes.ts'

const test = suite('answers of Google made to deceive')
const hostile =
  'No.\r\n\u2028<!channel> <@U0ANA> <https://evil.example|Approve> <script>alert(1)</script>\u202Etnarg\u202C\u001B[2K\u0007'
const type = (name: string): string => `type.googleapis.com/google.rpc.${name}`
const info = (reason: string, metadata: object): object => ({ '@type': type('ErrorInfo'), reason, metadata })
const violation = { type: `constraints/${hostile}`, description: hostile }

/** Google's error bodies. */
const bodies: Record<string, { code: number; status: string; message?: string; details?: object[] }> = {
  'a sentence about the policy': { code: 400, status: 'INVALID_ARGUMENT' },
  'a sentence about a missing right': { code: 403, status: 'PERMISSION_DENIED' },
  'the name of a permission': {
    code: 403,
    status: 'PERMISSION_DENIED',
    details: [info('IAM_PERMISSION_DENIED', { permission: hostile })],
  },
  'the name of an API': {
    code: 403,
    status: 'PERMISSION_DENIED',
    details: [info('SERVICE_DISABLED', { service: hostile })],
  },
  'the id of a perimeter': {
    code: 403,
    status: 'PERMISSION_DENIED',
    details: [info('SECURITY_POLICY_VIOLATED', { uid: hostile })],
  },
  'a violated constraint': {
    code: 400,
    status: 'FAILED_PRECONDITION',
    details: [{ '@type': type('PreconditionFailure'), violations: [violation] }],
  },
  'an account': {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: `User <!here>\u202E${'x'.repeat(200)} does not exist.`,
  },
}

/** A request that ended with this answer to the write. */
async function refused(error: (typeof bodies)[string]): Promise<Operator> {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  const answer = failedAnswer({ response: { status: error.code, data: { error: { message: hostile, ...error } } } })
  op.policies.write = async () => {
    throw policyOutcome(answer, { verb: 'write', whose: 'a person', resource: prodEu, now: op.clock.now() })
  }
  await op.look().catch(() => undefined)
  return op
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Everything that a terminal would act on or not show, and line breaks. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/u
/** What Slack acts on, except for times and the mentions of the two people. */
const active = /<(?!!date\^|@U0DANA>|@U0MO>)/

attacks(test, ending('Failed, one visible line', bodies, 'Google’s answer has, in '), async body => {
  const op = await refused(body)
  const request = await op.now()
  const [mapping] = op.mappings.list().map(readMapping)
  const view = viewOf(request, mapping)
  const events: string[] = []
  for (const event of op.recorded)
    createEvents({ record: (_about, { message }) => void events.push(message), drain: async () => undefined }).record(
      request,
      event as never,
    )
  const slack = textsIn([renderMessage(view, {}), renderNews(view, 'failed')])
  const page = outcomePage(request, mapping, { now: op.clock.now(), ticket: 't', viewer: 'colleague', asksAgain: true })
  for (const text of [...textsIn(request), ...events, ...textsIn(op.auditLog.entries())]) assert.not.match(text, unseen)
  for (const text of slack) {
    assert.not.match(text.replaceAll('\n', ''), unseen)
    assert.not.match(text, active)
  }
  assert.not.match(page, /<script|<!channel|<https|<@/)
  assert.not.match(page.replace(/\n/g, ''), unseen)
  const why = (await op.condition('Provisioned'))?.message ?? ''
  assert.ok(why.length > 0 && why.length <= 1024)
  return `${await op.phase()}, one visible line`
})

test.run()
