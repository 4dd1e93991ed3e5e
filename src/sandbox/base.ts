// Installs the cluster's side of Hallpass as in production: the files of deploy/base, applied with kubectl. It returns
// only when the admission policies are enforced, because a cluster without them would behave differently.
import { spawn } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deniedBy } from '../kube/api-error.ts'
import { createTransport, type Transport } from '../kube/transport.ts'
import type { Content } from '../sim/controlplane/filled.ts'

const deployFolder = join(import.meta.dirname, '../../deploy')

/** A cluster, with an administrator's access. */
export type Target = {
  /** Path of a kubectl with built-in kustomize. */
  kubectl: string
  kubeconfigPath: string
  transport: Transport
}

/** The domains whose people may ask, as in config.yaml. */
export type Requesters = {
  hostedDomains: readonly string[]
  externalRequesters?: readonly { email: string; until: string }[]
}

/** Policies are enforced about a second after they are stored. */
const enforcedWithinMs = 30_000
const probePauseMs = 100

/**
 * Applies deploy/base (kinds, roles, policies, the three processes), for these requesters if they differ from the
 * base's, and waits until its policies are enforced.
 */
export async function applyBase(
  { kubectl, kubeconfigPath, transport }: Target,
  requesters?: Requesters,
): Promise<void> {
  const folder = requesters ? await overlayFor(requesters) : join(deployFolder, 'base')
  try {
    await run(kubectl, ['apply', '--server-side', '--force-conflicts', '-k', folder], kubeconfigPath)
  } finally {
    if (requesters) await rm(folder, { recursive: true, force: true })
  }
  await untilEnforced({ transport })
}

/** Adds the janitor's account and rights, and no pod of it. */
export async function applyJanitor({ kubectl, kubeconfigPath }: Target): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'hallpass-janitor-')))
  const janitor = relative(folder, await realpath(join(deployFolder, 'janitor')))
  const overlay = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['cluster', 'system', 'requests'].map(part => join(janitor, part)),
    replicas: [{ name: 'hallpass-janitor', count: 0 }],
  }
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(overlay))
  try {
    await run(kubectl, ['apply', '--server-side', '--force-conflicts', '-k', folder], kubeconfigPath)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Waits until the policies of deploy/base are enforced. */
export async function untilEnforced({ transport }: Pick<Target, 'transport'>): Promise<void> {
  await Promise.all(probes.map(probe => untilRefused(transport, probe)))
}

/** What `applyBase` stores. */
export function baseContent(requesters?: Requesters): Content {
  return {
    files: [join(deployFolder, '../crds'), join(deployFolder, 'base'), import.meta.filename],
    texts: [JSON.stringify(requesters ?? {})],
    fill: async ({ url, caPem, adminToken, binaries, kubeconfigPath }) => {
      const transport = createTransport({ server: url, ca: caPem, token: async () => adminToken })
      try {
        await applyBase({ kubectl: join(binaries, 'kubectl'), kubeconfigPath, transport }, requesters)
      } finally {
        await transport.close()
      }
    },
  }
}

// Patches as in a site's overlay; deploy/README.md shows one. JSON is YAML, and a list of JSON is one of CEL.
async function overlayFor({ hostedDomains, externalRequesters = [] }: Requesters): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'hallpass-overlay-')))
  const patch = Object.entries({ hostedDomains, externalRequesters }).flatMap(([name, value], i) => [
    { op: 'test', path: `/spec/variables/${i + 3}/name`, value: name },
    { op: 'replace', path: `/spec/variables/${i + 3}/expression`, value: JSON.stringify(value) },
  ])
  const target = { kind: 'ValidatingAdmissionPolicy', name: 'hallpass-request-creation' }
  const overlay = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, await realpath(join(deployFolder, 'base')))],
    patches: [{ target, patch: JSON.stringify(patch) }],
  }
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(overlay))
  return folder
}

const deployments = ['hallpass-gateway', 'hallpass-auth', 'hallpass-controller']

/**
 * Prevents pods of the three processes in a cluster that would run them, because the sandbox runs them as processes of
 * this machine.
 */
export async function scaleToNothing({ transport }: Pick<Target, 'transport'>): Promise<void> {
  for (const name of deployments)
    await transport.request({
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/hallpass-system/deployments/${name}`,
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas: 0 } },
    })
}

type Probe = { policy: string; path: string; body: object }

// Forbidden writes, tried as dry runs. Each is refused only by its policy. kubectl applies in the order of names, so
// when the last policy is enforced, the others are too.
const probes: Probe[] = [
  {
    policy: 'hallpass-sealed-tokens',
    path: '/api/v1/namespaces/hallpass-tokens/secrets',
    body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'probe' } },
  },
  {
    policy: 'hallpass-request-creation',
    path: '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/accessrequests',
    body: {
      apiVersion: 'hallpass.dev/v1alpha1',
      kind: 'AccessRequest',
      metadata: { name: 'probe' },
      spec: {
        roleMapping: 'probe',
        requester: { email: 'probe@example.com' },
        origin: 'web',
        duration: '1m',
        reason: '',
        grants: [{ resource: 'folders/1', role: 'roles/viewer' }],
        approval: { required: 1, window: '1m', escalateAfter: '1m', onlyOnCall: true },
      },
    },
  },
]

async function untilRefused(transport: Transport, { policy, path, body }: Probe): Promise<void> {
  for (const until = Date.now() + enforcedWithinMs; Date.now() < until; await pause(probePauseMs)) {
    const answer = await transport
      .request({ method: 'POST', path, query: { dryRun: 'All' }, body })
      .catch((error: unknown) => error)
    // The policy's own rule must refuse. A policy that fails refuses too, but it would refuse everybody.
    if (deniedBy(answer) === policy) return
  }
  throw new Error(`The admission policy "${policy}" is not enforced ${enforcedWithinMs / 1000} s after it was applied.`)
}

function run(program: string, args: readonly string[], kubeconfigPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, KUBECONFIG: kubeconfigPath },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve() : reject(new Error(`kubectl apply of deploy/base failed:\n${said.trim()}`)),
    )
  })
}
