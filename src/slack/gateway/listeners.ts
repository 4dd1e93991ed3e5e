// Bolt's listeners: when a delivery is acknowledged, and what follows later. The answers are made elsewhere.
import type { App, SlashCommand } from '@slack/bolt'
import { refusal } from '../../domain/outcome.ts'
import {
  type Answer,
  failed,
  notHeld,
  refused,
  stillStoring,
  stillWorking,
  tooMany,
  tooManyOfYours,
} from './answers.ts'
import { handleClick } from './clicks.ts'
import { answerCommand } from './commands.ts'
import type { Dependencies } from './dependencies.ts'
import { answerTo } from './steps.ts'
import { resultForm } from './forms.ts'
import { readMeaning } from './grammar.ts'
import { readClick, readCommand, readOrigin, readSubmission, type Submission } from './payload.ts'
import { asView } from './responder.ts'
import { handleSubmission, type Submitted } from './submissions.ts'
import { inTime, tracker, type Tracker } from './timely.ts'

/** The counters: deliveries by kind and result, and requests beyond a limit. */
export type Metrics = {
  delivered(kind: 'command' | 'click' | 'form' | 'refused', outcome: string): void
  limited(limit: string): void
}

type Listening = {
  deps: Dependencies
  metrics: Metrics
  isHeld: () => boolean
  storeDeadlineMs: number
  underWay: Tracker
}

/**
 * The most deliveries under way together, including those that are answered later: two seconds at 200 a second. More
 * would not make a slow service faster, and people who are told immediately that nothing was stored can try again.
 */
const mostAtOnce = 400
/** The most of one person, so that one person cannot block the others. */
const mostOfOne = 100
/** How many people who are refused at a button are told so at the same time; each needs a call to Slack. */
const mostTold = 20

/**
 * Registers the listeners. Each acknowledges exactly once, also after an error. An answer that cannot be sent with the
 * acknowledgement is sent through the response address or the form.
 */
export function listen(app: App, { deps, metrics, isHeld, storeDeadlineMs, underWay }: Listening): void {
  const telling = tracker()
  const onCommand = async (body: SlashCommand, ack: (answer?: Answer) => Promise<void>): Promise<void> => {
    const work = answerSafely(async () => answerCommand(readCommand(body), deps), deps)
    const result = await inTime(work, storeDeadlineMs)
    metrics.delivered('command', result === 'late' ? 'late' : 'inTime')
    if (result !== 'late') return ack(result.in).catch(() => finishCommand(body.response_url, work, deps))
    await ack(isAsk(body, deps) ? stillStoring('request') : stillWorking()).catch(unsent)
    await finishCommand(body.response_url, work, deps)
  }

  // Uses only Slack's signed id, before the person is looked up; this is enough to share fairly.
  const noRoomFor = (who: string): Answer | undefined => {
    // A socket stays open when the process is no longer ready, and a load balancer needs some time to notice.
    if (!isHeld()) return notHeld()
    if (underWay.count() >= mostAtOnce) return tooMany()
    return underWay.count(who) >= mostOfOne ? tooManyOfYours(mostOfOne) : undefined
  }

  app.command(/.*/, async ({ ack, body }) => {
    const shed = noRoomFor(body.user_id)
    if (!shed)
      return underWay.track(
        onCommand(body, async answer => ack(answer)),
        body.user_id,
      )
    metrics.delivered('command', 'shed')
    await ack(shed).catch(unsent)
  })

  app.action(/.*/, async ({ ack, body }) => {
    await ack().catch(unsent)
    const who = actorOf(body)
    const shed = noRoomFor(who)
    metrics.delivered('click', shed ? 'shed' : 'inTime')
    if (!shed) return underWay.track(clickSafely(body, deps), who)
    if (telling.count() < mostTold) await telling.track(tellSafely(body, shed, deps), who)
  })

  app.view({ callback_id: /.*/, type: 'view_submission' }, async ({ ack, body }) => {
    const submission = formIn(body)
    if (!submission) return ack({ response_action: 'update', view: asView(resultForm(failed(), 'Hallpass')) })
    const who = submission.actor.slackUserID
    const shed = noRoomFor(who)
    if (shed) metrics.delivered('form', 'shed')
    if (shed) return ack({ response_action: 'update', view: asView(resultForm(shed, titleOf(submission))) })
    const work = underWay.track(submitSafely(submission, deps), who)
    const result = await inTime(work, storeDeadlineMs)
    metrics.delivered('form', result === 'late' ? 'late' : 'inTime')
    const what = submission.callbackID === 'deny' ? 'decision' : 'request'
    const shown: Submitted = result === 'late' ? { answer: stillStoring(what) } : result.in
    // If Slack does not get the faults, it says that it had trouble, and what was typed stays.
    if ('faults' in shown) return ack({ response_action: 'errors', errors: shown.faults }).catch(unsent)
    if (shown.closes) {
      const isClosed = await ack({ response_action: 'clear' }).then(() => true, unsent)
      return underWay.track(
        isClosed ? sayLine(submission, shown.answer, deps) : finishForm(submission, work, deps),
        who,
      )
    }
    const isShown = await ack({
      response_action: 'update',
      view: asView(resultForm(shown.answer, titleOf(submission))),
    }).then(() => true, unsent)
    if (result === 'late' || !isShown) await underWay.track(finishForm(submission, work, deps), who)
  })

  app.view({ callback_id: /.*/, type: 'view_closed' }, async ({ ack }) => ack().catch(unsent))
  app.error(async error => deps.log.warn({ error: error.name }, 'gateway: Bolt could not handle a delivery'))
}

