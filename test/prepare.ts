// The control plane for test files, built in sight and without a deadline, so that no test waits for it.
import { readFile } from 'node:fs/promises'
import { locateApiServer, locateBinaries, refuseVersion } from '../src/sim/controlplane/locate.ts'
import { versionsIn } from './versions.ts'

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
}
