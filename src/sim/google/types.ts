// The types of the simulated Google: its seeds, its state and what others can read.

/** google.type.Expr as IAM stores it. */
export type Condition = { title?: string; description?: string; expression?: string; location?: string }
export type Binding = { role: string; members: string[]; condition?: Condition }
export type AuditConfig = {
  service?: string | undefined
  auditLogConfigs?: { logType?: string | undefined; exemptedMembers?: string[] | undefined }[] | undefined
}
/** An IAM policy as it is stored, with all its conditions. */
export type Policy = { version: number; etag: string; bindings: Binding[]; auditConfigs?: AuditConfig[] }

/** A Google account. `hd` is the Workspace domain; a private account does not have one. */
export type Person = {
  /** The primary address. */
  email: string
  name: string
  sub: string
  hd?: string
  emailVerified?: boolean
  /** Its other addresses: IAM accepts them and stores the primary one. */
  aliases?: string[]
}

/** Something with an IAM policy: `projects/p`, `folders/1`, `organizations/1`, or the name of another resource without host. */
export type Resource = {
  name: string
  /** The parent's policy applies here too. */
  parent?: string
  /** A project's number, by which it can be named as well. */
  number?: string
  /** A bucket without uniform access takes no conditions. */
  isUniform?: boolean
  bindings: Binding[]
  auditConfigs?: AuditConfig[]
}

/** A Google group, besides its members. */
export type GoogleGroup = {
  /** Its primary address. */
  email: string
  /** `groups/ID`. */
  name: string
  title?: string
  /** The organisation that it belongs to, when it is another one. */
  customer?: string
  /** Labels besides that of every Google group. */
  labels?: ('security' | 'dynamic' | 'locked')[]
  /** Other addresses that lead to it. */
  aliases?: string[]
  /** Only invited people unless given. */
  whoCanJoin?: 'ANYONE_CAN_JOIN' | 'ALL_IN_DOMAIN_CAN_JOIN' | 'INVITED_CAN_JOIN' | 'CAN_REQUEST_TO_JOIN'
}

/** What Workspace knows of groups, and who may see it. */
export type Directory = {
  /** Groups with more than members. */
  groups: GoogleGroup[]
  /** Accounts with the admin role that reads groups. */
  readers: string[]
  /** Those of them that may read the settings of groups too. */
  settingsReaders: string[]
  /** Whether memberships through nested groups are told. */
  edition: 'premium' | 'basic'
}

/** A service account and its static access token. */
export type ServiceIdentity = { email: string; token: string }

export type OAuthClient = {
  id: string
  secret: string
  /** Compared as they are, character by character. */
  redirectUris: string[]
  appName: string
  /** Consent type Internal: only accounts of these Workspace domains get in. */
  internalTo?: string[]
}

/** A custom role: `projects/P/roles/R` or `organizations/N/roles/R`. */
export type CustomRole = {
  name: string
  title: string
  stage: 'ALPHA' | 'BETA' | 'GA' | 'DEPRECATED' | 'DISABLED' | 'EAP'
  includedPermissions: string[]
  /** Deleted roles are shown for a week and give no permission. */
  deleted?: boolean
}

/** A role that no policy may hold: `customConstraints/custom.NAME`. */
export type CustomConstraint = { name: string; role: string; description: string }

export type GoogleSeeds = {
  people: Person[]
  /** Members of groups, by the group's e-mail. */
  groups: Record<string, string[]>
  directory?: Directory
  serviceIdentities: ServiceIdentity[]
  client: OAuthClient
  resources: Resource[]
  /** Full names of KMS keys; each is a resource as well. */
  keys: string[]
  /** Full names of views of log buckets, each with the log that it shows; each is a resource as well. */
  logViews?: Record<string, string>
  /** Domains of iam.allowedPolicyMemberDomains; undefined restricts nothing. */
  allowedMemberDomains?: string[]
  /** Custom constraints that an organisation policy enforces on every policy that is written. */
  customConstraints?: CustomConstraint[]
  customRoles?: CustomRole[]
  /** Permissions of further roles; a role that is known nowhere is refused. */
  roles?: Record<string, string[]>
}

/** One call that a Google API processed, refused ones too. */
export type Call = {
  /** As in Cloud Audit Logs: `SetIamPolicy`, `Decrypt`, `WriteLogEntries`. */
  method: string
  resource: string
  /** E-mail of the caller; undefined when the token was not accepted. */
  principal?: string
  /** The header x-goog-request-reason. */
  reasonHeader?: string
  at: string
  status: number
}
