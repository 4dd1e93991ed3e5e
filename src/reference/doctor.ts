// docs/reference/doctor.md, from the table of the checks.
import { type Check, processes } from '../app/doctor/check.ts'
import { checks, settingsQuestion } from '../app/doctor/list.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `What \`hallpass doctor\` asks (docs/doctor.md says how it is used). An id never changes its meaning. A question marked ¹ is
asked for each process, because each has its own rights; one marked ² needs an administrator's kubeconfig and is not asked from a pod.`

/** The text of the page. */
export function doctorPage(): string {
  const all = [{ ...settingsQuestion, of: processes }, ...checks]
  return pageText({
    title: 'Questions of hallpass doctor',
    source: 'src/app/doctor/list.ts',
    intro,
    parts: [section('Questions', tableOf(['Id', 'Component', 'Processes', 'Question'], all.map(rowOf)))],
  })
}

type Asked = Pick<Check, 'id' | 'component' | 'of' | 'asks' | 'isOfEach' | 'needsAdministrator'>

function rowOf({ id, component, of, asks, isOfEach, needsAdministrator }: Asked): string[] {
  const marks = `${isOfEach ? ' ¹' : ''}${needsAdministrator ? ' ²' : ''}`
  return [code(id), component, of.length === processes.length ? 'all' : of.join(', '), `${asks}${marks}`]
}
