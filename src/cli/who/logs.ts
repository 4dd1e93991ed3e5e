// Cloud Logging for the person at this terminal.
import { silenceLibraries } from '../../app/environment.ts'
import { readLogPlace } from '../../app/log-place.ts'
import type { LogReader } from '../../domain/ports.ts'
import { tokenInFile } from '../access-token.ts'
import { type Terminal, withProgress } from '../terminal.ts'

/** The port, with the caller's own credentials or the token in a file. */
export async function openLogs({ tokenFile }: { tokenFile?: string }, terminal: Terminal): Promise<LogReader> {
  silenceLibraries()
  // Imported here, so that other commands need not load Google's clients.
  const { useProxies } = await import('../../app/proxies.ts')
  useProxies()
  const { openCallerLogs } = await import('../../app/caller-logs.ts')
  const { pause } = terminal
  const reader = await openCallerLogs({
    place: readLogPlace(terminal.environment),
    ...(tokenFile !== undefined && { token: tokenInFile(tokenFile) }),
    clock: terminal,
    ...(pause && { pause: async ms => pause(ms, new AbortController().signal) }),
  })
  return {
    entries: query => withProgress(reader.entries(query), { terminal, what: 'Reading Cloud Logging' }),
  }
}
