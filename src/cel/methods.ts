// Methods of texts, lists and times, as IAM documents them.
import { quote } from './fault.ts'
import {
  fail,
  mislead,
  type Place,
  refuse,
  requireShape,
  requireText,
  requireTexts,
  requireTypes,
  words,
} from './reading.ts'
import { type Atom, made, opaque, type Term, type Value } from './term.ts'
import { isPlain, readZone, wallClock } from './time.ts'
import { fields, roleName } from './vocabulary.ts'

/** https://cloud.google.com/iam/docs/setting-limits-on-granting-roles */
const mostRoles = 10

export type Call = { on: Term; args: readonly Term[] }

/**
 * The function that turns a call of this method into a term. Ends the reading when IAM does not have this method for
 * such a term.
 */
export function methodOf(place: Place, name: string, { type }: Term): (call: Call) => Term {
  if (type === 'string' && (name === 'startsWith' || name === 'endsWith')) return call => compareEnd(place, name, call)
  if (type === 'string' && name === 'extract') return call => extract(place, call)
  if (type === 'list' && name === 'hasOnly') return call => hasOnly(place, call)
  if (type === 'timestamp' && Object.hasOwn(fields, name)) return call => field(place, name, call)
  const remedy = type === 'string' ? 'use startsWith, endsWith, extract, == or !=' : 'use what its reference lists'
  return refuse(`it calls ${quote(name)} on ${words[type]} in ${quote(place.part)}, which IAM does not take: ${remedy}`)
}

function compareEnd(place: Place, name: 'startsWith' | 'endsWith', { on, args }: Call): Term {
  requireTypes(place, args, ['string'])
  const end = requireText(place, args[0])
  requireAllowed(place, on, name)
  if (end === '') mislead(place, `it has ${quote(place.part)}, which always holds: write the text that is meant`)
  else if (on.attribute?.[name]) requireShape(place, end, on.attribute[name])
  const holds = (text: Value | undefined): boolean | undefined => {
    if (typeof text !== 'string') return undefined
    return name === 'startsWith' ? text.startsWith(end) : text.endsWith(end)
  }
  const { source, part } = place
  return made([on], {
    type: 'bool',
    source,
    evaluate: context => holds(on.evaluate(context)),
    formula: { op: 'atom', atom: endAtom(name, end, { on, holds: value => holds(value) === true }), part },
  })
}

function endAtom(
  name: 'startsWith' | 'endsWith',
  end: string,
  { on, holds }: { on: Term; holds: (value: Value) => boolean },
): Atom {
  const known = on.constant === undefined ? [] : [on.constant]
  return { subject: on.source, tries: known, ...(name === 'startsWith' ? { start: end } : { end }), holds }
}

/**
 * `extract("keyRings/{name}/")`: the text between the first "keyRings/" and the next "/"; empty when one of them is
 * missing.
 */
function extract(place: Place, { on, args }: Call): Term {
  requireTypes(place, args, ['string'])
  const template = requireText(place, args[0])
  if (!on.attribute?.allows.includes('extract'))
    refuse(`it extracts from something else than resource.name in ${quote(place.part)}: IAM documents only that`)
  const [, before, after] = /^([^{}]*)\{[A-Za-z0-9_]+\}([^{}]*)$/.exec(template) ?? []
  if (before === undefined || after === undefined)
    return refuse(
      `it has the template ${quote(template)}, which needs one name in braces: write it as "projects/{project}/"`,
    )
  const find = (text: Value | undefined): string | undefined => {
    if (typeof text !== 'string') return undefined
    const start = text.indexOf(before)
    const rest = start < 0 ? '' : text.slice(start + before.length)
    const end = after === '' ? rest.length : rest.indexOf(after)
    return rest.slice(0, Math.max(0, end))
  }
  return made([on], { type: 'string', source: place.source, evaluate: context => find(on.evaluate(context)) })
}

function hasOnly(place: Place, { on, args }: Call): Term {
  requireTypes(place, args, ['list'])
  const allowed = requireTexts(place, args[0])
  if (!on.attribute?.allows.includes('hasOnly'))
    refuse(
      `it calls "hasOnly" on something else than api.getAttribute() in ${quote(place.part)}: IAM documents only that`,
    )
  const isTooLong = allowed.length > mostRoles
  if (isTooLong) {
    const says = `it has ${allowed.length} roles in hasOnly, and IAM compares at most ${mostRoles}: write several bindings`
    place.reading.faults.push({ kind: 'never', says })
  }
  if (allowed.length === 0) mislead(place, 'it has hasOnly([]), which lets nothing be granted: name the roles')
  for (const role of allowed) requireShape(place, role, roleName)
  const { source, part } = place
  return {
    type: 'bool',
    source,
    evaluate: context => {
      const values = isTooLong ? undefined : on.evaluate(context)
      return Array.isArray(values) ? values.every(value => allowed.includes(String(value))) : undefined
    },
    formula: { op: 'atom', atom: opaque(source), part },
  }
}

function field(place: Place, name: string, { on, args }: Call): Term {
  const counted = fields[name]
  requireTypes(place, args, args.length === 0 ? [] : ['string'])
  const text = args.length === 0 ? 'UTC' : requireText(place, args[0])
  const zone = readZone(text)
  if ('because' in zone) fail(place, text, zone)
  else if (!isPlain(zone.value))
    mislead(
      place,
      `it has the zone ${quote(text)}, an old abbreviation that need not have summer time: write a place such as "Europe/Berlin"`,
    )
  const read = (at: Value | undefined): bigint | undefined =>
    typeof at === 'bigint' && 'value' in zone && counted ? BigInt(counted.read(wallClock(at, zone.value))) : undefined
  return made([on], {
    type: 'int',
    source: place.source,
    evaluate: context => read(on.evaluate(context)),
    ...(counted && { range: counted.range }),
  })
}

/** Notes an operator or a method that Google does not document for the attribute, or advises against. */
export function requireAllowed(place: Place, { attribute, source }: Term, operator: string): void {
  if (!attribute || attribute.allows.includes(operator)) return
  mislead(
    place,
    `it has ${quote(operator)} on ${source} in ${quote(place.part)}, for which Google documents only ${attribute.allows.join(', ')}: use those`,
  )
}
