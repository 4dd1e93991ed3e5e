// A press of Approve. The button has opened the page, and nothing is decided: the gateway records that this person is
// looking at the request, for everybody to see. The page itself tells people who may not approve, so they get no answer.
import type { AccessRequest } from '../../api/kinds.ts'
import { instant } from '../../domain/asking/duration.ts'
import { refuseDecision } from '../../domain/approval/eligibility.ts'
import { type Look, lookersOf, withLook } from '../../domain/calling/looking.ts'
import type { Acting } from './acting.ts'
import { type Answer, othersLook } from './answers.ts'
import { approverGroup } from '../../store/approver-group.ts'
import { factsOf } from '../../store/deciding.ts'
import type { Dependencies } from './dependencies.ts'
import { type Click, readTarget } from './payload.ts'
import { answerTo, identify } from './steps.ts'

/** The controller writes at the same time; after more conflicts than this the press is not recorded. */
const attempts = 3

/** Records the press of a person who may approve. The answer names others who are looking, if there are any. */
export async function look(click: Click, deps: Dependencies): Promise<Answer | undefined> {
  const target = readTarget(click.value)
  if (!target) return undefined
  try {
    const person = await identify(click.actor, deps)
    for (let attempt = 0; attempt < attempts; attempt++) {
      const request = await deps.requests.get(target)
      if (request?.metadata.uid !== target.uid || !(await mayApprove(request, person, deps))) return undefined
      if ((await store(request, person, deps)) !== 'conflict') return answerFor(request, person, deps)
    }
  } catch (error) {
    answerTo(error, deps)
  }
  return undefined
}

// Google is asked last, and only about a person whom a group alone may let in.
async function mayApprove(request: AccessRequest, person: Acting, deps: Dependencies): Promise<boolean> {
  const facts = factsOf(request, person, deps)
  const refused = refuseDecision('approve', facts)
  if (refused?.reason !== 'NotAnApprover') return refused === undefined
  const groups = await approverGroup(request, person, deps)
  return groups !== undefined && refuseDecision('approve', { ...facts, groups }) === undefined
}

async function store(request: AccessRequest, person: Acting, { requests, clock }: Dependencies): Promise<unknown> {
  const { slackUserID, email } = person
  const looks = withLook(request, { at: instant(clock.now()), slackUserID, email })
  return looks && requests.patchStatus(request, { looking: looks })
}

function answerFor(request: AccessRequest, person: Acting, { clock }: Dependencies): Answer | undefined {
  const others: Look[] = lookersOf(request, clock.now()).filter(({ slackUserID }) => slackUserID !== person.slackUserID)
  return others.length > 0 ? othersLook(request, others) : undefined
}
