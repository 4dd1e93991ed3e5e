// The TypeScript shape of each kind, and the schema of mappings as data for commands that judge files without a cluster,
// from the CRDs, which are the single source of truth. Writes no file.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compile } from 'json-schema-to-typescript'
import { parse } from 'yaml'

type Schema = { [key: string]: unknown; properties?: Record<string, Schema> }
type Crd = { spec: { names: { kind: string }; versions: { schema: { openAPIV3Schema: Schema } }[] } }

const root = join(import.meta.dirname, '../..')
const files = { 'crds/accessrequests.yaml': 'access-request.gen.ts', 'crds/rolemappings.yaml': 'role-mapping.gen.ts' }

/** Each file of types, by its path in the repository, with the text that it must have. */
export async function generatedTypes(): Promise<Record<string, string>> {
  const texts = Object.entries(files).map(async ([source, target]) => {
    const crd = parse(await readFile(join(root, source), 'utf8'), { merge: true }) as Crd
    return [`src/api/${target}`, await generate(crd, source)] as const
  })
  return { ...Object.fromEntries(await Promise.all(texts)), ...(await generatedSchema()) }
}

async function generatedSchema(): Promise<Record<string, string>> {
  const source = 'crds/rolemappings.yaml'
  const crd = parse(await readFile(join(root, source), 'utf8'), { merge: true }) as Crd
  const { properties: { status: _status, ...properties } = {}, ...rest } =
    crd.spec.versions[0]?.schema.openAPIV3Schema ?? {}
  const schema = JSON.stringify(judging({ ...rest, properties }))
  return {
    'src/api/role-mapping-schema.gen.ts': `// Generated from ${source} by npm run generate. Do not edit.
import type { Schema } from './schema.ts'

/** What the API server accepts as a RoleMapping, without its status. */
export const roleMappingSchema: Schema = ${schema}
`,
  }
}

// Without the sentences that only explain.
function judging(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(judging)
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'description' && typeof value === 'string'))
      .map(([key, value]) => [key, judging(value)]),
  )
}

async function generate(crd: Crd, source: string): Promise<string> {
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema
  if (!schema?.properties) throw new Error(`${source} has no schema`)
  const { apiVersion, kind, metadata, ...own } = schema.properties
  void [apiVersion, kind, metadata]
  const body = await compile(plain({ ...schema, properties: own }) as never, crd.spec.names.kind, {
    additionalProperties: false,
    bannerComment: `// Generated from ${source} by npm run generate. Do not edit.`,
    ignoreMinAndMaxItems: true,
    format: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  return body
    .replace(
      `export interface ${crd.spec.names.kind} {`,
      `export interface ${crd.spec.names.kind} {\n  apiVersion: 'hallpass.dev/v1alpha1'\n  kind: '${crd.spec.names.kind}'\n  metadata: ObjectMeta`,
    )
    .replace('\n\n', `\nimport type { ObjectMeta } from './meta.ts'\n\n`)
}

// The generator would turn shared YAML nodes (aliases) into one named type, and it does not understand Kubernetes' own
// keywords. A deep copy without both keeps the shape flat.
function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain)
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !key.startsWith('x-kubernetes-') && key !== 'default')
      .map(([key, value]) => [key, key === 'properties' ? eachProperty(value as Schema) : plain(value)]),
  )
}

// Properties keep their names, even one called "default".
function eachProperty(properties: Schema): Schema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, plain(schema)]))
}
