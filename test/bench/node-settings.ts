// How Node.js itself is set up in our pods, for the processes that are measured: by the manifests, and by the image.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

type Deployment = { spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } } }

/** The environment by which deploy/base sets up Node.js. */
export async function nodeSettings(): Promise<Record<string, string>> {
  const path = join(import.meta.dirname, '../../deploy/base/pods/pods.yaml')
  const { spec } = parse(await readFile(path, 'utf8')) as Deployment
  const variables = spec.template.spec.containers.flatMap(({ env }) => env)
  const { value } = variables.find(({ name }) => name === 'NODE_OPTIONS') ?? {}
  if (!value) throw new Error(`${path} sets no NODE_OPTIONS.`)
  return { NODE_OPTIONS: value }
}

/** The options that the image gives to Node.js before the program. */
export async function nodeOptions(): Promise<string[]> {
  const path = join(import.meta.dirname, '../../deploy/Dockerfile')
  const [, words = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(await readFile(path, 'utf8')) ?? []
  const [program, ...options] = JSON.parse(words) as string[]
  if (program !== 'node') throw new Error(`${path} does not start node.`)
  return options.filter(option => option.startsWith('--'))
}
