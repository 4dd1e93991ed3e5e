// What a person decides at the door with the session alone, because it gives nobody access: to deny a request that waits for
// them, to withdraw their own, and to say that they are done with their access. The rules are those of Slack.
import { z } from 'zod'
import type { AccessRequest } from '../../api/kinds.ts'
import { refuseComment } from '../../domain/approval/narrowing.ts'
import { type DecisionFacts, refuseDecision, refuseUnasked } from '../../domain/approval/eligibility.ts'
import { type Refusal, refusal, Refused } from '../../domain/outcome.ts'
import { isSamePerson } from '../../domain/people/identity.ts'
import { oneLine } from '../../domain/text.ts'
import { approverGroup } from '../../store/approver-group.ts'
import { decide, factsOf, findTarget, type Target } from '../../store/deciding.ts'
import { storeDone } from '../../store/done.ts'
import { type Dependencies, inHouse, no } from '../dependencies.ts'
import type { Delivery } from '../login/purpose.ts'
import { denyPage } from '../pages/deny-page.ts'
import type { Cookies } from '../web/cookies.ts'
import { formToken } from '../web/form-token.ts'
import { formNotRead, refusedReply, type Reply, statusOf } from '../web/reply.ts'
import { askToSignIn, markOf, senderOf, sessionOf } from './door.ts'
import { land, refOf } from './landing.ts'
import { accountOf, decideOptions } from './persons.ts'
import type { Session } from './session.ts'

const one = z.string().max(4000)
const fields = z.object({
  form: one,
  as: z.string().max(20),
  for: z.string().max(320),
  uid: z.string().max(64),
  comment: one.default(''),
})

/** A form that was sent by the person of the session, about one request. */
type Sent = { session: Session; target: Target; comment: string }

// A form that is sent twice is one decision.
const action = 'door'

/** GET /deny: what is denied, with a comment. */
export async function showDeny(named: string, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const session = sessionOf(cookies, deps)
  if (!session) return askToSignIn(cookies, deps)
  const ref = refOf(named)
  const request = ref && (await inHouse(deps.requests.get(ref)))
  const refused = await refuseToDeny(request, session, deps).catch(asRefusal)
  return refused || !request
    ? refusedAtDoor(refused ?? notForYou(), { cannot: 'deny this' })
    : formReply({ request, session, cookies, comment: '' }, deps)
}

// A Google group that cannot be read.
function asRefusal(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal
  throw error
}

/** POST /deny: stores the denial, or says why not. */
export async function deny(delivery: Delivery, deps: Dependencies): Promise<Reply> {
  return withForm(delivery, deps, { cannot: 'deny this' }, async ({ session, target, comment }) => {
    const request = await findTarget(target, decideOptions(deps))
    if (isStranger(await factsFor(request, session, deps))) throw no(notForYou())
    const problem = refuseComment(comment)
    if (problem) return formReply({ request, session, cookies: delivery.cookies, comment, problem }, deps)
    const person = accountOf(session)
    const denied = await decide({ verdict: 'Denied', target, person, action, comment }, decideOptions(deps))
    deps.log.info({ request: denied.metadata.name }, 'auth: a request was denied at the door')
    return land('denied', denied, 'Denied')
  })
}

/** POST /withdraw: stores that the person takes their own request back, or says why not. */
export async function withdraw(delivery: Delivery, deps: Dependencies): Promise<Reply> {
  return withForm(delivery, deps, { cannot: 'withdraw this' }, async ({ session, target }) => {
    const person = accountOf(session)
    const withdrawn = await decide({ verdict: 'Withdrawn', target, person, action }, decideOptions(deps))
    deps.log.info({ request: withdrawn.metadata.name }, 'auth: a request was withdrawn at the door')
    return land('withdrawn', withdrawn, 'Withdrawn')
  })
}

/** POST /done: stores that the person is done with their access, or says why not. */
export async function done(delivery: Delivery, deps: Dependencies): Promise<Reply> {
  return withForm(delivery, deps, { cannot: 'say that you are done with this' }, async ({ session, target }) => {
    const said = await storeDone(target, accountOf(session), decideOptions(deps))
    deps.log.info({ request: said.metadata.name }, 'auth: a holder said at the door that they are done')
    return land('done', said, 'Done')
  })
}

async function withForm(
  delivery: Delivery,
  deps: Dependencies,
  words: { cannot: string },
  act: (sent: Sent) => Promise<Reply>,
): Promise<Reply> {
  const read = fields.safeParse(delivery.body)
  const ref = read.success ? refOf(read.data.for) : undefined
  if (!read.success || !ref) return refusedReply(formNotRead())
  const { uid, comment } = read.data
  const sender = senderOf(read.data, delivery, deps)
  if ('answer' in sender) return sender.answer
  const sent = { session: sender.session, target: { ...ref, uid }, comment: oneLine(comment) }
  try {
    return await act(sent)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refusedAtDoor(error.refusal, words)
  }
}

function refusedAtDoor(refused: Refusal, { cannot }: { cannot: string }): Reply {
  return refusedReply(refused, { cannot, link: { label: 'Back to the list', href: '/' } })
}

// Who knows a name alone does not learn whether there is such a request, or what happened to it.
async function refuseToDeny(
  request: AccessRequest | undefined,
  session: Session,
  deps: Dependencies,
): Promise<Refusal | undefined> {
  const facts = request && (await factsFor(request, session, deps))
  return !facts || isStranger(facts) ? notForYou() : refuseDecision('deny', facts)
}

async function factsFor(request: AccessRequest, session: Session, deps: Dependencies): Promise<DecisionFacts> {
  const person = accountOf(session)
  const groups = await approverGroup(request, person, deps)
  return { ...factsOf(request, person, decideOptions(deps)), groups }
}

function isStranger(facts: DecisionFacts): boolean {
  const { request, person, people } = facts
  return !isSamePerson(request.spec.requester, person, people) && refuseUnasked(facts) !== undefined
}

function notForYou(): Refusal {
  return refusal('NotAnApprover', 'No request of this name waits for your decision.')
}

type Form = { request: AccessRequest; session: Session; cookies: Cookies; comment: string; problem?: Refusal }

function formReply({ request, session, cookies, comment, problem }: Form, deps: Dependencies): Reply {
  const { token, setCookie } = formToken(cookies, { purpose: 'door', origin: deps.origin })
  const form = { token, mark: markOf(session) }
  const html = denyPage({
    request,
    email: session.email,
    comment,
    form,
    problem: problem?.message,
    now: deps.clock.now(),
  })
  return {
    status: problem ? statusOf(problem) : 200,
    outcome: problem?.reason ?? 'Shown',
    html,
    cookies: [setCookie],
  }
}
