#!/usr/bin/env node
// `npm run chart`: writes the chart's templates, from what kustomize builds and from the folders that are read as they are.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { chartTemplates, kustomized, type Manifest } from './chart.ts'

const root = join(import.meta.dirname, '../..')
const deploy = join(root, 'deploy')
const kubectl = join(root, 'src/sim/controlplane/kubectl.ts')
const run = promisify(execFile)

const manifestsIn = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml)
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null)
const read = async (path: string): Promise<Manifest[]> => manifestsIn(await readFile(join(deploy, path), 'utf8'))

async function built(folders: readonly string[]): Promise<Manifest[]> {
  const manifests: Manifest[] = []
  for (const folder of folders) {
    const command = [kubectl, 'kustomize', join(deploy, folder)]
    manifests.push(...manifestsIn((await run(process.execPath, command, { maxBuffer: 16 << 20 })).stdout))
  }
  return manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition')
}

const templates = chartTemplates({
  base: await built(kustomized.base),
  allNamespaces: await built(kustomized.allNamespaces),
  janitor: await built(kustomized.janitor),
  egress: [
    ...(await read('egress/api-server.yaml')),
    ...(await read('egress/hosts.yaml')),
    ...(await read('google-groups/hosts/gateway.yaml')),
  ],
  ingress: await read('ingress/ingress.yaml'),
  gatewayApi: await read('ingress/gateway-api.yaml'),
})
for (const [path, template] of Object.entries(templates))
  await writeFile(join(deploy, 'chart/templates', path), template)
