// The mappings that a command works on: those in files, or those of the cluster; and the options that choose them.
import { type Command, Option } from 'commander'
import type { Environment } from '../app/environment.ts'
import type { RoleMapping } from '../api/kinds.ts'
import { nearMatches } from '../domain/asking/asking.ts'
import { parseNamespaces, repeated } from './arguments.ts'
import type { Terminal } from './terminal.ts'

/** What the options say. */
export type MappingOptions = { file: readonly string[]; namespace: readonly string[] }

/** Adds the options that choose mappings. */
export function addMappingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-f, --file <file>', 'a file or folder with mappings, instead of the cluster')
        .argParser(repeated)
        .default([], 'the cluster'),
    )
    .addOption(
      new Option('-n, --namespace <names>', 'only mappings of the cluster in these namespaces')
        .argParser(parseNamespaces)
        .default([], 'all'),
    )
}

/** The option that names the settings. */
export type ConfigOption = { config?: string | undefined }

/** Adds the option that names the settings. */
export function addConfigOption(command: Command): Command {
  return command.option('--config <file>', 'the settings (config.yaml); HALLPASS_CONFIG unless given')
}

/** The environment with the settings that the option names. */
export function environmentOf({ config }: ConfigOption, { environment }: Terminal): Environment {
  return config === undefined ? environment : { ...environment, configPath: config }
}

/** The chosen mappings. */
export async function chosenMappings({ file, namespace }: MappingOptions, terminal: Terminal): Promise<RoleMapping[]> {
  return file.length > 0 ? mappingsInFiles(file, terminal) : mappingsInCluster(namespace, terminal)
}

/**
 * Every mapping in these files and folders. Rejects when one cannot be read or used, and when there are no mappings; the error
 * names the file and the reason.
 */
export async function mappingsInFiles(paths: readonly string[], terminal: Stdin): Promise<RoleMapping[]> {
  const mappings = await usableMappings(paths, terminal)
  if (mappings.length === 0) throw new Error(`There is no RoleMapping in ${paths.join(', ')}.`)
  return mappings
}

/** The same, but there may be none, and no two may have one name. */
export async function mappingsByName(path: string, terminal: Stdin): Promise<RoleMapping[]> {
  const mappings = await usableMappings([path], terminal)
  const keys = mappings.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  const twice = keys.find((key, i) => keys.indexOf(key) !== i)
  if (twice !== undefined) throw new Error(`${path} has two mappings "${twice}". Remove one of them.`)
  return mappings
}

type Stdin = Pick<Terminal, 'stdin'>

async function usableMappings(paths: readonly string[], { stdin }: Stdin): Promise<RoleMapping[]> {
  const { findMappings, sayFault } = await import('./manifests/mappings.ts')
  const { mappings, refused, unreadable } = await findMappings(paths, stdin)
  const [first] = refused
  if (first) {
    const [fault] = first.faults
    const { file, line } = first.placeOf(fault?.path ?? [])
    throw new Error(`${file}:${line}: the RoleMapping "${first.name}" cannot be used: ${fault && sayFault(fault)}.`)
  }
  if (unreadable.length > 0) throw new Error(unreadable.join(' '))
  return mappings.map(({ mapping }) => mapping)
}

/** The mapping of this name, or `namespace/name`. Throws when there is not exactly one; the error names similar ones. */
export function mappingCalled(name: string, all: readonly RoleMapping[]): RoleMapping {
  const found = all.filter(({ metadata }) => [metadata.name, `${metadata.namespace}/${metadata.name}`].includes(name))
  const [first, second] = found
  if (first && second)
    throw new Error(
      `There are several mappings "${name}": name one with its namespace, such as ${first.metadata.namespace}/${name}.`,
    )
  if (first) return first
  const near = nearMatches(name, [...new Set(all.map(({ metadata }) => metadata.name))])
  throw new Error(`There is no mapping "${name}".${near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : ''}`)
}

async function mappingsInCluster(namespaces: readonly string[], terminal: Terminal): Promise<RoleMapping[]> {
  const [{ openCluster }, { allMappings }] = await Promise.all([
    import('../app/cluster.ts'),
    import('../store/mappings.ts'),
  ])
  const { transport } = await openCluster(terminal.places)
  try {
    return await Array.fromAsync(allMappings({ transport, clock: terminal }, namespaces))
  } finally {
    await transport.close()
  }
}
