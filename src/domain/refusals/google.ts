// Reasons that Google gives: APIs, projects, perimeters, policies, keys and the OAuth client.
import type { Row } from './row.ts'

const policyMustChange = 'This cannot be granted until the platform team corrects the IAM policy.'

/** Reasons that Google gives for refusing a call. */
export const google = {
  AccountGone: {
    owner: 'requester',
    meaning: "Google does not know the requester's account, or says that it is deleted.",
    remedy: 'Ask with an account that exists, or have an administrator of Google Workspace restore it.',
  },
  ApiDisabled: {
    owner: 'platformTeam',
    meaning: 'An API of Google that Hallpass needs is off in the project that the call is counted on.',
    remedy: 'Enable the API that the message names.',
  },
  AppBlocked: {
    owner: 'googleAdministrators',
    meaning: 'The administrators of Google Workspace block Hallpass for the account.',
    remedy: 'Trust the OAuth client of Hallpass under "API controls".',
  },
  BillingDisabled: {
    owner: 'platformTeam',
    meaning: 'Billing is off for the project that the call is counted on.',
    remedy: 'Link the project to a billing account.',
  },
  BucketWithoutUniformAccess: {
    owner: 'platformTeam',
    meaning:
      'The bucket does not have uniform access, so its IAM policy takes no conditions and access could not end by itself.',
    remedy: 'Turn on uniform bucket-level access for the bucket, or name the project in the mapping.',
  },
  EntryNotAccepted: {
    owner: 'platformTeam',
    meaning: 'Cloud Logging did not accept an entry of the audit log.',
    remedy: 'Read the message, and report it as a fault of Hallpass if it names no setting.',
  },
  IdentityDisabled: {
    owner: 'platformTeam',
    meaning: 'The service account of a process of Hallpass is disabled or deleted.',
    remedy: 'Enable the service account, or bind another one to the process.',
  },
  IdentityScopeMissing: {
    owner: 'platformTeam',
    meaning: "The token of a process's identity lacks a scope that an API of Google needs.",
    remedy: 'Give the identity the scope "cloud-platform".',
  },
  KeyDenied: {
    owner: 'platformTeam',
    meaning:
      'Cloud KMS does not let this process use the key, or there is no such key: it says the same to a process that has no right on the whole project.',
    remedy: "Grant the process the role that the message names, or correct the key's name in the configuration.",
  },
  KeyDiffers: {
    owner: 'platformTeam',
    meaning: 'Data was sealed with another key than the configured one.',
    remedy: 'Give all processes of Hallpass the same google.ticketKey and google.tokenKey.',
  },
  KeyDisabled: {
    owner: 'platformTeam',
    meaning: 'The needed version of the KMS key is disabled or destroyed.',
    remedy: 'Enable or restore that version.',
  },
  KeyUnknown: {
    owner: 'platformTeam',
    meaning: 'Cloud KMS does not know the configured key.',
    remedy: "Correct the key's name in the configuration.",
  },
  LocationDenied: {
    owner: 'googleAdministrators',
    meaning: "The organisation's policy on locations forbids the call.",
    remedy: 'Permit the location.',
  },
  LogUnreadable: {
    owner: 'platformTeam',
    meaning: 'Hallpass may not read its own log back, so it keeps settled requests for longer than retainFor.',
    remedy: 'Grant the controller the permission that the message names, on the view or project that it names.',
  },
  NotAuthentic: {
    owner: 'tampering',
    meaning: 'Data was not sealed by Hallpass for this purpose, or was changed since.',
    remedy: 'The platform team finds out who changed it.',
  },
  NotInLog: {
    owner: 'platformTeam',
    meaning:
      'The log does not show every event of a settled request whose time is over, so the request is kept: it may be the only record.',
    remedy:
      'Compare how long the log bucket keeps entries with retainFor. If somebody deleted entries, find out who; look in the archive of the log before you delete the request.',
  },
  OAuthClientNotAccepted: {
    owner: 'platformTeam',
    meaning: 'Google does not accept the OAuth client of Hallpass.',
    remedy: 'Check its id, the secret "oauth-client-secret" and the registered redirect URI.',
  },
  OrganisationPolicy: {
    owner: 'googleAdministrators',
    meaning: 'An organisation policy forbids the change of the IAM policy.',
    remedy: "Permit it, most often by adding the requester's domain to the allowed ones.",
  },
  OrganisationRestricted: {
    owner: 'googleAdministrators',
    meaning: 'A proxy restricts Google Cloud to certain organisations, and this resource is outside of them.',
    remedy: 'The administrators of that proxy permit the organisation.',
  },
  PerimeterDenied: {
    owner: 'googleAdministrators',
    meaning: 'A VPC Service Controls perimeter forbids the call.',
    remedy: 'Permit it in the perimeter, by the id that the message names.',
  },
  PolicyFull: {
    owner: 'platformTeam',
    meaning: 'The IAM policy has as many members as Google allows, so nothing can be added.',
    remedy:
      'Remove entries that nobody needs any more from the policy of that resource, [expired ones of Hallpass](../approval.md#when-a-policy-is-full) first.',
    headline: policyMustChange,
  },
  PolicyNotAccepted: {
    owner: 'mappingAuthor',
    meaning: 'Google did not accept the changed IAM policy.',
    remedy: "Correct the mapping as Google's sentence in the message says.",
  },
  PolicyNotWhole: {
    owner: 'platformTeam',
    meaning: 'An IAM policy was returned without its conditions, so writing it would lose them.',
    remedy: 'Find out which proxy is between Hallpass and Google; Google returns complete policies.',
  },
  PolicyWithoutEtag: {
    owner: 'platformTeam',
    meaning: 'An IAM policy was returned without an etag, so writing it could overwrite another change.',
    remedy: 'Find out which proxy is between Hallpass and Google; Google returns an etag.',
  },
  ProjectDenied: {
    owner: 'platformTeam',
    meaning: 'The call may not be counted on the project.',
    remedy: 'Grant roles/serviceusage.serviceUsageConsumer there.',
  },
  ProjectInvalid: {
    owner: 'platformTeam',
    meaning: 'The project that the call is counted on is unknown, or is about to be deleted.',
    remedy: 'Check the project that the message names.',
  },
  ProjectSuspended: {
    owner: 'platformTeam',
    meaning: 'Google has suspended the project that the call is counted on.',
    remedy: "Ask Google's support.",
  },
  ResourceNotAccepted: {
    owner: 'mappingAuthor',
    meaning: 'Google did not accept the call to read the IAM policy of a resource.',
    remedy: "Correct the mapping as Google's sentence in the message says.",
  },
  ResourceNotSupported: {
    owner: 'mappingAuthor',
    meaning:
      'The mapping names a resource of a type on which Hallpass cannot grant, or its name does not have the form.',
    remedy: 'Name a resource as docs/resources.md lists them.',
    isInFiles: true,
  },
  ResourceOfAnotherProject: {
    owner: 'mappingAuthor',
    meaning: 'The name of the resource shows one project, and the resource belongs to another.',
    remedy: 'Name the project that the resource belongs to.',
    isInFiles: true,
  },
  ResourceUnknown: {
    owner: 'mappingAuthor',
    meaning: 'Google does not know the resource that the mapping names.',
    remedy: 'Correct the name of the resource.',
  },
  ResourceWithoutConditions: {
    owner: 'mappingAuthor',
    meaning: 'The IAM policies of this type of resource take no conditions, so access there could not end by itself.',
    remedy: 'Grant the role on the project, under a condition where the message names one.',
  },
  SealNotAccepted: {
    owner: 'platformTeam',
    meaning: 'Cloud KMS did not accept the data to encrypt.',
    remedy: 'Report it as a fault of Hallpass, with the message.',
  },
  ServiceRestricted: {
    owner: 'googleAdministrators',
    meaning: 'An organisation policy forbids the use of a service on the resource.',
    remedy: 'Permit the service there.',
  },
  TlsDenied: {
    owner: 'googleAdministrators',
    meaning: 'An organisation policy forbids the kind of TLS connection that the call used.',
    remedy: 'Permit the TLS version or cipher that Hallpass uses.',
  },
  TooManyEntries: {
    owner: 'platformTeam',
    meaning:
      'The requester has as many conditional entries of one role in an IAM policy as Google allows: 20, each with its own condition.',
    remedy: 'Wait until one of them has ended, or remove one that nobody needs any more.',
    headline: policyMustChange,
  },
} as const satisfies Record<string, Row>
