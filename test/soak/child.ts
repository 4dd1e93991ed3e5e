// The controller as it runs in a cluster, with one ear for the soak: asked over the channel to its parent, it collects its
// garbage and says what it holds.
import { readdir } from 'node:fs/promises'
import { readConfig } from '../../src/app/config.ts'
import { readEnvironment } from '../../src/app/environment.ts'
import { run } from '../../src/app/run.ts'
import type { Held } from './soak.ts'

const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
// The caller has gone: nobody would stop it.
process.on('disconnect', () => process.exit())
process.on('message', () => void measure().then(held => process.send?.(held)))
await run('controller', readConfig('controller', readEnvironment()), stop.signal)
process.disconnect()

async function measure(): Promise<Held> {
  // Twice, because finalizers of the first round free what the second one takes.
  for (let round = 0; round < 2; round++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  const resources = process.getActiveResourcesInfo()
  const count = (kind: string): number => resources.filter(name => name === kind).length
  return {
    heapMB: process.memoryUsage().heapUsed / 2 ** 20,
    descriptors: (await readdir('/proc/self/fd').catch(() => [])).length,
    timers: count('Timeout'),
    sockets: count('TCPSocketWrap') + count('TLSSocketWrap'),
  }
}
