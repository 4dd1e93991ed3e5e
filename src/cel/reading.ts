// Collects, while a condition is read, the faults after which it can still be evaluated, and the number of logical
// operators. Anything that IAM does not accept ends the reading.
import { type Fault, quote, Unreadable } from './fault.ts'
import type { Shape, Term, Type } from './term.ts'

export type Reading = { faults: Fault[]; operators: number }

/** A part of the condition that is being read. */
export type Place = {
  reading: Reading
  /** Its text as written, and in a normalized form. */
  part: string
  source: string
}

/** Ends the reading: IAM does not accept or does not document this. */
export function refuse(says: string): never {
  throw new Unreadable(says)
}

export function mislead({ reading }: Place, says: string): void {
  reading.faults.push({ kind: 'misleading', says })
}

/** Notes an invalid text. This part fails whenever it is evaluated. */
export function fail({ reading, part }: Place, text: string, { because, mayHold }: Meaningless): void {
  const says = `it has ${quote(part)}, where ${quote(text)} ${because}`
  reading.faults.push({ kind: mayHold ? 'misleading' : 'never', says })
}

type Meaningless = { because: string; mayHold?: true }

/** Notes a text that can never equal what it is compared with. */
export function requireShape(place: Place, text: string, shape: Shape): void {
  if (!shape.like.test(text))
    mislead(
      place,
      `it has ${quote(text)} in ${quote(place.part)}, where a value looks like ${quote(shape.example)}: correct the text`,
    )
}

/** Ends the reading unless the arguments are of these types. */
export function requireTypes({ part }: Place, args: readonly Term[], types: readonly Type[]): void {
  if (args.length !== types.length)
    refuse(`it has ${args.length} arguments in ${quote(part)}, and ${types.length} are needed: correct them`)
  const wrong = args.findIndex(({ type }, i) => type !== types[i])
  const [arg, type] = [args[wrong], types[wrong]]
  if (arg && type) refuse(`it has ${words[arg.type]} in ${quote(part)} where ${words[type]} belongs: correct it`)
}

/** The text of a quoted term; ends the reading when the term is something else. */
export function requireText({ part }: Place, term: Term | undefined): string {
  if (term?.isLiteral && typeof term.constant === 'string') return term.constant
  return refuse(
    `it has no text in quotes in ${quote(part)}, the only thing that IAM documents there: write it in quotes`,
  )
}

/** The texts of a list in square brackets; ends the reading when the term is something else. */
export function requireTexts({ part }: Place, term: Term | undefined): readonly string[] {
  if (term?.isLiteral && Array.isArray(term.constant)) return term.constant as readonly string[]
  return refuse(`it has no list in square brackets in ${quote(part)}: write it as ['A', 'B']`)
}

/** Types as messages name them. */
export const words: Record<Type, string> = {
  bool: 'a truth value',
  string: 'a text',
  int: 'a number',
  timestamp: 'a time',
  duration: 'a duration',
  list: 'a list',
}
