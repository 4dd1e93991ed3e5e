// Whether the kinds and the admission policies in the cluster are those of this version.
import { probesOfAuth, probesOfController, probesOfGateway } from '../../store/enforcement.ts'
import { whyTooOld } from '../cluster.ts'
import { type Check, type Found, ok, processes, type Installation, unknown, unlessWrong, wrong } from './check.ts'
import { bindingDigest, kindDigests, policyDigest, siteVariables } from './digests.ts'
import { shipped } from './shipped.gen.ts'

const applyKinds = 'kubectl apply --server-side -k crds'
const applyPolicies = 'kubectl apply --server-side -k deploy/base/policies, or your overlay'

const version: Check = {
  id: 'cluster-version',
  component: 'cluster',
  of: processes,
  asks: 'Does the API server answer, and is its version supported?',
  look: async installation => {
    const cluster = await installation.cluster()
    const why = whyTooOld(cluster.version)
    if (why) return wrong(why.replace(/ Upgrade the cluster\.$/, ''), 'Upgrade the cluster.')
    return ok(`The API server at ${cluster.server} runs Kubernetes ${cluster.version}.`)
  },
}

type OpenApi = { components?: { schemas?: Record<string, unknown> } }
const kindNames = { accessrequests: 'AccessRequest', rolemappings: 'RoleMapping' } as const

const kinds: Check = {
  id: 'cluster-kinds',
  component: 'cluster',
  of: processes,
  asks: 'Are the kinds those of this version?',
  look: async installation => {
    const { transport } = await installation.cluster()
    const { paths } = await transport.request<{ paths: Record<string, unknown> }>({
      method: 'GET',
      path: '/openapi/v3',
    })
    if (!paths['apis/hallpass.dev/v1alpha1'])
      return wrong('The API server does not serve hallpass.dev/v1alpha1.', applyKinds)
    const served = await transport.request<OpenApi>({ method: 'GET', path: '/openapi/v3/apis/hallpass.dev/v1alpha1' })
    const found = Object.entries(kindNames).flatMap(([plural, kind]) =>
      differencesOf(plural as keyof typeof kindNames, served.components?.schemas?.[`dev.hallpass.v1alpha1.${kind}`]),
    )
    return unlessWrong(found, 'AccessRequest and RoleMapping are those of this version.')
  },
}

function differencesOf(plural: keyof typeof kindNames, schema: unknown): Found[] {
  const name = `${plural}.hallpass.dev`
  if (schema === undefined) return [wrong(`The API server does not serve ${name}.`, applyKinds)]
  const [own, there]: Record<string, string>[] = [shipped.kinds[plural], kindDigests(schema)]
  const names = Object.keys({ ...own, ...there })
  const different = names.filter(field => own?.[field] !== there?.[field])
  if (different.length === 0) return []
  return [wrong(`The kind ${name} differs from that of this version in ${different.join(', ')}.`, applyKinds)]
}

const probes = { gateway: probesOfGateway, auth: probesOfAuth, controller: probesOfController }

const enforced: Check = {
  id: 'cluster-policies',
  component: 'cluster',
  of: processes,
  isOfEach: true,
  asks: 'Do the admission policies refuse this process what they must?',
  look: async (installation, process) => {
    const { config, clock } = installation
    const where = { ...config, transport: await installation.as(process), clock }
    const found = await Promise.all(
      probes[process](where).map(async ({ policy, find }) => [policy, await find()] as const),
    )
    const open = found.flatMap(([policy, each]) =>
      each === 'open' ? [wrong(`The policy "${policy}" allowed a write that it must refuse.`, applyPolicies)] : [],
    )
    if (open.length > 0) return open
    const silent = found.flatMap(([policy, each]) =>
      typeof each === 'object' ? [unknown(`It is not known whether "${policy}" is enforced: ${each.unknown}.`)] : [],
    )
    if (silent.length > 0) return silent
    const tried = found.flatMap(([policy, each]) => (each === 'enforced' ? [policy] : []))
    return ok(`Forbidden writes, tried as dry runs, were refused by ${tried.join(' and ')}.`)
  },
}

type Policy = { metadata: { name: string }; spec: { variables?: { name: string; expression: string }[] } }
const policiesPath = '/apis/admissionregistration.k8s.io/v1'

const asShipped: Check = {
  id: 'cluster-policy-text',
  component: 'cluster',
  of: processes,
  needsAdministrator: true,
  asks: 'Are the admission policies and their bindings as shipped, with the names of the settings?',
  look: async installation => {
    const { transport } = await installation.cluster()
    const list = async (plural: string): Promise<Policy[]> =>
      (await transport.request<{ items: Policy[] }>({ method: 'GET', path: `${policiesPath}/${plural}` })).items
    const [policies, bindings] = await Promise.all([
      list('validatingadmissionpolicies'),
      list('validatingadmissionpolicybindings'),
    ])
    const found = [
      ...edited('policy', { own: shipped.policies, there: policies, digest: policyDigest }),
      ...edited('binding', { own: shipped.bindings, there: bindings, digest: bindingDigest }),
      ...policies.flatMap(policy => foreignNames(policy, installation)),
    ]
    return unlessWrong(found, `The ${Object.keys(shipped.policies).length} policies and their bindings are as shipped.`)
  },
}

type Compared = { own: Readonly<Record<string, string>>; there: readonly Policy[]; digest: (spec: unknown) => string }

function edited(what: string, { own, there, digest }: Compared): Found[] {
  return Object.entries(own).flatMap(([name, expected]) => {
    const one = there.find(({ metadata }) => metadata.name === name)
    if (!one) return [wrong(`The admission ${what} "${name}" is missing.`, applyPolicies)]
    return digest(one.spec) === expected
      ? []
      : [wrong(`The admission ${what} "${name}" was changed, or is of another version.`, applyPolicies)]
  })
}

// The names that a site sets: the accounts of the processes, and the domains whose people may ask.
function foreignNames({ metadata, spec }: Policy, { config }: Installation): Found[] {
  if (!Object.hasOwn(shipped.policies, metadata.name)) return []
  const { hostedDomains = [] } = config.gateway ?? config.auth ?? config.controller ?? {}
  return (spec.variables ?? []).flatMap(({ name, expression }) => {
    if (!siteVariables.includes(name) || name === 'externalRequesters') return []
    const isDomains = name === 'hostedDomains'
    const named = [...expression.matchAll(/'([^']*)'|"([^"]*)"/g)]
      .map(([, one, other]) => one ?? other ?? '')
      .toSorted()
    const own = isDomains
      ? [...hostedDomains].toSorted()
      : [`system:serviceaccount:${config.systemNamespace}:hallpass-${name}`]
    if (named.join() === own.join()) return []
    const setting = isDomains ? 'hostedDomains' : 'systemNamespace'
    return [
      wrong(
        `The admission policy "${metadata.name}" names ${named.join(', ')}, and by ${setting} it should be ${own.join(', ')}.`,
        `Give your overlay and ${setting} in config.yaml the same value: deploy/README.md, step 5.`,
      ),
    ]
  })
}

/** The cluster's side of Hallpass. */
export const clusterChecks: readonly Check[] = [version, kinds, enforced, asShipped]
