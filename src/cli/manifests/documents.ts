// YAML and JSON from files, folders and stdin as kubectl reads them, and where each part is in its file.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Document, isCollection, isMap, LineCounter, type Node, parseAllDocuments, type ScalarTag } from 'yaml'
import type { Path } from './schema-faults.ts'

/** A place in a file; lines and columns begin at 1. */
export type Place = { file: string; line: number; column: number }
/** One object. `placeOf` gives the place of a part; of a part that is not there, that of the nearest one around it. */
export type Manifest = { value: unknown; placeOf: (path: Path) => Place }
/** The objects, and what could not be read, one sentence each. */
export type Documents = { manifests: Manifest[]; unreadable: string[] }

const quiet = { prettyErrors: false, logLevel: 'error' } as const

type Source = { file: string; content: string; isNamed: boolean }

/** What `-` is called in messages. */
const stdinName = 'stdin'

/** Whether a file of a folder is read. A file that is named itself always is. */
type IsRead = (file: string, content: string) => boolean

/** A folder may have templates and other files that only look like YAML. */
const mentionsHallpass: IsRead = (_, content) => content.includes('hallpass.dev/')

/** Reads files, folders and `-`, which is stdin. Items of lists count as objects. Never rejects. */
export async function readDocuments(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
  isRead: IsRead = mentionsHallpass,
): Promise<Documents> {
  const found: Documents = { manifests: [], unreadable: [] }
  for (const path of new Set(paths)) {
    try {
      const sources = path === '-' ? [await fromStdin(stdin)] : sourcesIn(path)
      for (const source of sources)
        if (source.isNamed || isRead(source.file, source.content)) addDocuments(found, source)
    } catch (error) {
      found.unreadable.push(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return found
}

async function fromStdin(stdin: NodeJS.ReadableStream): Promise<Source> {
  return { file: stdinName, content: await text(stdin), isNamed: true }
}

function sourcesIn(path: string): Source[] {
  const isFolder = statSync(path).isDirectory()
  const files = isFolder ? filesIn(path) : [path]
  return files.map(file => ({ file, content: readFileSync(file, 'utf8'), isNamed: !isFolder }))
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return /^\.|^node_modules$/.test(entry.name) ? [] : filesIn(path)
      return entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) ? [path] : []
    })
    .toSorted()
}

function addDocuments({ manifests, unreadable }: Documents, { file, content }: Source): void {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(content, { merge: true, customTags: asKubectl, lineCounter, ...quiet })
  for (const document of documents) {
    const [error] = document.errors
    if (error) {
      const { line, column } = placeAt(error.pos[0])
      unreadable.push(`${file}:${line}:${column} is not YAML: ${error.message.split('\n')[0]}`)
    } else add(document)
  }

  function placeAt(offset: number): Place {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  function add(document: Document): void {
    try {
      const value: unknown = document.toJS()
      const placeOf = (path: Path): Place => placeAt(offsetOf(document, path))
      manifests.push(...itemsOf({ value, placeOf }))
    } catch (error) {
      // Aliases that would expand to more than anybody wrote by hand.
      unreadable.push(`${file} is not read: ${error instanceof Error ? error.message : String(error)}.`)
    }
  }
}

// kubectl reads these words as YAML 1.1 does, so a text like them is no text.
const isWordOfBoolean = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/
const asKubectl = (tags: readonly (ScalarTag | string | object)[]): never =>
  [
    {
      tag: 'tag:yaml.org,2002:bool',
      default: true,
      test: isWordOfBoolean,
      resolve: (word: string) => /^(?:y|on)/i.test(word),
    },
    ...tags,
  ] as never

function itemsOf({ value, placeOf }: Manifest): Manifest[] {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown }
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ value, placeOf }]
  return items.flatMap((item: unknown, i) => itemsOf({ value: item, placeOf: path => placeOf(['items', i, ...path]) }))
}

function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const part of path) {
    if (!isCollection(node)) break
    const pair = isMap(node) ? node.items.find(({ key }) => String(key) === String(part)) : undefined
    const inner = node.get(part, true) as Node | undefined
    const key = pair?.key as Node | undefined
    if (inner === undefined && key === undefined) break
    offset = key?.range?.[0] ?? inner?.range?.[0] ?? offset
    node = inner
  }
  return offset
}
