// `hallpass completion`: prints the script with which a shell completes the commands and their options.
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { wordsOf } from './words.ts'
import { zshScript } from './zsh.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const
type Shell = keyof typeof scripts

const examples = `
Examples:
  hallpass completion fish > ~/.config/fish/completions/hallpass.fish
  echo 'source <(hallpass completion bash)' >> ~/.bashrc
  echo 'source <(hallpass completion zsh)' >> ~/.zshrc   # after compinit
`

/** Adds the command. */
export function addCompletion(program: Command, terminal: Terminal, exitCodeHelp: string): void {
  program
    .command('completion')
    .description('print the script with which your shell completes commands and options')
    .addArgument(program.createArgument('<shell>', 'whose script').choices(Object.keys(scripts)))
    .addHelpText('after', examples + exitCodeHelp)
    .action((shell: Shell) => terminal.out(scripts[shell](wordsOf(program))))
}
