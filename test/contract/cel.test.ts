// Conditions are judged by cel-go itself: the linter of mappings refuses whatever cel-go does not accept or cannot
// evaluate, and the simulator must give cel-go's results.
import * as assert from 'uvu/assert'
import { readCondition } from '../../src/cel/condition.ts'
import { wallClock } from '../../src/cel/time.ts'
import { isZone, zones } from '../../src/cel/zones.ts'
import { approverRights } from '../../src/domain/approval/approver-rights.ts'
import { faultOfCondition } from '../../src/domain/mapping/condition.ts'
import { expressionOf } from '../../src/domain/granting/policy.ts'
import { mapping } from '../builders/mapping.ts'
import { suite, table } from '../suite.ts'
import { calls, type CallName } from './cel/calls.ts'
import { type Comes, conditions, type Fact } from './cel/conditions.ts'
import { type Judge, judgeOfCel, type Verdict } from './cel/judge.ts'
import { conditionsAtRandom, tokensAtRandom } from './cel/random.ts'

const test = suite('conditions, judged by cel-go', { timeoutMs: 230_000 })
const judge = await judgeOfCel(line => console.log(line))
if (typeof judge === 'string') console.log(`SKIPPED conditions are not compared with cel-go: ${judge}`)

const names = Object.keys(calls) as CallName[]
type Outcome = Verdict['is']

/** The simulator's result for each call. */
function ours(expression: string): Outcome[] {
  const condition = readCondition(expression)
  const isRefused = condition.faults.some(({ kind }) => kind === 'refused')
  return names.map(name => {
    if (isRefused) return 'refused'
    const holds = condition.evaluate(calls[name])
    return holds === undefined ? 'error' : holds ? 'true' : 'false'
  })
}

test('there are conditions enough', () => assert.ok(Object.keys(conditions).length >= 120))

table<Fact>(test, conditions, ({ is, says, stricter, comes }) => {
  const fault = faultOfCondition(is)
  if (says) assert.match(fault ?? '', says)
  else assert.is(fault, undefined)
  assert.is(says !== undefined, stricter !== undefined || typeof comes === 'string', 'why this is refused is not said')
  if (!stricter) requireComes(comes, ours(is))
})

// Sentence by sentence above; here the judge, once for all.
const withJudge = (what: string, check: (ask: Judge) => Promise<void>): void =>
  typeof judge === 'string' ? test.skip(what) : test(what, () => check(judge))

withJudge('cel-go gives the results of the table', async ask => {
  const facts = Object.entries(conditions)
  const verdicts = await ask(facts.map(([, { is }]) => is))
  facts.forEach(([name, { comes }], i) => {
    const answers = (verdicts[i] ?? []).map(({ is }) => is)
    requireComes(comes, answers, `${name}: ${JSON.stringify(verdicts[i])}`)
  })
})

withJudge('the simulator gives the same result for every call, or grants nothing where it is stricter', async ask => {
  const facts = Object.entries(conditions)
  const verdicts = await ask(facts.map(([, { is }]) => is))
  facts.forEach(([name, { is, stricter }], i) =>
    requireSame(`${name}: ${is}`, verdicts[i] ?? [], ours(is), stricter !== undefined),
  )
})

function requireComes(comes: Comes, answers: readonly Outcome[], message?: string): void {
  if (comes === 'refused') assert.equal(new Set(answers), new Set(['refused']), message)
  else if (comes === 'never') assert.equal(new Set(answers), new Set(['error']), message)
  else
    for (const [name, holds] of Object.entries(comes))
      assert.is(answers[names.indexOf(name as CallName)], String(holds), `${name}: ${message ?? ''}`)
}

function requireSame(
  what: string,
  theirs: readonly Verdict[],
  answers: readonly Outcome[],
  mayGrantLess: boolean,
): void {
  theirs.forEach(({ is, because }, i) => {
    const isSame = answers[i] === is || (mayGrantLess && (answers[i] === 'refused' || answers[i] === 'error'))
    assert.ok(isSame, `${what}, for ${names[i]}: cel-go ${is} ${because}, the simulator ${answers[i]}`)
  })
}

test('the zone of the process changes nothing', () => {
  const facts = Object.values(conditions).map(({ is }) => is)
  const before = process.env['TZ']
  const [here, elsewhere] = ['UTC', 'America/New_York'].map(zone => {
    process.env['TZ'] = zone
    return facts.map(ours)
  })
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
  assert.equal(elsewhere, here)
})

test('every zone that the runtime lists is known', () => {
  assert.equal(
    Intl.supportedValuesOf('timeZone').filter(zone => !isZone(zone)),
    [],
  )
})

withJudge('every zone shows the clock that it shows to cel-go', async ask => {
  const instants = ['2026-01-15T10:15:30Z', '2026-07-15T22:45:30Z']
  const statements = instants.flatMap(instant =>
    zones.map(zone => {
      const wall = wallClock(BigInt(Date.parse(instant)) * 1_000_000n, zone)
      const of = (field: string): string => `timestamp("${instant}").${field}("${zone}")`
      return `${of('getHours')} == ${wall.getUTCHours()} && ${of('getMinutes')} == ${wall.getUTCMinutes()} && ${of('getDate')} == ${wall.getUTCDate()}`
    }),
  )
  const verdicts = await ask(statements)
  assert.equal(
    statements.filter((_, i) => verdicts[i]?.[0]?.is !== 'true'),
    [],
  )
})

