// The folder `.sandbox` of the checkout: what another terminal needs while the sandbox runs.
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { defaultAuditor } from '../sim/google/seeds.ts'
import { processNames } from './processes.ts'
import { auditLog, namespace, type World } from './world.ts'

const folder = resolve(import.meta.dirname, '../../.sandbox')

/** The kubeconfig that `npm run kubectl` and `npm run hallpass` read. */
export const kubeconfigPath = join(folder, 'kubeconfig')
/** The configuration with which commands read the simulated logs, as somebody who may read all of them. */
const auditorPath = join(folder, 'auditor')
/** Links to the logs of the processes and of the control plane. */
export const logsPath = join(folder, 'logs')

/** A link to the settings and secrets of each process, for `npm run hallpass -- doctor`. */
const processesPath = join(folder, 'processes')

/** Writes the kubeconfig, with the sandbox's namespace as default, and links the logs. */
export async function fillFolder({ cluster, processes, google }: World): Promise<void> {
  await emptyFolder()
  await mkdir(logsPath, { recursive: true })
  const config = JSON.parse(await readFile(cluster.kubeconfigPath, 'utf8')) as {
    contexts: { context: { namespace?: string } }[]
  }
  for (const { context } of config.contexts) context.namespace = namespace
  await writeFile(kubeconfigPath, JSON.stringify(config), { mode: 0o600 })
  await writeAuditor(google.url)
  await symlink(processes.folder, processesPath)
  for (const name of [...processNames, 'janitor']) await linkLog(processes.folder, name)
  if (cluster.logsFolder) for (const name of ['etcd', 'kube-apiserver']) await linkLog(cluster.logsFolder, name)
}

/** Removes what `fillFolder` has written, also of a sandbox that was killed. */
export async function emptyFolder(): Promise<void> {
  await rm(kubeconfigPath, { force: true })
  await rm(auditorPath, { recursive: true, force: true })
  await rm(processesPath, { force: true })
  await rm(logsPath, { recursive: true, force: true })
}

async function writeAuditor(google: string): Promise<void> {
  await mkdir(auditorPath, { recursive: true, mode: 0o700 })
  const iAmASandbox = { acceptLoopbackEndpoints: true, google }
  await writeFile(join(auditorPath, 'config.yaml'), stringify({ google: { auditLog }, iAmASandbox }))
  await writeFile(join(auditorPath, 'google-access-token'), defaultAuditor.token, { mode: 0o600 })
}

async function linkLog(from: string, name: string): Promise<void> {
  await symlink(join(from, `${name}.log`), join(logsPath, `${name}.log`))
}
