// What a sign-in for approving stores, and when a request can no longer be approved.
import type { AccessRequest, Narrowing } from '../../api/kinds.ts'
import { decisionId, decisionOf, judgeApproval } from '../../domain/approval/approval.ts'
import { grantsLeft, type Terms } from '../../domain/approval/narrowing.ts'
import type { Refusal } from '../../domain/outcome.ts'
import { approvalsOf, approvedNarrowing, met } from '../../domain/approval/quorum.ts'
import { wantedBy } from '../../domain/granting/wanted.ts'
import { approverGroup } from '../../store/approver-group.ts'
import { isSameSecret } from '../web/cookies.ts'
import { type Dependencies, no } from '../dependencies.ts'
import { mappingOf, type OpenedRequest } from '../web/opening.ts'
import type { PendingLogin } from '../login/pending-login.ts'
import { type Recording, resourcesOf } from '../login/recording.ts'

/** Why nobody can approve the request as it is, or on these terms. */
export function refuseNow({ request, mapping }: OpenedRequest, deps: Dependencies, terms?: Terms): Refusal | undefined {
  const { people, clock } = deps
  const facts = { request, mapping, people, organisation: deps, now: clock.now(), ...(terms && { terms }) }
  return judgeApproval({ occasion: 'show', ...facts })
}

/** Approving. */
export const approval: Recording = {
  refuseNow: (opened, deps) => refuseNow(opened, deps),
  resourcesOf: (request, { login }) => resourcesOf(grantsLeft(request.spec, agreed(request, login))),
  wantedOf: (request, { login }, now) => wantedBy(request, agreed(request, login), now),
  keepsToken: request => approvalsOf(request).length + 1 >= request.spec.approval.required,
  isRecorded: ({ status }, hash) => status?.decisions?.some(({ id }) => id === decisionId(hash)) ?? false,
  isStored: (request, salt) =>
    approvalsOf(request).some(({ evidence }) => evidence !== undefined && isSameSecret(evidence.salt, salt)),
  lookUp: async (signedIn, deps) => {
    const { email } = signedIn.claims
    const groups = await approverGroup(signedIn.opened.request, { email }, deps)
    return groups ? { ...signedIn, groups } : signedIn
  },
  judge: (request, { login, tokens, claims, groups }, { hash, deps }) => {
    const { people, oauthClientID: audience, clock } = deps
    const now = clock.now()
    const judged = judgeApproval({
      occasion: 'approve',
      request,
      mapping: mappingOf(request, deps),
      people,
      organisation: deps,
      now,
      groups,
      terms: login,
      signIn: { claims, accessToken: tokens.accessToken, audience },
      scopes: tokens.scopes,
    })
    if ('refused' in judged) throw no(judged.refused)
    return { decisions: [...(request.status?.decisions ?? []), decisionOf(judged, login, { hash, now })] }
  },
}

/** What everybody who has approved agrees on, with this sign-in. */
function agreed(request: AccessRequest, { narrowing }: Pick<PendingLogin, 'narrowing'>): Narrowing | undefined {
  return met(request.spec, [approvedNarrowing(request), narrowing])
}
