// Regular expressions of mappings. A mapping's author must not be able to block the gateway, so they are RE2 patterns,
// as in Kubernetes: matching takes time in proportion to the text and to the compiled program, and both are limited.
import { RE2JS } from 're2js'

/**
 * The most instructions that a pattern may compile to. The slowest known pattern of this size takes 10 ms of one thread
 * for a reason of 500 characters, half of what is allowed (docs/benchmarks.md, "patterns"); `(INC|CHG)-[0-9]+` compiles
 * to 14.
 */
export const mostInstructions = 1000

/** More than the number of mappings with a pattern in a cluster; a program of the largest size has about 100 KB. */
const remembered = 200

type Compiled = { pattern: RE2JS } | { fault: string }
/** Keyed by their text, the last used at the end. Compiling costs more than matching. */
const known = new Map<string, Compiled>()

/** Why a mapping cannot use the pattern, in a few words; undefined when it can. */
export function faultOfPattern(pattern: string): string | undefined {
  const compiled = compiledOf(pattern)
  return 'fault' in compiled ? compiled.fault : undefined
}

/** Whether the pattern is found anywhere in the text. A pattern that cannot be used matches nothing. */
export function hasMatch(pattern: string, text: string): boolean {
  const compiled = compiledOf(pattern)
  return 'pattern' in compiled && compiled.pattern.matcher(text).find()
}

function compiledOf(text: string): Compiled {
  const compiled = known.get(text) ?? compile(text)
  known.delete(text)
  known.set(text, compiled)
  const [oldest] = known.keys()
  if (known.size > remembered && oldest !== undefined) known.delete(oldest)
  return compiled
}

function compile(text: string): Compiled {
  try {
    const pattern = RE2JS.compile(text)
    const size = pattern.programSize()
    if (size <= mostInstructions) return { pattern }
    return {
      fault: `it compiles to ${size} instructions, and at most ${mostInstructions} are allowed; use smaller repetitions than {1000}, or fewer`,
    }
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
    return { fault: `it is not a regular expression of RE2 (${why})` }
  }
}
