// src/app/doctor/shipped.gen.ts: what crds/ and deploy/base contain, as digests and rights, for `hallpass doctor`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { bindingDigest, kindDigests, policyDigest } from '../app/doctor/digests.ts'
import type { PolicyRule } from '../app/doctor/rules.ts'

const root = join(import.meta.dirname, '../..')
const processes = ['gateway', 'auth', 'controller'] as const

type Manifest = {
  kind: string
  metadata: { name: string }
  spec?: { versions?: { schema: { openAPIV3Schema: unknown } }[] }
  rules?: PolicyRule[]
  roleRef?: { name: string }
  subjects?: { name: string }[]
}

/** The file by its path in the repository, with the text that it must have. */
export function shippedSource(): Record<string, string> {
  const policies = manifestsIn('deploy/base/policies')
  const digests = (kind: string, digest: (spec: unknown) => string): Record<string, string> =>
    Object.fromEntries(
      policies.filter(each => each.kind === kind).map(({ metadata, spec }) => [metadata.name, digest(spec)]),
    )
  const shipped = {
    kinds: {
      accessrequests: schemaDigests('crds/accessrequests.yaml'),
      rolemappings: schemaDigests('crds/rolemappings.yaml'),
    },
    policies: digests('ValidatingAdmissionPolicy', policyDigest),
    bindings: digests('ValidatingAdmissionPolicyBinding', bindingDigest),
    rights: Object.fromEntries(processes.map(name => [name, rightsOf(`hallpass-${name}`)])),
  }
  return {
    'src/app/doctor/shipped.gen.ts': `// Generated from crds/ and deploy/base by npm run generate. Do not edit.
import type { Shipped } from './shipped.ts'

/** The kinds, the policies and the rights of this version. */
export const shipped: Shipped = ${JSON.stringify(shipped)}
`,
  }
}

function schemaDigests(path: string): Record<string, string> {
  const [crd] = manifestsOf(path)
  return kindDigests(crd?.spec?.versions?.[0]?.schema.openAPIV3Schema)
}

/** The rules that an account has, by the folder whose namespace they are bound in. */
function rightsOf(account: string): Record<string, PolicyRule[]> {
  const roles = ['cluster', 'tokens', 'system'].flatMap(folder => manifestsIn(`deploy/base/${folder}`))
  const boundIn = (folder: string): PolicyRule[] =>
    manifestsIn(`deploy/base/${folder}`)
      .filter(({ kind, subjects = [] }) => kind === 'RoleBinding' && subjects.some(({ name }) => name === account))
      .flatMap(
        ({ roleRef }) => roles.find(({ metadata, rules }) => rules && metadata.name === roleRef?.name)?.rules ?? [],
      )
  return { requests: boundIn('requests'), tokens: boundIn('tokens'), system: boundIn('system') }
}

function manifestsIn(folder: string): Manifest[] {
  return readdirSync(join(root, folder))
    .filter(name => name.endsWith('.yaml') && !['kustomization.yaml', 'config.yaml'].includes(name))
    .flatMap(name => manifestsOf(`${folder}/${name}`))
}

function manifestsOf(path: string): Manifest[] {
  const documents = parseAllDocuments(readFileSync(join(root, path), 'utf8'), { merge: true })
  return documents.flatMap(document => (document.toJS() as Manifest | null) ?? [])
}
