// Credentials that rotate: read again and again, so that their rotation needs no restart. They never reach a log or an
// error, and never go over the network in the clear.
import { systemTimers, type Timers } from './environment.ts'
import type { Endpoint, Pems } from './transport.ts'

/** Who calls, and who vouches for the server. */
export type Credentials = { pems: Pems; token: string | undefined }

/** Credentials are asked for again after this long; service-account tokens rotate about every hour. */
const credentialsLifeMs = 30_000

/** The endpoint of a server whose credentials `read` finds as they are now. Rejects as `read` does. */
export async function rotatingEndpoint(
  server: string,
  read: () => Promise<Credentials>,
  timers: Timers = systemTimers,
): Promise<Endpoint> {
  refuseCleartext(server)
  let known = { credentials: await read(), atMs: timers.monotonicMs() }
  const recent = async (): Promise<Credentials> => {
    const atMs = timers.monotonicMs()
    if (atMs - known.atMs > credentialsLifeMs) known = { credentials: await read(), atMs }
    return known.credentials
  }
  return {
    server,
    ca: known.credentials.pems.ca,
    tls: async () => (await recent()).pems,
    token: async () => (await recent()).token,
  }
}

function refuseCleartext(server: string): void {
  const { protocol, hostname } = new URL(server)
  if (protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return
  throw new Error(`The API server's address "${server}" must begin with https: credentials are not sent in the clear.`)
}
