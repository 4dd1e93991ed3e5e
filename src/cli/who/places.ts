// Where Google's audit logs about the mapped resources are: each project, folder and organisation has its own.
import type { Query } from '../../audit/access-report.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import { openCluster } from '../../app/cluster.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import { allMappings } from '../../store/mappings.ts'
import type { Terminal } from '../terminal.ts'

/** The places of the resource that is asked about, or of all mapped resources. Throws NotCovered without any. */
export async function placesOf(
  { resource }: Query,
  { namespace }: { namespace: readonly string[] },
  terminal: Terminal,
): Promise<string[]> {
  const resources = resource === undefined ? await mappedResources(namespace, terminal) : [resource]
  const places = [...new Set(resources.flatMap(name => placeOf(name) ?? []))].toSorted()
  if (places.length > 0) return places
  throw new NotCovered(
    `It is not known in which project's audit log to look. Name it with --in projects/PROJECT, or folders/NUMBER or organizations/NUMBER.`,
  )
}

/** The place whose audit log tells about the resource; undefined for a bucket, whose name does not say it. */
export function placeOf(name: string): string | undefined {
  const { project, relative } = resourceOf(name) ?? {}
  if (project !== undefined) return `projects/${project}`
  return relative !== undefined && /^(folders|organizations)\/\d+$/.test(relative) ? relative : undefined
}

async function mappedResources(namespaces: readonly string[], terminal: Terminal): Promise<string[]> {
  const { transport } = await openCluster(terminal.places)
  try {
    const mappings = await Array.fromAsync(allMappings({ transport, clock: terminal }, namespaces))
    return mappings.flatMap(({ spec }) => spec.grants.map(({ resource }) => resource))
  } finally {
    await transport.close()
  }
}
