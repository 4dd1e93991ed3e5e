// Puts the cluster's side of Hallpass in place as production does: the very files of deploy/base, applied with kubectl. It
// returns only when the admission policies are enforced, because a cluster without them would teach wrong lessons.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deniedBy } from '../kube/api-error.ts'
import type { Transport } from '../kube/transport.ts'

const deployFolder = join(import.meta.dirname, '../../deploy')

/** A cluster, as an administrator sees it. */
export type Target = {
  /** Path of a kubectl that has kustomize in it. */
  kubectl: string
  kubeconfigPath: string
  transport: Transport
}

/** Policies are enforced about a second after they are stored. */
const enforcedWithinMs = 30_000
const probePauseMs = 100

/** Applies deploy/base (kinds, roles, policies, the three processes) and waits until its policies are enforced. */
export async function applyBase({ kubectl, kubeconfigPath, transport }: Target): Promise<void> {
  await run(kubectl, ['apply', '--server-side', '--force-conflicts', '-k', join(deployFolder, 'base')], kubeconfigPath)
  await Promise.all(probes.map(probe => untilRefused(transport, probe)))
}

const deployments = ['hallpass-gateway', 'hallpass-auth', 'hallpass-controller']

/** Keeps pods of the three from running where they would, because a sandbox runs them as processes of this machine. */
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

// What nobody may do, tried without storing anything. Each is refused by its policy and by nothing else. kubectl applies in
// the order of names, so where the last policy is enforced, those before it are.
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
    // Its rule has to say no. A policy that fails refuses as well, but it would refuse everybody.
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
