// Which permissions let their holder give further access, and how each such power is stored. The same rules are used
// for the table of predefined roles and for custom roles.

/**
 * A power as stored in the table: one of the words below, or `setIamPolicy(…)` with the first kinds of resource by name
 * and the number of further ones, such as `setIamPolicy(pubsub.schemas,pubsub.snapshots,pubsub.subscriptions,+1)`.
 */
export type Power = string

/** How many kinds of resource a stored `setIamPolicy(…)` names. */
const kindsNamed = 3

/** The word of each power, and the permissions that give it (https://cloud.google.com/iam/docs/permissions-reference). */
const rules: Record<string, RegExp> = {
  actAs: /^iam\.serviceAccounts\.actAs$/,
  // A build or a deployment runs with a service account that the person who starts it need not be allowed to use.
  builds: /^(cloudbuild\.builds\.create|(config|deploymentmanager)\.deployments\.(create|update))$/,
  denyOrBoundary:
    /^(iam\.(denypolicies|principalaccessboundarypolicies|accesspolicies)\.(create|update|delete|bind|unbind)|resourcemanager\.\w+\.(create|update|delete)PolicyBinding)$/,
  // A project's creator becomes its owner; a moved resource gets other policies; conditions and policies use tags.
  hierarchy:
    /^resourcemanager\.((projects|folders)\.(create|move)|hierarchyNodes\.(create|delete)TagBinding|tag(Keys|Values)\.(create|update|delete))$/,
  identityPools: /^iam\.(googleapis\.com\/)?(workforcePool|workloadIdentityPool)\w*\.(create|update|undelete)$/,
  keys: /^(iam\.serviceAccountKeys\.(create|upload)|iam\.serviceAccountApiKeyBindings\.create|storage\.hmacKeys\.create)$/,
  kubernetesRbac: /^container\.(clusterR|r)ole(Bindings\.(create|update)|s\.(bind|escalate))$/,
  orgPolicy: /^orgpolicy\.(policy\.set|(policies|customConstraints)\.(create|update|delete))$/,
  pam: /^privilegedaccessmanager\.(entitlements\.(create|update)|settings\.update)$/,
  roles: /^iam\.roles\.(create|update|undelete)$/,
  // Jobs and workflows run with the service account of their cluster or environment.
  runsAsOthers:
    /^(dataproc\.(jobs|clusters|workflowTemplates)\.(create|instantiate|instantiateInline)|composer\.environments\.(create|update|executeAirflowCommand))$/,
  tokens: /^iam\.serviceAccounts\.(getAccessToken|getOpenIdToken|implicitDelegation|signBlob|signJwt)$/,
}

/** The powers that these permissions give, `setIamPolicy` first and the others by name. */
export function powersOf(permissions: readonly string[]): Power[] {
  const kinds = permissions.flatMap(permission => /^(.+)\.setIamPolicy$/.exec(permission)?.[1] ?? []).sort()
  const others = Object.keys(rules).filter(word => permissions.some(permission => rules[word]?.test(permission)))
  return [...(kinds.length > 0 ? [settingPoliciesOf([...new Set(kinds)])] : []), ...others]
}

function settingPoliciesOf(kinds: readonly string[]): Power {
  const more = kinds.length - kindsNamed
  return `setIamPolicy(${[...kinds.slice(0, kindsNamed), ...(more > 0 ? [`+${more}`] : [])].join(',')})`
}
