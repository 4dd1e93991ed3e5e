// Credentials that rotate: read again and again, so that their rotation needs no restart. They never reach a log or an
// error, and never go over the network in the clear.
import { pause, systemTimers, type Timers } from './environment.ts'
import type { Endpoint, Pems } from './transport.ts'

/** Who calls, and who vouches for the server. */
export type Credentials = { pems: Pems; token: string | undefined }

/** Credentials are asked for again after this long; service-account tokens rotate about every hour. */
const credentialsLifeMs = 30_000
/** After a read that failed, they are asked for again after this long. */
const againMs = 5_000
/** Calls wait this long for a read, which is half of what a call for the leader's lease has. */
const patienceMs = 2_000

/**
 * The endpoint of a server whose credentials `read` finds as they are now. Rejects as the first `read` does. Later ones are
 * one at a time, whoever asks; while they fail or hang, the credentials that are known are sent for as long as the API server
 * takes them: when they end, and whether they were revoked, is for it to say, with a 401.
 */
export async function rotatingEndpoint(
  server: string,
  read: () => Promise<Credentials>,
  timers: Timers = systemTimers,
): Promise<Endpoint> {
  refuseCleartext(server)
  let known = await read()
  let dueAtMs = timers.monotonicMs() + credentialsLifeMs
  let reading: Promise<void> | undefined

  const readAgain = async (): Promise<void> => {
    try {
      known = await read()
      dueAtMs = timers.monotonicMs() + credentialsLifeMs
    } catch {
      dueAtMs = timers.monotonicMs() + againMs
    }
  }
  const readPatiently = async (): Promise<void> => {
    const over = new AbortController()
    void readAgain().finally(() => {
      reading = undefined
      over.abort()
    })
    await pause(timers, patienceMs, over.signal)
  }
  const recent = async (): Promise<Credentials> => {
    if (timers.monotonicMs() > dueAtMs) await (reading ??= readPatiently())
    return known
  }
  return {
    server,
    ca: known.pems.ca,
    tls: async () => (await recent()).pems,
    token: async () => (await recent()).token,
  }
}

function refuseCleartext(server: string): void {
  const { protocol, hostname } = new URL(server)
  if (protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return
  throw new Error(`The API server's address "${server}" must begin with https: credentials are not sent in the clear.`)
}
