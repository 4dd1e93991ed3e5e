// Comparisons: what IAM documents for each type, and which comparisons always have the same result.
import { quote } from './fault.ts'
import { requireAllowed } from './methods.ts'
import { mislead, type Place, refuse, requireShape, words } from './reading.ts'
import { type Atom, made, opaque, type Range, type Term, unlikeAny, type Value } from './term.ts'

export type Comparator = '==' | '!=' | '<' | '<=' | '>' | '>='

export type Comparison = { op: Comparator; left: Term; right: Term }

/**
 * The truth value of a comparison. Ends the reading when IAM does not have or does not document a comparison of these
 * types.
 */
export function compare(place: Place, comparison: Comparison): Term {
  const { op, left, right } = comparison
  requireComparable(place, comparison)
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    requireAllowed(place, side, op)
    if (side.range && typeof other.constant === 'bigint') requireRange(place, side.range, other.constant)
    if (side.attribute?.shape && typeof other.constant === 'string')
      requireShape(place, other.constant, side.attribute.shape)
  }
  if (left.type === 'timestamp' && (op === '==' || op === '!='))
    mislead(place, `it compares times by ${op} in ${quote(place.part)}, which one millisecond decides: use < or >=`)
  return made([left, right], {
    type: 'bool',
    source: place.source,
    evaluate: context => {
      const [a, b] = [left.evaluate(context), right.evaluate(context)]
      return a === undefined || b === undefined ? undefined : decide(op, a, b)
    },
    formula: { op: 'atom', atom: atomOf(comparison, place.source), part: place.part },
  })
}

function requireComparable({ part }: Place, { op, left, right }: Comparison): void {
  const isEquality = op === '==' || op === '!='
  if (left.type !== right.type)
    refuse(`it compares ${words[left.type]} with ${words[right.type]} in ${quote(part)}: compare what is of one type`)
  if (left.type === 'string' && !isEquality)
    refuse(`it compares texts by ${op} in ${quote(part)}, which IAM does not document: use == or !=`)
  const remedy = remedies[left.type]
  if (remedy)
    refuse(`it compares ${words[left.type]} with another in ${quote(part)}, which IAM does not document: ${remedy}`)
}

const remedies: Partial<Record<Term['type'], string>> = {
  bool: 'write the condition itself, or ! before it',
  duration: 'add the duration to a timestamp and compare that with request.time',
  list: 'ask for one value with "in"',
}

function requireRange(place: Place, { least, most, says }: Range, number: bigint): void {
  if (number < least || number > most)
    mislead(place, `it has ${number} in ${quote(place.part)}, but ${says}: correct the number`)
}

function atomOf({ op, left, right }: Comparison, source: string): Atom {
  const [subject, constant] = right.constant === undefined ? [right, left.constant] : [left, right.constant]
  if (constant === undefined || Array.isArray(constant)) return opaque(source)
  const holds = (value: Value): boolean =>
    subject === left ? decide(op, value, constant) : decide(op, constant, value)
  const tries = subject.constant === undefined ? around(constant, subject.range) : [subject.constant]
  return { subject: subject.source, tries, holds }
}

// A number just below a value, the value, and a number just above it: together they give every possible result of a
// comparison.
function around(value: Value, range: Range | undefined): readonly Value[] {
  if (typeof value !== 'bigint') return [value, unlikeAny]
  return [value - 1n, value, value + 1n].filter(one => !range || (one >= range.least && one <= range.most))
}

function decide(op: Comparator, a: Value, b: Value): boolean {
  switch (op) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}
