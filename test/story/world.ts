// A world for story tests: requests of seconds, and a mapping for each story that needs its own.
import type { RoleMapping } from '../../src/api/kinds.ts'
import { until } from '../../src/sandbox/plays.ts'
import { namespace, startWorld, type World } from '../../src/sandbox/world.ts'

/** The sample mapping for requests from a second on, any reason. */
const quick = (sample: RoleMapping): RoleMapping => ({
  ...sample,
  spec: { ...sample.spec, duration: { min: '1s', default: '30m', max: '4h' }, reason: { required: true } },
})

/** A world with the quick mapping. */
export async function quickWorld(
  options: Pick<
    Parameters<typeof startWorld>[0] & object,
    'people' | 'externalRequesters' | 'limits' | 'readsGroups' | 'janitor'
  > = {},
): Promise<World> {
  const world = await startWorld({ mapping: quick, ...options })
  world.slack.quota.isOn = false
  return world
}

/** Declares another mapping, like the sample except for `spec`, and waits until it has been judged. */
export async function declare(
  world: World,
  name: string,
  spec: Partial<RoleMapping['spec']> = {},
): Promise<RoleMapping> {
  const sample = await world.mappings.get({ namespace, name: 'prod-db' })
  const { command: _command, ...rest } = sample.spec
  await world.mappings.create({
    apiVersion: sample.apiVersion,
    kind: sample.kind,
    metadata: { name, namespace },
    spec: { ...rest, ...spec },
  } as Parameters<typeof world.mappings.create>[0])
  return judged(world, name)
}

/** The mapping once its condition Ready speaks of it as it is now. */
export async function judged(world: World, name: string): Promise<RoleMapping> {
  return until(`mapping "${name}" is judged`, async () => {
    const mapping = await world.mappings.get({ namespace, name })
    const ready = mapping.status?.conditions?.find(({ type }) => type === 'Ready')
    return ready?.observedGeneration === mapping.metadata.generation ? mapping : undefined
  })
}

/** The message of Ready. */
export function readiness(mapping: RoleMapping): { status: string; reason: string; message: string } | undefined {
  return mapping.status?.conditions?.find(({ type }) => type === 'Ready')
}
