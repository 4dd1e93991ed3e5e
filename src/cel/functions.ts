// Functions of IAM's conditions, by their full names.
import { quote } from './fault.ts'
import { fail, mislead, type Place, refuse, requireShape, requireText, requireTexts, requireTypes } from './reading.ts'
import type { ConditionContext, Tag } from './condition-context.ts'
import { made, opaque, type Term, type Type, type Value } from './term.ts'
import { type Read, readDay, readDuration, readTimestamp } from './time.ts'
import { apiAttributes, loadBalancingScheme, tagFunctions } from './vocabulary.ts'

type Make = (place: Place, args: readonly Term[]) => Term

/** Applies a function to its arguments; undefined when IAM does not have a function of that name. */
export function functionNamed(name: string): Make | undefined {
  if (Object.hasOwn(functions, name)) return functions[name]
  return Object.hasOwn(tagFunctions, name) ? tagFunction(name) : undefined
}

const functions: Record<string, Make> = {
  timestamp: reader('timestamp', readTimestamp),
  date: reader('timestamp', readDay),
  duration: reader('duration', readDuration),
  'api.getAttribute': getAttribute,
  'compute.isForwardingRuleCreationOperation': (place, args) => {
    requireTypes(place, args, [])
    return truth(place, context => context.forwardingRule !== undefined)
  },
  'compute.matchLoadBalancingSchemes': (place, args) => {
    const schemes = requireTexts(place, args[0])
    requireTypes(place, args, ['list'])
    for (const scheme of schemes) requireShape(place, scheme, loadBalancingScheme)
    return truth(place, context => context.forwardingRule !== undefined && schemes.includes(context.forwardingRule))
  },
}

// A quoted text is parsed once, and reported when it is invalid. A text of the call is parsed for each call.
function reader(type: Type, read: (text: string) => Read<bigint>): Make {
  return (place, args) => {
    requireTypes(place, args, ['string'])
    const [text] = args as readonly [Term]
    if (typeof text.constant === 'string') {
      const found = read(text.constant)
      if ('because' in found) fail(place, text.constant, found)
    }
    const evaluate = (context: ConditionContext): Value | undefined => {
      const found = read(String(text.evaluate(context)))
      return 'value' in found ? found.value : undefined
    }
    return made(args, { type, source: place.source, evaluate })
  }
}

function tagFunction(name: string): Make {
  return (place, args) => {
    const shapes = tagFunctions[name] ?? []
    requireTypes(
      place,
      args,
      shapes.map(() => 'string'),
    )
    const texts = args.map(arg => requireText(place, arg))
    shapes.forEach((shape, i) => requireShape(place, texts[i] ?? '', shape))
    const [key, value] = texts
    const isId = name.endsWith('Id')
    const matches = (tag: Tag): boolean =>
      key === (isId ? tag.keyId : tag.key) && (value === undefined || value === (isId ? tag.valueId : tag.value))
    return truth(place, context => (context.tags ?? []).some(matches))
  }
}

function getAttribute(place: Place, args: readonly Term[]): Term {
  const name = requireText(place, args[0])
  const attribute = Object.hasOwn(apiAttributes, name) ? apiAttributes[name] : undefined
  if (!attribute)
    return refuse(
      `it asks for ${quote(name)} in ${quote(place.part)}, which Hallpass does not check: use ${Object.keys(apiAttributes).slice(0, 2).map(quote).join(' or ')}`,
    )
  const { type, misleads } = attribute
  requireTypes(place, args, ['string', type])
  const otherwise = args[1]?.constant
  if (otherwise === undefined || (Array.isArray(otherwise) && otherwise.length > 0))
    return refuse(
      `it has another default than ${type === 'list' ? '[]' : 'a text in quotes'} in ${quote(place.part)}: write that`,
    )
  if (misleads) mislead(place, `it asks for ${quote(name)}, but ${misleads}: use resource.name`)
  const allows = type === 'list' ? ['hasOnly'] : ['==', '!=', 'startsWith', 'endsWith']
  return {
    type,
    source: place.source,
    attribute: { type, allows },
    evaluate: context => context.api?.[name] ?? otherwise,
  }
}

function truth({ source, part }: Place, evaluate: (context: ConditionContext) => boolean): Term {
  return { type: 'bool', source, evaluate, formula: { op: 'atom', atom: opaque(source), part } }
}
