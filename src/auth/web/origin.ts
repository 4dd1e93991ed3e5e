// The origin of the pages, and whether a request was sent to it and from it.
import { no } from '../dependencies.ts'
import { refusal, type Refused } from '../../domain/outcome.ts'

/** The public origin. Throws unless it is https, or http on this machine, with only scheme, host and port. */
export function parseOrigin(publicUrl: string): URL {
  const url = URL.parse(publicUrl)
  if (!url || url.href !== `${url.origin}/`)
    throw new Error(`publicUrl "${publicUrl}" must be only scheme and host, such as https://hallpass.example.com`)
  if (url.protocol !== 'https:' && !isPlainLoopback(url))
    throw new Error(`publicUrl "${publicUrl}" must be https: sign-ins over plain http can be read and changed`)
  return url
}

/** Whether this is plain http, which is allowed only for a loopback address. */
export function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && (/^127(\.\d{1,3}){3}$/.test(hostname) || ['localhost', '[::1]'].includes(hostname))
}

/** Whether a Host header is Hallpass's: any other is a DNS rebinding attack or a wrongly configured proxy. */
export function isOurHost(host: string | undefined, origin: URL): boolean {
  const given = host?.toLowerCase()
  return given === origin.host || (origin.protocol === 'https:' && given === `${origin.host}:443`)
}

type Header = (name: string) => string | undefined

/**
 * Refuses a form that another site sent. Browsers say where it comes from in Sec-Fetch-Site; without it the Origin
 * header must be our own (https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header).
 */
export function refuseCrossSite(header: Header, origin: URL): Refused | undefined {
  const site = header('sec-fetch-site')
  const isOurs = site === undefined ? header('origin') === origin.origin : site === 'same-origin'
  return isOurs
    ? undefined
    : no(refusal('CrossSite', 'This form was not sent from this page. Please open the link again.'))
}
