// What the schema of the configuration says about each setting: its name, its default, and which processes need it.
import type { z } from 'zod'
import { everySetting, needs } from '../app/config-schema.ts'

/** A setting by its full name, with its default as YAML would write it; without one it is unset. */
export type SettingForm = { name: string; standard?: string }
type Type = z.core.$ZodType

/** Every setting of the configuration file, in the order of the schema. */
export function settingForms(): SettingForm[] {
  return leaves(everySetting, '').map(({ name, schema }) => {
    const standard = [schema, ...Object.values(needs).map(need => at(need, name))]
      .flatMap(one => (one ? [standardOf(one)] : []))
      .find(value => value !== undefined)
    return { name, ...(standard !== undefined && { standard }) }
  })
}

/** Who reads a setting, and whether they stop without it. What no process asks for by itself is read by all. */
export function readersOf(name: string): { readBy: string[]; isRequired: boolean } {
  const asking = Object.entries(needs).flatMap(([process, need]) => {
    const schema = at(need, name)
    return schema ? [{ process, schema }] : []
  })
  if (asking.length === 0) return { readBy: ['all'], isRequired: isElement(name) }
  return {
    readBy: asking.map(({ process }) => process),
    isRequired: asking.some(({ schema }) => !isOptional(schema)),
  }
}

// A field that every item of a list, or the group, must have.
function isElement(name: string): boolean {
  return name.startsWith('externalRequesters.') || name === 'iAmASandbox.acceptLoopbackEndpoints'
}

function leaves(schema: Type, prefix: string): { name: string; schema: Type }[] {
  return Object.entries(shapeOf(schema)).flatMap(([key, inner]) => {
    const name = prefix ? `${prefix}.${key}` : key
    const isGroup = Object.keys(shapeOf(inner)).length > 0
    const isList = bare(inner)._zod.def.type === 'array'
    return [...(!isGroup || isList ? [{ name, schema: inner }] : []), ...leaves(inner, name)]
  })
}

/** The schema at a path of names; undefined when it is not there. */
function at(schema: Type, name: string): Type | undefined {
  return name.split('.').reduce<Type | undefined>((found, key) => (found ? shapeOf(found)[key] : undefined), schema)
}

/** The fields of a group, or of each item of a list of groups. */
function shapeOf(schema: Type): Readonly<Record<string, Type>> {
  const inner = bare(schema) as { _zod: { def: { type: string; shape?: Record<string, Type>; element?: Type } } }
  const { type, shape, element } = inner._zod.def
  if (type === 'object') return shape ?? {}
  return type === 'array' && element ? shapeOf(element) : {}
}

/** Without what says that it may be left out. */
function bare(schema: Type): Type {
  const { innerType } = wrapOf(schema)
  return innerType ? bare(innerType) : schema
}

function standardOf(schema: Type): string | undefined {
  const { type, defaultValue, innerType } = wrapOf(schema)
  if (type === 'optional' && innerType) return standardOf(innerType)
  if (type !== 'default' && type !== 'prefault') return undefined
  return typeof defaultValue === 'string' ? defaultValue : JSON.stringify(defaultValue)
}

function isOptional(schema: Type): boolean {
  return ['optional', 'default', 'prefault'].includes(wrapOf(schema).type)
}

function wrapOf(schema: Type): { type: string; innerType?: Type; defaultValue?: unknown } {
  return schema._zod.def as { type: string; innerType?: Type; defaultValue?: unknown }
}
