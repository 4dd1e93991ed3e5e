// Walks over the parsed tree of a condition and gives each part its type, its faults and its value for a call. It
// accepts what IAM documents and stops at everything else, so that linter and simulator read conditions in the same
// way.
import { type ASTNode, serialize } from '@marcbachmann/cel-js'
import { closest, distance } from 'fastest-levenshtein'
import { type Comparator, compare } from './comparison.ts'
import { quote } from './fault.ts'
import { functionNamed } from './functions.ts'
import { methodOf } from './methods.ts'
import { type Place, type Reading, refuse, requireShape, requireText, requireTypes, words } from './reading.ts'
import type { AttributeName } from './condition-context.ts'
import { made, opaque, type Term, type Value } from './term.ts'
import { sumOf } from './time.ts'
import { attributes } from './vocabulary.ts'

/** The term of a node. Throws Unreadable at the first part that IAM does not accept. */
export function walk(node: ASTNode, reading: Reading): Term {
  const place = { reading, part: node.input.slice(node.start, node.end), source: serialize(node) }
  switch (node.op) {
    case 'value':
      return literal(place, node.args)
    case 'list':
      return list(place, node.args)
    case 'id':
    case '.':
      return attribute(place, pathOf(node) ?? '')
    case 'call':
      return callFunction(place, node.args[0], node.args[1])
    case 'rcall':
      return call(place, node)
    case '!_':
      return not(place, node.args)
    case '&&':
    case '||':
      return join(place, node)
    case 'in':
      return isIn(place, walkAll(node.args, reading))
    case '+':
    case '-':
      return shift(place, node.op, walkAll(node.args, reading))
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(place, node.op, walkAll(node.args, reading))
    case '?:':
    case '[]':
    case '[?]':
    case '.?':
    case 'map':
    case '-_':
    case '*':
    case '/':
    case '%':
      return refuse(sayUnsupported(place, node.op))
  }
}

function sayUnsupported({ part }: Place, op: ASTNode['op']): string {
  const [what, remedy] = unsupported[op] ?? [quote(op), 'leave it out']
  return `it has ${what} in ${quote(part)}, which IAM does not document: ${remedy}`
}

const unsupported: Partial<Record<ASTNode['op'], readonly [what: string, remedy: string]>> = {
  '?:': ['a choice (? :)', 'write it with && and ||'],
  '[]': ['an index in square brackets', 'write the attribute with a dot, as in resource.name'],
  map: ['a map', 'leave it out'],
  '-_': ['a minus sign', 'compare with a number from 0 up'],
  '*': ['a multiplication', 'compare hours and minutes apart'],
  '/': ['a division', 'compare hours and minutes apart'],
  '%': ['a remainder', 'name the values, joined by ||'],
}

function walkAll(nodes: readonly ASTNode[], reading: Reading): Term[] {
  return nodes.map(node => walk(node, reading))
}

/** Whole numbers of CEL have 64 bits, one of them for the sign. */
const mostInt = 2n ** 63n - 1n

function literal({ source, part }: Place, value: unknown): Term {
  if (typeof value === 'string')
    return { type: 'string', source, constant: value, isLiteral: true, evaluate: () => value }
  if (typeof value === 'bigint' && value > mostInt)
    refuse(`it has the number ${quote(part)}, which has more than 64 bits: write a smaller one`)
  if (typeof value === 'bigint') return { type: 'int', source, constant: value, isLiteral: true, evaluate: () => value }
  if (typeof value !== 'boolean')
    return refuse(
      `it has the value ${quote(part)}, and IAM knows whole numbers, texts, true and false: write one of those`,
    )
  const atom = { ...opaque(source), tries: [value] }
  const formula = { op: 'atom', atom, part } as const
  return { type: 'bool', source, constant: value, isLiteral: true, evaluate: () => value, formula }
}

function list(place: Place, nodes: readonly ASTNode[]): Term {
  const texts = walkAll(nodes, place.reading).map(item => requireText(place, item))
  return { type: 'list', source: place.source, constant: texts, isLiteral: true, evaluate: () => texts }
}

/** Names joined by dots; undefined when the node is something else. */
function pathOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args
  const on = node.op === '.' ? pathOf(node.args[0]) : undefined
  return on === undefined ? undefined : `${on}.${String((node.args as readonly unknown[])[1])}`
}

function attribute({ source, part }: Place, path: string): Term {
  if (path === 'request.time')
    return { type: 'timestamp', source, evaluate: context => BigInt(context.at.getTime()) * 1_000_000n }
  if (!Object.hasOwn(attributes, path)) return refuse(`it has ${quote(path || part)}, ${sayUnknown(path)}`)
  const name = path as AttributeName
  const known = attributes[name]
  const evaluate: Term['evaluate'] = context => {
    const value = context.attributes[name]
    return typeof value === 'number' ? BigInt(value) : value
  }
  return { type: known.type, source, attribute: known, evaluate, ...(known.range && { range: known.range }) }
}

