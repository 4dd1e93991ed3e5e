// A world for story tests: requests of seconds, and a mapping for each story that needs its own.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { until } from '../../src/sandbox/plays.ts'
import { auditLog, namespace, startWorld, type World } from '../../src/sandbox/world.ts'
import { defaultAuditor } from '../../src/sim/google/seeds.ts'

/** The sample mapping for requests from a second on, any reason. */
const quick = (sample: RoleMapping): RoleMapping => ({
  ...sample,
  spec: { ...sample.spec, duration: { min: '1s', default: '30m', max: '4h' }, reason: { required: true } },
})

/** A world with the quick mapping. */
export async function quickWorld(
  options: Pick<
    Parameters<typeof startWorld>[0] & object,
    'people' | 'externalRequesters' | 'limits' | 'readsGroups' | 'janitor' | 'lost'
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

/**
 * What the command answers to somebody who may read every log and the cluster. The simulators run in this process, so it
 * must go on.
 */
export async function asAuditor(
  { google, cluster }: Pick<World, 'google' | 'cluster'>,
  words: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const program = join(import.meta.dirname, '../../src/cli/hallpass.ts')
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-auditor-'))
  const iAmASandbox = { acceptLoopbackEndpoints: true, google: google.url }
  const settings = { hostedDomains: ['example.com'], google: { auditLog }, iAmASandbox }
  writeFileSync(join(folder, 'config.yaml'), stringify(settings))
  writeFileSync(join(folder, 'google-access-token'), defaultAuditor.token)
  const env = {
    ...process.env,
    KUBECONFIG: cluster.kubeconfigPath,
    HALLPASS_CONFIG: join(folder, 'config.yaml'),
    HALLPASS_SECRETS: folder,
  }
  try {
    return await new Promise(resolve => {
      const child = execFile(process.execPath, [program, ...words], { env }, (_, out, err) =>
        resolve({ code: child.exitCode ?? 2, out, err }),
      )
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
