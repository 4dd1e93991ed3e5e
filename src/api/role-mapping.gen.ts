// Generated from crds/rolemappings.yaml by npm run generate. Do not edit.
import type { ObjectMeta } from './meta.ts'

/**
 * A RoleMapping says which roles on which Google Cloud resources can be requested, who may ask, who approves, and for how long at most. Only a mapping whose condition Ready is True can be requested.
 */
export interface RoleMapping {
  apiVersion: 'hallpass.dev/v1alpha1'
  kind: 'RoleMapping'
  metadata: ObjectMeta
  /**
   * The rule, as declared.
   */
  spec: {
    /**
     * Slash command that requests this mapping, such as "/prod-db". Unique over the watched namespaces - the oldest mapping keeps it. "/access NAME" always reaches every mapping.
     */
    command?: string
    /**
     * One sentence for the person who chooses - what this opens.
     */
    description?: string
    /**
     * The roles that are granted, each on one resource.
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
       * The IAM role - "roles/NAME", "projects/ID/roles/NAME" or "organizations/NUMBER/roles/NAME".
       */
      role: string
      /**
       * An IAM condition in CEL that narrows the role further, for example "resource.type == 'compute.googleapis.com/Instance'". It is combined with the time by &&, so it may have ten logical operators (&&, ||, !). It is one line of printable ASCII without comments: in YAML a block ">-", not "|". Only attributes and functions that Google documents for allow policies are accepted; the mapping's condition Ready says what is wrong and how to correct it.
       */
      condition?: string
    }[]
    /**
     * How long access lasts. status.duration shows the times that are in force.
     */
    duration?: {
      /**
       * The shortest time that can be requested. 1m unless given, or less if default or max is less.
       */
      min?: string
      /**
       * The time that is granted when the request does not name one. 60m unless given, or the nearest time that min and max allow.
       */
      default?: string
      /**
       * The longest time that can be requested, at most 168h. 4h unless given.
       */
      max?: string
      /**
       * How long one person can have this mapping in sequence, by all their requests together, within any 24 hours, or within twice this time when that is longer. A pause does not begin a new count. Not limited unless given; max at least, 168h at most.
       */
      maxConsecutive?: string
      /**
       * Lets people ask once for the same time of several days, such as 22:00 to 02:00 until Friday. Each of these times is between min and max. Not offered unless given.
       */
      recurring?: {
        /**
         * On how many days it can begin, 7 at most. All are over 168h after asking.
         */
        maxDays: number
      }
    }
    /**
     * When access works, besides the time for which it is granted - only while one of these spans is open. It becomes a part of the IAM condition of each entry, so IAM itself keeps the hours. A request whose whole time is outside of them is refused. Without hours, access works at any time.
     */
    hours?: {
      /**
       * The time zone, as a place of the IANA database with exactly its letters, such as "Europe/Berlin", or "UTC". Summer time is that of this place. A zone that does not exist makes the mapping not Ready.
       */
      zone: string
      /**
       * Times of the week. Access works in each of them.
       *
       * @minItems 1
       * @maxItems 4
       */
      spans: {
        /**
         * The days on which it begins. Every day unless given.
         *
         * @minItems 1
         * @maxItems 7
         */
        days?: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[]
        /**
         * When it begins, by the clock of the zone, such as "22:00". Write it in quotes.
         */
        from: string
        /**
         * When it ends, such as "06:00", or "24:00" for the end of the day. If it is not later than from, it is on the next day. Write it in quotes.
         */
        to: string
      }[]
    }
    /**
     * Who may ask. At least one of the lists must be filled.
     */
    requesters: {
      /**
       * Persons, by their Google e-mail address.
       *
       * @maxItems 50
       */
      emails?: string[]
      /**
       * Everybody whose Google e-mail address is in one of these domains.
       *
       * @maxItems 20
       */
      domains?: string[]
      /**
       * Members of these Slack user groups, by id (S…).
       *
       * @maxItems 20
       */
      slackUserGroups?: string[]
      /**
       * Everybody in these Google groups, by the group's primary address in small letters, also through groups in them. The settings must name an account that reads groups (google.groupsReader).
       *
       * @maxItems 20
       */
      googleGroups?: string[]
    }
    /**
     * Who approves, and by when.
     */
    approval: {
      /**
       * How many different people must approve. 1 unless given. The change is made with the token of the last of them.
       */
      required?: number
      /**
       * How long a request waits for a decision before it times out. 30m unless given.
       */
      window?: string
      /**
       * How long to wait for an answer before the next level is tagged too. 10m unless given; "0s" never escalates.
       */
      escalateAfter?: string
      /**
       * How long to wait for an answer before the people who were asked are reminded, once. It must be shorter than escalateAfter. Half of escalateAfter unless given, if that is a minute or more; "0s" reminds nobody.
       */
      remindAfter?: string
      /**
       * Pages a service in PagerDuty when nobody has answered. It says nothing about who may approve.
       */
      page?: {
        /**
         * The name of a route of the settings (pagerduty.routes) that this namespace may use. The routing key itself is a secret and is never written here.
         */
        route: string
        /**
         * How long nobody must have answered, or looked at the request, before the service is paged. 5m unless given. It must be shorter than the window.
         */
        after?: string
        /**
         * How urgent the page is, if the service uses dynamic notifications. high unless given.
         */
        urgency?: 'high' | 'low'
      }
      /**
       * The escalation policy or schedule in PagerDuty that names the approvers.
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
         * The escalation level that is asked first. 1 unless given.
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
         * Members of this Slack user group, by id (S…).
         */
        slackUserGroup?: string
      }
      /**
       * Who may approve in addition to those who were tagged, unless onlyOnCall is true. Nobody is tagged because of it.
       */
      allowed?: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * Persons whom these Google groups list themselves, by the group's primary address in small letters. Each must be a security group that nobody can join by themselves.
         *
         * @maxItems 5
         */
        googleGroups?: string[]
      }
      /**
       * Whether only those who were tagged may approve. They are not the only ones unless it is true.
       */
      onlyOnCall?: boolean
    }
    /**
     * Break-glass. With it, people can ask as an emergency ("/prod-db emergency 30m INC-1 ..."): by these rules in place of those of approval, with a loud message in a second channel, and with a review afterwards by a person who neither asked nor approved. Without it, nobody can. A reason is always needed.
     */
    emergency?: {
      /**
       * How many approvals an emergency needs, at most approval.required. 1 unless given.
       */
      required?: number
      /**
       * How long an emergency waits for a decision. As approval.window unless given.
       */
      window?: string
      /**
       * How long to wait for an answer before the next level is tagged too. As approval.escalateAfter unless given.
       */
      escalateAfter?: string
      /**
       * Who is asked when PagerDuty names nobody or does not answer. As approval.fallback unless given.
       */
      fallback?: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * Members of this Slack user group, by id (S…).
         */
        slackUserGroup?: string
      }
      /**
       * Who may approve an emergency in addition to those who may approve anyway, also when approval.onlyOnCall is true.
       */
      allowed?: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * Persons whom these Google groups list themselves, as for approval.allowed.googleGroups. Both name at most 5 groups together.
         *
         * @maxItems 5
         */
        googleGroups?: string[]
      }
      /**
       * The second Slack channel, by id (C… or G…), that is told of each emergency. If it cannot be used, access is granted anyway.
       */
      channel: string
      /**
       * Who may sign an emergency off afterwards. Neither the requester nor an approver of that request can, even if they are named here.
       */
      reviewers: {
        /**
         * Persons, by their Google e-mail address.
         *
         * @maxItems 20
         */
        emails?: string[]
        /**
         * Members of this Slack user group, by id (S…).
         */
        slackUserGroup?: string
      }
      /**
       * How long after the end of the access it can be reviewed, at most 168h; after that it counts as overdue. 72h unless given.
       */
      reviewWithin?: string
    }
    /**
     * Rules for the reason.
     */
    reason?: {
      /**
       * Whether a reason must be given. It must, unless this is false.
       */
      required?: boolean
      /**
       * A regular expression (RE2) that must match a part of the reason, such as "INC-[0-9]+". One that compiles to more than 1000 instructions makes the mapping not Ready.
       */
      pattern?: string
      /**
       * What to tell a person whose reason does not fit, such as "a ticket such as INC-1234".
       */
      hint?: string
    }
    /**
     * The Slack channel, by id (C… or G…), in which requests are decided.
     */
    channel: string
    /**
     * What the person should do first after access is granted.
     */
    afterGrant?: {
      /**
       * One or two sentences.
       */
      text?: string
      /**
       * Pages to open.
       *
       * @maxItems 5
       */
      links?: {
        /**
         * Words of the link.
         */
        text: string
        /**
         * An https address.
         */
        url: string
      }[]
    }
    /**
     * Roles whose holders can give further access make the mapping not Ready unless this is true - roles that set IAM policies, such as roles/storage.admin, act as service accounts, make their tokens or keys, build or deploy under another identity, or change roles and policies. Predefined roles that Hallpass does not know count as such roles too. Custom roles count if Hallpass may read them (google.readCustomRoles); otherwise what they permit is not checked. The message of Ready names each power.
     */
    allowPrivileged?: boolean
  }
  /**
   * The result of Hallpass's checks of the mapping.
   */
  status?: {
    /**
     * The generation that the conditions are about; -1 before the first.
     */
    observedGeneration?: number
    /**
     * The generation whose rules the audit log has.
     */
    loggedGeneration?: number
    /**
     * The hash of that entry in the audit log, which the entry of the next generation names.
     */
    loggedRules?: {
      generation: number
      hash: string
    }
    /**
     * Why the mapping cannot be requested now, for printing. Absent when it can.
     */
    problem?: string
    /**
     * The times that are in force, in one form. It includes the defaults that the spec leaves out.
     */
    duration?: {
      /**
       * The shortest time that can be requested.
       */
      min?: string
      /**
       * The time that is granted without a wish.
       */
      default?: string
      /**
       * The longest time that can be requested.
       */
      max?: string
      /**
       * The longest time for one person in sequence. Absent when it is not limited.
       */
      maxConsecutive?: string
      /**
       * When access works, in words. Absent when at any time.
       */
      hours?: string
    }
    /**
     * Who approves, in a few words, for printing.
     */
    approversSummary?: string
    /**
     * Who is on call in PagerDuty, at the last check. It changes with every handover and is not a condition.
     */
    onCall?: {
      /**
       * The names of the people on call now, at the first level that has any, or "nobody".
       */
      now?: string
      /**
       * The next time when nobody is on call, at no level that is asked. It is absent when somebody is on call during the next 14 days.
       */
      nextGap?: {
        /**
         * When it begins. Absent when it has begun.
         */
        from?: string
        /**
         * When it ends. Absent when it does not end within the next 14 days.
         */
        until?: string
      }
    }
    /**
     * How full the IAM policies of the mapping were when the controller last saw them, which is at a grant. The condition PolicyRoom says whether one of them is nearly full.
     *
     * @maxItems 10
     */
    policies?: {
      /**
       * The resource of the policy.
       */
      resource: string
      /**
       * When the controller saw it.
       */
      seenAt: string
      /**
       * Members of all entries, each as often as it occurs. Google allows 1500.
       */
      members: number
      /**
       * Groups and domains, each once. Google allows 250.
       */
      groups: number
      /**
       * The most entries with a condition that one person has of one role, without expired ones of Hallpass. Google allows 20.
       */
      entries: number
      /**
       * Expired entries of Hallpass that nobody has removed yet.
       */
      leftovers?: number
      /**
       * How many of them each role has, the most first, 10 roles at most. The next grant of a role there removes its own; "hallpass leftovers" lists the rest with the commands that remove them.
       *
       * @maxItems 10
       */
      leftoversByRole?: {
        /**
         * The role.
         */
        role: string
        /**
         * Its expired entries.
         */
        count: number
      }[]
      /**
       * The size as JSON. Google names no limit.
       */
      bytes?: number
    }[]
    /**
     * In what the IAM policies of the mapping differed from the record at the last check that changed anything here, the first 10. Only where google.policyReader is set.
     *
     * @maxItems 10
     */
    drift?: {
      /**
       * The same as long as it is the same difference.
       */
      id: string
      /**
       * The kind, as hallpass drift prints it.
       */
      kind: string
      /**
       * The resource of the policy.
       */
      resource: string
      /**
       * The role of the entry.
       */
      role: string
      /**
       * The member of the entry.
       */
      member: string
      /**
       * What differs.
       */
      why: string
    }[]
    /**
     * Conditions by the conventions of the Kubernetes API.
     *
     * @maxItems 8
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
  }
}
