// Which programs are compared in the benchmarks of src/kube, and how each is told the same thing.
import { dirname, join } from 'node:path'
import type { Told } from './kube-child.ts'
import type { Command } from './measured.ts'
import { nodeOptions, nodeSettings } from './node-settings.ts'

export type KubeSide = 'ours' | 'go' | 'bare'

const [settings, options] = [await nodeSettings(), await nodeOptions()]

/**
 * Commands that do as told; the Go peer's only when it could be built. Node.js is set up as in production, what it compiles
 * kept as the image keeps it: the first round fills the folder.
 */
export function commandsOf(
  peer: { path: string } | undefined,
  kubeconfigPath: string,
): Record<KubeSide, (told: Told, env?: Record<string, string>) => Command> {
  const compiled = { NODE_COMPILE_CACHE: join(dirname(kubeconfigPath), 'compiled') }
  const node =
    (file: string) =>
    (told: Told, env: Record<string, string> = {}): Command => ({
      program: process.execPath,
      args: [
        ...options,
        ...(env['HEAP'] ? ['--expose-gc'] : []),
        join(import.meta.dirname, file),
        JSON.stringify(told),
      ],
      env: { ...settings, ...compiled, ...env, KUBECONFIG: kubeconfigPath },
    })
  return {
    ours: node('kube-child.ts'),
    bare: node('bare-loop.ts'),
    go: (told, env = {}) => ({
      program: peer?.path ?? '',
      args: flagsOf(told),
      env: { ...env, KUBECONFIG: kubeconfigPath },
    }),
  }
}

function flagsOf({ mode, namespace = '', expect = 0, status }: Told): string[] {
  const flags = [`-mode=${mode}`, `-namespace=${namespace}`, `-expect=${expect}`]
  return status ? [...flags, `-shown=${status.message?.shown ?? ''}`, `-patch=${JSON.stringify(status)}`] : flags
}
