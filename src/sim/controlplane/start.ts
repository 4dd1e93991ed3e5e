// Starts a real Kubernetes API server with its store on free loopback ports, as processes of this machine. There is no
// kubelet, scheduler or controller manager: nothing runs pods, collects garbage or finishes the deletion of namespaces.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { freePorts, type Programs, startPrograms } from '../programs.ts'
import { locateApiServer, locateBinaries, type LocateOptions } from './locate.ts'
import { type Minor, minorOf } from './places.ts'
import { requestToken } from './token.ts'

/** A running control plane. */
export type ControlPlane = {
  /** https://127.0.0.1:PORT */
  url: string
  /** The API server's own certificate, which serves as its CA. */
  caPem: string
  /** Token of a member of system:masters. */
  adminToken: string
  kubeconfigPath: string
  /** Folder with etcd, kubectl and the usual kube-apiserver. */
  binaries: string
  folder: string
  /** Process that owns the programs. */
  watchdogPid: number
  /** Text of a kubeconfig for another identity. */
  kubeconfigFor(user: string, token: string): string
  /**
   * A token of a service account, which must exist, by TokenRequest. It is bound to the Secret `NAME-token-holder`,
   * which is made in the account's namespace, because a cluster may refuse tokens that are not bound to an object.
   */
  serviceAccountToken(namespace: string, name: string, expirationSeconds?: number): Promise<string>
  /** The last lines of a program's log. */
  log(program: 'etcd' | 'kube-apiserver'): Promise<string>
  /** Kills the API server and starts it again, on the same port and data; resolves when it is ready. */
  restartApiServer(): Promise<void>
  /** Kills the store and starts it again on the same data; resolves when the API server is ready with it. */
  restartEtcd(): Promise<void>
  /** http://127.0.0.1:PORT of etcd, open to everybody on this machine. */
  etcdUrl: string
  /** Ends the programs and removes their folder. */
  stop(): Promise<void>
}

export type StartOptions = LocateOptions & {
  /** The API server's version; by default the one that HALLPASS_KUBERNETES names, or 1.36. The store and kubectl are the same for all. */
  kubernetes?: Minor
  /** Further flags of kube-apiserver. */
  apiServerFlags?: readonly string[]
  /** Rules of an audit policy (audit.k8s.io/v1). Matching calls are recorded in `audit.log` of the folder. */
  auditRules?: readonly object[]
  /** Takes little memory instead of little processor time. */
  isSmall?: boolean
  /** etcd's data: a copy of a folder, or a folder that stays when the programs end. By default, empty and removed. */
  store?: { copyOf: string } | { keptIn: string }
}

/**
 * The percentage by which the API server's heap may grow before a garbage collection, and its soft limit. With Go's
 * default of 100, a third of its work is garbage collection.
 */
const collecting = { GOGC: '400', GOMEMLIMIT: '8GiB' }
/** For a small machine. The API server's heap is about 120 MiB and may grow by a quarter. */
const collectingOften = { GOGC: '25', GOMEMLIMIT: '300MiB' }
/** Longest wait for readiness. Usually it takes 3 s. */
const startTimeoutMs = 60_000

/** Starts etcd and kube-apiserver and waits until they are ready. Rejects with their last lines of log when they are not. */
export async function startControlPlane(options: StartOptions = {}): Promise<ControlPlane> {
  const binaries = await locateBinaries(options)
  const apiServer = await locateApiServer(options.kubernetes ?? minorOf(options.env), options)
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-controlplane-'))
  const [client = 0, peer = 0, secure = 0] = await freePorts(3)
  const adminToken = randomBytes(24).toString('base64url')
  await writeFiles(folder, adminToken, options.auditRules)
  const data = await placeStore(folder, options.store)
  const url = `https://127.0.0.1:${secure}`
  // A store that is kept must be complete; the others are removed.
  const isDisposable = !(options.store && 'keptIn' in options.store)
  const programs = startPrograms(folder, [
    {
      path: join(binaries.folder, 'etcd'),
      args: etcdArgs(data, client, peer, options),
      ...(options.isSmall && { env: { GOGC: '50' } }),
      log: 'etcd.log',
      isDisposable,
    },
    {
      path: apiServer,
      args: apiServerArgs(folder, client, secure, options),
      env: options.isSmall ? collectingOften : collecting,
      log: 'kube-apiserver.log',
      isDisposable,
    },
  ])
  const log = async (program: string): Promise<string> =>
    (await readFile(join(folder, `${program}.log`), 'utf8').catch(() => '')).split('\n').slice(-15).join('\n')
  await untilReady(url, programs, log)
  const caPem = await readFile(join(folder, 'certs/apiserver.crt'), 'utf8')
  const kubeconfigFor = (user: string, token: string): string => kubeconfig({ url, caPem, user, token })
  const kubeconfigPath = join(folder, 'kubeconfig')
  await writeFile(kubeconfigPath, kubeconfigFor('admin', adminToken), { mode: 0o600 })
  return {
    url,
    caPem,
    adminToken,
    kubeconfigPath,
    binaries: binaries.folder,
    folder,
    watchdogPid: programs.pid,
    kubeconfigFor,
    serviceAccountToken: (namespace, name, expirationSeconds = 3600) =>
      requestToken({ url, caPem, adminToken }, namespace, name, expirationSeconds),
    log,
    restartApiServer: async () => {
      programs.restart('kube-apiserver.log')
      while (await isReady(url)) await pause(20)
      await untilReady(url, programs, log)
    },
    restartEtcd: async () => {
      programs.restart('etcd.log')
      // If etcd is back quickly, the API server may not notice.
      for (const noticedBy = Date.now() + 2_000; Date.now() < noticedBy && (await isReady(url));) await pause(20)
      await untilReady(url, programs, log)
    },
    etcdUrl: `http://127.0.0.1:${client}`,
    stop: () => programs.stop(),
  }
}

