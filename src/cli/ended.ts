// How a command with its own exit codes ends.

/** The command has printed everything, and ends with this code. */
export class Ended extends Error {
  override readonly name = 'Ended'
  readonly code: number
  constructor(code: number) {
    super(`Ended with ${code}.`)
    this.code = code
  }
}

/** The error that ended the command, and the code it ends with instead of the usual one. */
export class EndedBy extends Error {
  override readonly name = 'EndedBy'
  readonly code: number
  constructor(error: unknown, code: number) {
    super('Ended by an error.', { cause: error })
    this.code = code
  }
}
