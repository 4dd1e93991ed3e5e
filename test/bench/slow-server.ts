// An API server that takes longer for every call, watches excepted: a proxy before the real one.
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import type { ProcessName } from '../../src/sandbox/processes.ts'
import { bodyOf, cut, isWatch, open, targetOf } from '../fault/forward.ts'
import { type Child, startChild } from './child.ts'
import { entry, environmentOf, type Stage } from './stage.ts'

export type SlowServer = {
  url: string
  /** How much longer each call takes, from now on. */
  delayMs: number
  /** How many calls it has passed on, watches excepted. */
  calls: number
  close(): Promise<void>
}

/** Starts the proxy, which delays nothing at first. */
export async function startSlowServer(upstream: { url: string; ca: string | undefined }): Promise<SlowServer> {
  const target = targetOf(upstream)
  const handle = async (call: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(call)
    if (!isWatch(call)) {
      slow.calls += 1
      await pause(slow.delayMs)
    }
    const answer = await open(target, call, body)
    const { connection: _connection, ...headers } = answer.headers
    response.writeHead(answer.statusCode ?? 502, headers)
    response.flushHeaders()
    answer.on('error', () => cut(response))
    answer.pipe(response)
  }
  const server = createServer({ keepAliveTimeout: 60_000 }, (call, response) => {
    handle(call, response).catch(() => cut(response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const slow: SlowServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    calls: 0,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return slow
}

/** One of our processes with another address for the API server, whose name is not in its certificate. */
export async function startBehind({ folder, world }: Stage, name: ProcessName, url: string): Promise<Child> {
  const [own, kubeconfig] = [join(folder, `${name}-slow`), join(folder, `${name}-slow`, 'kubeconfig')]
  await cp(join(folder, name), own, { recursive: true })
  const told = parse(await readFile(kubeconfig, 'utf8')) as { clusters: { cluster: object }[] }
  for (const one of told.clusters) one.cluster = { server: url, 'insecure-skip-tls-verify': true }
  await writeFile(kubeconfig, stringify(told), { mode: 0o600 })
  return startChild({
    args: [entry, name],
    env: environmentOf(folder, `${name}-slow`),
    readyUrl: `${world.healthUrls[name]}/readyz`,
  })
}