async function placeStore(folder: string, store: StartOptions['store']): Promise<string> {
  if (store && 'keptIn' in store) return store.keptIn
  const own = join(folder, 'etcd')
  if (store) await cp(store.copyOf, own, { recursive: true })
  return own
}

function etcdArgs(data: string, client: number, peer: number, { isSmall }: StartOptions): string[] {
  return [
    `--data-dir=${data}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    // It keeps so many of the last changes in memory.
    ...(isSmall ? ['--snapshot-count=500'] : []),
  ]
}

// The flags of envtest, except that the server signs its own certificate and uses a token file instead of client
// certificates.
function apiServerArgs(
  folder: string,
  etcdPort: number,
  port: number,
  { apiServerFlags = [], auditRules, isSmall }: StartOptions,
): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--cert-dir=${join(folder, 'certs')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--allow-privileged=true',
    '--disable-admission-plugins=ServiceAccount',
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    `--service-account-issuer=https://127.0.0.1:${port}/`,
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    ...(auditRules
      ? [`--audit-policy-file=${join(folder, 'audit.yaml')}`, `--audit-log-path=${join(folder, 'audit.log')}`]
      : []),
    // Earlier versions of objects stay in the store until then. The watch cache keeps every change of the last 75 s decoded,
    // ten times as large as it is stored; without it, watches read from the store.
    ...(isSmall ? ['--etcd-compaction-interval=1m', '--watch-cache=false'] : []),
    ...apiServerFlags,
  ]
}

async function writeFiles(folder: string, adminToken: string, rules: StartOptions['auditRules']): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const secretly = { mode: 0o600 }
  await writeFile(join(folder, 'sa.pub'), publicKey)
  await writeFile(join(folder, 'sa.key'), privateKey, secretly)
  await writeFile(join(folder, 'tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, secretly)
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }
  if (rules) await writeFile(join(folder, 'audit.yaml'), JSON.stringify(policy))
}

async function untilReady(url: string, programs: Programs, log: (program: string) => Promise<string>): Promise<void> {
  for (const until = Date.now() + startTimeoutMs; Date.now() < until && !programs.hasEnded(); await pause(50))
    if (await isReady(url)) return
  const why = `etcd:\n${await log('etcd')}\nkube-apiserver:\n${await log('kube-apiserver')}`
  await programs.stop()
  throw new Error(`The local control plane did not become ready.\n${why}`)
}

// Nothing secret is sent before the certificate is known: readiness is public.
async function isReady(url: string): Promise<boolean> {
  const agent = new Agent({ connect: { rejectUnauthorized: false, timeout: 1000 } })
  try {
    const ready = await request(`${url}/readyz`, { dispatcher: agent })
    await ready.body.dump()
    return ready.statusCode === 200
  } catch {
    return false
  } finally {
    await agent.close()
  }
}

function kubeconfig({ url, caPem, user, token }: { url: string; caPem: string; user: string; token: string }): string {
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'local',
          cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
        },
      ],
      users: [{ name: user, user: { token } }],
      contexts: [{ name: 'local', context: { cluster: 'local', user } }],
      'current-context': 'local',
    },
    undefined,
    2,
  )
}
