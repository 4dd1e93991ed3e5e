// The approver's pages over real HTTP, with the ports in memory, a browser that keeps cookies as browsers do, and the
// objects the tests are about.
import { request as httpRequest, createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseSetCookie } from 'cookie'
import * as assert from 'uvu/assert'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { createAuth } from '../../src/auth/web/app.ts'
import { goesOnTo, originOf, referrerOf, rulesOf } from '../../src/sandbox/browser-rules.ts'
import type { AuthOptions } from '../../src/auth/dependencies.ts'
import type { Opening } from '../../src/auth/web/tickets.ts'
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { Policy } from '../../src/domain/granting/policy.ts'
import type { RequestChanges } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Purpose } from '../../src/domain/approval/digest.ts'
import { encodeTicket, type Ticket, ticketAad } from '../../src/domain/approval/ticket.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { MemoryGoogleGroups } from '../fakes/google-groups.ts'
import { ManualClock, start } from '../fakes/clock.ts'
import { MemoryLogin, type SignIn } from '../fakes/login.ts'
import { MemorySeal } from '../fakes/seal.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import { MemoryMappings } from '../fakes/mappings.ts'
import { MemoryRequests } from '../fakes/requests.ts'

export { start }

/** Sealed tokens in memory: names are taken once. */
class MemorySealedTokens {
  readonly stored = new Map<string, { uid: string; sealed: string }>()
  isDown = false
  async create(name: string, uid: string, sealed: string): Promise<void> {
    if (this.isDown) throw new Broken('The API server answered 503.')
    if (!this.stored.has(name)) this.stored.set(name, { uid, sealed })
  }
}

/** Rights by resource: everyone may write unless a test says otherwise. */
class MemoryRights {
  forbidden: string[] = []
  /** Policies by resource; every other one is empty. */
  policies: Record<string, Policy> = {}
  /** About which Google does not answer. */
  silent: string[] = []
  unreadable: string[] = []
  asked: string[] = []
  isDown = false
  async read(resource: string): Promise<Policy> {
    this.asked.push(`read ${resource}`)
    if (this.unreadable.includes(resource)) throw new Refused('AccessDenied', 'It takes getIamPolicy.')
    return structuredClone(this.policies[resource] ?? { etag: 'e1' })
  }
  async mayWrite(resource: string): Promise<boolean> {
    this.asked.push(resource)
    if (this.isDown || this.silent.includes(resource)) throw new Broken('Google answered 503.')
    return !this.forbidden.includes(resource)
  }
}

/** Watches of one request each, over what is in memory. */
class MemoryChanges implements RequestChanges {
  /** How many are open now, and the most that were at a time. */
  open = 0
  most = 0
  /** Whether watches break as soon as they are opened. */
  isDown = false
  readonly #requests: MemoryRequests
  readonly #looks = new Set<() => void>()
  constructor(requests: MemoryRequests) {
    this.#requests = requests
    requests.standing.onSeen(() => this.look())
  }

  /** Something has changed. */
  look(): void {
    this.#looks.forEach(look => look())
  }

  async *after(seen: AccessRequest, signal: AbortSignal): AsyncGenerator<AccessRequest> {
    if (this.isDown) return
    this.most = Math.max(this.most, ++this.open)
    let version = seen.metadata.resourceVersion
    try {
      while (!signal.aborted) {
        const now = await this.#requests.get(seen.metadata)
        if (!now) return
        if (now.metadata.resourceVersion === version) await this.#nextLook(signal)
        else yield now
        version = now.metadata.resourceVersion
      }
    } finally {
      this.open -= 1
    }
  }

  async #nextLook(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#looks.add(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    this.#looks.delete(resolve)
  }
}

/**
 * What a page answered. `location` is where the browser goes next: by a redirect, or because the page sends it on.
 * `before` are the answers that led to this one.
 */
export type PageResponse = {
  status: number
  headers: IncomingHttpHeaders
  body: string
  location: string
  before?: PageResponse[]
}

type Sending = { headers?: Record<string, string | string[]>; body?: string; method?: string }

