// Starting processes, and checking their configuration without starting them.
import { openCluster, whyTooOld } from '../app/cluster.ts'
import { silenceLibraries } from '../app/environment.ts'
import { type Config, type ProcessName, readConfig } from '../app/config.ts'
import { instant } from '../domain/duration.ts'
import type { Terminal } from './terminal.ts'

/** Starts the process and keeps it until the signal. Nothing starts with a fault in the configuration or an old cluster. */
export async function start(name: ProcessName, terminal: Terminal): Promise<void> {
  const config = readConfig(name, terminal.environment)
  const { version, transport } = await openCluster(terminal.places)
  await transport.close()
  const why = whyTooOld(version)
  if (why) throw new Error(why)
  silenceLibraries()
  // Imported here, so that questions and --help need not load every adapter.
  const { run } = await import('../app/run.ts')
  await run(name, config, terminal.untilStopped(), terminal.places)
}

/** Prints what the process would run with, or throws ConfigFault with everything that is wrong. */
export function checkConfig(name: ProcessName, terminal: Terminal): void {
  const config = readConfig(name, terminal.environment)
  const where = terminal.environment.configPath ?? ''
  terminal.out(`${where} is good for ${name === 'all' ? 'all processes' : name}: ${summary(config)}.\n`)
  for (const { email, until } of config.externalRequesters)
    terminal.out(
      `${email} may ask as an external until ${instant(until)}${until <= terminal.now() ? ', which is over' : ''}.\n`,
    )
  if (config.sandbox)
    terminal.out('It is a sandbox: simulators on this machine take the place of Google, Slack or PagerDuty.\n')
}

function summary({ namespaces, gateway, auth, controller }: Config): string {
  const url = auth?.publicUrl ?? controller?.publicUrl
  const { hostedDomains = [] } = gateway ?? auth ?? controller ?? {}
  return [
    namespaces.length === 0 ? 'all namespaces' : `namespaces ${namespaces.join(', ')}`,
    `people of ${hostedDomains.join(', ')}`,
    gateway && `command ${gateway.command} by ${'appToken' in gateway.via ? 'socket' : 'HTTP'}`,
    url && `approvals at ${url}`,
    controller && `audit log ${controller.auditLog}`,
  ]
    .filter(Boolean)
    .join('; ')
}
