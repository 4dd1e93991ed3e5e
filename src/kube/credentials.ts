// Credentials that rotate. They are read again regularly, so their rotation needs no restart. They never appear in a
// log or an error, and are never sent unencrypted.
import { pause, systemTimers, type Timers } from './environment.ts'
import type { Endpoint, Pems } from './transport.ts'

/** The caller's credentials, and the CA that the server's certificate must come from. */
export type Credentials = { pems: Pems; token: string | undefined }

/** Credentials are read again after this long; service-account tokens rotate about every hour. */
const credentialsLifeMs = 30_000
/** After a failed read, they are read again after this long. */
const againMs = 5_000
/** A call waits this long for a read: half of the time that a call for the leader's lease has. */
const patienceMs = 2_000

/**
 * The endpoint of a server whose current credentials are found by `read`. Rejects when the first `read` does. Later
 * reads run one at a time and serve all callers. While they fail or hang, the last known credentials are sent. The API
 * server decides, with a 401, whether they have expired or were revoked.
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
  throw new Error(`The API server's address "${server}" must begin with https: credentials are not sent unencrypted.`)
}