function sayUnknown(path: string): string {
  if (path.startsWith('principal.'))
    return 'which Google documents for principal access boundaries only, not for bindings: leave it out'
  const near = closest(path, ['request.time', ...Object.keys(attributes)])
  return distance(path, near) <= 3
    ? `which IAM does not know: did you mean "${near}"?`
    : 'which IAM does not know: use an attribute of its reference, such as "resource.type"'
}

function callFunction(place: Place, name: string, nodes: readonly ASTNode[]): Term {
  const make = functionNamed(name)
  if (!make)
    return refuse(
      `it calls ${quote(name)} in ${quote(place.part)}, which IAM does not know: use a function of its reference`,
    )
  return make(place, walkAll(nodes, place.reading))
}

// `resource.matchTag()` is one function with a dot in its name; `resource.name.startsWith()` is a method of a text.
function call(place: Place, node: ASTNode & { op: 'rcall' }): Term {
  const [name, receiver, nodes] = node.args
  const path = pathOf(receiver)
  if (path !== undefined && functionNamed(`${path}.${name}`)) return callFunction(place, `${path}.${name}`, nodes)
  if (path !== undefined && ['resource', 'api', 'compute', 'request'].includes(path))
    return callFunction(place, `${path}.${name}`, nodes)
  const on = walk(receiver, place.reading)
  return methodOf(place, name, on)({ on, args: walkAll(nodes, place.reading) })
}

function not(place: Place, node: ASTNode): Term {
  place.reading.operators++
  const side = requireTruth(place, walk(node, place.reading))
  const { source, part } = place
  return made([side], {
    type: 'bool',
    source,
    evaluate: context => {
      const value = side.evaluate(context)
      return value === undefined ? undefined : value === false
    },
    formula: { op: 'not', side: side.formula, part },
  })
}

// One deciding side is enough, whatever the other side is, even when that one cannot be evaluated.
function join(place: Place, node: ASTNode & { op: '&&' | '||' }): Term {
  place.reading.operators++
  const [left, right] = walkAll(node.args, place.reading).map(side => requireTruth(place, side)) as [Truth, Truth]
  const deciding = node.op === '||'
  const { source, part } = place
  return made([left, right], {
    type: 'bool',
    source,
    evaluate: context => {
      const [a, b] = [left.evaluate(context), right.evaluate(context)]
      if (a === deciding || b === deciding) return deciding
      return a === undefined || b === undefined ? undefined : !deciding
    },
    formula: { op: deciding ? 'or' : 'and', sides: [left.formula, right.formula], part },
  })
}

type Truth = Term & Required<Pick<Term, 'formula'>>

function requireTruth({ part }: Place, term: Term): Truth {
  const { type, formula, source } = term
  return formula
    ? { ...term, formula }
    : refuse(
        `it has ${words[type]}, ${quote(source)}, where a truth value belongs in ${quote(part)}: compare it with something`,
      )
}

function isIn(place: Place, terms: readonly Term[]): Term {
  const [one, all] = terms as readonly [Term, Term]
  if (all.isLiteral)
    refuse(
      `it has "in" with a list in ${quote(place.part)}, which IAM does not document: write == for each value, joined by ||`,
    )
  requireTypes(place, [one, all], ['string', 'list'])
  if (!all.attribute?.allows.includes('in'))
    refuse(`it has "in" in ${quote(place.part)}, which IAM documents for request.auth.access_levels only: leave it out`)
  const text = requireText(place, one)
  if (all.attribute?.shape) requireShape(place, text, all.attribute.shape)
  const { source, part } = place
  return {
    type: 'bool',
    source,
    evaluate: context => {
      const values = all.evaluate(context)
      return Array.isArray(values) ? values.includes(text) : undefined
    },
    formula: { op: 'atom', atom: opaque(source), part },
  }
}

function shift(place: Place, op: '+' | '-', terms: readonly Term[]): Term {
  const [at, by] = terms as readonly [Term, Term]
  if (at.type !== 'timestamp' || by.type !== 'duration')
    refuse(
      `it has ${quote(place.part)}, and IAM documents + and - only as a timestamp + or - a duration, in this order: write it so`,
    )
  return made(terms, {
    type: 'timestamp',
    source: place.source,
    evaluate: context => {
      const [start, length] = [at.evaluate(context), by.evaluate(context)] as (Value | undefined)[]
      if (typeof start !== 'bigint' || typeof length !== 'bigint') return undefined
      return sumOf(start, op === '+' ? length : -length)
    },
  })
}

function comparison(place: Place, op: Comparator, terms: readonly Term[]): Term {
  const [left, right] = terms as readonly [Term, Term]
  return compare(place, { op, left, right })
}
