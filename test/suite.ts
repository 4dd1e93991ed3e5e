// uvu's `suite`, with its three silent ways to be green closed: a failing hook ends the file with a failure,
// a test that hangs is named and fails at its deadline, and the suite registers itself to run.
import { suite as uvuSuite, type Context, type Callback } from 'uvu'

/** Longest a single test or hook may take, in milliseconds, unless `suite` is told otherwise. */
const deadlineMs = 60_000

type Named = Record<string, unknown>
type Hook<T> = (fn: Callback<T>) => void
type Test<T> = ((name: string, fn: Callback<T>) => void) & {
  only: (name: string, fn: Callback<T>) => void
  skip: (name: string, fn?: Callback<T>) => void
  before: Hook<T> & { each: Hook<T> }
  after: Hook<T> & { each: Hook<T> }
  run: () => void
}

/**
 * A suite of facts. Call `.run()` at the end of the file (the runner refuses a file without it).
 * A hook that throws ends the process with exit code 1, because uvu would count the suite as passed.
 */
export function suite<T extends Named = Named>(name: string, options: { timeoutMs?: number } = {}): Test<Context & T> {
  const inner = uvuSuite<Context & T>(name)
  const timeoutMs = options.timeoutMs ?? deadlineMs
  const timed =
    (what: string, fn: Callback<Context & T>): ((context: Context & T) => Promise<void>) =>
    context =>
      within(timeoutMs, `${name}: ${what}`, async () => fn(context as never))
  const hook = (what: string, register: (fn: Callback<Context & T>) => void) => (fn: Callback<Context & T>) =>
    register(async context => {
      await timed(what, fn)(context).catch(error => endFile(`${name}: ${what}`, error))
    })
  const test = ((what, fn) => inner(what, timed(what, fn))) as Test<Context & T>
  test.only = (what, fn) => inner.only(what, timed(what, fn))
  test.skip = (what, fn) => inner.skip(what, fn)
  test.before = Object.assign(
    hook('before', fn => inner.before(fn)),
    { each: hook('before.each', fn => inner.before.each(fn)) },
  )
  test.after = Object.assign(
    hook('after', fn => inner.after(fn)),
    { each: hook('after.each', fn => inner.after.each(fn)) },
  )
  test.run = () => inner.run()
  return test
}

/** Registers one test per row: the key is the sentence, the value its facts. */
export function table<T>(
  test: { (name: string, fn: () => void | Promise<void>): void },
  facts: Record<string, T>,
  check: (fact: T) => void | Promise<void>,
): void {
  for (const [sentence, fact] of Object.entries(facts)) test(sentence, () => check(fact))
}

async function within(ms: number, what: string, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${what}" did not end within ${ms / 1000} s`)), ms)
  })
  try {
    await Promise.race([work().catch(rethrowAsError), late])
  } finally {
    clearTimeout(timer)
  }
}

// uvu skips the rest of the suite when something that is not an Error is thrown.
function rethrowAsError(thrown: unknown): never {
  throw thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`)
}

function endFile(what: string, error: unknown): never {
  console.error(`HOOK FAILED ${what}\n`, error)
  process.exit(1)
}
