// What is noted of the API server's noes: its own sentences go to the log, and nowhere else.
import * as assert from 'uvu/assert'
import { noteRefusals } from '../../src/app/api-log.ts'
import { apiErrorOf } from '../../src/kube/api-error.ts'
import { suite, table } from '../suite.ts'

const test = suite('refusals of the API server in the log')

type ServedAnswer = { status: number; body?: object; dryRun?: boolean }
const of = (message: string, causes: object[] = []): object => ({
  kind: 'Status',
  message,
  reason: 'Any',
  details: { causes },
})
const facts: Record<string, ServedAnswer & { logged?: 'warn' | 'error'; says?: string; counted?: number }> = {
  'a missing right is told with the API server’s sentence': {
    status: 403,
    body: of('User "x" cannot create resource'),
    logged: 'warn',
    says: 'User "x" cannot create resource',
  },
  'so is a value that the schema refuses': {
    status: 422,
    body: of('spec.reason: Too long', [{ reason: 'FieldValueTooLong', field: 'spec.reason', message: 'Too long' }]),
    logged: 'warn',
    says: 'spec.reason: Too long',
  },
  'a policy that fails is an error, and counted': {
    status: 422,
    body: of('no params found', [{ message: 'no params found' }]),
    logged: 'error',
    says: 'no params found',
    counted: 1,
  },
  'a page of something in between is not quoted': {
    status: 403,
    body: { message: 'a secret' },
    logged: 'warn',
    says: '',
  },
  'a long sentence of many lines is cut to one': {
    status: 400,
    body: of(`two\nlines ${'x'.repeat(900)}`),
    logged: 'warn',
  },
  'a conflict is daily work': { status: 409, body: of('was modified') },
  'so is an object that is not there': { status: 404, body: of('not found') },
  'a dry run asks to be refused': { status: 403, body: of('denied'), dryRun: true },
}
table(test, facts, ({ status, body, dryRun, logged, says, counted = 0 }) => {
  const lines: { level: string; said: string }[] = []
  let count = 0
  const line =
    (level: string) =>
    (_: string, more: Record<string, unknown> = {}) =>
      void lines.push({ level, said: String(more['said']) })
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const metrics = { count: () => void count++, observe: () => undefined, gauge: () => undefined }
  const call = { method: 'POST', path: '/x', ...(dryRun && { query: { dryRun: 'All' } }) } as const
  noteRefusals({ log, metrics })(call, apiErrorOf(call, status, JSON.stringify(body)))
  assert.equal(
    lines.map(({ level }) => level),
    logged ? [logged] : [],
  )
  for (const { said } of lines) assert.ok(said.length <= 400 && !said.includes('\n'))
  if (says !== undefined) assert.is(lines[0]?.said, says)
  assert.is(count, counted)
})

test.run()
