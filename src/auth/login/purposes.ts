// What people sign in for: one row for each purpose. The purpose is part of the link's ticket and of its AAD, of the page's
// address, of the form's token, of the login's cookie, of the nonce that Google signs, and of the seal of the tokens. So
// nothing that was made for one purpose is accepted for another.
//
// How to add one:
// 1. Its word in `purposes` (domain/approval/digest.ts), and in `acceptedAs` (domain/audit/metric-labels.ts), which counts it.
// 2. What its nonce commits to: a function like `endingCommitment` in the domain.
// 3. Its page in pages/, and its handlers in a separate file. ending.ts with revocation.ts is the example: `show` and
//    `begin` are what differs (comment-form.ts has them for a form with a comment only); `refuseForm`, `startLogin` and
//    `finishWith` do the rest. A purpose that is about no stored
//    request has no `about`, and its `finish` calls `exchange` (sign-in.ts).
// 4. Its row here. The routes, the way to Google and back, and the page of a failed sign-in follow from it.
// 5. The link to its page, if it needs one: controller/telling/links.ts.
// test/auth/login/purposes.test.ts attacks every pair of purposes by itself.
import type { Purpose } from '../../domain/approval/digest.ts'
import { approval } from '../approving/approval.ts'
import { approved, approvedOutcome, beginApproval, chosenTerms, showApproval } from '../approving/approving.ts'
import { chosenComment } from '../approving/comment-form.ts'
import { ended, endedOutcome, endingForm } from '../ending/ending.ts'
import { finishWith } from './finishing.ts'
import type { PurposeRow, Words } from './purpose.ts'
import { review } from '../reviewing/review.ts'
import { reviewed, reviewedOutcome, reviewForm } from '../reviewing/reviewing.ts'
import { revocation } from '../ending/revocation.ts'

const toApprove: Words = {
  cannot: 'approve this',
  must: 'approve',
  nothing: 'Nothing was approved.',
  goingOn: 'Nothing is approved before you have signed in there.',
}
const toRevoke: Words = {
  cannot: 'end this access',
  must: 'end it',
  nothing: 'Nothing was ended.',
  goingOn: 'Nothing is ended before you have signed in there.',
}

const toReview: Words = {
  cannot: 'review this',
  must: 'review it',
  nothing: 'Nothing was reviewed.',
  goingOn: 'Nothing is reviewed before you have signed in there.',
}

/** Every purpose. */
export const purposeRows: Readonly<Record<Purpose, PurposeRow>> = {
  approve: {
    access: 'cloud',
    words: toApprove,
    show: showApproval,
    begin: beginApproval,
    finish: finishWith({ recording: approval, words: toApprove }),
    about: { recording: approval, became: approved, chosen: chosenTerms, outcome: approvedOutcome },
  },
  revoke: {
    access: 'cloud',
    words: toRevoke,
    ...endingForm,
    finish: finishWith({ recording: revocation, words: toRevoke }),
    about: { recording: revocation, became: ended, chosen: chosenComment, outcome: endedOutcome },
  },
  review: {
    access: 'identity',
    words: toReview,
    ...reviewForm,
    finish: finishWith({ recording: review, words: toReview }),
    about: { recording: review, became: reviewed, chosen: chosenComment, outcome: reviewedOutcome },
  },
}
