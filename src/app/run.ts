// Runs one of the processes, or three of them in one: composed, served, watched, and stopped without interrupting
// work under way.
import type { RequestListener } from 'node:http'
import type { Places } from './cluster.ts'
import type { Config } from './config.ts'
import type { ProcessName } from './process-names.ts'
import { readEnvironment } from './environment.ts'
import { partNames } from './metric-series.ts'
import { type Host, hostOf, type Part } from './host.ts'
import { createLog } from './log.ts'
import { ProcessMetrics } from './metrics.ts'
import { healthListener, listen, type Listening } from './serve.ts'

/**
 * Runs until the signal aborts, then lets work under way end. Rejects when a part cannot continue; then the process
 * must be restarted.
 */
export async function run(name: ProcessName, config: Config, signal: AbortSignal, places?: Places): Promise<void> {
  const log = createLog(name)
  const metrics = new ProcessMetrics(partNames.filter(part => config[part]))
  const shared = { metrics, podName: readEnvironment().podName ?? `hallpass-${name}`, places }
  const { hosts, parts } = await compose(config, shared)
  const { host, port, healthPort } = config.listen
  const health = await listen(
    healthListener({
      isAlive: () => parts.every(({ isAlive }) => isAlive?.() ?? true),
      notReady: () => parts.map(({ notReady }) => notReady()).find(why => why !== undefined),
      registry: metrics.registry,
    }),
    { host, port: healthPort, setting: 'listen.healthPort' },
  )
  try {
    const listener = listenerOf(parts)
    const served = listener && (await listen(listener, { host, port }))
    log.info({ port: served?.port, healthPort: health.port }, 'process: started; it serves when it is ready')
    await work(parts, served, signal)
  } finally {
    // For every kind of end: a process that still answered the probes would never be restarted.
    await health.stop(0)
    await Promise.all(hosts.flatMap(host => [host.transport.close(), host.leaseTransport.close()]))
    log.info({}, 'process: stopped')
  }
}

/** If one part fails, the others end too, and the process is restarted. */
async function work(parts: readonly Part[], served: Listening | undefined, signal: AbortSignal): Promise<void> {
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  await Promise.all([
    served && untilAborted(stop).then(() => served.stop()),
    ...parts.map(part =>
      part.run(stop).catch((error: unknown) => {
        failed.abort()
        throw error
      }),
    ),
  ])
}

async function compose(
  config: Config,
  shared: Parameters<typeof hostOf>[2],
): Promise<{ hosts: Host[]; parts: Part[] }> {
  const hosts: Host[] = []
  const host = async (name: Parameters<typeof hostOf>[0]): Promise<Host> => {
    const made = await hostOf(name, config, shared)
    hosts.push(made)
    return made
  }
  const { gateway, auth, controller, janitor } = config
  const parts: Part[] = []
  // Imported only when it is run: a part's libraries take most of its memory and of its start.
  if (gateway) parts.push(await (await import('./gateway.ts')).composeGateway(await host('gateway'), gateway))
  if (auth) parts.push(await (await import('./auth.ts')).composeAuth(await host('auth'), auth))
  if (controller)
    parts.push(await (await import('./controller.ts')).composeController(await host('controller'), controller))
  if (janitor) parts.push(await (await import('./janitor.ts')).composeJanitor(await host('janitor')))
  return { hosts, parts }
}

/** One port for all handlers: Slack's deliveries by their path, everything else to the pages. */
function listenerOf(parts: readonly Part[]): RequestListener | undefined {
  const [first, second] = parts.map(({ listener }) => listener).filter(listener => listener !== undefined)
  if (!first || !second) return first
  return (request, response) => (request.url?.startsWith('/slack/') ? first : second)(request, response)
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
