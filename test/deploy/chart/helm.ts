// helm, which renders and checks the chart: built once into our cache folder.
import { join } from 'node:path'
import { goProgram } from '../../go-program.ts'

/** The program's path; a clause instead, when it is not available here. */
export async function helmProgram(say: (line: string) => void): ReturnType<typeof goProgram> {
  const module = join(import.meta.dirname, 'helm')
  return goProgram({ name: 'helm', module, program: 'helm.sh/helm/v4/cmd/helm', mayBuild: true, isHasty: true }, say)
}
