// The addresses of the second door and of the rehearsal.
import type { Express, RequestHandler } from 'express'
import { cookiesOf, deliveryOf, type Pages, queryOf } from '../web/incoming.ts'
import { errorReply } from '../web/reply.ts'
import { ask, showAsk } from './asking.ts'
import { deny, done, showDeny, withdraw } from './deciding.ts'
import { doorPath, sessionVisit, showDoor, signOut } from './door.ts'
import { landingOf } from './landing.ts'
import { showMe } from './me.ts'
import { rehearsal } from './rehearsing.ts'
import { beginVisit, goOnVisit, type VisitKinds, visitPath } from './visits.ts'

/** The purposes of sign-ins that are about no request. */
export const kinds: VisitKinds = { session: sessionVisit, rehearse: rehearsal }

/** Adds them. `form` reads the body of a form. */
export function doorRoutes(app: Express, page: Pages, form: RequestHandler): void {
  app
    .route(doorPath)
    .get(
      page('door', async (req, deps) =>
        showDoor(
          landingOf(name => queryOf(req, name)),
          cookiesOf(req),
          deps,
        ),
      ),
    )
    .all(page('door', async () => errorReply(405)))
  app
    .route(visitPath)
    .get(page('sign-in', async (req, deps) => goOnVisit(queryOf(req, 'visit'), cookiesOf(req), { ...deps, kinds })))
    .post(
      form,
      page('login', async (req, deps) => beginVisit('session', deliveryOf(req), deps)),
    )
    .all(page('sign-in', async () => errorReply(405)))
  app
    .route('/sign-out')
    .post(
      form,
      page('door', async (req, deps) => signOut(deliveryOf(req), deps)),
    )
    .all(page('door', async () => errorReply(405)))
  app
    .route('/ask')
    .get(
      page('ask', async (req, deps) =>
        showAsk({ named: queryOf(req, 'for'), after: queryOf(req, 'after') }, cookiesOf(req), deps),
      ),
    )
    .post(
      form,
      page('ask', async (req, deps) => ask(deliveryOf(req), deps)),
    )
    .all(page('ask', async () => errorReply(405)))
  app
    .route('/deny')
    .get(page('decide', async (req, deps) => showDeny(queryOf(req, 'for'), cookiesOf(req), deps)))
    .post(
      form,
      page('decide', async (req, deps) => deny(deliveryOf(req), deps)),
    )
    .all(page('decide', async () => errorReply(405)))
  for (const [path, act] of Object.entries({ '/withdraw': withdraw, '/done': done }))
    app
      .route(path)
      .post(
        form,
        page('decide', async (req, deps) => act(deliveryOf(req), deps)),
      )
      .all(page('decide', async () => errorReply(405)))
  app
    .route('/me')
    .get(page('me', async (req, deps) => showMe(cookiesOf(req), deps)))
    .post(
      form,
      page('login', async (req, deps) => beginVisit('rehearse', deliveryOf(req), deps)),
    )
    .all(page('me', async () => errorReply(405)))
}
