// Rules of RBAC as plain rights, such as `create hallpass.dev/accessrequests`. Pure.

/** A rule as RBAC and its reviews have it. */
export type PolicyRule = {
  verbs: readonly string[]
  apiGroups?: readonly string[]
  resources?: readonly string[]
  resourceNames?: readonly string[]
  nonResourceURLs?: readonly string[]
}

/** Every right that the rules give, each once. */
export function rightsIn(rules: readonly PolicyRule[]): string[] {
  const rights = rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
    verbs.flatMap(verb =>
      apiGroups.flatMap(group => resources.map(resource => `${verb} ${said(group, resource)}${named(resourceNames)}`)),
    ),
  )
  return [...new Set(rights)]
}

function said(group: string, resource: string): string {
  return group === '' ? resource : `${group}/${resource}`
}

function named(names: readonly string[]): string {
  return names.length === 0 ? '' : ` named ${names.join(', ')}`
}

/** Whether a rule gives the verb on the resource, to every object of it. */
export function gives(rule: PolicyRule, verb: string, group: string, resource: string): boolean {
  const has = (list: readonly string[] | undefined, ...words: string[]): boolean =>
    list?.some(each => each === '*' || words.includes(each)) ?? false
  const [, subresource] = resource.split('/')
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    has(rule.resources, resource, ...(subresource ? [`*/${subresource}`] : []))
  )
}
