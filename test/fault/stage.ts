// The API server and the installations on it, in a separate folder, stopped together.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { baseContent, untilEnforced } from '../../src/sandbox/base.ts'
import { type LocalCluster, startLocalCluster } from '../../src/sandbox/cluster.ts'
import { type Installation, openInstallation } from './installation.ts'

export type Stage = { cluster: LocalCluster; installations: readonly Installation[]; close: () => Promise<void> }

/** What service accounts change is in the API server's own record. */
const auditRules = [
  {
    level: 'Metadata',
    userGroups: ['system:serviceaccounts'],
    verbs: ['create', 'update', 'patch', 'delete'],
    omitStages: ['RequestReceived'],
  },
]

/**
 * Starts everything; what fails takes the rest down with it. `socketCount` more installations are in Socket Mode. Settled
 * requests are kept for `retainFor`.
 */
export async function openStage(installationCount: number, socketCount = 0, retainFor?: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-fault-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const cluster = await startLocalCluster(() => undefined, { auditRules, content: baseContent() })
    undo.push(() => cluster.stop())
    await untilEnforced(cluster)
    await guardEveryLease(cluster)
    const installations: Installation[] = []
    undo.push(() => Promise.all(installations.map(installation => installation.close())))
    for (let n = 0; n < installationCount + socketCount; n++) {
      const slackMode = n < installationCount ? 'http' : 'socket'
      installations.push(
        await openInstallation(cluster, { namespace: `installation-${n}`, folder, slackMode, retainFor }),
      )
    }
    return { cluster, installations, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Each installation has its own lease, in its namespace; the base guards the one in the system's namespace. */
async function guardEveryLease({ transport }: LocalCluster): Promise<void> {
  await transport.request({
    method: 'PATCH',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/hallpass-lease',
    contentType: 'application/merge-patch+json',
    body: { spec: { matchResources: null } },
  })
}
