// An operator with a janitor next to it, both in memory: the controller asks, the janitor removes.
import { createJanitor, type Janitor } from '../../src/janitor/janitor.ts'
import { Secret } from '../../src/domain/secret.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { type Hook, hooked, type Operator, operator, prodEu } from '../controller/fakes.ts'

export const account = 'hallpass-janitor@hallpass-ops.iam.gserviceaccount.com'
/** The janitor's access token, as Google knows it. */
export const janitorToken = 'ya29.janitor'
export const prodUs = 'projects/prod-us'

/** Grants on two projects. */
export const twoProjects = {
  spec: {
    grants: [
      { resource: prodEu, role: 'roles/cloudsql.client' },
      { resource: prodUs, role: 'roles/cloudsql.client' },
    ],
  },
}

export type House = Operator & {
  /** What the janitor counted, one for each grant. */
  counted: string[]
  /** One look of the janitor. */
  tidy: () => Promise<Date | undefined>
  /** The janitor dies and another one takes over. */
  startJanitor: (hook?: Hook) => Janitor
  /** Whether admission is proved. */
  proved: { is: boolean }
}

/** Dana has access that Mo approved; the janitor may write the policies. */
export async function house(
  spec: Parameters<typeof operator>[0] = {},
  { hasJanitor = true }: { hasJanitor?: boolean } = {},
): Promise<House> {
  const op = operator(spec, hasJanitor ? { janitor: account } : {})
  for (const tokens of op.policies.admins.values()) tokens.add(janitorToken)
  const counted: string[] = []
  const proved = { is: true }
  const startJanitor = (hook: Hook = () => undefined): Janitor =>
    createJanitor({
      clock: op.clock,
      requests: hooked(op.cluster, 'requests', hook),
      policies: hooked(op.policies, 'policies', hook),
      token: async () => new Secret(janitorToken),
      isHeld: async () => proved.is,
      log: silentLog,
      metrics: {
        ...noMetrics,
        count: (name, labels) => void counted.push([name, ...Object.values(labels ?? {})].join(' ')),
      },
      pause: async () => undefined,
    })
  let janitor = startJanitor()
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  op.clock.forward(300)
  return {
    ...op,
    counted,
    proved,
    tidy: () => janitor.reconcile(op.ref, new AbortController().signal),
    startJanitor: hook => (janitor = startJanitor(hook)),
  }
}
