// Modals: opening, pushing and changing them by trigger, and what their fields hold.
import { blocksIn, viewFaults, withIds } from './blocks.ts'
import { failureWith, SlackFailure } from './failure.ts'
import { carriedOver, startingValues } from './fields.ts'
import { isObject } from './schema.ts'
import type { Workspace } from './state.ts'
import type { Json, StoredView } from './types.ts'
import type { Call, Method } from './method.ts'

/** The highest number of stacked views. */
const maxStack = 3
/** A larger view is refused. */
const maxBytes = 250_000

/** A view as it would be stored. Fails as Slack does when it breaks a rule of Block Kit. */
export function readView(given: unknown, state: Workspace): Json {
  if (!isObject(given)) throw failureWith('invalid_arguments', ['missing required field: view'])
  if (JSON.stringify(given).length > maxBytes) throw new SlackFailure('view_too_large')
  const faults = viewFaults(given)
  if (faults.length > 0) throw failureWith('invalid_arguments', faults)
  const external = given['external_id']
  if (external && [...state.views.values()].some(({ view }) => view['external_id'] === external))
    throw new SlackFailure('duplicate_external_id')
  return { ...given, blocks: withIds(blocksIn(given['blocks']), prefix => state.nextId(prefix)) }
}

/** Shows a view to a person: as the first one, or on top of the open one. */
export function showView(
  state: Workspace,
  user: string,
  { view, upon }: { view: Json; upon?: StoredView | undefined },
): StoredView {
  const id = state.nextId('V')
  if (!upon) for (const other of state.openViews(user)) state.hide(other)
  if (upon && state.openViews(user).length >= maxStack) throw new SlackFailure('push_limit_reached')
  return state.show({
    id,
    user,
    hash: '',
    rootId: upon?.rootId ?? id,
    ...(upon && { previousId: upon.id }),
    view,
    values: startingValues(view),
    errors: {},
  })
}

/** Puts new content in an open view. Fields that are the same keep what was typed. */
export function changeView(state: Workspace, stored: StoredView, view: Json): StoredView {
  return state.show(Object.assign(stored, { view, values: carriedOver(view, stored.values), errors: {} }))
}

/** A view as the Web API and deliveries name it. */
export function asApiView(stored: StoredView, { team, app }: Workspace): Json {
  const { view } = stored
  return {
    id: stored.id,
    team_id: team.id,
    type: view['type'],
    blocks: view['blocks'],
    private_metadata: view['private_metadata'] ?? '',
    callback_id: view['callback_id'] ?? '',
    state: { values: stored.values },
    hash: stored.hash,
    title: view['title'],
    clear_on_close: view['clear_on_close'] ?? false,
    notify_on_close: view['notify_on_close'] ?? false,
    close: view['close'] ?? null,
    submit: view['submit'] ?? null,
    previous_view_id: stored.previousId ?? null,
    root_view_id: stored.rootId,
    app_id: app.id,
    external_id: view['external_id'] ?? '',
    app_installed_team_id: team.id,
    bot_id: app.botId,
  }
}

function open({ args, state, hooks }: Call): Json {
  const given = args.json('view', 'invalid_arguments')
  const user = hooks.exchange(args.required('trigger_id'))
  return { view: asApiView(showView(state, user, { view: readView(given, state) }), state) }
}

function push({ args, state, hooks }: Call): Json {
  const given = args.json('view', 'invalid_arguments')
  const user = hooks.exchange(args.required('trigger_id'))
  const upon = state.openViews(user).at(-1)
  if (!upon) throw new SlackFailure('not_found')
  return { view: asApiView(showView(state, user, { view: readView(given, state), upon }), state) }
}

function update({ args, state }: Call): Json {
  const external = args.text('external_id')
  const stored = [...state.views.values()].find(({ id, view }) =>
    external ? view['external_id'] === external : id === args.text('view_id'),
  )
  if (!stored) throw new SlackFailure('not_found')
  const hash = args.text('hash')
  if (hash && hash !== stored.hash) throw new SlackFailure('hash_conflict')
  const given = args.json('view', 'invalid_arguments')
  return { view: asApiView(changeView(state, stored, readView(given, state)), state) }
}

export const viewMethods: Record<string, Method> = {
  'views.open': { run: open },
  'views.push': { run: push },
  'views.update': { run: update },
}
