// The page for a return from Google that this browser did not begin, or cannot prove that it began.
import { cookieName } from '../web/cookies.ts'
import type { Dependencies } from '../dependencies.ts'
import { entryOf } from '../../domain/refusals.ts'
import { notBegunHerePage } from '../pages/not-begun-here-page.ts'
import type { Reply } from '../web/reply.ts'

/** Its path. */
export const notBegunHerePath = '/approve/not-here'

/** GET /approve/not-here. */
export function notBegunHere({ origin }: Pick<Dependencies, 'origin'>): Reply {
  const { status, headline } = entryOf('NotBegunHere')
  const html = notBegunHerePage({ headline, cookie: cookieName('hallpass-login-', origin) })
  return { status, outcome: 'NotBegunHere', html }
}
