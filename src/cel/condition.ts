// IAM's dialect of CEL: what IAM accepts, the result of a condition for a call, and what would mislead its author. This
// describes Google and is checked against cel-go (test/contract/cel.test.ts). It does not depend on requests or
// mappings.
import { type ASTNode, parse, ParseError } from '@marcbachmann/cel-js'
import { neverHolds, sayConstants } from './constants.ts'
import { type Fault, Unreadable } from './fault.ts'
import { type Reading, words } from './reading.ts'
import type { ConditionContext } from './condition-context.ts'
import { from, within } from './limits.ts'
import type { Term } from './term.ts'
import { faultsOfText } from './text.ts'
import { walk } from './walk.ts'

/** IAM refuses a condition with more logical operators (`&&`, `||`, `!`) than this (https://cloud.google.com/iam/quotas). */
export const maxOperators = 12

export type Condition = {
  /**
   * What is wrong with it, the most severe first. A fault `refused` is always the only one, and such a condition is
   * never evaluated.
   */
  faults: readonly Fault[]
  /** Parts that always have the same result. Costs more than the rest, so it is computed only on request. */
  constants(): readonly Fault[]
  /** Whether it holds for no call from this instant on. */
  isOverAt(now: Date): boolean
  /** Whether it asks for names in other projects than this one, so that it holds for nothing in it. */
  isOutside(project: string): boolean
  /** The number of its logical operators. */
  operators: number
  /** Whether it holds for a call; undefined when it cannot be evaluated, which never grants. */
  evaluate(context: ConditionContext): boolean | undefined
}

/** Reads an expression as a condition. */
export function readCondition(expression: string): Condition {
  const reading: Reading = { faults: faultsOfText(expression), operators: 0 }
  const term = isRefused(reading) ? undefined : termOf(expression, reading)
  return {
    faults: order.flatMap(kind => reading.faults.filter(fault => fault.kind === kind)),
    constants: () => (term?.formula ? sayConstants(term.formula).map(says => ({ kind: 'misleading', says })) : []),
    isOverAt: now => term?.formula !== undefined && neverHolds(term.formula, from(now)),
    isOutside: project => term?.formula !== undefined && neverHolds(term.formula, within(project)),
    operators: reading.operators,
    evaluate: context => {
      const value = term?.evaluate(context)
      return typeof value === 'boolean' ? value : undefined
    },
  }
}

const order: readonly Fault['kind'][] = ['refused', 'never', 'misleading']

/** Whether it is one complete expression, so that it can be put in brackets safely. */
export function isOneExpression(expression: string): boolean {
  return faultsOfText(expression).length === 0 && !(treeOf(expression) instanceof Error)
}

/** The term of the whole expression. When IAM does not accept it, the fault is noted and the result is undefined. */
function termOf(expression: string, reading: Reading): Term | undefined {
  try {
    const tree = treeOf(expression)
    if (tree instanceof Error) throw new Unreadable(sayUnparsed(tree))
    const term = walk(tree, reading)
    if (term.type === 'bool') return term
    throw new Unreadable(`it is ${words[term.type]} and not a truth value (bool): compare it with something`)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    reading.faults.push({ kind: 'refused', says: error.message })
    return undefined
  }
}

function sayUnparsed(error: Error): string {
  const at = error instanceof ParseError && error.range ? ` at character ${error.range.start + 1}` : ''
  return `it is not CEL${at}: ${error.message.split('\n')[0]}`
}

function isRefused({ faults }: Reading): boolean {
  return faults.some(({ kind }) => kind === 'refused')
}

function treeOf(expression: string): ASTNode | Error {
  try {
    return parse(expression).ast
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
