// kubeconform, which judges manifests by a schema alone: built once into our cache folder.
import { join } from 'node:path'
import { goProgram } from '../go-program.ts'

/** The program's path; a clause instead, when it is not available here. */
export async function kubeconformProgram(say: (line: string) => void): ReturnType<typeof goProgram> {
  const module = join(import.meta.dirname, 'kubeconform')
  return goProgram(
    { name: 'kubeconform', module, program: 'github.com/yannh/kubeconform/cmd/kubeconform', mayBuild: true },
    say,
  )
}