/** Over a socket an acknowledgement may fail. Slack then sends the delivery again, or the person reads that it failed. */
function unsent(): undefined {
  return undefined
}

function actorOf({ user }: { user?: { id?: unknown } }): string {
  return typeof user?.id === 'string' ? user.id : ''
}

async function tellSafely(body: unknown, answer: Answer, deps: Dependencies): Promise<void> {
  try {
    const { responseUrl } = readClick(body)
    if (responseUrl) await deps.respond(responseUrl, answer)
  } catch {
    lost(deps)
  }
}

function isAsk({ command, text = '' }: { command: string; text?: string }, deps: Dependencies): boolean {
  return readMeaning(command, text, deps.command).means === 'ask'
}

function formIn(body: unknown): Submission | undefined {
  try {
    return readSubmission(body)
  } catch {
    return undefined
  }
}

async function answerSafely(work: () => Promise<Answer | undefined>, deps: Dependencies): Promise<Answer | undefined> {
  try {
    return await work()
  } catch (error) {
    return answerTo(error, deps)
  }
}

async function clickSafely(body: unknown, deps: Dependencies): Promise<void> {
  try {
    await handleClick(readClick(body), deps)
  } catch (error) {
    answerTo(error, deps)
  }
}

async function submitSafely(submission: Submission, deps: Dependencies): Promise<Submitted> {
  try {
    return await handleSubmission(submission, deps)
  } catch (error) {
    return { answer: answerTo(error, deps) }
  }
}

async function finishCommand(
  responseUrl: string,
  work: Promise<Answer | undefined>,
  deps: Dependencies,
): Promise<void> {
  const answer = await work
  if (answer) await deps.respond(responseUrl, answer).catch(() => lost(deps))
}

async function sayLine({ metadata }: Submission, answer: Answer, deps: Dependencies): Promise<void> {
  const { responseUrl } = readOrigin(metadata)
  if (responseUrl) await deps.respond(responseUrl, answer).catch(() => lost(deps))
}

// The form may have been closed meanwhile; then the answer goes to the place where the form was opened.
async function finishForm(submission: Submission, work: Promise<Submitted>, deps: Dependencies): Promise<void> {
  const result = await work
  const answer = 'answer' in result ? result.answer : faultsAsAnswer(result.faults)
  const { responseUrl } = readOrigin(submission.metadata)
  try {
    await deps.forms.update(submission.viewID, resultForm(answer, titleOf(submission)))
  } catch {
    if (!responseUrl) return lost(deps)
    await deps.respond(responseUrl, answer).catch(() => lost(deps))
  }
}

function faultsAsAnswer(faults: Record<string, string>): Answer {
  return refused(refusal('FormFault', Object.values(faults).join(' ')))
}

function lost({ log }: Dependencies): void {
  log.warn({}, 'gateway: a late answer could not be sent in Slack')
}

function titleOf({ callbackID }: Submission): string {
  return callbackID === 'deny' ? 'Deny access' : 'Ask for access'
}