/** Where the pages are when a test does not say otherwise. */
const ownHost = 'hallpass.example.com'
/** Redirects that lead to the page of an answer. Tests look at the others themselves. */
const inBetween = /^\/[a-z-]+(\/sign-in|\/result)?\?/

/** One browser: cookies by name, and the headers that browsers send. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** Whether it sends Sec-Fetch-Site, as every browser does since 2023. */
  isRecent = true
  readonly #fixture: Fixture
  #page = new URL(`https://${ownHost}/`)
  #rules = rulesOf(() => '')
  constructor(fixture: Fixture) {
    this.#fixture = fixture
  }

  /** Opens an address, from a link elsewhere, and follows redirects that lead to the page of the answer. */
  async get(path: string, { method = 'GET', headers = {} }: Sending = {}): Promise<PageResponse> {
    const site = this.isRecent ? { 'sec-fetch-site': 'cross-site' } : {}
    return this.#follow(await this.#send(path, { method, headers: { ...site, ...headers } }))
  }

  /**
   * Sends a form, from the last page unless the headers say otherwise; an empty header is not sent. Follows redirects
   * that lead to the page of the answer.
   */
  async post(
    path: string,
    form: string | URLSearchParams,
    headers: Record<string, string> = {},
  ): Promise<PageResponse> {
    const to = new URL(path, this.#page)
    const referer = referrerOf(this.#rules, this.#page, to)
    const usual = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: originOf(this.#rules, this.#page, to),
      ...(referer && { referer }),
      ...(this.isRecent && { 'sec-fetch-site': 'same-origin' }),
    }
    const sent = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== '')
    const answer = await this.#send(path, { method: 'POST', body: form.toString(), headers: Object.fromEntries(sent) })
    return this.#follow(answer)
  }

  async #follow(answer: PageResponse): Promise<PageResponse> {
    const before = [...(answer.before ?? []), answer]
    if (answer.status === 303 && inBetween.test(answer.location)) {
      const next = await this.#send(answer.location, { headers: { 'sec-fetch-site': 'same-origin' } })
      return this.#follow({ ...next, before })
    }
    const next = goesOnTo(answer.body, this.#page)
    return next && next.origin !== this.#page.origin ? { ...answer, location: next.href } : answer
  }

  async #send(path: string, { method = 'GET', headers = {}, body }: Sending): Promise<PageResponse> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    // Browsers keep the fragment to themselves.
    const answer = await this.#fixture.send(path.replace(/#.*/, ''), {
      method,
      headers: { host: ownHost, ...(cookie && { cookie }), ...headers },
      ...(body !== undefined && { body }),
    })
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line)
    if (answer.location === '') {
      this.#page = URL.parse(path, `https://${ownHost}`) ?? this.#page
      this.#rules = rulesOf(name => String(answer.headers[name] ?? ''))
    }
    return answer
  }

  #keep(line: string): void {
    const { name, value = '', maxAge } = parseSetCookie(line)
    if (maxAge === 0) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** Everything around the pages. */
export class Fixture {
  readonly clock = new ManualClock()
  readonly google = new MemoryLogin(this.clock)
  readonly ticketKey = new MemorySeal()
  readonly tokenKey = new MemorySeal()
  readonly requests = new MemoryRequests(this.clock as never)
  readonly changes = new MemoryChanges(this.requests)
  /** Aborts when the process stops. */
  readonly stopping = new AbortController()
  readonly sealedTokens = new MemorySealedTokens()
  readonly rights = new MemoryRights()
  readonly mapping: RoleMapping
  readonly mappings: MemoryMappings
  /** Everything that was logged, as text. */
  readonly logged: string[] = []
  readonly counted: string[] = []
  /** The result for each ticket. */
  readonly openings: Opening[] = []
  /** Everything that left the pages, as text. */
  readonly answered: string[] = []
  /** Every token that Google gave out. */
  readonly secrets: string[] = []
  readonly googleGroups = new MemoryGoogleGroups()
  readonly options: AuthOptions
  #server: Server | undefined

