// What can be typed on the command line, as plain data that the three shells' scripts are made of. It is read from
// commander's own tree, so it cannot differ from what the commands accept.
import { type Argument, type Command, Option } from 'commander'

/**
 * What follows a command or an option: nothing, a file, one of some words, one of some words or a file, or text that nobody
 * can complete.
 */
export type Value = 'nothing' | 'file' | 'text' | readonly string[] | { orFile: readonly string[] }

/** An option that takes one of some words or a file. */
export class WordOrFile extends Option {
  readonly words: readonly string[]
  constructor(flags: string, description: string, words: readonly string[]) {
    super(flags, description)
    this.words = words
  }
}
/** An option: how it can be written, what it does, and what follows it. */
export type OptionWords = { flags: readonly string[]; about: string; value: Value }
/** A command. The program itself is the one without a name, and what follows it is a command. */
export type CommandWords = { name: string; about: string; options: readonly OptionWords[]; argument: Value }

/** The whole command line. */
export type Words = { program: CommandWords; commands: readonly CommandWords[] }

/** The program, and each of its commands. Throws when a command has its own commands, which no script knows. */
export function wordsOf(program: Command): Words {
  const commands = program.createHelp().visibleCommands(program)
  const names = commands.map(command => command.name())
  const own = commands.map(command => {
    if (command.commands.length > 0) throw new Error(`"${command.name()}" has commands.`)
    const words = commandWords(command, command.name())
    // The command that commander adds. Its argument is the name of another one.
    return words.name === 'help' ? { ...words, argument: names.filter(name => name !== 'help') } : words
  })
  return { program: { ...commandWords(program, ''), argument: names }, commands: own }
}

function commandWords(command: Command, name: string): CommandWords {
  const help = command.createHelp()
  const [argument] = command.registeredArguments
  return {
    name,
    about: help.subcommandDescription(command),
    options: help.visibleOptions(command).map(optionWords),
    argument: argument ? valueOf(argument, argument.name()) : 'nothing',
  }
}

function optionWords(option: Option): OptionWords {
  const flags = [option.short, option.long].filter(flag => flag !== undefined)
  const [, placeholder] = /[<[](.+)[>\]]/.exec(option.flags) ?? []
  return { flags, about: option.description, value: placeholder ? valueOf(option, placeholder) : 'nothing' }
}

function valueOf(of: Option | Argument, placeholder: string): Value {
  if (of instanceof WordOrFile) return { orFile: of.words }
  const { argChoices } = of
  if (argChoices) return argChoices
  // Such as <file>, <paths...> and <old-path>.
  return /(^|-)(file|path)s?$/.test(placeholder) ? 'file' : 'text'
}

/**
 * For bash and zsh: the branches of `case "$command $before"`, one for each option that something follows. `follow` says
 * what to do there.
 */
export function valueCases(commands: readonly CommandWords[], follow: (option: OptionWords) => string): string {
  const branches = commands.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value !== 'nothing')
      .map(option => {
        const patterns = option.flags.map(flag => quoted(`${name} ${flag}`)).join(' | ')
        return `    ${patterns}) ${follow(option)}; return ;;`
      }),
  )
  return branches.join('\n')
}

/** Text as one word of bash or zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The words among which a value can be chosen. */
export function wordsIn(value: Value): readonly string[] {
  if (typeof value === 'string') return []
  return 'orFile' in value ? value.orFile : value
}
