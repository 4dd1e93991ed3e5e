// Finds parts of a condition that have the same result for every call. Most are mistakes, such as two != joined by ||.
// It tries every combination of values that can make a difference.
import { quote } from './fault.ts'
import { type Atom, type Formula, unlikeAny, type Value } from './term.ts'

/** More combinations than a condition within IAM's limits is likely to have; above this number nothing is reported. */
const mostAssignments = 10_000

/** A value for each subject of a formula. */
type Assignment = ReadonlyMap<string, Value>

/** Clauses about the largest parts that always or never hold; empty when every part can be true and false. */
export function sayConstants(formula: Formula): string[] {
  const constant = constantOf(formula)
  if (constant !== undefined) return [sayWhole(formula, constant)]
  return composites(formula).flatMap(saysOfPart)
}

function saysOfPart(formula: Formula): string[] {
  const constant = constantOf(formula)
  if (constant === undefined) return composites(formula).flatMap(saysOfPart)
  return [
    `it has a part that ${constant ? 'always' : 'never'} holds, ${quote(formula.part)}: ${remedy(formula, constant)}`,
  ]
}

function sayWhole(formula: Formula, constant: boolean): string {
  return constant
    ? `it always holds, so it narrows nothing: ${remedy(formula, constant)}`
    : `it never holds, so it would grant nothing: ${remedy(formula, constant)}`
}

function remedy(formula: Formula, constant: boolean): string {
  const atoms = atomsOf(formula)
  const isAboutOne = new Set(atoms.map(({ subject }) => subject)).size < atoms.length
  if (!isAboutOne) return 'correct it or leave it out'
  return constant
    ? 'statements with != about one thing are joined by &&'
    : 'statements with == about one thing are joined by ||'
}

/** The result if it is the same for every combination; undefined when results differ or there are too many to try. */
function constantOf(formula: Formula, limits = none): boolean | undefined {
  const tries = triesOf(formula, limits)
  const assignments = [...tries.values()].reduce((product, { size }) => product * size, 1)
  if (assignments > mostAssignments) return undefined
  const seen = new Set<boolean>()
  for (const assignment of assignmentsOf([...tries])) {
    seen.add(holds(formula, assignment))
    if (seen.size > 1) return undefined
  }
  return [...seen][0]
}

/** Which of these values a subject can have at the place and time that a condition is used; never none of them. */
export type Limits = (subject: string, values: readonly Value[]) => readonly Value[]
const none: Limits = (_, values) => values

/** Whether the formula holds for no call within the limits. */
export function neverHolds(formula: Formula, limits: Limits): boolean {
  return constantOf(formula, limits) === false
}

function triesOf(formula: Formula, limits: Limits): Map<string, Set<Value>> {
  const atoms = Map.groupBy(atomsOf(formula), ({ subject }) => subject)
  return new Map(
    [...atoms].map(([subject, about]) => [
      subject,
      new Set(limits(subject, [...about.flatMap(({ tries }) => tries), ...textsOf(about)])),
    ]),
  )
}

// Every start with every end: together they give every result that statements about starts and ends can have.
function textsOf(about: readonly Atom[]): string[] {
  const starts = about.flatMap(({ start }) => start ?? [])
  const ends = about.flatMap(({ end }) => end ?? [])
  const isAboutText = about.some(({ start, end, tries }) => (start ?? end) !== undefined && tries.length === 0)
  if (!isAboutText) return []
  return ['', ...starts].flatMap(start => ['', ...ends].map(end => start + unlikeAny + end))
}

function* assignmentsOf(tries: readonly (readonly [string, ReadonlySet<Value>])[]): Generator<Assignment> {
  const [first, ...rest] = tries
  if (!first) return yield new Map()
  const [subject, values] = first
  for (const value of values)
    for (const assignment of assignmentsOf(rest)) yield new Map([...assignment, [subject, value]])
}

function holds(formula: Formula, assignment: Assignment): boolean {
  if (formula.op === 'not') return !holds(formula.side, assignment)
  if (formula.op === 'atom') return formula.atom.holds(assignment.get(formula.atom.subject) ?? false)
  const [left, right] = formula.sides
  return formula.op === 'and'
    ? holds(left, assignment) && holds(right, assignment)
    : holds(left, assignment) || holds(right, assignment)
}

function atomsOf(formula: Formula): Atom[] {
  if (formula.op === 'atom') return [formula.atom]
  return (formula.op === 'not' ? [formula.side] : formula.sides).flatMap(atomsOf)
}

// A single statement has its own checks: `getHours() >= 0` is harmless.
function composites(formula: Formula): Formula[] {
  if (formula.op === 'atom') return []
  return (formula.op === 'not' ? [formula.side] : formula.sides).filter(({ op }) => op !== 'atom')
}