  constructor(more: Partial<AuthOptions> = {}) {
    this.mapping = mapping()
    this.mappings = new MemoryMappings([this.mapping])
    const log = (facts: object, message: string): void => void this.logged.push(`${message} ${JSON.stringify(facts)}`)
    this.options = {
      clock: this.clock,
      requests: this.requests,
      standing: this.requests.standing,
      limits: {
        openPerPerson: 5,
        openPerMapping: 20,
        hourlyPerPerson: 20,
        hourlyPerMapping: 60,
        hourlyEmergenciesPerPerson: 3,
      },
      changes: this.changes,
      googleGroups: this.googleGroups,
      stopping: this.stopping.signal,
      // Nothing moves by itself here.
      longestHeldMs: 20,
      mappings: this.mappings,
      login: {
        authorizeUrl: login => this.google.authorizeUrl(login),
        exchange: async (code, verifier) => this.#noted(await this.google.exchange(code, verifier)),
      },
      verifier: this.google,
      tickets: this.ticketKey,
      tokens: this.tokenKey,
      sealedTokens: this.sealedTokens,
      policies: this.rights,
      people: [],
      hostedDomains: ['example.com'],
      externalRequesters: [],
      oauthClientID: this.google.clientID,
      cookieKey: new Secret('a key of the cookies of these tests'),
      publicUrl: 'https://hallpass.example.com',
      log: { info: log, warn: log },
      metrics: {
        answered: (page, outcome, owner) => void this.counted.push([page, outcome, owner].filter(Boolean).join(' ')),
        opened: how => void this.openings.push(how),
        limited: limit => void this.counted.push(`limited ${limit}`),
      },
      ...more,
    }
  }

