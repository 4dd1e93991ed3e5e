// The script for zsh: read with `source`, or as the file `_hallpass` in a folder of fpath.
import { type CommandWords, type OptionWords, quoted, valueCases, type Words, wordsIn } from './words.ts'

/** Defines the completion of `hallpass`, with the meaning of each word. */
export function zshScript({ program, commands }: Words): string {
  const meanings = new Map(commands.map(({ name, about }) => [name, about]))
  const offers = [program, ...commands].map(command => `    ${quoted(command.name)}) ${offer(command, meanings)} ;;`)
  return `#compdef hallpass
# Completion of hallpass for zsh. Read it with: source <(hallpass completion zsh)
_hallpass() {
  local before="\${words[CURRENT-1]}" command='' word
  local -a offered options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in
      ${commands.map(({ name }) => name).join(' | ')}) command="$word"; break ;;
    esac
  done
  if [[ "\${words[CURRENT]}" == --*=* ]]; then before="\${words[CURRENT]%%=*}"; compset -P '*='; fi
  case "$command $before" in
${valueCases(commands, follow)}
  esac
  case "$command" in
${offers.join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* || \${#offered} -eq 0 ]]; then
    _describe -o option options
  else
    _describe word offered
  fi
}
if [[ "\${funcstack[1]}" == _hallpass ]]; then _hallpass "$@"; else compdef _hallpass hallpass; fi
`
}

function follow({ value, about }: OptionWords): string {
  if (value === 'file') return '_files'
  if (typeof value === 'string') return `_message ${quoted(about)}`
  const words = `compadd -- ${wordsIn(value).map(quoted).join(' ')}`
  return 'orFile' in value ? `${words}; _files` : words
}

function offer({ argument, options }: CommandWords, meanings: ReadonlyMap<string, string>): string {
  const flags = options.flatMap(({ flags, about }) => flags.map(flag => described(flag, about)))
  const listed = `options=(${flags.join(' ')})`
  if (argument === 'file') return `${listed}; [[ "\${words[CURRENT]}" != -* ]] && { _files; return }`
  if (typeof argument === 'string') return listed
  return `offered=(${wordsIn(argument)
    .map(word => described(word, meanings.get(word)))
    .join(' ')}) ${listed}`
}

// A colon ends the word.
function described(word: string, about: string | undefined): string {
  return quoted(`${word.replaceAll(':', '\\:')}${about ? `:${about}` : ''}`)
}
