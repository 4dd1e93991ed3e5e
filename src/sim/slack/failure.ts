// The errors of the simulated methods.

/** A Web API error: answered as HTTP 200 `{ok: false, error, ...more}`. */
export class SlackFailure extends Error {
  readonly error: string
  readonly more: Record<string, unknown>
  constructor(error: string, more: Record<string, unknown> = {}) {
    super(error)
    this.error = error
    this.more = more
  }
}

/** A failure with the sentences Slack puts under `response_metadata.messages`. */
export function failureWith(error: string, messages: string[]): SlackFailure {
  return new SlackFailure(error, {
    ...(error === 'invalid_blocks' && { errors: messages }),
    response_metadata: { messages: messages.map(message => `[ERROR] ${message}`) },
  })
}
