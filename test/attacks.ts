// Attacks: tests that say what was tried and how it ended. `npm test` runs them like any other test, `npm run attacks`
// prints each of them with its end.
import * as assert from 'uvu/assert'

/** What is tried and how it must end, such as `a ticket of another purpose opens the page … 400`. */
export type Sentence = `${string} … ${string}`

/** What an attack run tells about one attack, one line each on standard output. */
export type Told = { sentence: string; is: 'declared' | 'repelled' | 'not repelled'; why?: string }

/** Set by `npm run attacks`: attacks are told on standard output. */
export const toldVariable = 'HALLPASS_TELL_ATTACKS'
/** Marks the lines that tell of an attack. */
export const toldMark = 'ATTACK '

/** `isSkipped`: tests are named and not run, such as on a version of Kubernetes that is not here. */
type Register = { (name: string, fn: () => Promise<void>): void; isSkipped?: boolean }
type Body = () => string | Promise<string>

/**
 * Registers a test of one attack. `body` attacks, asserts what must hold, and returns the end that it *saw* in the world (a
 * status code, a reason, a phase; never a copy of what is expected). An end other than the one in the sentence fails.
 */
export function attack(test: Register, sentence: Sentence, body: Body): void {
  const expected = endOf(sentence)
  if (test.isSkipped) return test(sentence, async () => undefined)
  tell({ sentence, is: 'declared' })
  test(sentence, async () => {
    try {
      assert.is(await body(), expected, `"${sentence}" ended differently`)
    } catch (error) {
      tell({ sentence, is: 'not repelled', why: error instanceof Error ? error.message : String(error) })
      throw error
    }
    tell({ sentence, is: 'repelled' })
  })
}

/** One attack for each row: the key is the sentence with its end, the value its facts. */
export function attacks<T>(
  test: Register,
  facts: Record<Sentence, T>,
  body: (fact: T) => string | Promise<string>,
): void {
  for (const [sentence, fact] of Object.entries(facts)) attack(test, sentence as Sentence, () => body(fact))
}

/** As `attacks`, but all are begun when the first one is, for attacks that mostly wait and do not disturb one another. */
export function attacksTogether<T>(
  test: Register,
  facts: Record<Sentence, T>,
  body: (fact: T) => Promise<string>,
): void {
  let begun: Map<string, Promise<string>> | undefined
  const begin = (): Map<string, Promise<string>> =>
    new Map(
      Object.entries<T>(facts).map(([sentence, fact]) => {
        const running = body(fact)
        running.catch(() => undefined)
        return [sentence, running]
      }),
    )
  for (const sentence of Object.keys(facts))
    attack(test, sentence as Sentence, async () => {
      begun ??= begin()
      return begun.get(sentence) ?? 'never begun'
    })
}

/** Rows whose attacks all end in the same way; `who` is put before each. */
export function ending<T>(end: string, facts: Record<string, T>, who = ''): Record<Sentence, T> {
  return Object.fromEntries(Object.entries(facts).map(([tried, fact]) => [`${who}${tried} … ${end}`, fact]))
}

function endOf(sentence: Sentence): string {
  const [tried, end, ...more] = sentence.split(' … ')
  if (!tried?.trim() || !end?.trim() || more.length > 0)
    throw new Error(`"${sentence}" is not written as "what is tried … how it ends"`)
  return end
}

function tell(told: Told): void {
  // Synchronous, so that a process that dies has told what it had begun.
  if (process.env[toldVariable]) process.stdout.write(`\n${toldMark}${JSON.stringify(told)}\n`)
}
