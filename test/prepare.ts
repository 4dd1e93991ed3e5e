// The control plane and the Go programs for test files, built in sight and without a deadline, so that no test waits for
// them.
import { readFile } from 'node:fs/promises'
import { locateApiServer, locateBinaries, refuseVersion } from '../src/sim/controlplane/locate.ts'
import { kubeconformProgram } from './api/kubeconform.ts'
import { judgeOfCel } from './contract/cel/judge.ts'
import { helmProgram } from './deploy/chart/helm.ts'
import { gitopsTools } from './gitops/tools.ts'
import { versionsIn } from './versions.ts'

/** The Go programs that files ask for. */
const programs = [kubeconformProgram, judgeOfCel, gitopsTools, helmProgram]

/**
 * Builds what these files need. A further version of Kubernetes only where a file asks for it; what cannot be built is
 * skipped by that file, with the reason. Rejects when there is no control plane at all.
 */
export async function prepareControlPlane(files: readonly string[]): Promise<void> {
  const say = (line: string): void => console.log(line)
  const sources = await Promise.all(files.map(file => readFile(file, 'utf8')))
  await locateBinaries({ say })
  for (const minor of new Set(sources.flatMap(versionsIn)))
    if ((await refuseVersion(minor)) === undefined) await locateApiServer(minor, { say })
  for (const program of programs.filter(({ name }) => sources.some(source => source.includes(`${name}(`))))
    // The file that asks for it builds it again, and says why it fails.
    await program(say).catch((error: unknown) => say(error instanceof Error ? error.message : String(error)))
}