  #noted(tokens: Awaited<ReturnType<MemoryLogin['exchange']>>): typeof tokens {
    this.secrets.push(tokens.accessToken.reveal(), tokens.idToken.reveal())
    return tokens
  }

  /** Tokens that must not appear anywhere: logs, counters, answers, stored requests. */
  leaks(): string[] {
    const told = JSON.stringify([this.logged, this.counted, this.answered, this.requests.all()])
    return this.secrets.filter(secret => told.includes(secret))
  }

  /** Serves the pages; `port` for looking at them. */
  async open(port = 0): Promise<this> {
    const server = createServer(createAuth(this.options))
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    this.#server = server
    return this
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise<void>(resolve => (this.#server ? this.#server.close(() => resolve()) : resolve()))
  }

  get port(): number {
    const address = this.#server?.address() as AddressInfo | undefined
    return address?.port ?? 0
  }

  async send(path: string, { method = 'GET', headers = {}, body }: Sending): Promise<PageResponse> {
    const answer = await new Promise<PageResponse>((resolve, reject) => {
      const sent = httpRequest({ port: this.port, host: '127.0.0.1', path, method, headers, agent: false }, res => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('error', reject)
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: Buffer.concat(chunks).toString(),
            location: res.headers.location ?? '',
          }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    })
    this.answered.push(JSON.stringify(answer))
    return answer
  }

  /** Stores Dana's request as it waits for Mo. */
  ask(change: (asked: AccessRequest) => void = () => undefined): AccessRequest {
    const asked = structuredClone({
      ...request(this.mapping),
      spec: { ...request(this.mapping).spec, approval: readMapping(this.mapping).approval },
    })
    change(asked)
    return this.requests.put(asked)
  }

  /** The request as it is stored now. */
  stored(): AccessRequest {
    const [one] = this.requests.all()
    if (!one) throw new Error('nothing is stored')
    return one
  }

  /** A sealed ticket for the stored request. */
  async ticket(change: Partial<Ticket> = {}, aad = ticketAad(change.purpose ?? 'approve')): Promise<string> {
    const { namespace, name, uid } = this.stored().metadata
    const expiresAt = new Date(start.getTime() + 1800_000)
    return this.ticketKey.seal(encodeTicket({ namespace, name, uid, purpose: 'approve', expiresAt, ...change }), aad)
  }

  /** Opens the page, sends its form, and gives what Google is asked. */
  async begin(
    browser: Browser,
    change: Record<string, string | string[]> = {},
    purpose: Purpose = 'approve',
  ): Promise<{ asked: PageResponse; ticket: string }> {
    const ticket = await this.ticket({ purpose })
    const page = await browser.get(`/${purpose}?t=${ticket}`)
    return { asked: await browser.post(`/${purpose}`, formOf(page, change)), ticket }
  }

  /** The whole way: page, form, Google, and back. */
  async approve(
    person: SignIn,
    {
      change = {},
      browser = new Browser(this),
      purpose = 'approve',
    }: { change?: Record<string, string | string[]>; browser?: Browser; purpose?: Purpose } = {},
  ): Promise<PageResponse> {
    const { asked } = await this.begin(browser, change, purpose)
    return this.back(browser, asked.location, person)
  }

  /** Signs in at the door, or for a rehearsal, and opens the page that it leads to. */
  async visit(
    person: SignIn,
    {
      browser = new Browser(this),
      page = '/',
      typed = '',
    }: { browser?: Browser; page?: '/' | '/me'; typed?: string } = {},
  ): Promise<{ browser: Browser; page: PageResponse; returned: PageResponse }> {
    const asked = await browser.post(page === '/' ? '/sign-in' : '/me', formOf(await browser.get(page), { for: typed }))
    const returned = await this.back(browser, asked.location, person)
    return { browser, returned, page: await browser.get(returned.location) }
  }

  /** Google sends the browser back. */
  async back(browser: Browser, authorizeUrl: string, person: SignIn): Promise<PageResponse> {
    return browser.get(callback(this.google.signIn(authorizeUrl, person)))
  }
}

export function callback(query: Record<string, string>): string {
  return `/oauth/callback?${new URLSearchParams(query).toString()}`
}

/** Of a page with several forms the one that is sent to this address. */
export function formTo(action: string, page: PageResponse): PageResponse {
  const body = new RegExp(`<form[^>]* action="${action}"[^>]*>.*?</form>`, 's').exec(page.body)?.[0] ?? ''
  return { ...page, body }
}

/** The page's form as a browser would send it, with some fields changed. */
export function formOf({ body }: PageResponse, change: Record<string, string | string[]> = {}): URLSearchParams {
  const form = new URLSearchParams()
  for (const [tag] of body.matchAll(/<input[^>]*>/g)) {
    const [name, value] = [attribute(tag, 'name'), attribute(tag, 'value')]
    const isChoice = ['checkbox', 'radio'].includes(attribute(tag, 'type'))
    if (!isChoice || / checked/.test(tag)) form.append(name, value)
  }
  const selected = /<option[^>]* selected[^>]*>/.exec(body)?.[0]
  if (selected) form.append('duration', attribute(selected, 'value'))
  for (const [name, value] of Object.entries(change)) {
    form.delete(name)
    for (const one of [value].flat()) form.append(name, one)
  }
  return form
}

function attribute(tag: string, name: string): string {
  return decodeText(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

/** A page's words, as they are read. */
export function wordsOf({ body }: { body: string }): string {
  return decodeText(
    body
      .replace(/<style>.*?<\/style>|<title>.*?<\/title>/gs, '')
      .replace(/<\/(p|h1|div|label|legend|blockquote|option|header|footer)>/g, ' ')
      .replace(/<[^>]*>/g, ''),
  )
    .replace(/\s+/g, ' ')
    .trim()
}

function decodeText(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

/** Work in a separate fixture; whatever happened in it, no token may have leaked. */
export async function within<T>(work: (fixture: Fixture) => Promise<T>, more?: Partial<AuthOptions>): Promise<T> {
  const fixture = await new Fixture(more).open()
  try {
    fixture.ask()
    const seen = await work(fixture)
    assert.equal(fixture.leaks(), [], 'tokens leaked')
    return seen
  } finally {
    await fixture.close()
  }
}

/** The browser that gave the approval with this salt. */
export function approvedIn(browser: Browser, salt: string): Browser {
  browser.cookies.set(`__Host-hallpass-approved-${salt.slice(0, 16)}`, salt)
  return browser
}

/** Those who sign in. */
export const mo: SignIn = { email: 'mo@example.com' }
export const dana: SignIn = { email: 'dana@example.com' }
export const otto: SignIn = { email: 'otto@example.com' }
