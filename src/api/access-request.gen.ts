// Generated from crds/accessrequests.yaml by npm run generate. Do not edit.
import type { ObjectMeta } from './meta.ts'

/**
 * An AccessRequest is one person's request for the roles of one RoleMapping, for a limited time. It is created from Slack, approved by a person whose identity Google has confirmed, and ends by itself.
 */
export interface AccessRequest {
  apiVersion: 'hallpass.dev/v1alpha1'
  kind: 'AccessRequest'
  metadata: ObjectMeta
  /**
   * What was asked. It never changes; its digest is part of what the approver signs in for.
   */
  spec: {
    /**
     * Name of the RoleMapping in the same namespace.
     */
    roleMapping: string
    /**
     * The person who asks.
     */
    requester: {
      /**
       * Google e-mail address of the person, in lower case.
       */
      email: string
      /**
       * Slack user id (U… or W…).
       */
      slackUserID?: string
      /**
       * Google's stable id of the account that signed in to ask on the web. Nobody approves with the account that asked, whatever its address is.
       */
      googleSubject?: string
      /**
       * The name that the person chose. It proves nothing; only the email address does.
       */
      name?: string
    }
    /**
     * Where it was asked.
     */
    origin: 'slack' | 'web'
    /**
     * How long the access lasts, such as 30m or 1h30m; 1s at least, 168h at most.
     */
    duration: string
    /**
     * Why access is needed, in the requester's words.
     */
    reason: string
    /**
     * The earliest instant at which access may begin, in whole seconds of UTC.
     */
    notBefore?: string
    /**
     * The same time of each day, by the clock of a zone, until an instant. The access is in force only in these times, which are part of the binding's condition. duration is the length of one of them.
     */
    window?: {
      /**
       * A place of the IANA time zone database, such as Europe/Berlin, or UTC.
       */
      zone: string
      /**
       * When it opens, such as "22:00".
       */
      from: string
      /**
       * When it closes, such as "02:00". If it is not later than from, it is on the next day.
       */
      to: string
      /**
       * The end of the last of these times, in whole seconds of UTC.
       */
      until: string
    }
    /**
     * The earlier request of the same person that this one continues. It is information for people; no rule reads it.
     */
    follows?: {
      /**
       * Its name.
       */
      name: string
      /**
       * Its uid.
       */
      uid: string
    }
    /**
     * Where in Slack it was asked.
     */
    slack?: {
      /**
       * Slack workspace id.
       */
      teamID: string
      /**
       * Slack channel id.
       */
      channelID: string
      /**
       * SHA-256 (hex) of workspace and trigger, to recognise a repeated delivery.
       */
      triggerDigest: string
    }
    /**
     * Whether it was asked as an emergency. Then approval is a copy of the mapping's rules for emergencies.
     */
    emergency?: boolean
    /**
     * Copy of the mapping's rules for the review of an emergency, at the time of the request.
     */
    review?: {
      /**
       * The second Slack channel, which is told of the emergency.
       */
      channel: string
      /**
       * How long after its end the access can be reviewed.
       */
      within: string
      /**
       * Who may review it, unless they asked or approved.
       */
      reviewers: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * A Slack user group, by id (S…).
         */
        slackUserGroup?: string
      }
    }
    /**
     * Copy of the mapping's grants at the time of the request. Exactly these are granted, or fewer.
     *
     * @minItems 1
     * @maxItems 10
     */
    grants: {
      /**
       * The Google Cloud resource - "projects/ID", "folders/NUMBER" or "organizations/NUMBER", or the full name of a bucket, secret, key, Cloud Run service, table, instance, database or service account, such as "//storage.googleapis.com/projects/_/buckets/BUCKET". A project can be named by its number, and an ID can have a domain before it, as in "projects/example.com:prod-eu".
       */
      resource: string
      /**
       * The IAM role.
       */
      role: string
      /**
       * The mapping's IAM condition in CEL. It is combined with the time by &&.
       */
      condition?: string
    }[]
    /**
     * Copy of the mapping's hours at the time of the request. Access works only while one of these spans is open. Absent when it works at any time.
     */
    hours?: {
      /**
       * The time zone, as a place of the IANA database, or UTC.
       */
      zone: string
      /**
       * Times of the week.
       *
       * @minItems 1
       * @maxItems 4
       */
      spans: {
        /**
         * The days on which it begins. Absent when on every day.
         *
         * @minItems 1
         * @maxItems 7
         */
        days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[]
        /**
         * When it begins, by the clock of the zone.
         */
        from: string
        /**
         * When it ends. If it is not later than from, on the next day.
         */
        to: string
      }[]
    }
    /**
     * Copy of the mapping's approval rules at the time of the request.
     */
    approval: {
      /**
       * How many people must approve.
       */
      required: number
      /**
       * How long the request waits for a decision.
       */
      window: string
      /**
       * How long to wait for an answer before the next level is tagged.
       */
      escalateAfter: string
      /**
       * The policy or schedule in PagerDuty that names the approvers.
       */
      onCall?: {
        /**
         * Id of a PagerDuty escalation policy.
         */
        escalationPolicy?: string
        /**
         * Id of a PagerDuty schedule.
         */
        schedule?: string
        /**
         * The escalation level that is asked first.
         */
        level?: number
      }
      /**
       * Who is asked when PagerDuty names nobody or does not answer.
       */
      fallback?: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * A Slack user group, by id (S…).
         */
        slackUserGroup?: string
      }
      /**
       * Persons who may approve in addition to those who were tagged.
       */
      allowed?: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * The Google groups whose members may approve, by address.
         *
         * @maxItems 5
         */
        googleGroups?: string[]
      }
      /**
       * Whether only those who were tagged may approve.
       */
      onlyOnCall: boolean
    }
  }
  /**
   * What has happened to the request. Only Hallpass writes it.
   */
  status?: {
    /**
     * The state of the request, derived from the other fields for printing and selecting.
     */
    phase?:
      'Pending' | 'Approved' | 'Provisioned' | 'Expired' | 'Denied' | 'TimedOut' | 'Withdrawn' | 'Revoked' | 'Failed'
    /**
     * The generation that the conditions are about; -1 before the first.
     */
    observedGeneration?: number
    /**
     * Routed, Approved, Provisioned, Complete and Accounted, by the conventions of the Kubernetes API, and Reviewed of an emergency. Also Reconciling while it is not known how the request ends, and Stalled when it needs a person, for tools that read these two of every kind.
     *
     * @maxItems 7
     */
    conditions?: {
      /**
       * What the condition is about.
       */
      type: string
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown'
      /**
       * The generation that was seen.
       */
      observedGeneration?: number
      /**
       * When the status last flipped.
       */
      lastTransitionTime: string
      /**
       * One CamelCase word.
       */
      reason: string
      /**
       * A sentence for a person.
       */
      message: string
    }[]
    /**
     * Who was asked to approve. They stay eligible until the window ends.
     *
     * @maxItems 20
     */
    approvers?: {
      /**
       * Google e-mail address of the person, in lower case.
       */
      email: string
      /**
       * Slack user id (U… or W…).
       */
      slackUserID?: string
      /**
       * The name that the person chose. It proves nothing; only the email address does.
       */
      name?: string
      /**
       * Escalation level; 0 is the fallback.
       */
      level: number
      /**
       * Why this person was asked.
       */
      why: string
      /**
       * When this person was found.
       */
      at: string
    }[]
    /**
     * What came before this request, of the same person for the same mapping, as the controller found it when the request began. The people asked now can read it.
     */
    earlier?: {
      /**
       * The last decision of an approver in the 24 hours before, if it was a denial.
       */
      denial?: {
        /**
         * When it was denied.
         */
        at: string
        /**
         * Google e-mail address of the person, in lower case.
         */
        email?: string
        /**
         * The name that the person chose.
         */
        name?: string
        /**
         * The beginning of what they said.
         */
        comment?: string
      }
      /**
       * The people mentioned for an earlier request that was withdrawn. They are not mentioned again within its window.
       */
      called?: {
        /**
         * When they were mentioned first.
         */
        at: string
        /**
         * Their Slack user ids.
         *
         * @maxItems 8
         */
        who: string[]
      }
      /**
       * Access by an earlier request that had not ended when this one was made.
       */
      holding?: {
        /**
         * When it begins.
         */
        from?: string
        /**
         * When it ends.
         */
        until: string
        /**
         * When it works, in words. Absent when at any time.
         */
        hours?: string
      }
      /**
       * How much access of this person to this mapping comes together within some time, by earlier requests and by this one as it was asked. Absent when no earlier one counts.
       */
      held?: {
        /**
         * How many requests give it.
         */
        times: number
        /**
         * How long it lasts in all.
         */
        duration: string
        /**
         * Within which time.
         */
        within: string
      }
    }
    /**
     * The progress of the search for approvers.
     */
    routing?: {
      /**
       * When approvers were last looked for.
       */
      at: string
      /**
       * The escalation level that was asked last.
       */
      level?: number
      /**
       * Since when PagerDuty has not answered.
       */
      silentSince?: string
    }
    /**
     * The one message in Slack.
     */
    message?: {
      /**
       * Slack channel id.
       */
      channel: string
      /**
       * When posting was first attempted.
       */
      intentAt: string
      /**
       * Slack's id of the message (a timestamp).
       */
      ts?: string
      /**
       * Address of the message.
       */
      permalink?: string
      /**
       * Digest of what the message shows now.
       */
      shown?: string
    }
    /**
     * The page that was raised in PagerDuty because nobody answered. Its key there is "hallpass-" and the request's uid.
     */
    page?: {
      /**
       * The name of the route in the settings.
       */
      route: string
      /**
       * When it was decided to page.
       */
      intentAt: string
      /**
       * The last event that PagerDuty has taken.
       */
      sent?: 'trigger' | 'acknowledge' | 'resolve'
      /**
       * When PagerDuty took it.
       */
      at?: string
      /**
       * Why nothing more is sent - the reason in one word.
       */
      refused?: string
    }
    /**
     * The message about an emergency in the mapping's second channel.
     */
    alert?: {
      /**
       * Slack channel id.
       */
      channel: string
      /**
       * When posting was first attempted.
       */
      intentAt: string
      /**
       * Slack's id of the message (a timestamp).
       */
      ts?: string
      /**
       * Digest of what the message shows now.
       */
      shown?: string
      /**
       * Why it could not be posted.
       */
      why?: string
    }
    /**
     * The people who were asked to review an emergency, as they were found in Slack.
     *
     * @maxItems 10
     */
    reviewers?: {
      /**
       * Google e-mail address of the person, in lower case.
       */
      email: string
      /**
       * Slack user id (U… or W…).
       */
      slackUserID?: string
      /**
       * The name that the person chose. It proves nothing; only the email address does.
       */
      name?: string
    }[]
    /**
     * The notifications that people got, each once.
     *
     * @maxItems 16
     */
    told?: {
      /**
       * The kind of notification.
       */
      what: string
      /**
       * When.
       */
      at: string
    }[]
    /**
     * The decisions, in order. Approvals count until spec.approval.required of them are there; the first denial or withdrawal before that decides. A decision is never changed, moved or removed.
     *
     * @maxItems 6
     */
    decisions?: {
      /**
       * Unique within the request.
       */
      id: string
      /**
       * What was decided.
       */
      verdict: 'Approved' | 'Denied' | 'Withdrawn'
      /**
       * Who decided.
       */
      who: {
        /**
         * Google e-mail address of the person, in lower case.
         */
        email?: string
        /**
         * Slack user id (U… or W…).
         */
        slackUserID?: string
        /**
         * Google's stable id of the person.
         */
        googleSubject?: string
      }
      /**
       * When, in whole seconds of UTC.
       */
      at: string
      /**
       * The person's comment.
       */
      comment?: string
      /**
       * The part of the request that the approver chose, if it is less than was asked.
       */
      narrowing?: {
        /**
         * A shorter duration.
         */
        duration?: string
        /**
         * Positions in spec.grants that are granted; the others are not.
         *
         * @minItems 1
         * @maxItems 10
         */
        grants?: number[]
      }
      /**
       * The facts that Google confirmed. The token itself is sealed and never stored here.
       */
      evidence?: {
        /**
         * SHA-256 (hex) of the ID token.
         */
        hash: string
        /**
         * The nonce's 32 random bytes (base64url).
         */
        salt: string
        /**
         * The claims that were verified.
         */
        claims: {
          /**
           * Issuer.
           */
          iss: string
          /**
           * OAuth client.
           */
          aud: string
          /**
           * Subject.
           */
          sub: string
          /**
           * E-mail address.
           */
          email: string
          /**
           * Workspace domain.
           */
          hd?: string
          /**
           * Issued at (seconds).
           */
          iat: number
          /**
           * Expires at (seconds).
           */
          exp: number
          /**
           * The nonce.
           */
          nonce: string
        }
        /**
         * Whether the ID token was kept, to be published in the audit log after it has expired. Absent in entries of releases that did not keep it.
         */
        kept?: boolean
      }
    }[]
    /**
     * Who wants the access to end before its time, in order. Revoked is a person whom Google has confirmed; Done is the holder's wish, which removes nothing by itself. An entry is never changed, moved or removed.
     *
     * @maxItems 8
     */
    endings?: {
      /**
       * Unique within the request.
       */
      id: string
      /**
       * What is wanted.
       */
      verdict: 'Revoked' | 'Done'
      /**
       * Who decided.
       */
      who: {
        /**
         * Google e-mail address of the person, in lower case.
         */
        email?: string
        /**
         * Slack user id (U… or W…).
         */
        slackUserID?: string
        /**
         * Google's stable id of the person.
         */
        googleSubject?: string
      }
      /**
       * When, in whole seconds of UTC.
       */
      at: string
      /**
       * The person's comment.
       */
      comment?: string
      /**
       * The facts that Google confirmed. The token itself is sealed and never stored here.
       */
      evidence?: {
        /**
         * SHA-256 (hex) of the ID token.
         */
        hash: string
        /**
         * The nonce's 32 random bytes (base64url).
         */
        salt: string
        /**
         * The claims that were verified.
         */
        claims: {
          /**
           * Issuer.
           */
          iss: string
          /**
           * OAuth client.
           */
          aud: string
          /**
           * Subject.
           */
          sub: string
          /**
           * E-mail address.
           */
          email: string
          /**
           * Workspace domain.
           */
          hd?: string
          /**
           * Issued at (seconds).
           */
          iat: number
          /**
           * Expires at (seconds).
           */
          exp: number
          /**
           * The nonce.
           */
          nonce: string
        }
        /**
         * Whether the ID token was kept, to be published in the audit log after it has expired. Absent in entries of releases that did not keep it.
         */
        kept?: boolean
      }
    }[]
    /**
     * The endings that were not carried out. The access goes on until its time.
     *
     * @maxItems 8
     */
    endingsRefused?: {
      /**
       * The id of the ending.
       */
      id: string
      /**
       * The reason in one word.
       */
      reason: string
      /**
       * Why not.
       */
      message: string
      /**
       * When it was refused.
       */
      at: string
    }[]
    /**
     * For which wish of the holder the controller has asked the janitor to remove the access, and when. Only where a janitor is installed. Written once.
     */
    removalAsked?: {
      /**
       * The id of the ending.
       */
      ending: string
      /**
       * When.
       */
      at: string
      /**
       * The identity of the janitor at Google.
       */
      janitor: string
    }
    /**
     * What the janitor has found out. Only the janitor writes it, once, when it was asked.
     */
    removal?: {
      /**
       * One for each of status.grants. Removed - Google confirmed that the janitor removed it. Gone - it is not there any more, and nobody can say by whom. Left - it is still there. Unknown - Google did not answer.
       *
       * @minItems 1
       * @maxItems 10
       */
      states: ('Removed' | 'Gone' | 'Left' | 'Unknown')[]
      /**
       * Why something is left.
       */
      why?: string
    }
    /**
     * Who has signed an emergency off after its end, in order: a person whom Google has confirmed. An entry is never changed, moved or removed.
     *
     * @maxItems 3
     */
    reviews?: {
      /**
       * Unique within the request.
       */
      id: string
      /**
       * Who decided.
       */
      who: {
        /**
         * Google e-mail address of the person, in lower case.
         */
        email?: string
        /**
         * Slack user id (U… or W…).
         */
        slackUserID?: string
        /**
         * Google's stable id of the person.
         */
        googleSubject?: string
      }
      /**
       * When, in whole seconds of UTC.
       */
      at: string
      /**
       * The person's comment.
       */
      comment?: string
      /**
       * The facts that Google confirmed. The token itself is sealed and never stored here.
       */
      evidence: {
        /**
         * SHA-256 (hex) of the ID token.
         */
        hash: string
        /**
         * The nonce's 32 random bytes (base64url).
         */
        salt: string
        /**
         * The claims that were verified.
         */
        claims: {
          /**
           * Issuer.
           */
          iss: string
          /**
           * OAuth client.
           */
          aud: string
          /**
           * Subject.
           */
          sub: string
          /**
           * E-mail address.
           */
          email: string
          /**
           * Workspace domain.
           */
          hd?: string
          /**
           * Issued at (seconds).
           */
          iat: number
          /**
           * Expires at (seconds).
           */
          exp: number
          /**
           * The nonce.
           */
          nonce: string
        }
        /**
         * Whether the ID token was kept, to be published in the audit log after it has expired. Absent in entries of releases that did not keep it.
         */
        kept?: boolean
      }
    }[]
    /**
     * The reviews that do not count.
     *
     * @maxItems 3
     */
    reviewsRefused?: {
      /**
       * The id of the review.
       */
      id: string
      /**
       * The reason in one word.
       */
      reason: string
      /**
       * Why not.
       */
      message: string
      /**
       * When it was refused.
       */
      at: string
    }[]
    /**
     * E-mail address of the person who has reviewed an emergency.
     */
    reviewedBy?: string
    /**
     * Who pressed Approve in Slack and may be reading the page. It decides nothing.
     *
     * @maxItems 6
     */
    looking?: {
      /**
       * When, in whole seconds of UTC.
       */
      at: string
      /**
       * Slack user id (U… or W…).
       */
      slackUserID: string
      /**
       * Google e-mail address of the person, in lower case.
       */
      email: string
    }[]
    /**
     * The ends of the ID tokens that were kept of approvals, early ends and reviews: Published in the audit log, or Lost. The request is settled when none waits.
     *
     * @maxItems 17
     */
    evidence?: {
      /**
       * The id of the decision, ending or review.
       */
      id: string
      /**
       * Its end.
       */
      state: 'Published' | 'Lost'
      /**
       * When that was known.
       */
      at: string
    }[]
    /**
     * Decisions that were refused - how many, and the last few.
     */
    attempts?: {
      /**
       * How many.
       */
      count: number
      /**
       * The last few.
       *
       * @maxItems 5
       */
      last?: {
        /**
         * When.
         */
        at: string
        /**
         * Who tried.
         */
        who: string
        /**
         * Why it was refused.
         */
        why: string
      }[]
    }
    /**
     * How many of the refused attempts the audit log has.
     */
    attemptsLogged?: number
    /**
     * E-mail address of the approver; with several, all of them in order, separated by commas. The last one is the person as whom the grants are written.
     */
    approvedBy?: string
    /**
     * E-mail address of the person whose decision was carried out - who approved, denied or withdrew it. While more approvals are awaited, how many there are, such as "1 of 2".
     */
    decidedBy?: string
    /**
     * How many approvals the controller has verified while more are awaited. They are verified again when all are there.
     */
    approvalsCounted?: number
    /**
     * The instant at which access begins.
     */
    startsAt?: string
    /**
     * The instant at which access ends - IAM itself enforces it.
     */
    expiresAt?: string
    /**
     * When the request ended.
     */
    endedAt?: string
    /**
     * One entry for each of spec.grants that is granted.
     *
     * @maxItems 10
     */
    grants?: {
      /**
       * The Google Cloud resource - "projects/ID", "folders/NUMBER" or "organizations/NUMBER", or the full name of a bucket, secret, key, Cloud Run service, table, instance, database or service account, such as "//storage.googleapis.com/projects/_/buckets/BUCKET". A project can be named by its number, and an ID can have a domain before it, as in "projects/example.com:prod-eu".
       */
      resource: string
      /**
       * The IAM role.
       */
      role: string
      /**
       * Pending - not started. Writing - a write was begun. Written - Google confirmed it. Removed - undone. Unknown - Google did not answer; it may be in force until expiresAt. Refused - Google refused it.
       */
      state: 'Pending' | 'Writing' | 'Written' | 'Removed' | 'Unknown' | 'Refused'
      /**
       * The policy's etag after the write.
       */
      etag?: string
      /**
       * When the state was reached.
       */
      at?: string
      /**
       * The reason for the state.
       */
      why?: string
    }[]
    /**
     * The Google groups that let people in when the approval was accepted, where nothing else did. Absent when no group did.
     */
    admittedBy?: {
      /**
       * The group that let the requester ask.
       */
      requester?: string
      /**
       * The approvers whom a group let in.
       *
       * @maxItems 5
       */
      approvers?: {
        /**
         * Address of the approver.
         */
        email: string
        /**
         * Address of the group.
         */
        group: string
      }[]
    }
    /**
     * Roles, resources and hours in one line each, for printing.
     */
    grantSummary?: {
      /**
       * Resources.
       */
      resources?: string
      /**
       * Roles.
       */
      roles?: string
      /**
       * When access works. Absent when at any time.
       */
      hours?: string
    }
    /**
     * Audit events that Cloud Logging has not confirmed yet.
     *
     * @maxItems 20
     */
    audit?: {
      /**
       * Position in the request's history.
       */
      seq: number
      /**
       * What happened.
       */
      event: string
      /**
       * When.
       */
      at: string
      /**
       * Who did it.
       */
      actor?: string
      /**
       * A sentence for a person.
       */
      message?: string
      /**
       * Digest of the event before.
       */
      previous?: string
      /**
       * Facts of the event.
       */
      details?: {
        [k: string]: string
      }
    }[]
    /**
     * How many audit events there were.
     */
    auditSeq?: number
    /**
     * Digest of the last audit event.
     */
    auditHead?: string
    /**
     * True once the request has ended and no work for it remains.
     */
    settled?: boolean
  }
}
