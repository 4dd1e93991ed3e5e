// A mapping's own IAM condition: parsed alone, so that wrapping it in parentheses cannot change its meaning, and counted.
import { parse } from '@marcbachmann/cel-js'

/** Google refuses a condition with more logical operators than this (https://cloud.google.com/iam/quotas). */
const maxOperators = 12
/** Ours: the `&&` between start and end, and the one that joins the mapping's condition. */
const ownOperators = 2

/** Why this expression cannot serve as a condition, a clause; undefined when it can. */
export function faultOfCondition(expression: string): string | undefined {
  if (/[\r\n]|\/\//.test(expression)) return 'it must be one line without comments'
  // The parser here reads escapes in raw strings where Google reads none, so the two might see different ends.
  if (expression.includes('\\') && /\b(?:[rR][bB]?|[bB][rR])["']/.test(expression))
    return 'it must have no backslash in a raw string'
  try {
    parse(expression)
  } catch (error) {
    return `it is not CEL: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`
  }
  const operators = expression.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '').match(/&&|\|\||!(?!=)/g)?.length ?? 0
  return operators + ownOperators > maxOperators
    ? `it has ${operators} logical operators, and ${maxOperators - ownOperators} are the most that leave room for the time`
    : undefined
}
