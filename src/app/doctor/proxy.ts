// The proxy for calls to Google, Slack and PagerDuty: whether there is one, and whether it takes connections. Its address
// may contain a password, so only its host is said.
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readProxies } from '../environment.ts'
import { type Check, type Found, ok, processes, wrong } from './check.ts'

const connectWithinMs = 5_000

/** What is found for these settings of the environment. */
export async function proxyFound(proxies: ReturnType<typeof readProxies>): Promise<Found> {
  if (!proxies) return ok('There is no proxy: HTTPS_PROXY is not set, or NO_PROXY is *.')
  const url = URL.parse(proxies.httpsProxy)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return wrong(
      'HTTPS_PROXY is not the address of a proxy.',
      'Set it to an address such as http://squid.example.com:3128.',
    )
  const why = await whyClosed(url)
  if (why === undefined) return ok(`The proxy ${url.host} of HTTPS_PROXY takes connections.`)
  return wrong(
    `The proxy ${url.host} of HTTPS_PROXY takes no connection (${why}).`,
    'Correct HTTPS_PROXY, or allow connections to it: deploy/README.md, "Through a proxy".',
  )
}

function whyClosed({ protocol, hostname, port }: URL): Promise<string | undefined> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const isTls = protocol === 'https:'
  const socket = isTls
    ? connectTls({ host, port: Number(port || 443), servername: host })
    : connect({ host, port: Number(port || 80) })
  return new Promise(resolve => {
    const end = (why?: string): void => {
      socket.destroy()
      resolve(why)
    }
    socket.setTimeout(connectWithinMs, () => end('no answer'))
    socket.once(isTls ? 'secureConnect' : 'connect', () => end())
    socket.once('error', error => end('code' in error ? String(error.code) : 'an error'))
  })
}

const proxy: Check = {
  id: 'proxy',
  component: 'network',
  of: processes,
  asks: 'If HTTPS_PROXY is set, does that proxy take connections?',
  look: async () => proxyFound(readProxies()),
}

/** The way out. */
export const networkChecks: readonly Check[] = [proxy]
