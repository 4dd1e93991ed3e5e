#!/usr/bin/env node
// `npm run chart`: writes the chart's templates. What kustomize builds from deploy/base and deploy/all-namespaces comes
// on stdin; the other folders are read as they are.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseAllDocuments } from 'yaml'
import { chartTemplates, type Manifest } from './chart.ts'

const deploy = join(import.meta.dirname, '../../deploy')
const manifestsIn = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml)
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null)
const read = async (path: string): Promise<Manifest[]> => manifestsIn(await readFile(join(deploy, path), 'utf8'))

const built = manifestsIn(await text(process.stdin))
const isEverywhere = ({ kind }: Manifest): boolean => kind === 'ClusterRoleBinding'
const templates = chartTemplates({
  base: built.filter(each => !isEverywhere(each) && each.kind !== 'CustomResourceDefinition'),
  allNamespaces: built.filter(isEverywhere),
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
