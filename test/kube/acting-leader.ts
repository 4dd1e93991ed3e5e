// A leader in a separate process, so that it can be frozen. It acts as often as it may, and says when it did.
import { spawn } from 'node:child_process'
import { setImmediate as breathe } from 'node:timers/promises'
import { createElector } from '../../src/kube/elector.ts'
import { noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createTransport } from '../../src/kube/transport.ts'

type Server = { server: string; ca: string; token: string }
/** The name of its lease. */
export const lease = { namespace: 'one', name: 'frozen', leaseSeconds: 3, renewDeadlineSeconds: 2, retrySeconds: 0.2 }

/** Starts it. `acts` are instants, in milliseconds; `ended` resolves to how its leadership ended. End the process. */
export function startActingLeader(server: Server) {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(server)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acts: number[] = []
  let rest = ''
  let said = 'nothing'
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (/^\d+$/.test(line)) acts.push(Number(line))
      else said = line
    }
  })
  const ended = new Promise<string>(resolve => child.on('close', () => resolve(said)))
  return { acts, ended, signal: (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL') => void child.kill(name) }
}

async function main({ server, ca, token }: Server): Promise<void> {
  const transport = createTransport({ server, ca, token: async () => token })
  const host = { timers: systemTimers, log: silentLog, metrics: noMetrics }
  const elector = createElector({ ...host, ...lease, transport, identity: 'to-be-frozen' })
  const end = await elector.run(new AbortController().signal, async lost => {
    // Long stretches in which no timer runs: when it wakes, only the check before each act notices the time that has
    // passed.
    for (; !lost.aborted; await breathe())
      for (let n = 0; n < 1_000; n++) if (elector.mayAct()) process.stdout.write(`${Date.now()}\n`)
  })
  process.stdout.write(`${end}\n`)
  await transport.close()
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '') as Server)
