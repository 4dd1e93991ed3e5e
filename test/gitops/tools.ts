// The libraries of Flux, Argo CD and Prometheus as one program: built once into our cache folder.
import { join } from 'node:path'
import { ask, goProgram } from '../go-program.ts'

/** What a tool says of an object's state. */
export type Health = { status: string; message: string }
/** What a tool did with one object, named `Kind name`. */
export type Outcome = { object: string; action: string }
/** What Git held before, and what it holds now. */
export type Change = { before: readonly object[]; after: readonly object[] }

/** One run of a tool: what it does to the cluster, or (`…-diff`) what it says about the difference to Git. */
type Command =
  'flux-sync' | 'flux-diff' | 'argo-sync' | 'argo-delete' | 'argo-apply' | 'argo-apply-server-side' | 'argo-diff'

export type GitopsTools = {
  /** The status of kstatus for each object. */
  kstatus(objects: readonly object[]): Promise<Health[]>
  /** The results of a health check of Argo CD. */
  lua(script: string, objects: readonly object[]): Promise<Health[]>
  /** The complaints of Prometheus' linter about a page of metrics. */
  promlint(page: string): Promise<string[]>
  /** One run of a tool on a cluster. */
  on(kubeconfig: string, command: Command, change: Change): Promise<Outcome[]>
}

/** The tools; a clause when they are not available here. */
export async function gitopsTools(say: (line: string) => void): Promise<GitopsTools | string> {
  const module = join(import.meta.dirname, 'tools')
  const built = await goProgram({ name: 'gitops-tools', module, mayBuild: true, isHasty: true }, say)
  if ('because' in built) return built.because
  const call = async (command: string, input: string, env = process.env): Promise<unknown> =>
    JSON.parse(await ask({ path: built.path, args: [command], env }, input))
  return {
    kstatus: async objects => (await call('kstatus', JSON.stringify(objects))) as Health[],
    lua: async (script, objects) => (await call('lua', JSON.stringify({ script, objects }))) as Health[],
    promlint: async page => (await call('promlint', page)) as string[],
    on: async (kubeconfig, command, change) =>
      (await call(command, JSON.stringify(change), { ...process.env, KUBECONFIG: kubeconfig })) as Outcome[],
  }
}
