// The script for bash, from version 3.2 on, without the package bash-completion.
import { type CommandWords, type OptionWords, quoted, type Value, valueCases, type Words, wordsIn } from './words.ts'

/** Defines the completion of `hallpass`. */
export function bashScript({ program, commands }: Words): string {
  const offers = [program, ...commands].map(
    command => `    ${quoted(command.name)}) ${variable('words', command)} ${variable('options', command)} ;;`,
  )
  return `# Completion of hallpass for bash. Read it with: source <(hallpass completion bash)
_hallpass_none() { compopt +o default 2>/dev/null; }
_hallpass() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command='' words='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${commands.map(({ name }) => name).join(' | ')}) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  if [[ $current == = ]]; then current=''; elif [[ $before == = ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  case "$command $before" in
${valueCases(commands, follow)}
  esac
  case "$command" in
${offers.join('\n')}
  esac
  case "$words" in
    -file-) [[ $current != -* ]] && return; words='' ;;
  esac
  [[ $current == -* || -z $words ]] && words=$options
  _hallpass_none
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _hallpass hallpass
`
}

// An empty answer lets bash offer files; for text that nobody can complete it must not.
function follow({ value }: OptionWords): string {
  if (value === 'file') return ':'
  if (typeof value === 'string') return '_hallpass_none'
  const words = `COMPREPLY=($(compgen -W ${quoted(wordsIn(value).join(' '))} -- "$current"))`
  return 'orFile' in value ? words : `_hallpass_none; ${words}`
}

function variable(kind: 'words' | 'options', { argument, options }: CommandWords): string {
  const words = kind === 'options' ? options.flatMap(({ flags }) => flags) : wordsAfter(argument)
  return `${kind}=${quoted(words.join(' '))}`
}

function wordsAfter(argument: Value): readonly string[] {
  if (argument === 'file') return ['-file-']
  return wordsIn(argument)
}
