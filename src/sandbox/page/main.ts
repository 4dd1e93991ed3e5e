// The sandbox's page: who I am on the left, the channel in the middle, what happens behind the scenes on the right.
import { html } from 'htm/preact'
import { type ComponentChild, render } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { act, fetchState, onChange } from './api.ts'
import { ChannelView } from './channel.ts'
import { Modal, type Values } from './modal.ts'
import { Side } from './side.ts'
import type { Block, Message, State } from './state.ts'
import { Tour } from './tour.ts'

function App({ initial }: { initial: string }): ComponentChild {
  const [me, setMe] = useState(initial)
  const [state, setState] = useState<State | undefined>()
  const [channel, setChannel] = useState('C0PRODACCESS')
  const [problem, setProblem] = useState('')
  const refresh = useCallback(
    () =>
      void fetchState(me).then(
        fresh => (setState(fresh), setProblem('')),
        () => setProblem('The sandbox does not answer. Is npm start still running?'),
      ),
    [me],
  )
  useEffect(refresh, [refresh])
  useEffect(() => onChangeOnce(refresh), [refresh])
  if (!state || state.me !== me) return html`<p class="empty">${problem || 'Loading…'}</p>`

  const does = async (what: string, body: object): Promise<void> => {
    setProblem((await act(what, { user: me, ...body })) ?? '')
    refresh()
  }
  const press = (message: Message) => (element: Block, blockID: string) =>
    void does('click', { channel, ts: message.ts, actionID: element['action_id'], blockID })
  const view = state.views.at(-1)
  const become = (id: string): void => {
    location.hash = id
    setMe(id)
    setChannel('C0PRODACCESS')
  }
  return html`<div class="sandbox">
    <nav class="people" aria-label="People and channels">
      <h1>Hallpass <small>sandbox</small></h1>
      <h2>I am</h2>
      ${state.people.map(
        person =>
          html`<button type="button" aria-pressed=${person.id === me} onClick=${() => become(person.id)}>
            <strong>${person.name}</strong><small>${person.role}</small>
          </button>`,
      )}
      <h2>Channels</h2>
      ${state.channels.map(
        each =>
          html`<button type="button" aria-pressed=${each.id === channel} onClick=${() => setChannel(each.id)}>
            ${each.isDirect ? '' : '# '}${each.name}
          </button>`,
      )}
      <h2>Slack is away</h2>
      <a href=${state.door} target="_blank" rel="noreferrer">Ask and decide on the web</a>
      <a href=${`${state.door}me`} target="_blank" rel="noreferrer">Check my rights</a>
    </nav>
    <div class="middle">
      <${Tour} state=${state} />
      ${problem ? html`<p class="error" role="alert">${problem}</p>` : ''}
      <${ChannelView}
        state=${state}
        channel=${channel}
        onPress=${press}
        onCommand=${(text: string) => void does('command', { channel, text })}
      />
    </div>
    <${Side} state=${state} />
    ${
      view
        ? html`<${Modal}
            key=${view.id}
            view=${view}
            names=${state.names}
            onSubmit=${(values: Values) => void does('submit', { viewID: view.id, values })}
            onClose=${() => void does('close', { viewID: view.id })}
            onChoose=${(element: Block, blockID: string, value: string, values: Values) =>
              void does('choose', { viewID: view.id, blockID, actionID: element['action_id'], value, values })}
          />`
        : ''
    }
  </div>`
}

let listener: () => void = () => undefined
onChange(() => listener())
function onChangeOnce(changed: () => void): void {
  listener = changed
}

const root = document.getElementById('root')
if (root) render(html`<${App} initial=${location.hash.slice(1) || 'U0DANA'} />`, root)
