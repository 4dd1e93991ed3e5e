// Three sites for real browsers: our pages, Google on another site, and a third host that Google sends the browser over. They
// note what the browser tells them.
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SignIn } from '../../fakes/login.ts'
import { Fixture, mo } from '../fakes.ts'
import { granted } from '../made.ts'

/** What a browser sent to a site. */
type Visit = { path: string; method: string; referer?: string | undefined; origin?: string | undefined }

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** The sites, and what differs from one test to the next. */
export class Sites {
  /** Who signs in next. */
  person: SignIn = mo
  /** What follows the address that Google sends the browser back to. */
  fragment = ''
  /** Whether Google shows a page and waits for a click on `#continue`. */
  waits = false
  /** Whether something on the way removes the headers by which browsers say where a request comes from. */
  strips = false
  /** Whether Google answers with nothing, so that the browser stays where it is. */
  isSilent = false
  /** Whether access is granted as soon as it is approved. */
  grants = true
  readonly visits: { ours: Visit[]; others: Visit[] } = { ours: [], others: [] }
  readonly #servers: Server[] = []
  #fixture: Fixture | undefined
  #google = ''
  #third = ''
  #ours = ''

  static async open(): Promise<Sites> {
    const sites = new Sites()
    const ours = await sites.#serve((req, res) => sites.#pass(req, res))
    const google = await sites.#serve((req, res) => sites.#signIn(req, res))
    const third = await sites.#serve((req, res) => sites.#sendOn(req, res))
    sites.#ours = `http://127.0.0.1:${ours}`
    sites.#google = `http://localhost:${google}`
    sites.#third = `http://127.0.0.1:${third}`
    sites.#fixture = new Fixture({ publicUrl: sites.#ours, longestHeldMs: 1000 })
    const { login } = sites.fixture.options
    const authorizeUrl = login.authorizeUrl.bind(login)
    login.authorizeUrl = asked => authorizeUrl(asked).replace('http://127.0.0.1:1', sites.#google)
    const { requests } = sites.fixture
    const patchStatus = requests.patchStatus.bind(requests)
    requests.patchStatus = async (seen, patch) => {
      const result = await patchStatus(seen, patch)
      if (sites.grants && patch.decisions) sites.grant()
      return result
    }
    await sites.fixture.open()
    return sites
  }

  get fixture(): Fixture {
    if (!this.#fixture) throw new Error('the sites are not open')
    return this.#fixture
  }

  /** Grants what was approved, until 14:12. */
  grant(): void {
    const { status, ...request } = this.fixture.stored()
    const times = { startsAt: '2026-11-23T14:02:00Z', expiresAt: '2026-11-23T14:12:00Z' }
    this.fixture.requests.put({ ...request, status: { ...status, phase: 'Provisioned', ...times } })
  }

  get origin(): string {
    return this.#ours
  }

  /** Everything as at first, with one request that waits. */
  reset(): void {
    Object.assign(this, { person: mo, fragment: '', waits: false, strips: false, isSilent: false, grants: true })
    this.visits.ours.length = 0
    this.visits.others.length = 0
    this.fixture.requests.stored.clear()
    this.fixture.ask()
  }

  /** The link in the message. */
  async link(): Promise<string> {
    return `${this.#ours}/approve?t=${await this.fixture.ticket()}`
  }

  /** The link for ending access that is in force. */
  async endLink(): Promise<string> {
    this.fixture.ask(asked => Object.assign(asked.status ?? {}, granted(this.fixture, 'Written')))
    return `${this.#ours}/revoke?t=${await this.fixture.ticket({ purpose: 'revoke' })}`
  }

  /** Removes what somebody has signed in to end. */
  end(): void {
    const { status, ...request } = this.fixture.stored()
    const over = { phase: 'Revoked', endedAt: '2026-11-23T14:02:00Z' } as const
    this.fixture.requests.put({ ...request, status: { ...status, ...over } })
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
    await this.fixture.close()
  }

  async #serve(answer: (req: IncomingMessage, res: ServerResponse) => void): Promise<number> {
    const server = createServer(answer)
    this.#servers.push(server)
    return listening(server)
  }

  #pass(req: IncomingMessage, res: ServerResponse): void {
    this.visits.ours.push(visitOf(req))
    const kept = Object.entries(req.headers).filter(([name]) => !this.strips || !name.startsWith('sec-fetch-'))
    const to = {
      port: this.fixture.port,
      host: '127.0.0.1',
      path: req.url,
      method: req.method,
      headers: Object.fromEntries(kept),
    }
    const passed = httpRequest(to, answer => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(res)
    })
    passed.on('error', () => res.destroy())
    req.pipe(passed)
  }

  // Google's own redirects lead over a host that our policies do not name.
  #signIn(req: IncomingMessage, res: ServerResponse): void {
    if (req.url === '/favicon.ico') return void res.writeHead(404).end()
    this.visits.others.push(visitOf(req))
    if (this.isSilent) return void res.writeHead(204).end()
    const query = new URLSearchParams(this.fixture.google.signIn(`${this.#google}${req.url}`, this.person)).toString()
    const back = `${this.#ours}/oauth/callback?${query}${this.fragment}`
    const next = `${this.#third}/hop?${new URLSearchParams({ back }).toString()}`
    if (!this.waits) return void res.writeHead(302, { location: next }).end()
    res.writeHead(200, { 'content-type': 'text/html' })
    res.end(`<!doctype html><title>Google</title><h1>Google</h1><a id="continue" href="${next}">Continue</a>`)
  }

  #sendOn(req: IncomingMessage, res: ServerResponse): void {
    this.visits.others.push(visitOf(req))
    const back = new URL(req.url ?? '', this.#third).searchParams.get('back')
    if (back === null) res.writeHead(404).end()
    else res.writeHead(302, { location: back }).end()
  }
}

function visitOf({ url = '', method = '', headers }: IncomingMessage): Visit {
  return { path: url, method, referer: headers.referer, origin: headers.origin }
}
