// Every error code that Slack documents for a method that we call has a meaning.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { isReason } from '../../../src/domain/refusals.ts'
import { meaningOf } from '../../../src/slack/messages/codes.ts'
import { suite, table } from '../../suite.ts'

const test = suite("Slack's error codes")

table<{ codes: string[]; is: string; reason?: string }>(
  test,
  {
    'what ends by itself': { codes: ['internal_error', 'update_failed', 'invalid_cursor'], is: 'passing' },
    'too many calls': { codes: ['ratelimited', 'rate_limited', 'message_limit_exceeded'], is: 'limit' },
    'a token that is being rotated': { codes: ['invalid_auth', 'token_revoked', 'missing_scope'], is: 'setup' },
    'a channel that cannot be used': {
      codes: [
        'channel_not_found',
        'not_in_channel',
        'is_archived',
        'restricted_action',
        'restricted_action_read_only_channel',
        'restricted_action_thread_only_channel',
      ],
      is: 'final',
      reason: 'ChannelUnreachable',
    },
    'what administrators of Slack forbid': {
      codes: ['ekm_access_denied', 'app_access_restricted', 'team_access_not_granted'],
      is: 'final',
      reason: 'SlackAccessDenied',
    },
    'a direct message that cannot be delivered': {
      codes: ['messages_tab_disabled', 'user_disabled'],
      is: 'final',
      reason: 'DirectMessageRefused',
    },
    'a form that will not be taken': {
      codes: ['msg_too_long', 'msg_blocks_too_long', 'metadata_too_large', 'invalid_blocks'],
      is: 'final',
      reason: 'MessageRefused',
    },
    'a message that is gone': { codes: ['thread_not_found', 'edit_window_closed'], is: 'final', reason: 'MessageGone' },
  },
  ({ codes, is, reason }) => {
    for (const code of codes) {
      const meaning = meaningOf(code)
      assert.is(meaning?.is, is, code)
      if (meaning?.is === 'final') assert.is(meaning.reason, reason, code)
    }
  },
)

test('a code that is not documented has no meaning, whatever it is called', () => {
  for (const code of ['something_new', 'constructor', '__proto__', '']) assert.is(meaningOf(code), undefined)
})

const { VENDOR_SCHEMAS: schemas } = process.env
const file = schemas && join(schemas, 'slack-error-codes.tsv')

if (file && existsSync(file))
  test('every code of the published reference is in the table, for each method that we call', () => {
    const documented = readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .flatMap(line => {
        const [method = '', codes = ''] = line.split('\t')
        return codes.split(' ').map(code => ({ method, code }))
      })
    assert.ok(documented.length > 100)
    for (const { method, code } of documented) {
      const meaning = meaningOf(code)
      assert.ok(meaning, `${method}: ${code}`)
      if (meaning?.is === 'final') assert.ok(isReason(meaning.reason))
    }
  })
else console.log('  skipped: the published reference is not here (VENDOR_SCHEMAS)')

test.run()
