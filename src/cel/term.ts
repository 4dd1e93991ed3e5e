// A part of a condition with its type, its value for a call, and, for truth values, its formula.
import type { ConditionContext } from './condition-context.ts'

/** Types of IAM's conditions; a list holds texts. */
export type Type = 'bool' | 'string' | 'int' | 'timestamp' | 'duration' | 'list'
/** Numbers, instants and durations are whole numbers; the latter two in nanoseconds. */
export type Value = boolean | string | bigint | readonly string[]

export type Term = {
  type: Type
  /** Its value for a call; undefined when it cannot be evaluated. */
  evaluate(context: ConditionContext): Value | undefined
  /** Its text in a normalized form. */
  source: string
  /** Its value, if that is constant. */
  constant?: Value | undefined
  /** Whether it is written in the condition as a value: in quotes, digits or square brackets. */
  isLiteral?: true
  /** What Google documents for it, when it is an attribute. */
  attribute?: Attribute
  /** Its smallest and largest possible value. */
  range?: Range
  formula?: Formula
}

export type Attribute = {
  type: Type
  /** Operators and methods that Google documents for it. */
  allows: readonly string[]
  /** The shape of a whole value, of its start and of its end. */
  shape?: Shape
  startsWith?: Shape
  endsWith?: Shape
  range?: Range
}

/** A pattern for texts, with an example. */
export type Shape = { like: RegExp; example: string }

/** A number that counts something, and a sentence that says how. */
export type Range = { least: bigint; most: bigint; says: string }

/** A truth value as logic sees it; `part` is its text. */
export type Formula =
  | { op: 'and' | 'or'; sides: readonly [Formula, Formula]; part: string }
  | { op: 'not'; side: Formula; part: string }
  | { op: 'atom'; atom: Atom; part: string }

/** A statement about one subject. */
export type Atom = {
  /** Statements about one subject depend on each other. */
  subject: string
  /** Values of the subject that together give every possible result of the statement. */
  tries: readonly Value[]
  /** The start or the end of a text that the statement is about; values are made of all that a subject has. */
  start?: string
  end?: string
  holds(value: Value): boolean
}

const nothing: ConditionContext = { at: new Date(0), attributes: {} }

/** A term made of other terms; it is constant when they are. */
export function made(from: readonly Term[], term: Omit<Term, 'constant'>): Term {
  const isConstant = from.every(({ constant }) => constant !== undefined)
  return { ...term, ...(isConstant && { constant: term.evaluate(nothing) }) }
}

/** A text that no condition contains, because it is not printable. */
export const unlikeAny = '\0'

/** A truth value about which nothing more is known. */
export function opaque(source: string): Atom {
  return { subject: source, tries: [true, false], holds: value => value === true }
}
