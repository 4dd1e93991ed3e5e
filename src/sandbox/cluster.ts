// The cluster of a world: the local control plane, or an existing one that KUBECONFIG names (kind, GKE), which keeps
// running with everything that was installed in it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentContext, openCluster, whyTooOld } from '../app/cluster.ts'
import { requestToken } from '../app/service-account.ts'
import { type Context, kubeconfigOf } from '../kube/kubeconfig-files.ts'
import { createTransport, type Transport } from '../kube/transport.ts'
import { type Content, startFilled } from '../sim/controlplane/filled.ts'
import { locateBinaries } from '../sim/controlplane/locate.ts'
import { type ControlPlane, startControlPlane, type StartOptions } from '../sim/controlplane/start.ts'

export type Cluster = {
  server: string
  ca: string | undefined
  /** As an administrator. */
  transport: Transport
  kubectl: string
  kubeconfigPath: string
  /** Text of a kubeconfig for another identity. */
  kubeconfigFor(user: string, token: string): string
  /** A token of a service account, which must exist. */
  serviceAccountToken(namespace: string, name: string, expirationSeconds: number): Promise<string>
  /** Whether pods of deployments would really run in it. */
  runsPods: boolean
  /** Folder with the logs of a control plane of this machine. */
  logsFolder?: string
  stop(): Promise<void>
}

/** A cluster whose control plane runs on this machine. */
export type LocalCluster = Cluster & { controlPlane: ControlPlane }

/** A control plane of this machine, removed when it is stopped. It is empty unless it is given a content. */
export async function startLocalCluster(
  say: (line: string) => void,
  { content, ...options }: StartOptions & { content?: Content } = {},
): Promise<LocalCluster> {
  const saying = { ...options, say }
  const controlPlane = await (content ? startFilled(content, saying) : startControlPlane(saying))
  const { url: server, caPem: ca, adminToken, binaries, kubeconfigPath } = controlPlane
  const transport = createTransport({ server, ca, token: async () => adminToken })
  return {
    controlPlane,
    server,
    ca,
    transport,
    kubectl: join(binaries, 'kubectl'),
    kubeconfigPath,
    kubeconfigFor: (user, token) => controlPlane.kubeconfigFor(user, token),
    serviceAccountToken: (...of) => controlPlane.serviceAccountToken(...of),
    runsPods: false,
    logsFolder: controlPlane.folder,
    stop: async () => {
      await transport.close()
      await controlPlane.stop()
    },
  }
}

/**
 * The cluster of the kubeconfig's current context. Rejects with a sentence that says what to do when it is too old or
 * does not answer.
 */
export async function openExistingCluster(say: (line: string) => void): Promise<Cluster> {
  const { transport, version, server, ca } = await openCluster()
  const why = whyTooOld(version)
  if (why) {
    await transport.close()
    throw new Error(why)
  }
  say(`Using the cluster at ${server} (Kubernetes ${version}). Everything that is installed in it stays there.`)
  const { folder: binaries } = await locateBinaries({ say })
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-kubeconfig-'))
  const kubeconfigPath = join(folder, 'kubeconfig')
  const context = await currentContext()
  await writeFile(kubeconfigPath, kubeconfigOf(context), { mode: 0o600 })
  return {
    server,
    ca,
    transport,
    kubectl: join(binaries, 'kubectl'),
    kubeconfigPath,
    kubeconfigFor: (user, token) => kubeconfigFor(context, user, token),
    serviceAccountToken: (namespace, name, seconds) => requestToken(transport, { namespace, name }, seconds),
    runsPods: true,
    stop: async () => {
      await transport.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function kubeconfigFor(existing: Context, name: string, token: string): string {
  return kubeconfigOf({ ...existing, user: { name, fields: { token } } })
}
