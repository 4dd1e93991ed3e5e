// Slack's modal: a form of input blocks that is submitted as a whole.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { blocks, text } from './blocks.ts'
import type { Block, View } from './state.ts'

export type Values = Record<string, Record<string, Record<string, unknown>>>
type ModalProps = {
  view: View
  names: Record<string, string>
  onSubmit: (values: Values) => void
  onClose: () => void
  onChoose: (element: Block, blockID: string, value: string, values: Values) => void
}

/** The topmost open view. */
export function Modal({ view, names, onSubmit, onClose, onChoose }: ModalProps): ComponentChild {
  const dialog = useRef<HTMLDialogElement>(null)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [view.id])
  const all = (view.view['blocks'] ?? []) as Block[]
  const read = (): Values => valuesOf(all, form.current)
  const submit = (event: Event): void => {
    event.preventDefault()
    onSubmit(read())
  }
  return html`<dialog
    ref=${dialog}
    onCancel=${(event: Event) => (event.preventDefault(), onClose())}
    aria-labelledby="modal-title"
  >
    <form ref=${form} onSubmit=${submit}>
      <h2 id="modal-title">${text(view.view['title'], names)}</h2>
      ${all.map(block =>
        block.type === 'input'
          ? field(block, view.errors, (element, value) => onChoose(element, block.block_id ?? '', value, read()))
          : blocks([block], names, () => undefined),
      )}
      <div class="row">
        <button class="button" type="button" onClick=${onClose}>
          ${view.view['close'] ? text(view.view['close'], names) : 'Close'}
        </button>
        ${
          view.view['submit']
            ? html`<button class="button ${styleOf(view)}" type="submit">${text(view.view['submit'], names)}</button>`
            : ''
        }
      </div>
    </form>
  </dialog>`
}

// Green is for going on. Slack itself has one colour for every form.
function styleOf({ view }: View): string {
  return view['callback_id'] === 'deny' ? 'danger' : 'primary'
}

type Choose = (element: Block, value: string) => void

function field(block: Block, errors: Record<string, string>, choose: Choose): ComponentChild {
  const id = block.block_id ?? ''
  const element = block['element'] as Block
  const error = errors[id]
  const hint = block['hint'] ? html`<small id="hint-${id}">${text(block['hint'], {})}</small>` : ''
  return html`<div class="field" key=${id}>
    <label for="field-${id}"
      >${text(block['label'], {})}${block['optional'] ? html` <small>(optional)</small>` : ''}</label
    >
    ${input(element, id, block['dispatch_action'] ? choose : () => undefined)} ${hint}
    ${error ? html`<p class="error" role="alert">${error}</p>` : ''}
  </div>`
}

function input(element: Block, id: string, choose: Choose): ComponentChild {
  const common = { id: `field-${id}`, name: id, 'aria-describedby': `hint-${id}` }
  switch (element.type) {
    case 'static_select': {
      const options = (element['options'] ?? []) as { value: string; text: unknown }[]
      const initial = (element['initial_option'] as { value?: string } | undefined)?.value ?? ''
      return html`<select
        ...${common}
        onChange=${(event: Event) => choose(element, (event.target as HTMLSelectElement).value)}
      >
        ${initial ? '' : html`<option value="">${text(element['placeholder'], {})}</option>`}
        ${options.map(
          option =>
            html`<option value=${option.value} selected=${option.value === initial}>${text(option.text, {})}</option>`,
        )}
      </select>`
    }
    case 'plain_text_input':
      // Only a default: the page renders again every two seconds, and what was typed must stay.
      return element['multiline']
        ? html`<textarea ...${common} rows="3" maxlength=${element['max_length']}>
${element['initial_value'] ?? ''}</textarea>`
        : html`<input
            ...${common}
            type="text"
            maxlength=${element['max_length']}
            defaultValue=${element['initial_value'] ?? ''}
          />`
    case 'checkboxes': {
      const options = (element['options'] ?? []) as { value: string; text: unknown }[]
      const ticked = ((element['initial_options'] ?? []) as { value: string }[]).map(({ value }) => value)
      return html`${options.map(
        (option, i) =>
          html`<label class="tick">
            <input
              ...${{ ...common, id: i === 0 ? common.id : `${common.id}-${i}` }}
              type="checkbox"
              value=${option.value}
              defaultChecked=${ticked.includes(option.value)}
            />
            ${text(option.text, {})}
          </label>`,
      )}`
    }
    case 'datetimepicker':
      return html`<input ...${common} type="datetime-local" />`
    default:
      return html`<em>${element.type} cannot be shown here.</em>`
  }
}

function valuesOf(all: readonly Block[], form: HTMLFormElement | null): Values {
  const given = form ? new FormData(form) : new FormData()
  const inputs = all.filter(block => block.type === 'input')
  return Object.fromEntries(
    inputs.map(block => {
      const element = block['element'] as Block
      const action = typeof element['action_id'] === 'string' ? element['action_id'] : ''
      return [block.block_id ?? '', { [action]: valueOf(element, typed(given.get(block.block_id ?? ''))) }]
    }),
  )
}

function typed(given: FormDataEntryValue | null): string {
  return typeof given === 'string' ? given : ''
}

function valueOf(element: Block, given: string): Record<string, unknown> {
  if (element.type === 'static_select') {
    const options = (element['options'] ?? []) as { value: string }[]
    return { type: element.type, selected_option: options.find(option => option.value === given) ?? null }
  }
  if (element.type === 'datetimepicker') {
    const seconds = Math.floor(new Date(given).getTime() / 1000)
    return { type: element.type, selected_date_time: Number.isNaN(seconds) ? null : seconds }
  }
  if (element.type === 'checkboxes') {
    const options = (element['options'] ?? []) as { value: string }[]
    return { type: element.type, selected_options: options.filter(option => option.value === given) }
  }
  return { type: element.type, value: given === '' ? null : given }
}
