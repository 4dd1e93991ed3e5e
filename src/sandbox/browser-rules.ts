// What browsers do with a page's headers: what they tell about the page before, where its form may lead, and that a page
// sends them on. For simulated browsers, so that they are as strict as real ones.

/** The headers of a page that the next request depends on. */
export type Rules = { referrerPolicy: string; contentPolicy: string }

/** The rules of an answer, by its headers. */
export function rulesOf(header: (name: string) => string | null | undefined): Rules {
  return {
    referrerPolicy: header('referrer-policy') ?? '',
    contentPolicy: header('content-security-policy') ?? '',
  }
}

/** The Referer header of a request from one page to an address (https://www.w3.org/TR/referrer-policy/#determine-requests-referrer). */
export function referrerOf({ referrerPolicy }: Rules, from: URL, to: URL): string | undefined {
  const isOwn = from.origin === to.origin
  const full = `${from.origin}${from.pathname}${from.search}`
  switch (referrerPolicy) {
    case 'no-referrer':
      return undefined
    case 'same-origin':
      return isOwn ? full : undefined
    case '':
      return isOwn ? full : `${from.origin}/`
    default:
      throw new Error(`Simulated browsers do not know the Referrer-Policy "${referrerPolicy}".`)
  }
}

/**
 * The Origin header of a form from one page to an address: `null` when the page hides its address
 * (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
 */
export function originOf(rules: Rules, from: URL, to: URL): string {
  return referrerOf(rules, from, to) === undefined ? 'null' : from.origin
}

/**
 * Whether a form of a page may lead to an address. Chromium and WebKit ask this again for each redirect that follows
 * (https://www.w3.org/TR/CSP3/#directive-form-action).
 */
export function permitsForm({ contentPolicy }: Rules, from: URL, to: URL): boolean {
  const sources = /(?:^|;)\s*form-action ([^;]*)/.exec(contentPolicy)?.[1]?.trim().split(/\s+/)
  if (!sources) return true
  return sources.some(source => (source === "'self'" ? to.origin === from.origin : source === to.origin))
}

/** Where a page sends the browser on at once, if not to itself (https://html.spec.whatwg.org/#attr-meta-http-equiv-refresh). */
export function goesOnTo(page: string, at: URL): URL | undefined {
  const [, target] = /<meta http-equiv="refresh" content="0; url=([^"]*)"/.exec(page) ?? []
  const next = target === undefined ? undefined : new URL(target.replaceAll('&amp;', '&'), at)
  return next?.href === at.href ? undefined : next
}
