// The proxy for calls to Google, Slack and PagerDuty. Their libraries read the environment each in its own way, or not at
// all; here all of them get one meaning, that of Go's clients.
import { setGlobalProxyFromEnv } from 'node:http'
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'
import { readProxies } from './environment.ts'

/**
 * Sends this process's https calls through HTTPS_PROXY, except those to hosts of NO_PROXY, to this machine and to the
 * metadata server. Calls to the API server are not concerned. Call it before any other call is made.
 */
export function useProxies(proxies = readProxies()): void {
  if (!proxies) return
  const { httpsProxy, noProxy } = proxies
  setGlobalProxyFromEnv({ HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy })
  // For fetch, and for the calls and sockets of the undici package, which the line above does not know.
  setGlobalDispatcher(new EnvHttpProxyAgent({ httpsProxy, noProxy }))
}
