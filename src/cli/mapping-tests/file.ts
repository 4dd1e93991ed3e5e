// Files with tests of mappings: read, checked as a whole, and joined with the mappings that they are about.
import { dirname, resolve } from 'node:path'
import { crossFaults, faultsOf } from '../../app/config-check.ts'
import { listed } from '../../app/config-fault.ts'
import { everySetting } from '../../app/config-schema.ts'
import { type MappingTestFile, mappingTestFile } from '../../app/mapping-test-file.ts'
import type { RoleMapping } from '../../api/kinds.ts'
import { type Email, parseEmail, type People } from '../../domain/people/identity.ts'
import type { Organisation } from '../../domain/people/belonging.ts'
import { type Manifest, type Place, readDocuments } from '../manifests/documents.ts'
import { fieldOf, type Path } from '../manifests/schema-faults.ts'
import { mappingsInFiles } from '../mappings.ts'
import type { Terminal } from '../terminal.ts'
import { readSentence, type Sentence } from './sentence.ts'

/** Who belongs to the organisation, and whose addresses belong together. */
export type Settings = { organisation: Organisation; people: People }
/** One test and its place. */
export type MappingTest = { text: string; sentence: Sentence; place: Place }
/** A file, ready to be run. Every name in `facts` is an address. */
export type TestFile = {
  file: string
  at: Date | undefined
  settings: Settings
  names: Readonly<Record<string, string>>
  facts: MappingTestFile['facts']
  mappings: RoleMapping[]
  tests: MappingTest[]
}

/** Settings for files without any, and the mappings instead of those that the files name, if they are given. */
type Surroundings = { settings: Settings | undefined; mappings: RoleMapping[] | undefined; terminal: Terminal }

/** A file in a folder has tests if its name says so. */
const hasTests = (file: string): 'must' | 'not' => (/\.test\.ya?ml$/.test(file) ? 'must' : 'not')

/** Every file with tests. Rejects when one could not be run as its author means it; the error names each fault. */
export async function readTestFiles(paths: readonly string[], around: Surroundings): Promise<TestFile[]> {
  const { manifests, unreadable } = await readDocuments(paths, around.terminal.stdin, hasTests)
  const files: TestFile[] = []
  const faults = [...unreadable]
  for (const manifest of manifests) {
    try {
      files.push(await readFile(manifest, around))
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error))
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
  if (files.length === 0) throw new Error(`There is no *.test.yaml in ${paths.join(', ')}.`)
  return files
}

async function readFile({ value, placeOf }: Manifest, around: Surroundings): Promise<TestFile> {
  const { file } = placeOf([])
  const at = (path: Path): string => sayPlace(placeOf(path))
  const { success, data, error } = mappingTestFile.safeParse(value)
  if (!success)
    throw new Error(
      error.issues
        .map(({ path, message }) => `${at(path as Path)}: ${fieldOf(path as Path) || 'the file'}: ${message}.`)
        .join('\n'),
    )
  const settings = settingsOf(data, at(['settings'])) ?? around.settings
  if (!settings)
    throw new Error(
      `${at([])}: it is not known who belongs to the organisation. Write settings.hostedDomains, or give --config.`,
    )
  const named = data.mappings.map(path => resolve(dirname(file), path))
  const mappings = around.mappings ?? (await mappingsInFiles(named, around.terminal))
  const tests = data.tests.map((text, i) => ({
    text,
    place: placeOf(['tests', i]),
    sentence: readAt(text, at(['tests', i])),
  }))
  return {
    file,
    settings,
    mappings,
    tests,
    at: data.at === undefined ? undefined : new Date(data.at),
    names: data.names,
    facts: factsOf(data, at(['facts'])),
  }
}

function settingsOf({ settings }: MappingTestFile, place: string): Settings | undefined {
  if (!settings) return undefined
  const shape = everySetting.pick({ hostedDomains: true, externalRequesters: true, people: true })
  const read = shape.safeParse(settings)
  const faults = [...faultsOf(read, settings), ...crossFaults(settings)]
  if (faults.length > 0) throw new Error(`${place}: the settings cannot be used:\n${listed(faults)}`)
  const { hostedDomains = [], externalRequesters = [], people = [] } = read.data ?? {}
  return { organisation: { hostedDomains, externalRequesters }, people }
}

function readAt(text: string, place: string): Sentence {
  try {
    return readSentence(text)
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function factsOf({ facts, names }: MappingTestFile, place: string): MappingTestFile['facts'] {
  const addresses = (lists: Record<string, string[]>): Record<string, string[]> =>
    Object.fromEntries(
      Object.entries(lists).map(([id, people]) => [id, people.map(who => addressOf(who, names, place))]),
    )
  const { onCall, slackUserGroups, googleGroups } = facts
  return {
    onCall: addresses(onCall),
    slackUserGroups: addresses(slackUserGroups),
    googleGroups: addresses(googleGroups),
  }
}

/** The address of a person as a test names them. Throws when it is neither an address nor a short name. */
export function addressOf(who: string, names: Readonly<Record<string, string>>, place: string): Email {
  const email = parseEmail(Object.hasOwn(names, who) ? names[who] : who)
  if (email) return email
  throw new Error(`${place}: "${who}" is neither an address nor one of names.`)
}

/** `file:line:column`. */
export function sayPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`
}
