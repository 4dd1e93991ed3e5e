// Who else may do in the cluster what the processes are trusted with, as far as RBAC says. Cluster administrators may do
// everything and are trusted; anybody else is named.
import type { Transport } from '../../kube/transport.ts'
import { type Check, type Found, type Installation, ok, processes, wrong } from './check.ts'
import { gives, type PolicyRule } from './rules.ts'

type Subject = { kind: string; name: string; namespace?: string }
type Binding = {
  metadata: { name: string; namespace?: string }
  roleRef: { kind: string; name: string }
  subjects?: Subject[]
}
type Role = { metadata: { name: string; namespace?: string }; rules?: PolicyRule[] | null }
type Rbac = { bindings: readonly Binding[]; roles: readonly Role[] }

/** A guarded act: what it is, on which resource, and in which namespaces; everywhere unless said. */
type Guard = { act: string; rights: readonly [verb: string, group: string, resource: string][]; in?: readonly string[] }

function guardsOf({ config: { namespaces, tokenNamespace, systemNamespace } }: Installation): Guard[] {
  const requests = namespaces.length === 0 ? {} : { in: namespaces }
  const own = 'hallpass.dev'
  const all = (verbs: string, group: string, resource: string): Guard['rights'] =>
    verbs.split(' ').map(verb => [verb, group, resource])
  return [
    { act: 'create requests', rights: all('create', own, 'accessrequests'), ...requests },
    { act: 'write the status of requests', rights: all('patch update', own, 'accessrequests/status'), ...requests },
    { act: 'create sealed tokens', rights: all('create', '', 'secrets'), in: [tokenNamespace] },
    { act: 'read sealed tokens', rights: all('get list watch', '', 'secrets'), in: [tokenNamespace] },
    { act: 'read the secrets of the processes', rights: all('get list watch', '', 'secrets'), in: [systemNamespace] },
    { act: 'run pods as the processes', rights: all('create', '', 'pods'), in: [systemNamespace] },
    { act: 'have tokens of the processes', rights: all('create', '', 'serviceaccounts/token'), in: [systemNamespace] },
    {
      act: 'impersonate the processes',
      rights: [
        ['impersonate', '', 'serviceaccounts'],
        ['impersonate', '', 'users'],
      ],
      in: [systemNamespace],
    },
    {
      act: 'change the admission policies',
      rights: [
        ...all('update patch delete', 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
        ...all('update patch delete', 'admissionregistration.k8s.io', 'validatingadmissionpolicybindings'),
      ],
      in: [],
    },
  ]
}

const others: Check = {
  id: 'cluster-others',
  component: 'cluster',
  of: processes,
  needsAdministrator: true,
  asks: 'Who else may do what the processes are trusted with?',
  look: async installation => {
    const rbac = await readRbac((await installation.cluster()).transport)
    const [administrators, found] = [new Set<string>(), [] as Found[]]
    for (const binding of rbac.bindings) {
      const rules = rulesOf(binding, rbac)
      const strangers = (binding.subjects ?? []).filter(subject => !isExpected(subject, binding, installation))
      if (strangers.length === 0) continue
      if (isEverything(rules) && binding.metadata.namespace === undefined)
        for (const each of strangers) administrators.add(sayWho(each))
      else found.push(...foundIn(binding, { rules, strangers, guards: guardsOf(installation) }))
    }
    if (found.length > 0) return found
    const trusted =
      administrators.size === 0
        ? 'Kubernetes itself'
        : `Kubernetes itself and cluster administrators (${[...administrators].join(', ')})`
    return ok(`By RBAC nobody besides the processes, ${trusted}.`)
  },
}

type Suspicious = { rules: readonly PolicyRule[]; strangers: readonly Subject[]; guards: readonly Guard[] }

function foundIn({ metadata }: Binding, { rules, strangers, guards }: Suspicious): Found[] {
  const { name, namespace } = metadata
  const acts = guards
    .filter(guard => namespace === undefined || !guard.in || guard.in.includes(namespace))
    .filter(({ rights }) =>
      rights.some(([verb, group, resource]) => rules.some(rule => gives(rule, verb, group, resource))),
    )
    .map(({ act }) => act)
  if (acts.length === 0) return []
  const place = namespace === undefined ? '' : `-n ${namespace} `
  const kind = namespace === undefined ? 'clusterrolebinding' : 'rolebinding'
  return strangers.map(subject =>
    wrong(
      `${sayWho(subject)} may ${acts.join(', ')} (by the ${kind} "${name}"${namespace === undefined ? '' : ` in "${namespace}"`}).`,
      `Remove the subject, or kubectl ${place}delete ${kind} ${name}`,
    ),
  )
}

// Groups that everybody is in are no part of Kubernetes itself.
const everybody = /^system:(authenticated|unauthenticated|anonymous|serviceaccounts(:.*)?)$/

function isExpected({ kind, name, namespace }: Subject, binding: Binding, { config }: Installation): boolean {
  if (kind !== 'ServiceAccount') return name.startsWith('system:') && !everybody.test(name)
  const place = namespace ?? binding.metadata.namespace
  const own = [...processes, 'janitor'].map(each => `hallpass-${each}`)
  return place === 'kube-system' || (place === config.systemNamespace && own.includes(name))
}

function isEverything(rules: readonly PolicyRule[]): boolean {
  return rules.some(rule => gives(rule, '*', '*', '*'))
}

function rulesOf({ metadata, roleRef }: Binding, { roles }: Rbac): readonly PolicyRule[] {
  const namespace = roleRef.kind === 'Role' ? metadata.namespace : undefined
  const role = roles.find(each => each.metadata.name === roleRef.name && each.metadata.namespace === namespace)
  return role?.rules ?? []
}

async function readRbac(transport: Transport): Promise<Rbac> {
  const list = async <T>(plural: string): Promise<T[]> =>
    (await transport.request<{ items: T[] }>({ method: 'GET', path: `/apis/rbac.authorization.k8s.io/v1/${plural}` }))
      .items
  const [clusterBindings, bindings, clusterRoles, roles] = await Promise.all([
    list<Binding>('clusterrolebindings'),
    list<Binding>('rolebindings'),
    list<Role>('clusterroles'),
    list<Role>('roles'),
  ])
  return { bindings: [...clusterBindings, ...bindings], roles: [...clusterRoles, ...roles] }
}

function sayWho({ kind, name, namespace }: Subject): string {
  return `${kind} "${namespace === undefined ? name : `${namespace}/${name}`}"`
}

/** Everybody else in the cluster. */
export const othersChecks: readonly Check[] = [others]
