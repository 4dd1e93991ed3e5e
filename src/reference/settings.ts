// docs/reference/settings.md, from the schema of the configuration, the facts about each setting, secrets and variables.
import { settings } from '../app/settings.ts'
import { secretFacts } from '../app/secret-files.ts'
import { variables } from '../app/environment.ts'
import { code, pageText, section, tableOf } from './markdown.ts'
import { readersOf, settingForms } from './setting-forms.ts'

const intro = `A process reads one YAML file, whose path is in \`HALLPASS_CONFIG\`, and its secrets as files. If something in them is wrong, it
prints every fault and stops; \`hallpass check-config PROCESS\` prints the same before a deployment. A setting that is not listed
here is a fault. A change takes effect after a restart. "Required" means that the processes named do not start without it.`

/** The text of the page. */
export function settingsPage(): string {
  const parts = [
    section('Settings', tableOf(['Setting', 'Default', 'Read by', 'What it decides'], settingForms().map(rowOf))),
    section(
      'Secrets',
      'One file each, in the folder that `HALLPASS_SECRETS` names.',
      tableOf(['File', 'Read by', 'Begins with', 'Only when', 'Where it comes from'], secretRows()),
    ),
    section(
      'Environment',
      tableOf(
        ['Variable', 'What it says'],
        Object.entries(variables).map(([name, meaning]) => [code(name), meaning]),
      ),
    ),
  ]
  const source = 'src/app/settings.ts, config-schema.ts, secret-files.ts and environment.ts'
  return pageText({ title: 'Settings', source, intro, parts })
}

function rowOf({ name, standard }: { name: string; standard?: string }): string[] {
  const { readBy, isRequired } = readersOf(name)
  const fallback = standard === undefined ? (isRequired ? 'required' : 'unset') : code(standard)
  return [code(name), fallback, readBy.join(', '), settings[name]?.meaning ?? '']
}

function secretRows(): string[][] {
  return Object.entries(secretFacts).map(([name, facts]) => [
    code(name),
    facts.readBy.join(', '),
    'prefix' in facts ? code(facts.prefix) : '',
    'onlyWhen' in facts ? facts.onlyWhen : '',
    facts.from,
  ])
}
