// A real API server for one test file: started, our kinds installed, stopped with the file.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseAllDocuments } from 'yaml'
import { ApiError } from '../src/kube/api-error.ts'
import { createTransport, type Transport } from '../src/kube/transport.ts'
import { type Content, startFilled } from '../src/sim/controlplane/filled.ts'
import { type ControlPlane, type StartOptions, startControlPlane } from '../src/sim/controlplane/start.ts'

export type Cluster = {
  controlPlane: ControlPlane
  /** As a member of system:masters. */
  transport: Transport
  /** As a service account, which is made if it does not exist. */
  as(namespace: string, serviceAccount: string): Promise<Transport>
  kubectl(...args: string[]): Promise<{ stdout: string; stderr: string; code: number | null }>
  createNamespace(name: string): Promise<void>
  stop(): Promise<void>
}

/** Starts a control plane that holds the kinds of `crds/`, or something else, or nothing. */
export async function startCluster({
  content = kinds,
  ...options
}: StartOptions & { content?: Content | 'nothing' } = {}): Promise<Cluster> {
  const controlPlane = await (content === 'nothing' ? startControlPlane(options) : startFilled(content, options))
  const opened: Transport[] = []
  const open = (token: string): Transport => {
    const transport = createTransport({ server: controlPlane.url, ca: controlPlane.caPem, token: async () => token })
    opened.push(transport)
    return transport
  }
  const transport = open(controlPlane.adminToken)
  if (content === kinds) await untilKindsServed(transport)
  return {
    controlPlane,
    transport,
    as: async (namespace, name) => {
      await createUnlessThere(transport, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name },
      })
      return open(await controlPlane.serviceAccountToken(namespace, name))
    },
    kubectl: (...args) => run(join(controlPlane.binaries, 'kubectl'), args, controlPlane.kubeconfigPath),
    createNamespace: name =>
      createUnlessThere(transport, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    stop: async () => {
      await Promise.all(opened.map(each => each.close()))
      await controlPlane.stop()
    },
  }
}

/** The documents of a YAML file of this repository. */
export async function documentsOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(import.meta.dirname, '..', path), 'utf8')
  return parseAllDocuments(text, { merge: true }).map(document => document.toJS() as Record<string, unknown>)
}

const plurals = ['accessrequests', 'rolemappings']

/** Both kinds, served. */
const kinds: Content = {
  files: [join(import.meta.dirname, '../crds'), import.meta.filename],
  fill: async ({ url, caPem, adminToken }) => {
    const transport = createTransport({ server: url, ca: caPem, token: async () => adminToken })
    for (const plural of plurals)
      for (const crd of await documentsOf(`crds/${plural}.yaml`))
        await createUnlessThere(transport, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd)
    await untilKindsServed(transport)
    await transport.close()
  },
}

async function untilKindsServed(transport: Transport): Promise<void> {
  for (const plural of plurals) await untilServed(transport, `/apis/hallpass.dev/v1alpha1/${plural}`)
}

async function untilServed(transport: Transport, path: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await transport.request({ method: 'GET', path })
      return
    } catch (error) {
      // A kind that is not served yet is answered with a page.
      const isMissing = error instanceof ApiError && error.status === 404
      if (!isMissing || tries > 200) throw error
      await pause(50)
    }
  }
}

async function createUnlessThere(transport: Transport, path: string, body: unknown): Promise<void> {
  await transport.request({ method: 'POST', path, body }).catch((error: unknown) => {
    if ((error as { reason?: string }).reason !== 'AlreadyExists') throw error
  })
}

function run(
  program: string,
  args: string[],
  kubeconfig: string,
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      // kubectl would wait for a user name at a terminal.
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', code => resolve({ stdout, stderr, code }))
  })
}
