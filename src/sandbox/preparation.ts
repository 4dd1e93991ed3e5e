// How far the sandbox is, for the page that is shown until it is ready.
import type { Step } from '../sim/controlplane/build.ts'

/** What has been said in the terminal, and the builds in their order. */
type Preparation = { said: string[]; steps: Step[] }

export class Progress {
  readonly #said: string[] = []
  readonly #steps = new Map<string, Step>()

  say(line: string): void {
    this.#said.push(line)
  }

  step(step: Step): void {
    this.#steps.set(step.program, step)
  }

  get preparation(): Preparation {
    return { said: [...this.#said], steps: [...this.#steps.values()] }
  }
}
