// YAML and JSON from files, folders and stdin as kubectl reads them, and where each part is in its file.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Document, isCollection, isMap, LineCounter, type Node, parseAllDocuments, type ScalarTag } from 'yaml'
import type { Path } from './schema-faults.ts'

/** A place in a file; lines and columns begin at 1. */
export type Place = { file: string; line: number; column: number }
/** One object. `placeOf` gives the place of a part; of a part that is not there, that of the nearest one around it. */
export type Manifest = { value: unknown; placeOf: (path: Path) => Place }
/** The objects, and what could not be read, one sentence each. */
export type Documents = { manifests: Manifest[]; unreadable: string[] }

const quiet = { prettyErrors: false, logLevel: 'error' } as const

/** `isOptional`: what is not YAML in it is passed over. */
type Source = { file: string; content: string; isOptional?: boolean }

/** What `-` is called in messages. */
const stdinName = 'stdin'

/** How a file of a folder is read. A file that is named itself must be YAML. */
type HowRead = (file: string, content: string) => 'must' | 'may' | 'not'

/**
 * A folder may have templates and other files that only look like YAML. A text can be written without its letters, so a file
 * without these words is read too, if it can be.
 */
const likeKubectl: HowRead = (_, content) => (content.includes('hallpass.dev/') ? 'must' : 'may')

/** Reads files, folders and `-`, which is stdin. Items of lists count as objects. Never rejects. */
export async function readDocuments(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
  howRead: HowRead = likeKubectl,
): Promise<Documents> {
  const found: Documents = { manifests: [], unreadable: [] }
  for (const path of new Set(paths)) {
    try {
      const sources = path === '-' ? [await fromStdin(stdin)] : sourcesIn(path, howRead)
      for (const source of sources) addDocuments(found, source)
    } catch (error) {
      found.unreadable.push(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return found
}

async function fromStdin(stdin: NodeJS.ReadableStream): Promise<Source> {
  return { file: stdinName, content: textOf(await buffer(stdin)) }
}

function sourcesIn(path: string, howRead: HowRead): Source[] {
  if (!statSync(path).isDirectory()) return [{ file: path, content: textOf(readFileSync(path)) }]
  return filesIn(path).flatMap(file => {
    const content = textOf(readFileSync(file))
    const how = howRead(file, content)
    return how === 'not' ? [] : [{ file, content, isOptional: how === 'may' }]
  })
}

/** UTF-8, unless the text begins with the mark of UTF-16, as PowerShell writes it and kubectl reads it. */
function textOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex')
  return new TextDecoder(mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8').decode(bytes)
}

// A link counts as what it leads to if that is a file; a link to a folder is passed over, as by kubectl.
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return /^\.|^node_modules$/.test(entry.name) ? [] : filesIn(path)
      if (!/\.(ya?ml|json)$/.test(entry.name)) return []
      return entry.isFile() || (entry.isSymbolicLink() && statSync(path).isFile()) ? [path] : []
    })
    .toSorted()
}

function addDocuments({ manifests, unreadable }: Documents, { file, content, isOptional }: Source): void {
  const lineCounter = new LineCounter()
  const documents = parseAllDocuments(content, { merge: true, customTags: asKubectl, lineCounter, ...quiet })
  for (const document of documents) {
    const [error] = document.errors
    if (error) {
      if (isOptional) continue
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
      if (!isOptional)
        unreadable.push(`${file} is not read: ${error instanceof Error ? error.message : String(error)}.`)
    }
  }
}

// kubectl reads these words, a number that begins with 0, and !!binary as YAML 1.1 does.
const isWordOfBoolean = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/
const asKubectl = (tags: readonly (ScalarTag | string | object)[]): never =>
  [
    {
      tag: 'tag:yaml.org,2002:bool',
      default: true,
      test: isWordOfBoolean,
      resolve: (word: string) => /^(?:y|on)/i.test(word),
    },
    {
      tag: 'tag:yaml.org,2002:int',
      default: true,
      test: /^[-+]?0[0-7]+$/,
      resolve: (digits: string) => Number.parseInt(digits, 8),
    },
    { tag: 'tag:yaml.org,2002:binary', resolve: (base64: string) => Buffer.from(base64, 'base64').toString() },
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
