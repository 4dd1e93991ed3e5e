// Whether each process has in RBAC exactly the rights of deploy/base: with more, a stolen token could do more; with less,
// something does not work.
import type { Transport } from '../../kube/transport.ts'
import {
  type Check,
  type Found,
  processes,
  type Process,
  type Installation,
  unknown,
  unlessWrong,
  wrong,
} from './check.ts'
import { type PolicyRule, rightsIn } from './rules.ts'
import { shipped } from './shipped.gen.ts'
import type { Place } from './shipped.ts'

type Rules = { resourceRules: PolicyRule[]; nonResourceRules: PolicyRule[]; incomplete: boolean }

/** What any account may do: ask about itself, and since Kubernetes 1.37 read cluster trust bundles. */
const everybodys =
  /^(create (authorization|authentication)\.k8s\.io\/self\w+|(get|list|watch) certificates\.k8s\.io\/clustertrustbundles)$/

const exact: Check = {
  id: 'cluster-rights',
  component: 'cluster',
  of: processes,
  isOfEach: true,
  asks: 'Has this process in RBAC exactly the rights of deploy/base?',
  look: async (installation, process) => {
    const transport = await installation.as(process)
    const found = await Promise.all(
      placesOf(installation).map(async place =>
        differences(await rulesIn(transport, place.namespace), { ...place, process }),
      ),
    )
    return unlessWrong(found.flat(), `The rights of "hallpass-${process}" are exactly those of deploy/base.`)
  },
}

type Held = { namespace: string; holds: readonly Place[] }

/** The namespaces of Hallpass with what each holds, and one in which no process has a right. */
function placesOf({ config: { namespaces, tokenNamespace, systemNamespace } }: Installation): Held[] {
  const everywhere = namespaces.length === 0 ? ['requests' as const] : []
  const holds = (place: Place, names: readonly string[]): Held[] =>
    names.map(namespace => ({ namespace, holds: [...everywhere, place] }))
  const all = [
    ...holds('requests', namespaces),
    ...holds('tokens', [tokenNamespace]),
    ...holds('system', [systemNamespace]),
  ]
  const isNamed = all.some(({ namespace }) => namespace === 'default')
  const places = isNamed ? all : [...all, { namespace: 'default', holds: everywhere }]
  return [...new Set(places.map(({ namespace }) => namespace))].map(namespace => ({
    namespace,
    holds: places.filter(place => place.namespace === namespace).flatMap(place => place.holds),
  }))
}

async function rulesIn(transport: Transport, namespace: string): Promise<Rules> {
  const { status } = await transport.request<{ status: Rules }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  })
  return status
}

function differences(
  { resourceRules, nonResourceRules, incomplete }: Rules,
  { namespace, holds, process }: Held & { process: Process },
): Found[] {
  const own = new Set(holds.flatMap(place => rightsIn(shipped.rights[process][place])))
  const there = new Set(rightsIn(resourceRules).filter(right => !everybodys.test(right)))
  if (nonResourceRules.some(({ nonResourceURLs = [] }) => nonResourceURLs.includes('*'))) there.add('get every path')
  const [more, missing] = [[...there].filter(right => !own.has(right)), [...own].filter(right => !there.has(right))]
  const who = `"hallpass-${process}"`
  if (missing.length > 0 && incomplete)
    return [unknown(`The API server cannot list all rights of ${who} in "${namespace}".`)]
  return [
    ...more.map(right =>
      wrong(
        `${who} may also ${right} in "${namespace}".`,
        `Find the binding that gives it and remove it: kubectl get rolebindings,clusterrolebindings -A -o wide | grep hallpass-${process}`,
      ),
    ),
    ...missing.map(right =>
      wrong(
        `${who} may not ${right} in "${namespace}".`,
        'kubectl apply --server-side -k deploy/base, or your overlay',
      ),
    ),
  ]
}

/** The rights of the processes. */
export const rightsChecks: readonly Check[] = [exact]
