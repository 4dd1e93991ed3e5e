// A part of a condition with its type, what it comes to for a call, and for truth values the formula that it is.
import type { Seen } from './seen.ts'

/** Types of IAM's conditions; a list holds texts. */
export type Type = 'bool' | 'string' | 'int' | 'timestamp' | 'duration' | 'list'
/** Numbers, instants and durations are whole numbers; the latter two in nanoseconds. */
export type Value = boolean | string | bigint | readonly string[]

export type Term = {
  type: Type
  /** What it comes to; undefined where it cannot be evaluated. */
  evaluate(seen: Seen): Value | undefined
  /** Its text, in one spelling. */
  source: string
  /** What it always comes to, when it depends on nothing. */
  constant?: Value | undefined
  /** Whether it stands in the condition as a value, in quotes, digits or square brackets. */
  isLiteral?: true
  /** What Google documents for it, when it is an attribute. */
  attribute?: Attribute
  /** The least and the most that it can be. */
  range?: Range
  formula?: Formula
}

export type Attribute = {
  type: Type
  /** Operators and methods that Google documents for it. */
  allows: readonly string[]
  /** What a whole value looks like, and what stands at its start and at its end. */
  shape?: Shape
  startsWith?: Shape
  endsWith?: Shape
  range?: Range
}

/** A shape of texts, and an example of it. */
export type Shape = { like: RegExp; example: string }

/** A number that counts something, and in words how it is counted. */
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
  /** Values of the subject that show every way in which the statement can turn out. */
  tries: readonly Value[]
  holds(value: Value): boolean
}

const nothing: Seen = { at: new Date(0), attributes: {} }

/** A term made of others: it is constant when they are. */
export function made(from: readonly Term[], term: Omit<Term, 'constant'>): Term {
  const isConstant = from.every(({ constant }) => constant !== undefined)
  return { ...term, ...(isConstant && { constant: term.evaluate(nothing) }) }
}

/** A truth value that nothing more is known of. */
export function opaque(source: string): Atom {
  return { subject: source, tries: [true, false], holds: value => value === true }
}
