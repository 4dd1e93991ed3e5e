// Which proxy a call goes through, by the rules of Go's clients (golang.org/x/net/http/httpproxy), so that the same
// environment means the same here and for kubectl.
import { BlockList, isIP } from 'node:net'

/** HTTPS_PROXY and NO_PROXY. */
export type ProxySettings = { httpsProxy?: string | undefined; noProxy?: string | undefined }

/** The proxy for an https address; undefined when it is called directly. This machine is always called directly. */
export function proxyFor(url: string, { httpsProxy, noProxy = '' }: ProxySettings): string | undefined {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (!httpsProxy || protocol !== 'https:' || isThisMachine(host)) return undefined
  const isDirect = noProxy.split(',').some(entry => covers(entry.trim().toLowerCase(), host, port || '443'))
  return isDirect ? undefined : withScheme(httpsProxy)
}

/** Whether a name or an address without brackets is this machine's own. */
function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** As in HTTPS_PROXY=proxy:3128. */
export function withScheme(proxy: string): string {
  return /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`
}

/** Whether one entry of NO_PROXY covers a host: `*`, an address, a network, or a name with its subdomains. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  if (entry.includes('/')) return isInNetwork(host, entry)
  if (isIP(entry) !== 0) return isInNetwork(host, `${entry}/${bitsOf(entry)}`)
  const [, written = '', only] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? []
  if (only !== undefined && only !== port) return false
  if (isIP(written) !== 0) return isInNetwork(host, `${written}/${bitsOf(written)}`)
  const name = written.replace(/^\*\./, '.')
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}

const bitsOf = (address: string): number => (isIP(address) === 6 ? 128 : 32)

/** An address can be written in several ways, which this compares too. */
function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits] = network.split('/')
  const [of, at] = [isIP(host), isIP(address)]
  if (of === 0 || of !== at) return false
  const family = of === 6 ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  try {
    list.addSubnet(address, Number(bits), family)
  } catch {
    return false
  }
  return list.check(host, family)
}
