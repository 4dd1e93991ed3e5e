// What a sign-in for a review stores, and when there is nothing to review. It needs no right on any resource.
import { isRefusal } from '../../domain/approval/evidence.ts'
import { judgeReview, refuseToReview, reviewId, reviewOf } from '../../domain/review/reviewing.ts'
import { isSameSecret } from '../web/cookies.ts'
import { no } from '../dependencies.ts'
import type { Recording } from '../login/recording.ts'

/** Signing an emergency off. */
export const review: Recording = {
  refuseNow: ({ request }, { clock }) => refuseToReview(request, clock.now()),
  resourcesOf: () => [],
  // Nothing is written with it.
  keepsToken: () => false,
  isRecorded: ({ status }, hash) => status?.reviews?.some(({ id }) => id === reviewId(hash)) ?? false,
  isStored: ({ status }, salt) => status?.reviews?.some(({ evidence }) => isSameSecret(evidence.salt, salt)) ?? false,
  judge: (request, { login, tokens, claims }, { hash, deps }) => {
    const { oauthClientID: audience, hostedDomains, people, clock } = deps
    const now = clock.now()
    const signIn = { claims, accessToken: tokens.accessToken, audience }
    const person = judgeReview({ occasion: 'review', request, people, hostedDomains, now, signIn, terms: login })
    if (isRefusal(person)) throw no(person)
    return { reviews: [...(request.status?.reviews ?? []), reviewOf(person, login, { hash, now })] }
  },
}
