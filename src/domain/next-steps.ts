// Which of the steps that are due are carried out next. Pure.
import type { OwedStep, Step } from './lifecycle.ts'

/**
 * The next steps of those that are due: only a step of the lifecycle, or all notifications and log entries in parallel.
 * News goes into the message's thread, so it waits for a message that is being posted; so do calls for the alert.
 */
export function nextOf(due: readonly Step[]): Exclude<Step, OwedStep> | readonly OwedStep[] | undefined {
  const [first] = due
  if (!first || !isOwed(first)) return first
  const sent = due.filter(isOwed)
  const is = (kind: Step['do']): boolean => sent.some(step => step.do === kind)
  const isToWait = (kind: Step['do']): boolean =>
    kind === 'callReviewers' ? is('alert') : (kind === 'tell' || kind === 'remind') && is('post')
  return sent.filter(step => !isToWait(step.do))
}

const owed: readonly Step['do'][] = [
  'post',
  'show',
  'call',
  'callAgain',
  'page',
  'tell',
  'remind',
  'alert',
  'showAlert',
  'callReviewers',
  'account',
  'publish',
] satisfies OwedStep['do'][]

function isOwed(step: Step): step is OwedStep {
  return owed.includes(step.do)
}
