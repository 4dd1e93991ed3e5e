// Small functions that describe the shape of JSON. They report faults by JSON pointer as Slack does.
import type { Json } from './types.ts'

/** Reports each fault of the `value` at the path `at`. */
export type Rule = (value: unknown, at: string, fault: Fault) => void
export type Fault = (message: string, at: string) => void

/** All faults of a value, as `what is wrong [json-pointer:/where]`. */
export function faultsOf(rule: Rule, value: unknown, at: string): string[] {
  const found: string[] = []
  rule(value, at, (message, where) => found.push(`${message} [json-pointer:${where}]`))
  return found
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A string of `min` to `max` characters. */
export function string(max: number, min = 1): Rule {
  return (value, at, fault) => {
    if (typeof value !== 'string') return fault('must be a string', at)
    if (value.length > max) return fault(`must be less than ${max + 1} characters`, at)
    if (value.length < min) fault(`must be more than ${min - 1} characters`, at)
  }
}

export const boolean: Rule = (value, at, fault) => {
  if (typeof value !== 'boolean') fault('must be a boolean', at)
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Rule {
  return (value, at, fault) => {
    if (!Number.isInteger(value) || Number(value) < min || Number(value) > max)
      fault(`must be an integer from ${min} to ${max}`, at)
  }
}

/** A string that matches, said in words. */
export function matching(pattern: RegExp, what: string): Rule {
  return (value, at, fault) => {
    if (typeof value !== 'string' || !pattern.test(value)) fault(`must be ${what}`, at)
  }
}

/** One of a few words. */
export function word(...words: string[]): Rule {
  return (value, at, fault) => {
    if (typeof value !== 'string' || !words.includes(value)) fault(`must be one of ${words.join(', ')}`, at)
  }
}

/** A list of `min` to `max` items. */
export function list(item: Rule, max: number, min = 1): Rule {
  return (value, at, fault) => {
    if (!Array.isArray(value)) return fault('must be an array', at)
    if (value.length > max) fault(`no more than ${max} items allowed`, at)
    if (value.length < min) fault(`no less than ${min} items allowed`, at)
    value.forEach((one, index) => item(one, `${at}/${index}`, fault))
  }
}

/** An object of exactly these fields; a name that ends in `?` may be missing. */
export function object(fields: Record<string, Rule>): Rule {
  const rules = new Map(Object.entries(fields).map(([name, rule]) => [name.replace(/\?$/, ''), rule]))
  const required = Object.keys(fields).filter(name => !name.endsWith('?'))
  return (value, at, fault) => {
    if (!isObject(value)) return fault('must be an object', at)
    for (const name of required) if (value[name] === undefined) fault(`missing required field: ${name}`, at)
    for (const [name, one] of Object.entries(value)) {
      const rule = rules.get(name)
      if (!rule) fault(`unexpected field: ${name}`, at)
      else if (one !== undefined) rule(one, `${at}/${name}`, fault)
    }
  }
}

/** An object whose `type` names its rule. */
export function byType(rules: Record<string, Rule>): Rule {
  return (value, at, fault) => {
    const type = isObject(value) ? value['type'] : undefined
    const rule = typeof type === 'string' && Object.hasOwn(rules, type) ? rules[type] : undefined
    if (rule) rule(value, at, fault)
    else fault(`unsupported type: ${typeof type === 'string' ? type : 'none'}`, at === '' ? '/type' : `${at}/type`)
  }
}

/** Both rules. */
export function both(first: Rule, second: Rule): Rule {
  return (value, at, fault) => {
    first(value, at, fault)
    second(value, at, fault)
  }
}
