// The script for fish.
import { type CommandWords, type OptionWords, type Value, type Words, wordsIn } from './words.ts'

const top = '__hallpass_no_command'

/** Defines the completion of `hallpass`, with the meaning of each word. */
export function fishScript({ program, commands }: Words): string {
  const names = commands.map(({ name }) => name)
  const lines = [
    ...commands.map(({ name, about }) => `complete -c hallpass -n ${top} -a ${name} -d ${quoted(about)}`),
    ...program.options.map(option => optionLine(option, top)),
    ...commands.flatMap(commandLines),
  ]
  return `# Completion of hallpass for fish. Read it with: hallpass completion fish | source
function __hallpass_no_command
  not __fish_seen_subcommand_from ${names.join(' ')}
end
complete -c hallpass -f
${lines.join('\n')}
`
}

function commandLines({ name, options, argument }: CommandWords): string[] {
  const here = `__fish_seen_subcommand_from ${name}`
  const words = follow(argument)
  return [
    ...(words ? [`complete -c hallpass -n ${quoted(here)} ${words}`] : []),
    ...options.map(option => optionLine(option, here)),
  ]
}

function optionLine({ flags, about, value }: OptionWords, here: string): string {
  const written = flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
  const needed = value === 'nothing' ? '' : ` -r ${follow(value) ?? '-f'}`
  return `complete -c hallpass -n ${quoted(here)} ${written.join(' ')}${needed} -d ${quoted(about)}`
}

function follow(value: Value): string | undefined {
  if (value === 'file') return '-F'
  if (typeof value === 'string') return undefined
  return `${'orFile' in value ? '-F' : '-f'} -a ${quoted(wordsIn(value).join(' '))}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
