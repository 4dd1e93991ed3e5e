// What was typed: how long, from when, and why; or the part to be asked back. Types only.
import type { AnyStart } from './typed-start.ts'
import type { TypedWindow } from './typed-window.ts'

/**
 * How long (undefined: nothing was said), and why. `isAtEnd`: how long was said at the end of the reason. `start` is when
 * access should begin, if that was said; `window` is the same time of several days in the place of how long.
 */
export type Wish = {
  seconds: number | undefined
  reason: string
  isAtEnd?: true
  start?: AnyStart
  window?: TypedWindow
}
/**
 * Or the part that may be a time, to be asked back. `either`: it may be how long the person needs after this reason, or
 * belong to it. `remedy`: it may be a start, and this is what to write instead.
 */
export type Unclear = {
  unclear: string
  either?: { seconds: number; reason: string; whole: string }
  remedy?: string
}
/** What was typed. */
export type Asked = Wish | Unclear
