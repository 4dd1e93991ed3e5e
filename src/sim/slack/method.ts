// The type of a Web API method, and the rule that all methods share: scopes.
import type { Args } from './args.ts'
import { SlackFailure } from './failure.ts'
import type { Hooks } from './hooks.ts'
import type { Workspace } from './state.ts'
import type { Json } from './types.ts'

/** One call of a method by the app. */
export type Call = { args: Args; state: Workspace; hooks: Hooks }
/** A method: the scopes of which the app needs one, and its answer. Fails with SlackFailure. */
export type Method = { needs?: string[]; run(call: Call): Json }

/** Fails unless the app was granted one of these scopes. */
export function requireScope({ app }: Workspace, needs: string[] = []): void {
  if (needs.length === 0 || needs.some(scope => app.scopes.includes(scope))) return
  throw new SlackFailure('missing_scope', { needed: needs.join(','), provided: app.scopes.join(',') })
}
