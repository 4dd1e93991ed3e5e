// The mappings that `hallpass explain` judges: those in files, or those of the cluster.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { openCluster } from '../../app/cluster.ts'
import type { RoleMapping } from '../../api/kinds.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { allMappings } from '../../store/mappings.ts'
import type { Terminal } from '../terminal.ts'

const texts = z.array(z.string()).optional()
const named = z.object({ emails: texts, googleGroups: texts, slackUserGroup: z.string().optional() }).optional()
/** What the rules read; the CRD says the rest. */
const shape = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.object({
    grants: z.array(z.object({ resource: z.string(), role: z.string(), condition: z.string().optional() })).min(1),
    requesters: z.object({
      emails: texts,
      domains: texts,
      slackUserGroups: texts,
      googleGroups: texts,
    }),
    approval: z.object({ fallback: named, allowed: named, onCall: z.object({}).optional() }),
    channel: z.string(),
  }),
})

/** Every mapping in these files and folders. Throws when one cannot be read; the error names the file and the reason. */
export function mappingsInFiles(paths: readonly string[]): RoleMapping[] {
  const files = paths.flatMap(filesIn)
  const mappings = files.flatMap(file =>
    documentsIn(file)
      .filter(isMapping)
      .map(document => read(document, file)),
  )
  if (mappings.length === 0) throw new Error(`There is no RoleMapping in ${paths.join(', ')}.`)
  // In the cluster the older of two mappings has a command; in files, the first.
  return mappings.map((mapping, n) => ({
    ...mapping,
    metadata: {
      ...mapping.metadata,
      namespace: mapping.metadata.namespace || 'default',
      uid: String(n),
      creationTimestamp: new Date(n * 1000).toISOString(),
      resourceVersion: '0',
    },
  }))
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .toSorted()
}

function documentsIn(file: string): unknown[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'), { prettyErrors: true })
  return [...documents].map(document => {
    const [error] = document.errors
    if (error) throw new Error(`${file} is not YAML: ${error.message.split('\n')[0]}`)
    return document.toJS() as unknown
  })
}

function isMapping(document: unknown): boolean {
  return z
    .object({ kind: z.literal('RoleMapping'), apiVersion: z.string().startsWith('hallpass.dev/') })
    .safeParse(document).success
}

function read(document: unknown, file: string): RoleMapping {
  const { success, error } = shape.safeParse(document)
  const mapping = document as RoleMapping
  if (!success) {
    const [issue] = error.issues
    throw new Error(`${file}: the RoleMapping cannot be used: ${issue?.path.join('.')}: ${issue?.message}.`)
  }
  try {
    readMapping(mapping)
    return mapping
  } catch (fault) {
    throw new Error(`${file}: the RoleMapping "${mapping.metadata.name}" cannot be used: ${String(fault)}.`)
  }
}

/** Every mapping of the cluster. */
export async function mappingsInCluster(namespaces: readonly string[], terminal: Terminal): Promise<RoleMapping[]> {
  const { transport } = await openCluster(terminal.places)
  try {
    return await Array.fromAsync(allMappings({ transport, clock: terminal }, namespaces))
  } finally {
    await transport.close()
  }
}
