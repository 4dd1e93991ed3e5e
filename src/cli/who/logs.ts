// Cloud Logging for the person at this terminal.
import { silenceLibraries } from '../../app/environment.ts'
import { readLogPlace } from '../../app/log-place.ts'
import type { LogReader } from '../../domain/ports.ts'
import type { Secret } from '../../domain/secret.ts'
import { tokenInFile } from '../access-token.ts'
import { type Terminal, withProgress } from '../terminal.ts'

/** Whose rights are used: an access token, or the one in a file; the caller's default credentials without either. */
export type Caller = { tokenFile?: string | undefined; token?: Secret | undefined }

/** The port, with the rights of the caller. */
export async function openLogs({ tokenFile, token }: Caller, terminal: Terminal): Promise<LogReader> {
  silenceLibraries()
  // Imported here, so that other commands need not load Google's clients.
  const { useProxies } = await import('../../app/proxies.ts')
  useProxies()
  const { openCallerLogs } = await import('../../app/caller-logs.ts')
  const { pause } = terminal
  const reader = await openCallerLogs({
    place: readLogPlace(terminal.environment),
    token: tokenFile === undefined ? token : tokenInFile(tokenFile),
    clock: terminal,
    ...(pause && { pause: async ms => pause(ms, new AbortController().signal) }),
  })
  return {
    entries: query => withProgress(reader.entries(query), { terminal, what: 'Reading Cloud Logging' }),
  }
}
