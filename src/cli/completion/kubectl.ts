// Completion of `kubectl hallpass`: kubectl runs `kubectl_complete-hallpass` from PATH with what was typed after the
// plugin's name, the unfinished last word included (kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins).
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { type CommandWords, type OptionWords, type Value, type Words, wordsIn, wordsOf } from './words.ts'

/** What the shell does after the last offer, as kubectl reads it: without any offer it offers files, or nothing. */
const directives = { files: ':0', noFiles: ':4' } as const

/** The command that answers kubectl. Nobody types it, so help does not show it. */
const completeCommand = '__complete'

/** Adds the command. */
export function addKubectlCompletion(program: Command, terminal: Terminal): void {
  program
    .command(completeCommand, { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((typed: string[]) => terminal.out(answerFor(wordsOf(program), typed)))
}

/** The offers for the last of the typed words, one a line with its meaning after a tab, and the directive. */
function answerFor(words: Words, typed: readonly string[]): string {
  const last = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  const commands = new Map(words.commands.map(command => [command.name, command]))
  const named = before.find(word => commands.has(word))
  const command = (named && commands.get(named)) || words.program
  const option = optionBefore(command, before.at(-1), last)
  const value = option ? option.value : command.argument
  const offers = [...(option ? [] : optionOffers(command)), ...wordOffers(words, value)]
  const start = option && last.includes('=') ? last.slice(0, last.indexOf('=') + 1) : ''
  const fitting = offers.map(offer => start + offer).filter(offer => offer.startsWith(last))
  const wanted = last.startsWith('-') ? fitting : fitting.filter(offer => !offer.startsWith('-'))
  return `${[...wanted, offersFiles(value) ? directives.files : directives.noFiles].join('\n')}\n`
}

/** The option whose value is being typed. */
function optionBefore({ options }: CommandWords, before: string | undefined, last: string): OptionWords | undefined {
  const flag = last.startsWith('--') && last.includes('=') ? last.slice(0, last.indexOf('=')) : before
  return options.find(({ flags, value }) => value !== 'nothing' && flag !== undefined && flags.includes(flag))
}

function optionOffers({ options }: CommandWords): string[] {
  return options.flatMap(({ flags, about }) => flags.map(flag => `${flag}\t${about}`))
}

function offersFiles(value: Value): boolean {
  return value === 'file' || (typeof value === 'object' && 'orFile' in value)
}

function wordOffers({ commands }: Words, value: Value): string[] {
  const meanings = new Map(commands.map(({ name, about }) => [name, about]))
  return wordsIn(value).map(word => (meanings.has(word) ? `${word}\t${meanings.get(word)}` : word))
}
