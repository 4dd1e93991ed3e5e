// `hallpass trial` with a person at the keyboard: it asks before each change, and asks what only a person sees.
import * as assert from 'uvu/assert'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { openStage, places, project, type Run, type Stage } from './trial-stage.ts'

const test = suite('attended trial')
let stage: Stage & { run: Run }
let asked: string[] = []
test.before.each(async () => {
  stage = await openStage()
  asked = []
})
test.after.each(async () => stage.close())

/** Types the names again, and `others` for all other questions. */
function person(others: (question: string) => string | undefined | Promise<string | undefined>) {
  return (said: string): string | undefined | Promise<string | undefined> => {
    const [, what = ''] = /Type the name of the throwaway (.+) again: $/.exec(said) ?? []
    const [, nth] = /^resource (\d+)$/.exec(what) ?? []
    if (nth) return places.resource.split(',')[Number(nth) - 1]
    if (what === 'bucket without uniform access') return places['fine-bucket']
    if (what) return places[what.replace(' ', '-') as keyof typeof places]
    if (said.endsWith(' ')) asked.push(said)
    return others(said)
  }
}

/** Dana looks at her screen: says yes when something new notified her since the last question. */
function dana(): (said: string) => string | undefined {
  let seen = 0
  return said => {
    if (said.startsWith('Type in the channel: /access R&D <b>')) {
      const line = { user: 'U0DANA', channel: places.channel, command: '/access', text: 'R&D <b>' }
      void stage.slack.desktop.slashCommand(line)
      return undefined
    }
    if (!said.endsWith(' ')) return undefined
    const count = stage.slack.state.notified('U0DANA').length
    const isNew = count > seen
    seen = count
    return said.includes('Did Slack notify you') && !isNew ? 'n' : 'y'
  }
}

test('a person sees that an edit notifies nobody, and that typed text arrives escaped', async () => {
  const { code, err } = await stage.run(['--only', 'slack-notified,slack-typed-text'], person(dana()))
  assert.match(err, /slack-notified: the same\n/)
  assert.match(err, /slack-typed-text: the same\n/)
  assert.match(stage.report(), /notified of the edit \| `no` \| `no` \| same/)
  assert.match(stage.report(), /arrives as \| `R&amp;D &lt;b&gt;` \| `R&amp;D &lt;b&gt;` \| same/)
  assert.is(code, 0, err)
  assert.equal(stage.slack.state.messages(places.channel), [])
})

attack(test, 'somebody else types a command while a trial waits for one … 1 text, of the person', async () => {
  const other = person(said => {
    if (said.startsWith('Type in the channel'))
      void stage.slack.desktop
        .slashCommand({ user: 'U0OTTO', channel: places.channel, command: '/access', text: 'a secret' })
        .then(() => dana()(said))
    return said.endsWith(' ') ? 'y' : undefined
  })
  await stage.run(['--only', 'slack-typed-text'], other)
  const texts = [...stage.report().matchAll(/arrives as \| `[^`]+` \| `([^`]+)`/g)].map(([, text]) => text)
  return texts[0] === 'R&amp;D &lt;b&gt;' ? `${texts.length} text, of the person` : texts.join()
})

test('a person who is notified of an edit makes the assumption wrong', async () => {
  const { code, err } = await stage.run(
    ['--only', 'slack-notified'],
    person(said => (said.endsWith(' ') ? 'y' : undefined)),
  )
  assert.match(err, /slack-notified: DIFFERENT; notified of the edit: expected "no", came "yes"/)
  assert.is(code, 1)
})

test('each change is described before it is made, and only a yes makes it', async () => {
  const before = stage.google.policies.read(project)
  const answers = ['no', '', 'yes please']
  const only = ['--only', 'iam-etag,iam-letters,log-repeats,kms-other-data']
  const { code, err } = await stage.run(
    only,
    person(said => (said.endsWith(' ') ? answers.shift() : undefined)),
  )
  assert.match(
    asked[0] ?? '',
    /409 ABORTED\.\n {2}To check it, the trial adds a binding of roles\/storage\.objectViewer/,
  )
  assert.is(asked.length, 3)
  assert.match(err, /3 kms-other-data: the same\n.*\n.*4 log-repeats: skipped; you did not want it\n/)
  assert.equal([code, stage.google.policies.read(project)], [0, before])
})

test('a person can stop, and what comes later is not reached', async () => {
  const { code, err } = await stage.run(
    ['--only', 'iam-etag,kms-other-data'],
    person(() => 's'),
  )
  assert.match(err, /1 iam-etag: not reached; the trial was stopped\n2 kms-other-data: not reached/)
  assert.is(code, 1)
})

test('another name than the first one ends the trial before it does anything', async () => {
  const { code, err } = await stage.run(['--only', 'iam-etag'], said =>
    said.endsWith(' ') ? 'projects/prod-eu' : undefined,
  )
  assert.match(
    err,
    /Nothing was done, because the project "projects\/hallpass-try" was not named twice\. What you typed/,
  )
  assert.equal([code, stage.google.calls.length], [1, 0])
})

test('the token may be the first line of stdin', async () => {
  const answer = person(said => (said.startsWith('Reading the access token') ? stage.token : undefined))
  const { code, err } = await stage.run(['--only', 'kms-other-data', '--token-file', '-'], answer)
  assert.is(code, 0, err)
  assert.not.match(err, new RegExp(stage.token.slice(0, 20)))
})

test.run()
