// Starting processes, and checking their configuration without starting them.
import { openCluster, whyTooOld } from '../app/cluster.ts'
import { silenceLibraries } from '../app/environment.ts'
import { type Config, readConfig } from '../app/config.ts'
import type { ProcessName } from '../app/process-names.ts'
import { contradictions, placeholders } from '../app/config-doubts.ts'
import { listed } from '../app/config-fault.ts'
import { hasSecret, routesWithSecret } from '../app/secret-files.ts'
import { instant } from '../domain/asking/duration.ts'
import type { Terminal } from './terminal.ts'

/**
 * Starts the process and keeps it until the signal. It does not start when the configuration is invalid or the cluster
 * is too old.
 */
export async function start(name: ProcessName, terminal: Terminal): Promise<void> {
  const config = readConfig(name, terminal.environment)
  const { version, transport } = await openCluster(terminal.places)
  await transport.close()
  const why = whyTooOld(version)
  if (why) throw new Error(why)
  silenceLibraries()
  // Imported here, so that other commands and --help need not load every adapter.
  const { useProxies } = await import('../app/proxies.ts')
  useProxies()
  const { run } = await import('../app/run.ts')
  await run(name, config, terminal.untilStopped(), terminal.places)
}

/**
 * Prints the settings that the process would use, and which of them contradict each other. Throws ConfigFault with every
 * error, and with every value of the samples that nobody replaced.
 */
export function checkConfig(name: ProcessName, terminal: Terminal): void {
  const config = readConfig(name, terminal.environment, placeholders)
  const { configPath: where = '', secretsPath } = terminal.environment
  terminal.out(`${where} is valid for ${name === 'all' ? 'all processes' : name}: ${summary(config)}.\n`)
  for (const { email, until } of config.externalRequesters)
    terminal.out(
      `${email} may ask as an external until ${instant(until)}${until <= terminal.now() ? ', which is over' : ''}.\n`,
    )
  if (config.sandbox)
    terminal.out('This is a sandbox: simulators on this machine replace Google, Slack or PagerDuty.\n')
  const doubts = contradictions(config, {
    has: secret => hasSecret(secretsPath, secret),
    routesWithKey: routesWithSecret(secretsPath),
  })
  if (doubts.length > 0) terminal.err(`Is this what you want?\n${listed(doubts)}\n`)
}

function summary({ namespaces, gateway, auth, controller, janitor }: Config): string {
  const url = auth?.publicUrl ?? controller?.publicUrl
  const { hostedDomains = [] } = gateway ?? auth ?? controller ?? {}
  return [
    namespaces.length === 0 ? 'all namespaces' : `namespaces ${namespaces.join(', ')}`,
    !janitor && `people of ${hostedDomains.join(', ')}`,
    gateway && `command ${gateway.command} by ${'appToken' in gateway.via ? 'socket' : 'HTTP'}`,
    url && `approvals at ${url}`,
    controller && `audit log ${controller.auditLog}`,
    janitor && `as ${janitor.account}`,
    controller?.janitor && `with the janitor ${controller.janitor}`,
  ]
    .filter(Boolean)
    .join('; ')
}
