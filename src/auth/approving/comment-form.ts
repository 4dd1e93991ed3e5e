// A page whose form has only a comment: what it is about is the request itself. Reading it changes nothing; the form begins
// a login with Google. Nobody is refused here for who they are: that is judged when Google has said it.
import { z } from 'zod'
import type { AccessRequest, RequestSpec } from '../../api/kinds.ts'
import { type Commitment, nonceOf, type Purpose } from '../../domain/approval/digest.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { refuseComment } from '../../domain/approval/narrowing.ts'
import type { Refusal } from '../../domain/outcome.ts'
import { oneLine } from '../../domain/text.ts'
import { random, refuseForm, startLogin } from '../login/beginning.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, type Place, placeOf } from '../dependencies.ts'
import { formToken } from '../web/form-token.ts'
import { rememberBrowser } from '../login/known-browser.ts'
import { choiceItem, lastChoice } from './last-choice.ts'
import { findRequest, openTicket, type OpenedRequest } from '../web/opening.ts'
import type { About, Delivery, PurposeRow } from '../login/purpose.ts'
import type { Recording } from '../login/recording.ts'
import { formNotRead, refusedReply, type Reply, statusOf } from '../web/reply.ts'

/** What the page of a form shows. */
export type CommentPage = {
  request: AccessRequest
  mapping: Mapping | undefined
  comment: string
  ticket: string
  formToken: string
  now: Date
  /** What was wrong with the form as it was sent. */
  problem?: string | undefined
}

type Of = {
  purpose: Purpose
  recording: Pick<Recording, 'refuseNow'>
  commitment: (request: AccessRequest, terms: { salt: string; comment: string | undefined }) => Commitment
  page: (page: CommentPage, deps: Dependencies) => string
  became: About['became']
}

const one = z.string().max(4000)
const fields = z.object({ t: one, form: one, comment: one.default('') })

/** The two halves of such a page. */
export function commentForm(of: Of): Pick<PurposeRow, 'show' | 'begin'> {
  const { purpose, recording, became } = of
  return {
    show: async (sealed, cookies, deps) => {
      const opened = await findRequest(await openTicket({ sealed, purpose }, deps), deps)
      const place = placeOf(deps)
      const refused = recording.refuseNow(opened, deps)
      if (refused) return became(opened, refused, { deps, sealed, cookies, place })
      const comment = lastChoice(sealed, opened.request.spec, { cookies, place })?.comment ?? ''
      return formReply({ of, opened, sealed, comment, cookies }, deps)
    },
    begin: async (delivery, deps) => begin(of, delivery, deps),
  }
}

async function begin(of: Of, delivery: Delivery, deps: Dependencies): Promise<Reply> {
  const { purpose, recording, commitment, became } = of
  const sent = fields.safeParse(delivery.body)
  if (!sent.success) return refusedReply(formNotRead())
  const { t: sealed, form: token } = sent.data
  const forged = refuseForm({ token, purpose }, delivery, deps)
  if (forged) return refusedReply(forged.refusal)
  const { cookies } = delivery
  const opened = await findRequest(await openTicket({ sealed, purpose }, deps), deps)
  const refused = recording.refuseNow(opened, deps)
  if (refused) return became(opened, refused, { deps, sealed, cookies, place: placeOf(deps) })
  // The nonce commits to the text that Slack and kubectl will show.
  const comment = oneLine(sent.data.comment)
  const problem = refuseComment(comment)
  if (problem) return formReply({ of, opened, sealed, comment, cookies, problem }, deps)
  const terms = { salt: random(), comment: comment || undefined }
  const nonce = nonceOf(commitment(opened.request, terms))
  const kept = choiceItem(sealed, terms)
  const login = { ...terms, purpose, nonce, ticket: sealed, narrowing: undefined }
  return startLogin({ login, items: kept ? [kept] : [], cookies }, deps)
}

type Form = {
  of: Of
  opened: OpenedRequest
  sealed: string
  comment: string
  cookies: Cookies
  problem?: Refusal | undefined
}

function formReply({ of, opened, sealed, comment, cookies, problem }: Form, deps: Dependencies): Reply {
  const { request, mapping } = opened
  const { origin, clock, cookieKey: key } = deps
  const { token, setCookie } = formToken(cookies, { purpose: of.purpose, origin })
  const now = clock.now()
  const page = { request, mapping, comment, ticket: sealed, formToken: token, now, problem: problem?.message }
  return {
    status: problem ? statusOf(problem) : 200,
    outcome: problem?.reason ?? 'Shown',
    html: of.page(page, deps),
    cookies: [setCookie, rememberBrowser({ origin, now, key })],
  }
}

/** The fields of the form as this browser sent it last for this link. */
export function chosenComment(
  sealed: string,
  spec: RequestSpec,
  at: { cookies: Cookies; place: Place },
): (readonly [string, string])[] | undefined {
  return [['comment', lastChoice(sealed, spec, at)?.comment ?? '']]
}
