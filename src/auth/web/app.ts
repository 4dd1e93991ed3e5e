// The approver's pages as a listener: routes, headers, limits. It sends only the handlers' answers, and does not log
// addresses, cookies or bodies.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { goOn } from '../login/beginning.ts'
import { createCodes } from '../login/codes.ts'
import { type AuthOptions, type Dependencies, placeOf } from '../dependencies.ts'
import { doorRoutes, kinds } from '../door/routes.ts'
import { withOwnLinks } from '../door/own-links.ts'
import { createEndedSessions } from '../door/ended-sessions.ts'
import { sessionSeconds } from '../door/session.ts'
import { findVisit, finishVisit } from '../door/visits.ts'
import { type Purpose, purposes } from '../../domain/approval/digest.ts'
import { isReason, ownerOf } from '../../domain/refusals.ts'
import { createHeldAnswers } from '../login/held-answers.ts'
import { cookiesOf, deliveryOf, type Pages, queryOf } from './incoming.ts'
import { isKnownBrowser } from '../login/known-browser.ts'
import { notBegunHere, notBegunHerePath } from '../login/not-begun-here.ts'
import { isOurHost, isPlainLoopback, parseOrigin } from './origin.ts'
import { style } from '../pages/style.ts'
import { errorReply, failedReply, type Reply } from './reply.ts'
import { showResult } from '../login/result.ts'
import { purposeRows } from '../login/purposes.ts'
import { finishLogin } from '../login/returning.ts'
import { createAsking } from '../../store/asking.ts'
import { createTally } from '../../store/tally.ts'
import { createTickets, type Tickets } from './tickets.ts'

/** Our forms have a ticket of 1 KB at most, a comment of 500 characters, and some numbers; encoding makes 6 KB of it. */
const bodyLimit = '16kb'

/** Creates the pages. Throws when `publicUrl` is neither https nor http on this machine. */
export function createAuth({ publicUrl, changes, stopping, longestHeldMs, ...rest }: AuthOptions): Express {
  const { clock, metrics } = rest
  const tickets = createTickets({ unsealer: rest.tickets, clock, opened: how => metrics.opened(how) })
  const held = createHeldAnswers({ changes, stopping, longestMs: longestHeldMs })
  const origin = parseOrigin(publicUrl)
  const opening = (of: Tickets): Tickets => withOwnLinks(of, { origin, key: rest.cookieKey })
  const deps: Dependencies = {
    ...rest,
    tickets: opening(tickets.stranger),
    codes: createCodes(clock),
    origin,
    held,
    ...asking(rest),
    endedSessions: createEndedSessions(clock, sessionSeconds),
  }
  if (isPlainLoopback(deps.origin))
    deps.log.info({ publicUrl }, 'auth: the pages are served over plain http on this machine; use this for trials only')
  const app = express()
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing')
  app.set('query parser', 'simple')
  app.use(headers(deps), onlyOurHost(deps))
  routes(app, req => (isKnown(req, deps) ? { ...deps, tickets: opening(tickets.known) } : deps))
  app.use((_req, res) => send(res, errorReply(404)))
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => send(res, thrown(error, deps)))
  return app
}

/** What it takes to store requests of the door. */
function asking(
  options: Omit<AuthOptions, 'changes' | 'publicUrl' | 'stopping'>,
): Pick<Dependencies, 'ask' | 'onFlood'> {
  const { clock, requests, standing, limits, people, hostedDomains, externalRequesters, metrics } = options
  const tally = createTally(clock)
  standing.onSeen(request => tally.see(request))
  const organisation = { hostedDomains, externalRequesters }
  const pause = async (ms: number): Promise<void> => sleep(ms)
  return {
    ask: createAsking({ requests, standing, tally, limits, people, clock, organisation, pause }),
    onFlood: limit => metrics.limited(limit),
  }
}

/** The services for this delivery: browsers that opened a valid link before have a separate budget. */
type DependenciesFor = (req: Request) => Dependencies

function isKnown(req: Request, { origin, clock, cookieKey }: Dependencies): boolean {
  return isKnownBrowser(cookiesOf(req), { origin, now: clock.now(), key: cookieKey })
}