// Golden: the whole of what we write into policies by ourselves.
const startsAt = new Date('2026-11-23T14:05:00Z')
const expiresAt = new Date('2026-11-23T14:35:00Z')
const time = 'request.time >= timestamp("2026-11-23T14:05:00Z") && request.time < timestamp("2026-11-23T14:35:00Z")'
const within: Comes = { early: false, first: true, last: true, ended: false, object: false, project: false }
const timed = (from: Date, condition?: string): string => expressionOf({ startsAt: from, expiresAt, condition })
const written: Record<string, { text: string; golden: string; comes: Comes }> = {
  'access from now on': { text: timed(startsAt), golden: time, comes: within },
  'access from a later start, written before it': {
    text: timed(new Date('2026-11-23T14:30:00Z')),
    golden: 'request.time >= timestamp("2026-11-23T14:30:00Z") && request.time < timestamp("2026-11-23T14:35:00Z")',
    comes: { early: false, first: false, last: true, ended: false },
  },
  'access under a condition': {
    text: timed(startsAt, "resource.type == 'compute.googleapis.com/Instance' || resource.name.endsWith('.jpg')"),
    golden: `(resource.type == 'compute.googleapis.com/Instance' || resource.name.endsWith('.jpg')) && ${time}`,
    comes: { ...within, instance: false },
  },
  'access under another condition': {
    text: timed(startsAt, "resource.type == 'storage.googleapis.com/Object'"),
    golden: `(resource.type == 'storage.googleapis.com/Object') && ${time}`,
    comes: { first: false, last: false, object: false },
  },
  'the right of an approver': {
    text: limitOf('roles/pubsub.editor', 'projects/prod-eu/roles/replay'),
    golden:
      'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["projects/prod-eu/roles/replay", "roles/pubsub.editor"])',
    comes: { project: true, rule: false, instance: true },
  },
}

/** The condition under which an approver of these roles may change a policy. */
function limitOf(...roles: string[]): string {
  const grants = roles.map(role => ({ resource: 'projects/prod-eu', role }))
  const rights = approverRights([mapping({ spec: { grants } })])
  return Array.isArray(rights) ? (rights[0]?.bindings[0]?.expression ?? '') : rights.message
}

for (const [what, { text, golden, comes }] of Object.entries(written)) {
  test(`${what} is written as ever, and is no more`, () => {
    assert.is(text, golden)
    assert.equal(readCondition(text).faults, [])
    requireComes(comes, ours(text))
  })
  withJudge(`${what} is no more for cel-go`, async ask => {
    const [verdicts = []] = await ask([text])
    requireComes(
      comes,
      verdicts.map(({ is }) => is),
    )
  })
}

const wrapped = (condition: string): string => expressionOf({ condition, startsAt, expiresAt })

/** What CEL makes of `a && b`. */
function and(a: Outcome, b: Outcome): Outcome {
  if (a === 'false' || b === 'false') return 'false'
  return a === 'true' && b === 'true' ? 'true' : 'error'
}

// Time and condition apart, and both together as we write them: a condition that left its brackets would differ.
async function requireInBrackets(ask: Judge, expressions: readonly string[]): Promise<void> {
  const [own = []] = await ask([time])
  const alone = await ask(expressions)
  const together = await ask(expressions.map(wrapped))
  expressions.forEach((expression, i) => {
    const expected = (alone[i] ?? []).map(({ is }, n) => and(is, own[n]?.is ?? 'refused'))
    assert.equal(
      (together[i] ?? []).map(({ is }) => is),
      expected,
      expression,
    )
    requireSame(expression, alone[i] ?? [], ours(expression), false)
    requireSame(wrapped(expression), together[i] ?? [], ours(wrapped(expression)), false)
  })
}

withJudge('random conditions stay in their brackets, and give the same results', async ask => {
  const accepted = conditionsAtRandom(1500).filter(expression => faultOfCondition(expression) === undefined)
  assert.ok(accepted.length > 500, `only ${accepted.length} were conditions that we accept`)
  await requireInBrackets(ask, accepted)
})

withJudge('whatever is made of brackets, quotes and comments, and accepted, stays in its brackets', async ask => {
  const accepted = tokensAtRandom(60_000).filter(expression => faultOfCondition(expression) === undefined)
  assert.ok(accepted.length > 100, `only ${accepted.length} were accepted`)
  await requireInBrackets(ask, accepted)
})

withJudge('what cel-go does not take, or cannot evaluate for any call, is refused', async ask => {
  const expressions = [...conditionsAtRandom(1500), ...tokensAtRandom(3000)]
  const verdicts = await ask(expressions)
  const useless = expressions.filter((_, i) => verdicts[i]?.every(({ is }) => is === 'refused'))
  assert.ok(useless.length > 500, `only ${useless.length} were refused by cel-go`)
  assert.equal(
    useless.filter(expression => faultOfCondition(expression) === undefined),
    [],
  )
})

test.run()
