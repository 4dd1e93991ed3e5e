// The simulated metadata server of one workload: gives out the access token of its service account, as GKE's does
// (https://cloud.google.com/compute/docs/metadata/querying-metadata).
import type { Request, Response } from 'express'
import { serve, type Served } from '../../src/sim/serve.ts'
import { lifeSeconds, type Tokens } from '../../src/sim/google/tokens.ts'

/** A running metadata server, reached through the variable GCE_METADATA_HOST. */
export type MetadataSim = Served & {
  /** HOST:PORT. */
  host: string
  /** How many tokens were asked for. */
  asked: number
}

const root = '/computeMetadata/v1'

/** Starts the metadata server of the service account. The simulated Google accepts its tokens. */
export async function startMetadata(tokens: Tokens, email: string): Promise<MetadataSim> {
  let last = ''
  const sim = { asked: 0 }
  const served = await serve(app => {
    app.use((req, res, next) => {
      res.set({ 'Metadata-Flavor': 'Google', Server: 'GKE Metadata Server' })
      const why = whyRefused(req)
      if (why === undefined) next()
      else res.status(403).type('text/plain').send(why)
    })
    app.get(`${root}/instance`, (_req, res) => void res.type('text/plain').send('service-accounts/\n'))
    app.get(`${root}/project/project-id`, (_req, res) => void res.type('text/plain').send(projectOf(email)))
    app.get(`${root}/universe/universe-domain`, (_req, res) => void res.type('text/plain').send('googleapis.com'))
    app.get(`${root}/instance/service-accounts/default/token`, (req: Request, res: Response) => {
      sim.asked += 1
      const { searchParams } = new URL(req.url, 'http://metadata')
      const scopes = (searchParams.get('scopes') ?? '').split(',')
      // The server keeps a token and gives it to everybody, as long as it is valid.
      if (!tokens.isLive(last)) last = tokens.issue(email, scopes, 'metadata')
      res.json({ access_token: last, expires_in: lifeSeconds, token_type: 'Bearer' })
    })
    app.use((_req, res) => void res.status(404).type('text/plain').send('not found'))
  })
  return Object.assign(sim, served, { host: `127.0.0.1:${served.port}` })
}

/** A service account's address holds its project. */
function projectOf(email: string): string {
  return /@([^.]+)\./.exec(email)?.[1] ?? ''
}

/** Google refuses calls that a page or a proxy could have been tricked into. */
function whyRefused(req: Request): string | undefined {
  if (req.get('metadata-flavor') !== 'Google') return 'Missing required header "Metadata-Flavor": "Google"'
  if (req.get('x-forwarded-for') !== undefined) return 'Requests with "X-Forwarded-For" are refused'
  return req.url.startsWith('/') ? undefined : 'A metadata server is no proxy'
}