function routes(app: Express, depsFor: DependenciesFor): void {
  const page = counted(depsFor)
  for (const purpose of purposes) routesOf(purpose, app, page)
  app.get(
    notBegunHerePath,
    page('callback', async (_req, deps) => notBegunHere(deps)),
  )
  doorRoutes(app, page, form())
  app
    .route('/oauth/callback')
    // Express would answer HEAD with GET's handler, which has side effects here.
    .head(page('callback', async () => errorReply(405)))
    .get(
      page('callback', async (req, deps) => {
        const [returned, cookies] = [returnedOf(req), cookiesOf(req)]
        const visit = findVisit(returned.state, cookies, placeOf(deps))
        return visit
          ? finishVisit(visit, { returned, cookies }, { ...deps, kinds })
          : finishLogin(returned, cookies, deps)
      }),
    )
    .all(page('callback', async () => errorReply(405)))
}

/** Reads the body of a form. */
function form(): express.RequestHandler {
  return express.urlencoded({ extended: false, limit: bodyLimit, parameterLimit: 40, inflate: false })
}

/** The pages of one purpose. */
function routesOf(purpose: Purpose, app: Express, page: Pages): void {
  const row = purposeRows[purpose]
  app
    .route(`/${purpose}`)
    .get(page(purpose, async (req, deps) => row.show(queryOf(req, 't'), cookiesOf(req), deps)))
    .post(
      form(),
      page('login', async (req, deps) => row.begin(deliveryOf(req), deps)),
    )
    .all(page(purpose, async () => errorReply(405)))
  app.get(
    `/${purpose}/sign-in`,
    page('sign-in', async (req, deps) =>
      goOn({ id: queryOf(req, 'login'), cookies: cookiesOf(req) }, { purpose, ...row }, deps),
    ),
  )
  app.get(
    `/${purpose}/result`,
    page('result', async (req, deps) => showResult({ sealed: queryOf(req, 't'), purpose }, cookiesOf(req), deps)),
  )
  const { about } = row
  if (about)
    app.get(
      `/${purpose}/outcome`,
      page('outcome', async (req, deps, gone) =>
        about.outcome(queryOf(req, 't'), { cookies: cookiesOf(req), gone }, deps),
      ),
    )
}

/** Always answers, also after an error, and counts the answer. */
function counted(depsFor: DependenciesFor): Pages {
  return (name, answer) => async (req, res) => {
    const deps = depsFor(req)
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    const reply = await answer(req, deps, gone.signal).catch((error: unknown) => failedReply(error, deps))
    const { outcome } = reply
    deps.metrics.answered(name, outcome, isReason(outcome) ? ownerOf(outcome) : '')
    send(res, reply)
  }
}

function send(res: Response, { status, html, location, retryAfterSeconds, cookies = [] }: Reply): void {
  res.status(status)
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds))
  for (const cookie of cookies) res.append('Set-Cookie', cookie)
  if (status === 405) res.set('Allow', 'GET, HEAD, POST')
  if (location !== undefined) return void res.location(location).end()
  res.type('html').send(html)
}

// What express itself throws: a body that is too large, broken or not one of our forms.
function thrown(error: unknown, deps: Dependencies): Reply {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  if (status === 413) return errorReply(413)
  return status >= 400 && status < 500 ? errorReply(400) : failedReply(error, deps)
}

function headers({ origin }: Dependencies): express.RequestHandler[] {
  const styleHash = createHash('sha256').update(style).digest('base64')
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [`'sha256-${styleHash}'`],
        // Some browsers apply this also to every redirect after a form, so none of these leads away from here.
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // With no-referrer, browsers hide the origin of our own form too, and those without Sec-Fetch-Site could not prove it
    // (https://fetch.spec.whatwg.org/#append-a-request-origin-header). Other sites get neither.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: isPlainLoopback(origin) ? false : { maxAge: 2 * 365 * 86_400, includeSubDomains: false },
  })
  const privately: express.RequestHandler = (_req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', 'Permissions-Policy': 'camera=(), geolocation=(), microphone=()' })
    next()
  }
  return [secure, privately]
}

function onlyOurHost({ origin }: Dependencies): express.RequestHandler {
  return (req, res, next) => (isOurHost(req.headers.host, origin) ? next() : send(res, errorReply(421)))
}

function returnedOf(req: Request): Parameters<typeof finishLogin>[0] {
  return {
    state: queryOf(req, 'state'),
    code: queryOf(req, 'code') || undefined,
    error: queryOf(req, 'error') || undefined,
  }
}
