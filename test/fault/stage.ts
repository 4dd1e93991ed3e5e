// The API server and the lanes on it, in a separate folder, stopped together.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyBase } from '../../src/sandbox/base.ts'
import { type LocalCluster, startLocalCluster } from '../../src/sandbox/cluster.ts'
import { type Lane, openLane } from './lane.ts'

export type Stage = { cluster: LocalCluster; lanes: readonly Lane[]; close: () => Promise<void> }

/** What service accounts change is in the API server's own record. */
const auditRules = [
  {
    level: 'Metadata',
    userGroups: ['system:serviceaccounts'],
    verbs: ['create', 'update', 'patch', 'delete'],
    omitStages: ['RequestReceived'],
  },
]

/** Starts everything; what fails takes the rest down with it. */
export async function openStage(laneCount: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-fault-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const cluster = await startLocalCluster(() => undefined, { auditRules })
    undo.push(() => cluster.stop())
    await applyBase(cluster)
    await guardEveryLease(cluster)
    const lanes: Lane[] = []
    undo.push(() => Promise.all(lanes.map(lane => lane.close())))
    for (let n = 0; n < laneCount; n++) lanes.push(await openLane(cluster, `lane-${n}`, folder))
    return { cluster, lanes, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Each lane has its own lease, in its namespace; the base guards the one in the system's namespace. */
async function guardEveryLease({ transport }: LocalCluster): Promise<void> {
  await transport.request({
    method: 'PATCH',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/hallpass-lease',
    contentType: 'application/merge-patch+json',
    body: { spec: { matchResources: null } },
  })
}
