// Reads kubeconfigs as kubectl does: which files, which entry counts, and what relative paths mean
// (kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig). Interprets no credentials.
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, resolve } from 'node:path'
import { parse } from 'yaml'

/** The fields of one entry, as written; paths are absolute. */
export type Fields = Readonly<Record<string, unknown>>
/** A named cluster or user. */
export type Entry = { name: string; fields: Fields }
/** The current context with its cluster and its user. */
export type Context = { name: string; cluster: Entry; user: Entry }

type Kind = 'clusters' | 'users' | 'contexts'
type File = { path: string; fields: Fields }

/** The fields with paths, which are relative to the folder of their file. */
const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']

/**
 * The current context of these files; undefined when none of them exists. The first file that names a current context
 * decides, and of entries with the same name only the first counts. Rejects when a file or the context is not usable.
 */
export async function readContext(paths: readonly string[]): Promise<Context | undefined> {
  const files = (await Promise.all([...new Set(paths)].map(readOne))).filter(file => file !== undefined)
  if (files.length === 0) return undefined
  const name = files.map(({ fields }) => textIn(fields, 'current-context')).find(found => found !== undefined)
  if (name === undefined)
    throw new Error('the kubeconfig has no current context. Choose one with kubectl config use-context')
  const { fields } = entryOf(files, 'contexts', name)
  const [cluster, user] = [textIn(fields, 'cluster'), textIn(fields, 'user')]
  if (cluster === undefined) throw new Error(`context "${name}" of the kubeconfig names no cluster`)
  return {
    name,
    cluster: entryOf(files, 'clusters', cluster),
    user: user === undefined ? { name: '', fields: {} } : entryOf(files, 'users', user),
  }
}

/** The text of a kubeconfig with only this context. */
export function kubeconfigOf({ name, cluster, user }: Context): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster.name, cluster: cluster.fields }],
    users: [{ name: user.name, user: user.fields }],
    contexts: [{ name, context: { cluster: cluster.name, user: user.name } }],
    'current-context': name,
  })
}

/** A field's text; undefined when it is absent or empty. Throws when it is no text. */
export function textIn(fields: Fields, field: string): string | undefined {
  const value = fields[field]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw new Error(`"${field}" of the kubeconfig must be a text`)
  return value
}

/** An object, or an empty one in place of nothing. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Error(`"${what}" of the kubeconfig must be an object`)
  return value as Fields
}

async function readOne(path: string): Promise<File | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    return { path: resolve(path), fields: fieldsOf(parse(text), path) }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    // Without the cause: a parser quotes the line that it could not read.
    throw new Error(`the kubeconfig "${path}" cannot be read`)
  }
}

function entryOf(files: readonly File[], kind: Kind, name: string): Entry {
  const single = kind.slice(0, -1)
  for (const { path, fields } of files) {
    const found = listIn(fields, kind).find(entry => fieldsOf(entry, kind)['name'] === name)
    if (found) return { name, fields: absolute(fieldsOf(fieldsOf(found, kind)[single], single), dirname(path)) }
  }
  throw new Error(`the kubeconfig has no ${single} "${name}"`)
}

function listIn(fields: Fields, kind: Kind): unknown[] {
  const list = fields[kind] ?? []
  if (!Array.isArray(list)) throw new Error(`"${kind}" of the kubeconfig must be a list`)
  return list
}

function absolute(fields: Fields, folder: string): Fields {
  const paths = pathFields.flatMap(field => {
    const path = textIn(fields, field)
    return path === undefined ? [] : [[field, resolve(folder, path)] as const]
  })
  const exec = fieldsOf(fields['exec'], 'exec')
  const command = textIn(exec, 'command')
  // A command without a slash is searched in PATH.
  const isPath = command?.includes('/') && !isAbsolute(command)
  return {
    ...fields,
    ...Object.fromEntries(paths),
    ...(command !== undefined && isPath && { exec: { ...exec, command: resolve(folder, command) } }),
  }
}
