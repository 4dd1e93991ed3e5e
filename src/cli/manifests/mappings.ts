// The mappings in files, as the cluster would hold them: which the API server would accept, and which not, and why.
import { roleMappingSchema } from '../../api/role-mapping-schema.gen.ts'
import type { RoleMapping } from '../../api/kinds.ts'
import { type Documents, type Place, readDocuments } from './documents.ts'
import { faultsBySchema, fieldOf, type Path, type SchemaFault } from './schema-faults.ts'

/** A mapping in a file. */
export type FoundMapping = { mapping: RoleMapping; placeOf: (path: Path) => Place }
/** A RoleMapping that the API server would refuse. */
export type RefusedMapping = { name: string; faults: SchemaFault[]; placeOf: (path: Path) => Place }
/** All mappings of the paths. `unreadable`: a sentence for each file that could not be read. */
export type FoundMappings = { mappings: FoundMapping[]; refused: RefusedMapping[]; unreadable: string[] }

const version = 'hallpass.dev/v1alpha1'

/** Reads every mapping in files, folders and stdin. Other kinds are passed over. */
export async function findMappings(paths: readonly string[], stdin: NodeJS.ReadableStream): Promise<FoundMappings> {
  const { manifests, unreadable }: Documents = await readDocuments(paths, stdin)
  const own = manifests.filter(({ value }) => isMapping(value))
  const judged = own.map(manifest => ({ ...manifest, faults: faultsOf(manifest.value) }))
  return {
    mappings: judged
      .filter(({ faults }) => faults.length === 0)
      .map(({ value, placeOf }, n) => ({ mapping: stored(value as RoleMapping, n), placeOf })),
    refused: judged
      .filter(({ faults }) => faults.length > 0)
      .map(({ value, placeOf, faults }) => ({ name: nameOf(value), placeOf, faults })),
    unreadable,
  }
}

/** A fault as one sentence, with its field. */
export function sayFault({ path, message, isUnknownField }: SchemaFault): string {
  const field = fieldOf(path)
  return isUnknownField || field === '' ? message : `${field}: ${message}`
}

function isMapping(value: unknown): boolean {
  const { kind, apiVersion } = (value ?? {}) as { kind?: unknown; apiVersion?: unknown }
  return kind === 'RoleMapping' && typeof apiVersion === 'string' && apiVersion.startsWith('hallpass.dev/')
}

function nameOf(value: unknown): string {
  const { metadata } = value as { metadata?: { name?: unknown } | null }
  return typeof metadata?.name === 'string' ? metadata.name : ''
}

function faultsOf(value: unknown): SchemaFault[] {
  const { apiVersion, metadata, status: _status, ...rest } = value as Record<string, unknown>
  if (apiVersion !== version)
    return [
      { path: ['apiVersion'], message: `no matches for kind "RoleMapping" in version ${JSON.stringify(apiVersion)}` },
    ]
  const name = nameOf(value)
  const named = faultOfName(name)
  // The rule about the length of the name needs one.
  const found = faultsBySchema(roleMappingSchema, {
    ...rest,
    apiVersion,
    metadata: { ...(metadata as object | undefined), name },
  })
  return [...(named ? [named] : []), ...found]
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
const namePattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'

function faultOfName(name: string): SchemaFault | undefined {
  const path = ['metadata', 'name']
  if (name === '') return { path, message: 'Required value: name or generateName is required' }
  if (new RegExp(`^${namePattern}$`).test(name)) return undefined
  const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${namePattern}')`
  return { path, message }
}

// In the cluster the older of two mappings has a command; in files, the first. A status in a file says nothing.
function stored({ apiVersion, kind, metadata, spec }: RoleMapping, n: number): RoleMapping {
  return {
    apiVersion,
    kind,
    spec,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace || 'default',
      uid: String(n),
      creationTimestamp: new Date(n * 1000).toISOString(),
      resourceVersion: '0',
    },
  }
}
